"""Judging deliveries: the accepted rows are written where nobody reads them, then their suite decides."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql.pandas.types import to_arrow_type

from jobs.warehouse.deliveries import Delivery
from jobs.warehouse.inputs import Inputs, facts_from
from jobs.warehouse.scope import Judgement, Scope
from plateia.lake import Lake
from plateia.lake.sources import input_errors
from plateia.tables import Table, accepted, quarantine
from transforms.quality import SuiteFacts, check_limits, input_suite, run_suite
from transforms.warehouse.rows.normalise import PersonSource
from transforms.warehouse.tables.accepted import accepted_rows, delivered_schema, key_columns


def accepted_table(source: PersonSource) -> Table:
    """The contract of ``accepted_<source>``."""
    columns = {name: column.attribute(name) for name, column in source.declared().items()}
    return accepted(source.source, columns, keys=key_columns(source))


def accept(scope: Scope, lake: Lake, delivery: Delivery) -> Judgement:
    """Stage the accepted and the refused rows of a delivery, and judge what was written.

    Raises:
        InputError: A file turns out to be unreadable.
        LakeError: The lake cannot be written.
    """
    source, table = delivery.source, accepted_table(delivery.source)
    before = scope.pinned(table.name)
    if before is not None and scope.persons is not None:
        before = scope.persons.under_current_key(before, source)  # what stays is beside what comes
    with input_errors(source.source, delivery.shown):
        _quarantine(scope, lake, delivery)
        rows = accepted_rows(delivery.accepted, before, source, sites=scope.only_sites, schema=delivery.schema)
        version = lake.write_frame(rows, _as_written(table, rows), run_id=scope.run.run_id)
        written = scope.read(table.name, version)
        is_delivery = (source.load == "snapshot" or before is None) and scope.only_sites is None
        delivery.count_duplicates(written if is_delivery else None)
    return judge(scope, delivery, written, before, version=version)


def accept_added(scope: Scope, lake: Lake, delivery: Delivery) -> Judgement:
    """Stage the rows of new files beside those that are accepted already, and judge the new ones as written.

    Raises:
        InputError: A file turns out to be unreadable.
        LakeError: The lake cannot be written.
    """
    source, table = delivery.source, accepted_table(delivery.source)
    pin = scope.run.pins[table.name]
    known = {file.path for file in lake.files(table.name, version=pin)}
    with input_errors(source.source, delivery.shown):
        _quarantine(scope, lake, delivery)
        lake.rewind(table.name, pin)
        rows = accepted_rows(delivery.accepted, None, source, sites=None, schema=delivery.schema)
        version = lake.write_frame(rows, _as_written(table, rows), run_id=scope.run.run_id, mode="append")
        added = [file for file in lake.files(table.name, version=version) if file.path not in known]
        written = lake.read_files(scope.spark, table.name, added, version=version)
        delivery.count_duplicates(written)
    return judge(scope, delivery, written, scope.pinned(table.name), version=version)


def accept_unchanged(scope: Scope, inputs: Inputs) -> Judgement:
    """Judge what was accepted last by its limits alone, since rows grow old; nothing is read or written."""
    assert inputs.before is not None  # only what the ledger knows can be unchanged
    results = check_limits(inputs.suite, facts_from(inputs.before.facts), as_of=scope.as_of)
    table = accepted_table(inputs.source).name
    return Judgement(inputs.source.source, scope.run.pins[table], results)


def _quarantine(scope: Scope, lake: Lake, delivery: Delivery) -> None:
    if delivery.tally.refused:
        refused = quarantine(delivery.source.source, delivery.texts)
        run_id = scope.run.run_id
        lake.write_frame(delivery.refused(run_id), refused, run_id=run_id, mode="append")


def judge(
    scope: Scope, delivery: Delivery, rows: DataFrame, before: DataFrame | None, *, version: int | None
) -> Judgement:
    """What the source's suite says of its accepted rows."""
    source, tally = delivery.source, delivery.tally
    facts = SuiteFacts(
        rows=tally.accepted,
        quarantined=tally.refused,
        duplicates=delivery.duplicates,
        unmatched=tally.unmatched,
        newest_at=tally.newest_at,
        schema=delivery.schema,
        previous_schema=None if before is None else delivered_schema(before),
    )
    suite = input_suite(scope.workspace.suites.values(), source.source, columns=source.declared())
    results = run_suite(rows, suite, facts=facts, as_of=scope.as_of)
    return Judgement(source.source, version, results)


def _as_written(table: Table, rows: DataFrame) -> Table:
    """The table with the column that only some sources have: what ``latest_by`` compares."""
    known: Mapping[str, pa.DataType] = {column.name: column.type for column in table.schema}
    columns = [(f.name, known.get(f.name) or to_arrow_type(f.dataType, timezone="UTC")) for f in rows.schema.fields]
    return Table(table.name, pa.schema(columns), table.partition_by)
