"""Spark and the lake read and write the same tables."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from deltalake import DeltaTable

from plateia.catalogue import Attribute, EventType, ValueType
from plateia.errors import LakeError
from plateia.lake import BlockReader, Lake, block_files, block_inputs, members, publish
from plateia.lake.plain import FEW
from plateia.tables import (
    AUDIENCE_CHANGES,
    AUDIENCE_CURRENT,
    AUDIENCE_MEMBERS,
    IDENTITY_REDIRECTS,
    IDENTITY_WORDS,
    Table,
    events,
    people,
)
from tests.unit.lake.building import a_run, name_people, stage, verdict

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

VISITS = events(EventType("visit", {"page": Attribute("page", ValueType("string"))}))
PEOPLE = people({"tier": Attribute("tier", ValueType("string"))})
PEOPLE_COLUMNS = "site string, block int, ordinal int, alive boolean, person_id string, tier string"
VISIT_COLUMNS = (
    "site string, period date, block int, ordinal int, at timestamp, event_id string, source_key string, page string"
)
WEEK = date(2025, 12, 29)
AT = datetime(2026, 1, 1, 12, 0, 0, 123_456, tzinfo=UTC)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake.open(str(tmp_path / "a lake"), create=True)


def test_spark_reads_what_was_published(spark: SparkSession, lake: Lake) -> None:
    run = a_run()
    name_people(lake, "us", ["ana", "bob", "eve"])
    staged = stage(lake, run, "us", {"a": {0, 2}, "b": {1}}) + stage(lake, run, "br", {"a": {1 << 18}})
    keys = [("us", "a", 2), ("us", "b", 1), ("br", "a", 1)]
    publish(lake, run=run, staged=staged, verdicts=[verdict(s, key, "published", size=n) for s, key, n in keys])
    for table in (AUDIENCE_MEMBERS, AUDIENCE_CHANGES, AUDIENCE_CURRENT):
        by_spark = lake.read_frame(spark, table.name).select(*table.schema.names).toArrow().to_pylist()
        ours = lake.rows(table).to_pylist()
        assert sorted(map(str, by_spark)) == sorted(map(str, ours))
    assert members(lake, "us", "a").to_pylist() == ["ana", "eve"]


def test_what_spark_writes_is_read_by_workers(spark: SparkSession, lake: Lake) -> None:
    rows = [("us", 0, number, number != 1, f"canary-{number}", "gold" if number % 2 else None) for number in range(5)]
    frame = spark.createDataFrame(rows, PEOPLE_COLUMNS)
    first = lake.write_frame(frame, PEOPLE, run_id="r1")
    visits = [("us", WEEK, 0, 3, AT, "canary-e", "canary-k", "home")]
    pins = {
        "people": first,
        "event_visit": lake.write_frame(spark.createDataFrame(visits, VISIT_COLUMNS), VISITS, run_id="r1"),
    }

    inputs = {"us": block_inputs(lake, "us", events=["visit"], pins=pins)}
    (files,) = block_files(lake, inputs, events=["visit"], pins=pins)
    reader = BlockReader(inputs["us"], files)
    assert reader.people(["tier"]).to_pylist() == [
        {"ordinal": number, "alive": number != 1, "tier": "gold" if number % 2 else None} for number in range(5)
    ]
    at_us = int(AT.timestamp()) * 1_000_000 + 123_456
    assert reader.events("visit", ["ordinal", "page"], at_us, at_us + 1).to_pylist() == [{"ordinal": 3, "page": "home"}]
    assert reader.events("visit", ["ordinal", "page"], at_us + 1, at_us + 9).to_pylist() == []
    for name in pins:
        found = DeltaTable(lake.table_uri(name))
        assert (found.protocol().min_reader_version, found.protocol().min_writer_version) == (1, 2)
        assert lake.unreadable_reason(name) is None
        log = "".join(path.read_text() for path in Path(lake.table_uri(name)).glob("_delta_log/*.json"))
        assert "canary" not in log
        assert '\\"minValues\\": {\\"ordinal\\"' in log


def test_a_part_is_replaced_and_nothing_is_skipped_in_silence(spark: SparkSession, lake: Lake) -> None:
    def visits(site: str, *ordinals: int) -> DataFrame:
        rows = [(site, WEEK, 0, ordinal, AT, "e", "k", "home") for ordinal in ordinals]
        return spark.createDataFrame(rows, VISIT_COLUMNS)

    lake.write_frame(visits("us", 1).union(visits("br", 2)), VISITS, run_id="r1")
    version = lake.write_frame(visits("us", 7, 8), VISITS, run_id="r2", parts=[("us", WEEK, 0)])
    assert version == lake.version("event_visit")
    assert sorted(row["ordinal"] for row in lake.rows(VISITS).to_pylist()) == [2, 7, 8]
    with pytest.raises(LakeError, match="has written this part of event_visit already"):
        lake.write_frame(visits("us", 9), VISITS, run_id="r2", parts=[("us", WEEK, 0)])
    lake.write_frame(visits("br", 3), VISITS, run_id="r2", parts=[("br", WEEK, 0)])
    assert sorted(row["ordinal"] for row in lake.rows(VISITS).to_pylist()) == [3, 7, 8]


def test_what_cannot_be_read_or_written_is_one_sentence(spark: SparkSession, lake: Lake) -> None:
    with pytest.raises(LakeError, match="The table people of the lake cannot be read: it does not exist") as unread:
        lake.read_frame(spark, "people")
    (Path(lake.uri) / "people").write_text("a file where the table belongs")
    frame = spark.createDataFrame([], PEOPLE_COLUMNS)
    with pytest.raises(LakeError, match="The table people of the lake cannot be") as unwritten:
        lake.write_frame(frame, PEOPLE, run_id="r1")
    name_people(lake, "us", ["ana"])
    newer = Path(lake.table_uri("person_ordinals")) / "_delta_log" / f"{2:020d}.json"
    future = ["fromTheFuture"]
    protocol = {"minReaderVersion": 3, "minWriterVersion": 7, "readerFeatures": future, "writerFeatures": future}
    newer.write_text(json.dumps({"protocol": protocol}))
    with pytest.raises(
        LakeError, match="person_ordinals of the lake cannot be read: it needs a newer Delta"
    ) as too_new:
        lake.read_frame(spark, "person_ordinals")
    for caught in (unread, unwritten, too_new):
        assert "\n" not in str(caught.value)


def rows_of(frame: DataFrame) -> list[str]:
    return sorted(map(str, frame.toArrow().to_pylist()))


def by_delta(spark: SparkSession, lake: Lake, table: Table, version: int) -> DataFrame:
    """What Delta's own reader says."""
    frame = spark.read.format("delta").option("versionAsOf", version).load(lake.table_uri(table.name))
    return frame.select(*table.schema.names)


