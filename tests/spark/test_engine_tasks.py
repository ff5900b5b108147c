"""Block tasks on Spark write the same bytes for any number of partitions and any order of rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyroaring import BitMap

from plateia.catalogue import ValueType
from plateia.errors import Location
from plateia.lake import BlockReader, MemberWriter
from plateia.records import BlockFiles, BlockInputs, DataFile
from plateia.rules import tree
from plateia.tables import BLOCK_BITS, INSTANT
from transforms.audience.compile import compile_site
from transforms.audience.tasks import BlockReport, run_tasks

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SITE, BLOCKS, PEOPLE = "mlc", (0, 1, 6), 3_000
AS_OF = datetime(2018, 1, 1, 3, tzinfo=UTC)
STRING, DOUBLE = ValueType("string"), ValueType("double")
PEOPLE_SCHEMA = pa.schema(
    [("ordinal", pa.int32()), ("alive", pa.bool_()), ("person_id", pa.string()), ("tier", pa.string())]
)
BUY_SCHEMA = pa.schema(
    [("ordinal", pa.int32()), ("at", INSTANT), ("department", pa.string()), ("amount", pa.float64())]
)
_GOLD = tree.TraitNode("tier", STRING, tree.Condition((tree.Test("eq", "gold"),)))
_SPENT = tree.EventNode(
    "buy",
    tree.Measure("sum", tree.Condition((tree.Test("gte", Decimal(20)),)), "amount", DOUBLE),
    tree.PropertyTest("department", STRING, tree.Condition((tree.Test("eq", "deli"),))),
    tree.Last(tree.Duration(30, "d")),
)
_RULES = {
    "gold": _GOLD,
    "spent": _SPENT,
    "either": tree.Group("any", (_GOLD, _SPENT)),
    "neither": tree.Group("none", (tree.AudienceNode("either"),)),
    "broken": tree.TraitNode("colour", STRING, tree.Condition((tree.Test("eq", "red"),))),
}


def write(folder: Path, name: str, table: pa.Table, order: Sequence[int]) -> DataFile:
    path = folder / f"{name}.parquet"
    pq.write_table(table.take(pa.array(order, pa.int64())), path, compression="zstd")
    return DataFile(str(path), {}, table.num_rows, path.stat().st_size)


def block(folder: Path, number: int, *, shuffled: bool) -> BlockFiles:
    rng = np.random.default_rng(number)
    base, n_events = number << BLOCK_BITS, 4 * PEOPLE
    people = pa.table(
        [
            pa.array(range(base, base + PEOPLE), pa.int32()),
            pa.array(rng.random(PEOPLE) < 0.9),
            pa.array([f"p{base + i}" for i in range(PEOPLE)]),
            pa.array(rng.choice(["gold", "iron", None], PEOPLE).tolist(), pa.string()),
        ],
        schema=PEOPLE_SCHEMA,
    )
    at = np.sort(rng.integers(0, 60 * 86_400, n_events)) + int(AS_OF.timestamp()) - 55 * 86_400
    buys = pa.table(
        [
            pa.array(base + rng.integers(0, PEOPLE, n_events), pa.int32()),
            pa.array(at * 1_000_000, pa.int64()).cast(INSTANT),
            pa.array(rng.choice(["deli", "dairy"], n_events)),
            pa.array(rng.integers(0, 2_000, n_events) / 100),
        ],
        schema=BUY_SCHEMA,
    )
    mix = np.random.default_rng(7).permutation if shuffled else np.arange
    return BlockFiles(
        SITE,
        number,
        (write(folder, f"people-{number}", people, mix(PEOPLE)),),
        {"buy": (write(folder, f"buy-{number}", buys, mix(n_events)),)},
    )


def built(spark: SparkSession, root: Path, *, partitions: int, shuffled: bool) -> tuple[list[BlockReport], list[bytes]]:
    data, lake = root / "data", root / "lake"
    data.mkdir(parents=True)
    rules = {key: tree.Audience(key, key, "test", (SITE,), rule, "0" * 64, Location()) for key, rule in _RULES.items()}
    zone = ZoneInfo("America/Santiago")
    reports = run_tasks(
        spark,
        [block(data, number, shuffled=shuffled) for number in BLOCKS],
        plans={SITE: compile_site(rules, site=SITE, zone=zone, as_of=AS_OF, built=set(rules))},
        inputs={SITE: BlockInputs(str(lake), {"people": PEOPLE_SCHEMA, "event_buy": BUY_SCHEMA}, {})},
        run_id="r1",
        open_reader=BlockReader,
        open_writer=MemberWriter,
        partitions=partitions,
    )
    files = [(lake / staged.table / staged.path).read_bytes() for report in reports for staged in report.staged]
    return reports, files


@pytest.fixture(scope="module")
def reference(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[BlockReport], list[bytes]]:
    return built(spark, tmp_path_factory.mktemp("one"), partitions=1, shuffled=False)


@pytest.mark.parametrize("partitions", [2, 8])
@pytest.mark.parametrize("shuffled", [False, True], ids=["same order", "shuffled rows"])
def test_same_bytes(
    spark: SparkSession,
    tmp_path: Path,
    reference: tuple[list[BlockReport], list[bytes]],
    partitions: int,
    shuffled: bool,
) -> None:
    _, files = built(spark, tmp_path, partitions=partitions, shuffled=shuffled)
    assert files == reference[1]


def test_reports_describe_what_was_written(reference: tuple[list[BlockReport], list[bytes]]) -> None:
    reports, files = reference
    assert [report.block for report in reports] == list(BLOCKS)
    assert len(files) == 2 * len(BLOCKS)  # members and changes
    for report in reports:
        assert report.failures.keys() == {"broken"}
        assert report.core_ms.size == len(_RULES)
        assert report.core_ms.sum() > 0
        assert {staged.rows for staged in report.staged} == {4}


def test_members_are_those_of_a_plain_count(spark: SparkSession, tmp_path: Path) -> None:
    reports, _ = built(spark, tmp_path, partitions=2, shuffled=True)
    for report in reports:
        people = pq.read_table(tmp_path / "data" / f"people-{report.block}.parquet").to_pylist()
        buys = pq.read_table(tmp_path / "data" / f"buy-{report.block}.parquet").to_pylist()
        cents: dict[int, int] = {}
        for buy in buys:
            if buy["department"] == "deli" and 0 < (AS_OF - buy["at"]).total_seconds() <= 30 * 86_400:
                cents[buy["ordinal"]] = cents.get(buy["ordinal"], 0) + round(100 * buy["amount"])
        alive = {row["ordinal"] for row in people if row["alive"]}
        gold = {row["ordinal"] for row in people if row["tier"] == "gold"}
        spent = {ordinal for ordinal, total in cents.items() if total >= 2_000}
        path = next(staged.path for staged in report.staged if staged.table == "audience_members")
        rows = pq.read_table(tmp_path / "lake" / "audience_members" / path, partitioning=None).to_pylist()
        assert {row["audience"]: set(BitMap.deserialize(row["members"])) for row in rows} == {
            "gold": gold & alive,
            "spent": spent & alive,
            "either": (gold | spent) & alive,
            "neither": alive - gold - spent,
        }
