"""A refresh from end to end: open, deliver, accept, stage, judge, flip."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial

from jobs.warehouse.acceptance import accept, accept_added, accept_unchanged, judge
from jobs.warehouse.deliveries import Delivery, OpenSource, open_source
from jobs.warehouse.flip import flip
from jobs.warehouse.inputs import Inputs, entry_of, inputs_of
from jobs.warehouse.ledger import Entry, read_ledger, write_ledger
from jobs.warehouse.report import Report
from jobs.warehouse.scope import Judgement, Scope, record, side_by_side
from jobs.warehouse.staging import TOGETHER, Staging, name_people
from plateia.lake import Lake
from plateia.trace import Progress
from transforms.key_sums import KeySums


def check(scope: Scope) -> Report:
    """A dry run: every source is read and judged, nothing is written."""
    report = Report()
    for opened in (open_source(scope.spark, inputs.source) for inputs in _look_at_all(scope, {})):
        delivery = _deliver(scope, opened)
        delivery.count_duplicates()
        judgement = judge(
            scope, delivery, delivery.accepted, scope.pinned(f"accepted_{delivery.source.source}"), version=None
        )
        delivery.release()
        report.add_source(delivery, judgement)
    return report


def refresh(scope: Scope, lake: Lake) -> Report:
    """Bring the warehouse up to date with its sources.

    Raises:
        InputError: A source cannot be read; nothing is pinned.
        LakeError: The lake cannot be written; nothing is pinned.
    """
    report = Report()
    known = read_ledger(lake, scope.run.pins)
    found = _look_at_all(scope, known)
    judgements: list[Judgement] = []
    entries: dict[tuple[str, int], Entry] = {}
    accepted = {
        name: pin for name in scope.workspace.sources if (pin := scope.run.pins.get(f"accepted_{name}")) is not None
    }
    unique: dict[str, KeySums] = {}
    with Progress("refresh-warehouse", len(found) + 2) as progress:
        opened = list(side_by_side(lambda inputs: _open(scope, inputs), found))
        for inputs, taken in zip(found, side_by_side(partial(_take_in, scope, lake), opened), strict=True):
            name, judgement, delivery = inputs.source.source, taken.judgement, taken.delivery
            judgements.append(judgement)
            if delivery is None:
                report.add_unchanged(name, judgement)
            else:
                report.add_source(delivery, judgement)
            if delivery is not None and not judgement.reasons and judgement.version is not None:
                accepted[name] = judgement.version
                unique |= _unique(scope, delivery) if taken.is_whole else {}
                if scope.only_sites is None and (entry := entry_of(inputs, delivery)) is not None:
                    entries[f"accepted_{name}", judgement.version] = entry
            progress.advance()
        if any(name_people(scope.workspace.sources[name]) for name in accepted):
            staging = Staging(scope, lake, accepted, unique, known=known)
            judgements += _publish(staging, entries, report, progress)
    record(scope, judgements)
    return report


@dataclass(frozen=True)
class _Opened:
    """What to read of a source, None if nothing, and whether that is all of it."""

    inputs: Inputs
    source: OpenSource | None
    is_whole: bool


@dataclass(frozen=True)
class _Taken:
    """What became of a source; ``delivery`` is None if it has nothing new."""

    judgement: Judgement
    delivery: Delivery | None
    is_whole: bool


def _take_in(scope: Scope, lake: Lake, opened: _Opened) -> _Taken:
    if opened.source is None:
        return _Taken(accept_unchanged(scope, opened.inputs), None, False)
    delivery = _deliver(scope, opened.source)
    judgement = (accept if opened.is_whole else accept_added)(scope, lake, delivery)
    delivery.release()
    return _Taken(judgement, delivery, opened.is_whole)


def _publish(
    staging: Staging, entries: Mapping[tuple[str, int], Entry], report: Report, progress: Progress
) -> list[Judgement]:
    """Stage and judge the tables, and pin them; a table whose suite fails keeps what is pinned, but people."""
    versions = staging.stage()
    progress.advance()
    judged = staging.judge(versions)
    held = {judgement.table for judgement in judged if judgement.reasons}
    if held and not held & TOGETHER:
        staging = _without(staging, held)
        versions = staging.stage()
        judged = [*(j for j in judged if j.table in held), *staging.judge(versions)]
    is_sound = not any(judgement.reasons for judgement in judged if judgement.table not in staging.held)
    if is_sound:
        run = staging.scope.run
        write_ledger(staging.lake, {**entries, **staging.entries}, pins=run.pins, run_id=run.run_id)
        flip(staging.lake, staging.scope.run, versions)
    for judgement in judged:
        contents = staging.contents(judgement.table, judgement.version or 0)
        report.add_table(judgement, contents, is_pinned=is_sound, ignored=staging.ignored.get(judgement.table))
    progress.advance()
    return judged


def _without(staging: Staging, held: Collection[str]) -> Staging:
    """The staging with the last accepted rows of the sources that feed the held tables."""
    pins, sources = staging.scope.run.pins, staging.scope.workspace.sources
    accepted = dict(staging.accepted)
    for name in staging.accepted:
        if sources[name].feeds in held:
            del accepted[name]
            if (pin := pins.get(f"accepted_{name}")) is not None:
                accepted[name] = pin
    return replace(staging, accepted=accepted, held=frozenset(held))


def _look_at_all(scope: Scope, known: Mapping[str, Entry]) -> list[Inputs]:
    """Every source and its files, looked at before a row is read."""
    return list(
        side_by_side(
            lambda source: inputs_of(scope, source, known.get(f"accepted_{source.source}")), scope.sources.values()
        )
    )


def _open(scope: Scope, inputs: Inputs) -> _Opened:
    reading, source = inputs.reading, inputs.source
    if reading.extent == "nothing":
        return _Opened(inputs, None, False)
    if reading.extent == "new" and inputs.before is not None:
        opened = open_source(scope.spark, source, only=[file.path for file in reading.files])
        if opened.schema == inputs.before.facts["schema"]:
            return _Opened(inputs, opened, False)
    return _Opened(inputs, open_source(scope.spark, source), True)


def _deliver(scope: Scope, opened: OpenSource) -> Delivery:
    identify = None if scope.persons is None else scope.persons.identify(opened.source)
    return opened.deliver(zones=scope.zones, sites=scope.sites, token=scope.token, identify=identify)


def _unique(scope: Scope, delivery: Delivery) -> dict[str, KeySums]:
    """The source, if its accepted rows are known to name no event twice: those of this delivery, and no others."""
    source = delivery.source
    alone = source.load == "snapshot" or f"accepted_{source.source}" not in scope.run.pins
    return {source.source: delivery.keys} if alone and scope.only_sites is None and delivery.keys else {}