def test_few_files_are_the_same_table_to_delta(spark: SparkSession, lake: Lake) -> None:
    def visits(site: str | None, *ordinals: int, block: int = 0) -> DataFrame:
        rows = [(site, WEEK, block, ordinal, AT, f"e{ordinal}", None, "home") for ordinal in ordinals]
        return spark.createDataFrame(rows, VISIT_COLUMNS)

    def held(version: int) -> list[int]:
        found = lake.read_frame(spark, VISITS.name, version=version)
        assert found.schema.names == VISITS.schema.names
        assert rows_of(found) == rows_of(by_delta(spark, lake, VISITS, version))
        assert rows_of(found) == sorted(str(row) for row in lake.rows(VISITS, version=version).to_pylist())
        return sorted(row["ordinal"] for row in found.collect())

    first = lake.write_frame(visits("us", 1).union(visits("br", 2)), VISITS, run_id="r1")
    second = lake.write_frame(visits("us", 3), VISITS, run_id="r2", mode="append")
    third = lake.write_frame(visits("us", 4).union(visits("us", 5, block=1)), VISITS, run_id="r3")
    fourth = lake.delete_parts(VISITS, [("us", WEEK, 0), ("us", WEEK, 7)])
    fifth = lake.write_frame(visits("us"), VISITS, run_id="r5", parts=[("us", WEEK, 1)])
    assert [held(version) for version in (first, second, third, fourth, fifth)] == [[1, 2], [1, 2, 3], [4, 5], [5], []]
    lake.rewind(VISITS.name, second)
    newest = lake.version(VISITS.name)
    assert newest == fifth + 1
    assert held(newest) == [1, 2, 3]
    for file in lake.files(VISITS.name):
        assert file.minimum["at"] == file.maximum["at"] == AT
        assert file.minimum["ordinal"] == file.maximum["ordinal"]
    with pytest.raises(ValueError, match="rows of 1 partitions beside those"):
        lake.write_frame(visits("br", 9), VISITS, run_id="r6", parts=[("us", WEEK, 0)])
    assert lake.version(VISITS.name) == newest


