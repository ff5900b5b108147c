"""A worker reads what it asks for of its block, no more, whatever the files look like."""

from __future__ import annotations

import pickle
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from deltalake import write_deltalake
from pyroaring import BitMap

from plateia.lake import BlockReader, Lake, MemberWriter, block_files, block_inputs, publish
from plateia.lake.blocks import entities
from plateia.records import BlockFiles, DataFile
from plateia.tables import AUDIENCE_CHANGES, AUDIENCE_MEMBERS, CONSENTS, INSTANT
from tests.unit.lake.building import a_run, stage, verdict

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY_US = 86_400_000_000
BLOCK = 1 << 18


def us(instant: datetime) -> int:
    return round((instant - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1))


def write_people(lake: Lake, site: str, ordinals: Sequence[int], **traits: Sequence[object]) -> int:
    block = [ordinal // BLOCK for ordinal in ordinals]
    columns = {
        "site": [site] * len(block), "block": pa.array(block, pa.int32()), "ordinal": pa.array(ordinals, pa.int32()),
        "alive": [ordinal % 7 != 0 for ordinal in ordinals], "person_id": [f"p{ordinal}" for ordinal in ordinals],
    }  # fmt: skip
    uri = lake.table_uri("people")
    write_deltalake(uri, pa.table({**columns, **traits}), mode="append", schema_mode="merge",
                    partition_by=["site", "block"])  # fmt: skip
    return lake.version("people") or 0


def write_visits(lake: Lake, rows: Sequence[tuple[int, datetime, str | None]]) -> None:
    table = pa.table(
        {
            "site": ["us"] * len(rows),
            "period": pa.array([START.date()] * len(rows), pa.date32()),
            "block": pa.array([ordinal // BLOCK for ordinal, _, _ in rows], pa.int32()),
            "ordinal": pa.array([ordinal for ordinal, _, _ in rows], pa.int32()),
            "at": pa.array([at for _, at, _ in rows], INSTANT),
            "event_id": [str(number) for number in range(len(rows))],
            "page": pa.array([page for _, _, page in rows], pa.string()),
        }
    )
    write_deltalake(lake.table_uri("event_visit"), table, mode="append", partition_by=["site", "period", "block"])


def readers(lake: Lake, **pins: int) -> list[BlockReader]:
    inputs = {"us": block_inputs(lake, "us", events=["visit"], pins=pins)}
    files = block_files(lake, inputs, events=["visit"], pins=pins)
    return [pickle.loads(pickle.dumps(BlockReader(inputs[file.site], file))) for file in files]


def test_people_come_sorted_with_what_was_asked_for(lake: Lake) -> None:
    write_people(lake, "us", [5, 3, 7], tier=["gold", None, "base"], age=[1, 2, 3])
    write_people(lake, "us", [1, 9], tier=["gold", "base"], age=[4, None])
    write_people(lake, "br", [0], tier=["gold"], age=[1])
    (reader,) = readers(lake)
    people = reader.people(["tier", "age", "person_id", "no such trait"])
    assert people.column_names == ["ordinal", "alive", "tier", "age", "person_id"]
    assert people.drop_columns(["alive"]).to_pylist() == [
        {"ordinal": 1, "tier": "gold", "age": 4, "person_id": "p1"},
        {"ordinal": 3, "tier": None, "age": 2, "person_id": "p3"},
        {"ordinal": 5, "tier": "gold", "age": 1, "person_id": "p5"},
        {"ordinal": 7, "tier": "base", "age": 3, "person_id": "p7"},
        {"ordinal": 9, "tier": "base", "age": None, "person_id": "p9"},
    ]
    assert people["alive"].to_pylist() == [True, True, True, False, True]
    assert pa.types.is_dictionary(people["tier"].type)
    assert people["tier"].num_chunks == 1
    assert people["person_id"].type == pa.string()


def test_a_trait_that_older_files_lack_is_missing_there(lake: Lake) -> None:
    write_people(lake, "us", [0, 1])
    write_people(lake, "us", [2], tier=["gold"])
    (reader,) = readers(lake)
    assert reader.people(["tier"])["tier"].to_pylist() == [None, None, "gold"]


def test_blocks_read_the_pinned_version(lake: Lake) -> None:
    pinned = write_people(lake, "us", [0, 1])
    write_people(lake, "us", [2, BLOCK])
    assert [len(reader.people([])) for reader in readers(lake)] == [3, 1]
    assert [len(reader.people([])) for reader in readers(lake, people=pinned)] == [2]


@pytest.mark.parametrize(
    ("start", "end"),
    [(None, 10), (3, 7), (7, 3), (0, 1), (9, 30), (-5, 0), (None, 0), (4, 4)],
    ids=lambda days: f"day {days}",
)
def test_events_of_a_half_open_interval(lake: Lake, start: int | None, end: int) -> None:
    rng = random.Random(7)
    write_people(lake, "us", [0, BLOCK])
    rows = [
        (rng.choice([0, BLOCK, 5]), START + timedelta(days=rng.randrange(10)), rng.choice(["x", None]))
        for _ in "i" * 60
    ]
    rows += [(0, START + timedelta(days=day, microseconds=extra), "edge") for day in (3, 7) for extra in (-1, 0, 1)]
    for part in (rows[:20], rows[20:]):
        write_visits(lake, part)
    first, second = us(START) + (start or 0) * DAY_US, us(START) + end * DAY_US
    for block, reader in enumerate(readers(lake)):
        found = reader.events("visit", ["ordinal", "page"], None if start is None else first, second)
        expected = sorted(
            (ordinal, str(page))
            for ordinal, at, page in rows
            if ordinal // BLOCK == block and (start is None or us(at) >= first) and us(at) < second
        )
        assert found.column_names == ["ordinal", "page"]
        assert sorted((row["ordinal"], str(row["page"])) for row in found.to_pylist()) == expected


def test_a_log_that_cut_its_instants_to_milliseconds_hides_no_event(lake: Lake) -> None:
    at = START + timedelta(microseconds=999)
    write_people(lake, "us", [0])
    write_visits(lake, [(0, at, "x")])
    (reader,) = readers(lake)
    (file,) = reader.files.events["visit"]
    cut = DataFile(file.path, file.partition, 1, 1, {"at": START}, {"at": START})  # as Spark writes it
    cut_reader = BlockReader(reader.inputs, BlockFiles("us", 0, (), {"visit": (cut,)}))
    assert cut_reader.events("visit", ["at"], us(at), us(at) + 1)["at"].to_pylist() == [at]


def test_an_event_type_without_events(lake: Lake) -> None:
    write_people(lake, "us", [0])
    write_visits(lake, [(BLOCK, START, "x")])
    reader = readers(lake)[0]
    assert reader.events("visit", ["ordinal", "page"], None, us(START) + 1).schema.names == ["ordinal", "page"]
    assert reader.events("never_seen", ["ordinal"], None, 0).num_rows == 0


def test_words_of_consent_are_read_by_block_from_the_pinned_version(lake: Lake) -> None:
    write_people(lake, "us", [0, BLOCK])
    rows = [(0, START, "ads", True), (BLOCK, START, "mail", False)]
    columns = zip(*[("us", ordinal // BLOCK, *row) for row in rows for ordinal in row[:1]], strict=True)
    table = pa.table(list(columns), schema=CONSENTS.schema)
    write_deltalake(lake.table_uri("consents"), table, partition_by=["site", "block"])
    write_deltalake(lake.table_uri("consents"), table, mode="append")
    found = []
    for pins, consents in (({"consents": 0}, True), ({"consents": 0}, False), ({}, True)):
        inputs = {"us": block_inputs(lake, "us", events=[], pins=pins, consents=consents)}
        files = block_files(lake, inputs, events=[], pins=pins)
        found.append([BlockReader(inputs["us"], each).consents() for each in files])
    pinned, unasked, unpinned = found
    assert [part and part.select(["ordinal", "at", "purpose", "granted"]).to_pylist() for part in pinned] == [
        [{"ordinal": o, "at": at, "purpose": p, "granted": g}] for o, at, p, g in rows
    ]
    assert unasked == unpinned == [None, None]


def write_relation(lake: Lake, name: str, partition_by: list[str], **columns: Sequence[object]) -> None:
    """Two files, of the first row and of the others."""
    rows = pa.table(dict(columns))
    for part in (rows.slice(0, 1), rows.slice(1)):
        write_deltalake(lake.table_uri(f"relation_{name}"), part, mode="append", partition_by=partition_by)


@pytest.mark.parametrize("limit", [0, 1 << 20], ids=["streamed", "held"])
def test_relations_are_read_by_block_where_they_start_at_people_else_by_key(
    lake: Lake, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entities._HELD, "limit", limit)
    write_people(lake, "us", [0, BLOCK])
    ordinals = pa.array([0, 0, BLOCK], pa.int32())
    blocks = pa.array([0, 0, 1], pa.int32())
    write_relation(
        lake, "has", ["site", "block"], site=["us"] * 3, block=blocks, ordinal=ordinals, to_key=["a", "b", "a"]
    )
    write_relation(lake, "sold", ["site"], site=["us", "us", "us", "de"], from_key=["a", "a", "é", "a"],
                   to_key=["x", "y", "z", "w"], price=[1, None, 3, 4])  # fmt: skip
    pins = {"people": 0, "relation_has": 1, "relation_sold": 1}
    wanted = {"relations": ["has", "sold", "never loaded"]}
    inputs = {"us": block_inputs(lake, "us", events=[], pins=pins, **wanted)}
    readers = [BlockReader(inputs["us"], files) for files in block_files(lake, inputs, events=[], pins=pins)]
    assert [reader.relation("never loaded", ["to_key"], None) for reader in readers] == [None, None]
    found = [reader.relation("has", ["ordinal", "to_key", "gone"], None) for reader in readers]
    assert [sorted(map(tuple, zip(*table.to_pydict().values(), strict=True))) for table in found if table] == [
        [(0, "a"), (0, "b")],
        [(BLOCK, "a")],
    ]
    for keys, expected in ((["a", "no"], [("a", "x", 1), ("a", "y", None)]), (["é"], [("é", "z", 3)]), ([], [])):
        for reader in readers:  # the second finds what the first has read
            table = reader.relation("sold", ["from_key", "to_key", "price"], pa.array(keys, pa.string()))
            assert table is not None
            assert sorted(zip(*table.to_pydict().values(), strict=True)) == expected


def test_what_a_process_holds_of_relations_is_bounded() -> None:
    tables = {name: pa.table({"n": pa.array(range(100), pa.int64())}) for name in "abc"}
    loads: list[str] = []

    def load(name: str) -> pa.Table:
        loads.append(name)
        return tables[name]

    held = entities.EntityTables(limit=2 * tables["a"].nbytes)
    for name in "abacab":  # c comes when b was used longest ago, and b again when c was not, but a
        assert held.get(((name,), ()), lambda name=name: load(name)).equals(tables[name])  # type: ignore[misc]
    assert "".join(loads) == "abcb"


def test_published_members_of_the_block_are_read_back(lake: Lake) -> None:
    write_people(lake, "us", [0, BLOCK, 2 * BLOCK])
    first, second = a_run(), a_run()
    staged = stage(lake, first, "us", {"a": {1, BLOCK}, "b": {2}})
    publish(lake, run=first, staged=staged, verdicts=[verdict("us", key, "published") for key in "ab"])
    staged = stage(lake, second, "us", {"b": {BLOCK + 1}}, {"b": {2}})
    publish(lake, run=second, staged=staged, verdicts=[verdict("us", "b", "published", previous=first)])
    found = [
        {key: set(BitMap.deserialize(data)) if (data := reader.members(key)) else None for key in "abc"}
        for reader in readers(lake)
    ]
    assert found == [{"a": {1}, "b": None, "c": None}, {"a": {BLOCK}, "b": {BLOCK + 1}, "c": None},
                     {"a": None, "b": None, "c": None}]  # fmt: skip


def test_a_member_file_is_ordered_in_small_row_groups(lake: Lake) -> None:
    import pyarrow.parquet as pq

    keys = [f"audience-{number:03d}" for number in range(100)]
    run = a_run()
    (members, changes) = stage(lake, run, "us", {key: {3} for key in reversed(keys)})
    assert members.path == f"site=us/run_id={run.run_id}/00000-0.parquet"
    footer = pq.ParquetFile(lake.store.path("audience_members", members.path))
    assert footer.read()["audience"].to_pylist() == keys
    assert [footer.metadata.row_group(group).num_rows for group in range(footer.num_row_groups)] == [64, 36]
    assert footer.metadata.row_group(0).column(0).compression == "ZSTD"
    assert footer.schema_arrow.names == ["audience", "block", "size", "hash", "members"]
    assert lake.staged_rows(AUDIENCE_MEMBERS, [members, changes], columns=("site", "size")).num_rows == 100
    assert lake.staged_rows(AUDIENCE_CHANGES, [members, changes], columns=("n_entered",)).num_rows == 100


def test_nothing_to_write_writes_nothing(lake: Lake) -> None:
    writer = MemberWriter(lake.uri, attempt="0")
    assert writer.write("us", "r", 0, members=pa.table({}), changes=pa.table({})) == []
    assert lake.store.listing("audience_members") == []


def test_changes_are_those_of_published_runs_in_their_order(lake: Lake) -> None:
    write_people(lake, "us", [1, BLOCK + 1])
    days = [START + timedelta(days=day) for day in range(4)]
    before: dict[str, set[int]] = {}
    previous = None
    for day, word, members in (
        (0, "published", {1, 2, BLOCK + 3}),
        (1, "held", {5}),  # computed and not published: nobody entered
        (2, "published", {2, 4, BLOCK + 3}),
        (3, "published", {1, 2, 4}),
    ):
        run = a_run()
        staged = stage(lake, run, "us", {"a": members}, before)
        judged = verdict("us", "a", word, as_of=days[day], size=len(members), previous=previous)
        publish(lake, run=run, staged=staged, verdicts=[judged])
        if word == "published":
            before, previous = {"a": members}, run

    def changes(since: int | None) -> list[list[tuple[int, set[int], set[int]]]]:
        inputs = {"us": block_inputs(lake, "us", events=[], pins={}, history={"a": since})}
        return [
            [
                (change.as_of, set(BitMap.deserialize(change.entered)), set(BitMap.deserialize(change.left)))
                for change in BlockReader(inputs["us"], files).changes("a")
            ]
            for files in block_files(lake, inputs, events=[], pins={})
        ]

    begin = (us(days[0]), {1, 2}, set()), (us(days[2]), {4}, {1}), (us(days[3]), {1}, set())
    beyond = (us(days[0]), {BLOCK + 3}, set()), (us(days[3]), set(), {BLOCK + 3})
    assert changes(None) == [list(begin), list(beyond)], "a held run changed nothing"
    assert changes(us(days[0])) == changes(None)
    assert changes(us(days[0]) + 1) == [list(begin[1:]), list(beyond[1:])]
    assert changes(us(days[3]) + 1) == [[], []]
