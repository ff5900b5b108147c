"""What a source's accepted rows depend on beside its own files, and which of those files are there now."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import plateia
from jobs.warehouse.deliveries import Delivery
from jobs.warehouse.ledger import Entry
from jobs.warehouse.scope import Scope
from plateia.declarations.suites import Suite
from plateia.errors import Location
from plateia.lake.sources import listed_files, look_up_files
from plateia.pii import key_of, token
from plateia.records import SourceFile
from transforms.quality import SuiteFacts, input_suite
from transforms.warehouse.changes.readings import Reading, choose_reading
from transforms.warehouse.rows.normalise import PersonSource
from transforms.warehouse.tables.accepted import keeps_history


@dataclass(frozen=True)
class Inputs:
    """A source with its suite and what it is read from.

    Attributes:
        digest: None where it cannot be told, so that everything is read each time.
        files: None where rows do not come from plain files.
        before: What the ledger says of the rows that are pinned.
        reading: What to read of it.
    """

    source: PersonSource
    suite: Suite
    digest: str | None
    files: tuple[SourceFile, ...] | None
    before: Entry | None
    reading: Reading


def inputs_of(scope: Scope, source: PersonSource, before: Entry | None) -> Inputs:
    """Look at the files of a source and of its look-ups; no row is read.

    Raises:
        InputError: There is nothing at a path.
    """
    suite = input_suite(scope.workspace.suites.values(), source.source, columns=source.declared())
    digest = _digest(scope, source, suite)
    listed = listed_files(scope.spark, source, source=source.source)
    files = None if listed is None else tuple(listed)
    reading = choose_reading(
        files,
        None if before is None else before.files,
        is_same=before is not None and digest is not None and digest == before.digest and scope.only_sites is None,
        keeps_history=keeps_history(source),
    )
    return Inputs(source, suite, digest, files, before, reading)


def entry_of(inputs: Inputs, delivery: Delivery) -> Entry | None:
    """What the ledger keeps of an accepted delivery; None where the next refresh must read everything anyway."""
    if inputs.digest is None or inputs.files is None:
        return None
    tally = delivery.tally
    facts = {
        "rows": tally.accepted,
        "quarantined": tally.refused,
        "duplicates": delivery.duplicates,
        "unmatched": dict(tally.unmatched),
        "newest_at": None if tally.newest_at is None else tally.newest_at.isoformat(),
        "schema": dict(delivery.schema),
    }
    return Entry(inputs.digest, inputs.files, facts)


def facts_from(facts: Mapping[str, Any]) -> SuiteFacts:
    """The facts of the delivery that was accepted last, its schema compared with itself."""
    newest, schema = facts["newest_at"], facts["schema"]
    return SuiteFacts(
        rows=facts["rows"],
        quarantined=facts["quarantined"],
        duplicates=facts["duplicates"],
        unmatched=facts["unmatched"],
        newest_at=None if newest is None else datetime.fromisoformat(newest),
        schema=schema,
        previous_schema=schema,
    )


def _digest(scope: Scope, source: PersonSource, suite: Suite) -> str | None:
    look_ups = look_up_files(scope.spark, source.joins, source=source.source)
    if look_ups is None:
        return None
    variable = scope.workspace.environment.keys.pii
    key = None if variable is None else token("the key itself", key_of(variable))
    parts = {
        "plateia": plateia.__version__,
        "source": repr(source),
        "where": repr(source.row_filter),
        "zones": dict(scope.zones),
        "suite": repr(replace(suite, place=Location())),
        "look_ups": look_ups,
        "key": key,
        "persons": None if scope.persons is None else scope.persons.digest,
    }
    # The order of declared columns decides between two rows: nothing is sorted here.
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
