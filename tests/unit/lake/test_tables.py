"""Control tables: one commit each, only once, nothing in the log that does not belong there, read by strangers."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import DeltaError

from plateia.errors import LakeError
from plateia.lake import Lake, commits, publish
from plateia.tables import (
    AUDIENCE_CHANGES,
    AUDIENCE_CURRENT,
    AUDIENCE_MEMBERS,
    AUDIENCE_RUNS,
    CONTROL_TABLES,
    LEASES,
    PERSON_ORDINALS,
    SCORES_CURRENT,
    WAREHOUSE_CURRENT,
    Table,
)
from tests.unit.lake.building import AS_OF, a_run, duckdb_rows, name_people, stage, verdict


def pins(**versions: int) -> pa.Table:
    rows = [{"table": name, "version": version, "refresh_run": "r", "at": AS_OF} for name, version in versions.items()]
    return pa.Table.from_pylist(rows, schema=WAREHOUSE_CURRENT.schema)


def scores(*rows: tuple[str, str, str]) -> pa.Table:
    names = SCORES_CURRENT.schema.names
    return pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows], schema=SCORES_CURRENT.schema)


def test_a_table_that_does_not_exist_is_empty(lake: Lake) -> None:
    assert not lake.exists("people")
    assert lake.version("people") is None
    assert lake.files("people") == []
    assert lake.rows(AUDIENCE_RUNS).schema == AUDIENCE_RUNS.schema
    assert lake.pins() == {}
    assert lake.unreadable_reason("people") is None


def test_replace_moves_all_pins_in_one_commit(lake: Lake) -> None:
    before = lake.replace(WAREHOUSE_CURRENT, pins(people=1, event_visit=1), app="r1")
    after = lake.replace(WAREHOUSE_CURRENT, pins(people=2), app="r2")
    assert after == before + 1
    assert lake.pins() == {"people": 2}
    assert lake.rows(WAREHOUSE_CURRENT, version=before, columns=("version", "table")).to_pylist() == [
        {"table": "people", "version": 1},
        {"table": "event_visit", "version": 1},
    ]


def test_the_same_application_commits_once(lake: Lake) -> None:
    version = lake.append(SCORES_CURRENT, scores(("us", "s", "r1")), app="r1")
    assert lake.append(SCORES_CURRENT, scores(("us", "s", "r1")), app="r1") == version
    assert lake.append(SCORES_CURRENT, scores(("br", "s", "r1")), app="r1/2") == version + 1
    assert lake.rows(SCORES_CURRENT).num_rows == 2


def test_a_swap_that_others_cut_into_starts_again_from_their_rows(lake: Lake) -> None:
    seen: list[list[dict[str, object]]] = []

    def change(rows: pa.Table) -> pa.Table:
        seen.append(rows.to_pylist())
        if len(seen) == 1:
            lake.append(SCORES_CURRENT, scores(("br", "s", "other")), app="other")
        return pa.concat_tables([rows, scores(("us", "s", "mine"))])

    commits.swap(lake.store, SCORES_CURRENT, change, app="mine")
    assert [len(rows) for rows in seen] == [0, 1]
    assert {row["run_id"] for row in lake.rows(SCORES_CURRENT).to_pylist()} == {"other", "mine"}
    # The file of the attempt that lost is gone again.
    on_disk = {str(path) for path in Path(lake.table_uri("scores_current")).glob("*.parquet")}
    live = {file.path for file in lake.files("scores_current")}
    assert live < on_disk
    assert len(on_disk) == 2


def test_a_table_that_somebody_creates_at_the_same_moment_is_theirs(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = DeltaTable.create

    def create_after_another(*given: object, **options: object) -> DeltaTable:
        create(*given, **options)
        raise DeltaError("Failed to commit transaction: Protocol changed since last commit")

    monkeypatch.setattr(DeltaTable, "create", create_after_another)
    lake.append(SCORES_CURRENT, scores(("us", "s", "r1")), app="r1")
    assert lake.rows(SCORES_CURRENT).num_rows == 1


def test_a_fence_keeps_a_run_out_for_good(lake: Lake) -> None:
    lake.append(SCORES_CURRENT, scores(("us", "s", "r1")), app="r1")
    assert commits.fence(lake.store, SCORES_CURRENT, "r1")
    assert not commits.fence(lake.store, SCORES_CURRENT, "r2")
    for write in (lake.append, lake.replace):
        with pytest.raises(LakeError, match="r2 was taken for dead"):
            write(SCORES_CURRENT, scores(("us", "s", "r2")), app="r2")
    assert lake.rows(SCORES_CURRENT).num_rows == 1


@pytest.mark.parametrize("table", [*CONTROL_TABLES, PERSON_ORDINALS], ids=lambda table: table.name)
def test_tables_need_no_more_than_the_oldest_readers_know(lake: Lake, table: Table) -> None:
    lake.append(table, table.schema.empty_table(), app="r")
    found = DeltaTable(lake.table_uri(table.name))
    assert (found.protocol().min_reader_version, found.protocol().min_writer_version) == (1, 2)
    assert tuple(found.metadata().partition_columns) == table.partition_by
    assert pa.schema(found.schema().to_arrow()).names == table.schema.names


def test_ids_of_people_reach_neither_log_nor_footers(lake: Lake) -> None:
    name_people(lake, "us", ["canary-ana", "canary-bob"])
    log = "".join(path.read_text() for path in Path(lake.table_uri("person_ordinals")).glob("_delta_log/*.json"))
    assert "canary" not in log
    added = next(json.loads(line)["add"] for line in log.splitlines() if '"add"' in line)
    stats = json.loads(added["stats"])
    assert stats == {
        "numRecords": 2,
        "minValues": {"ordinal": 0},
        "maxValues": {"ordinal": 1},
        "nullCount": {"ordinal": 0},
    }
    (file,) = lake.files("person_ordinals")
    footer = Path(file.path).read_bytes()[-600:]
    assert b"canary" not in footer


def test_strangers_read_the_same_rows(tmp_path: Path) -> None:
    lake = Lake.open(str(tmp_path / "lake"), create=True)  # polars cannot read Delta below a path with a space
    run = a_run()
    staged = stage(lake, run, "us", {"a": {1, 2}, "b": {1 << 18}}) + stage(lake, run, "br", {"a": {5}})
    keys = [("us", "a", 2), ("us", "b", 1), ("br", "a", 1)]
    publish(lake, run=run, staged=staged, verdicts=[verdict(s, key, "published", size=n) for s, key, n in keys])
    for table in (AUDIENCE_MEMBERS, AUDIENCE_CHANGES, AUDIENCE_CURRENT, AUDIENCE_RUNS):
        columns = table.schema.names
        quoted = '", "'.join(columns)
        uri = lake.table_uri(table.name)
        by_polars = sorted(_text(row) for row in pl.read_delta(uri).select(columns).rows())
        by_duckdb = sorted(_text(row) for row in duckdb_rows(f'SELECT "{quoted}" FROM {{t}}', t=uri))
        ours = sorted(_text(tuple(row.values())) for row in lake.rows(table).to_pylist())
        assert len(ours) in (3, 4)
        assert ours == by_polars == by_duckdb


def _text(row: tuple[object, ...]) -> tuple[str, ...]:
    return tuple(str(value.astimezone(UTC) if isinstance(value, datetime) else value) for value in row)


def test_files_are_listed_with_their_partition_and_statistics(lake: Lake) -> None:
    rows = pa.table({"site": ["us", "us", "b r/x"], "block": pa.array([0, 1, 0], pa.int32()), "ordinal": [1, 2, 3]})
    write_deltalake(lake.table_uri("people"), rows, partition_by=["site", "block"])
    (file,) = lake.files("people", partition={"site": ["us"], "block": [1]})
    assert (file.partition, file.rows) == ({"site": "us", "block": 1}, 1)
    assert (file.minimum["ordinal"], file.maximum["ordinal"]) == (2, 2)
    # The log's paths are URL-encoded; these are not.
    (odd,) = lake.files("people", partition={"site": ["b r/x"]})
    assert Path(odd.path).stat().st_size == odd.bytes


def test_why_files_cannot_be_read_directly(lake: Lake) -> None:
    write_deltalake(lake.table_uri("plain"), pa.table({"x": [1]}))
    mapped = Path(lake.table_uri("mapped")) / "_delta_log"
    mapped.mkdir(parents=True)
    field = {"name": "x", "type": "long", "nullable": True,
             "metadata": {"delta.columnMapping.id": 1, "delta.columnMapping.physicalName": "c"}}  # fmt: skip
    actions = [
        {"protocol": {"minReaderVersion": 2, "minWriterVersion": 5}},
        {"metaData": {"id": "0", "format": {"provider": "parquet", "options": {}}, "partitionColumns": [],
                      "schemaString": json.dumps({"type": "struct", "fields": [field]}), "createdTime": 0,
                      "configuration": {"delta.columnMapping.mode": "name", "delta.columnMapping.maxColumnId": "1"}}},
    ]  # fmt: skip
    (mapped / f"{0:020d}.json").write_text("\n".join(json.dumps(action) for action in actions))
    assert lake.unreadable_reason("plain") is None
    assert lake.unreadable_reason("mapped") == "mapped maps its columns to other names inside its files"


def test_a_table_of_a_newer_protocol_is_refused_in_a_sentence(lake: Lake) -> None:
    name_people(lake, "us", ["ana"])
    log = Path(lake.table_uri("person_ordinals")) / "_delta_log" / f"{2:020d}.json"
    log.write_text('{"protocol": {"minReaderVersion": 99, "minWriterVersion": 99}}')
    for touch in (lambda: lake.rows(PERSON_ORDINALS), lambda: name_people(lake, "br", ["bob"])):
        with pytest.raises(LakeError, match="person_ordinals") as caught:
            touch()
        assert "\n" not in str(caught.value)


def test_a_partitioned_append_writes_one_file_a_partition(lake: Lake) -> None:
    rows = [{"site": site, "audience": "a", "run_id": "r", "published_at": AS_OF} for site in ("us", "br", "us")]
    lake.append(AUDIENCE_CURRENT, pa.Table.from_pylist(rows, schema=AUDIENCE_CURRENT.schema), app="r")
    assert [(file.partition, file.rows) for file in lake.files("audience_current")] == [
        ({"site": "br"}, 1),
        ({"site": "us"}, 2),
    ]
    assert lake.rows(AUDIENCE_CURRENT, partition={"site": ["br"]}).num_rows == 1
    assert lake.rows(LEASES).num_rows == 0