def test_many_files_go_the_way_of_delta_and_come_back(spark: SparkSession, lake: Lake) -> None:
    def visits(*blocks: int) -> DataFrame:
        rows = [("us", WEEK, block, block, AT, "e", "k", "home") for block in blocks]
        return spark.createDataFrame(rows, VISIT_COLUMNS)

    many = range(FEW + 1)
    first = lake.write_frame(visits(*many), VISITS, run_id="r1")
    more = lake.write_frame(visits(0), VISITS, run_id="r2", mode="append")
    fewer = lake.write_frame(visits(7), VISITS, run_id="r3", parts=[("us", WEEK, block) for block in many])
    less = lake.delete_parts(VISITS, [("us", WEEK, 7)])
    for version, expected in ((first, list(many)), (more, [0, *many]), (fewer, [7]), (less, [])):
        found = lake.read_frame(spark, VISITS.name, version=version)
        assert sorted(row["block"] for row in found.collect()) == expected
        assert rows_of(found) == rows_of(by_delta(spark, lake, VISITS, version))
    lake.rewind(VISITS.name, more)
    assert lake.read_frame(spark, VISITS.name).count() == FEW + 2


def test_a_table_without_partitions_is_written_and_read(spark: SparkSession, lake: Lake) -> None:
    def moves(*ids: str) -> DataFrame:
        return spark.createDataFrame([(one, f"{one}-now") for one in ids], "person_id string, current_person_id string")

    def held(version: int) -> list[str]:
        found = lake.read_frame(spark, IDENTITY_REDIRECTS.name, version=version)
        assert rows_of(found) == rows_of(by_delta(spark, lake, IDENTITY_REDIRECTS, version))
        assert rows_of(found) == sorted(map(str, lake.rows(IDENTITY_REDIRECTS, version=version).to_pylist()))
        return sorted(row["person_id"] for row in found.collect())

    first = lake.write_frame(moves("a", "b"), IDENTITY_REDIRECTS, run_id="r1")
    second = lake.write_frame(moves("c"), IDENTITY_REDIRECTS, run_id="r2")
    third = lake.write_frame(moves("d"), IDENTITY_REDIRECTS, run_id="r3", mode="append")
    assert [held(version) for version in (first, second, third)] == [["a", "b"], ["c"], ["c", "d"]]
    with pytest.raises(LakeError, match="The run r3 has written this part of identity_redirects already"):
        lake.write_frame(moves("e"), IDENTITY_REDIRECTS, run_id="r3", mode="append")
    fourth = lake.write_frame(moves(), IDENTITY_REDIRECTS, run_id="r4")
    assert lake.read_frame(spark, IDENTITY_REDIRECTS.name, version=fourth).isEmpty()
    with pytest.raises(LakeError, match="identity_words of the lake cannot be read: it does not exist"):
        lake.read_frame(spark, IDENTITY_WORDS.name, version=0)
    with pytest.raises(LakeError, match="identity_redirects of the lake cannot be read: that version is gone"):
        lake.read_frame(spark, IDENTITY_REDIRECTS.name, version=99)


def test_a_table_of_other_columns_gets_those_of_its_contract(spark: SparkSession, lake: Lake) -> None:
    name = IDENTITY_REDIRECTS.name
    older = Table(name, pa.schema([("person_id", pa.string())]))
    first = lake.write_frame(spark.createDataFrame([("a",)], "person_id string"), older, run_id="r1")
    found = lake.read_frame(spark, name, version=first, contract=IDENTITY_REDIRECTS)
    assert [row.asDict() for row in found.collect()] == [{"person_id": "a", "current_person_id": None}]
    assert lake.read_frame(spark, name, version=first).schema.names == ["person_id"]
    moved = spark.createDataFrame([("a", "b")], "person_id string, current_person_id string")
    second = lake.write_frame(moved, IDENTITY_REDIRECTS, run_id="r2")
    assert [tuple(row) for row in lake.read_frame(spark, name, version=second).collect()] == [("a", "b")]
    lake.rewind(name, first)
    assert lake.read_frame(spark, name).schema.names == ["person_id"]
