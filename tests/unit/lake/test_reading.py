"""A block is read no further than its leaves need: other files may as well not exist, other columns are not counted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import write_deltalake

from plateia.catalogue import ValueType
from plateia.errors import Location
from plateia.lake import BlockReader, Lake, block_files, block_inputs
from plateia.records import Amount
from plateia.rules import tree
from plateia.tables import INSTANT
from transforms.audience.atoms import events_of
from transforms.audience.compile import compile_site
from transforms.audience.plan import SitePlan
from transforms.audience.worker import BlockOutcome, evaluate_block

AS_OF = datetime(2026, 6, 1, 5, tzinfo=UTC)
MONTHS = [date(2026, month, 1) for month in range(1, 7)]
MONEY = ValueType("double")


def written(lake: Lake) -> dict[tuple[str, date], Path]:
    """People 0 to 9, and one file a month of two event types: an event every third day, of everyone in turn."""
    people = {"site": ["us"] * 10, "block": pa.array([0] * 10, pa.int32()), "ordinal": pa.array(range(10), pa.int32()),
              "alive": [True] * 10, "person_id": list("abcdefghij"), "tier": ["gold", "iron"] * 5}  # fmt: skip
    write_deltalake(lake.table_uri("people"), pa.table(people), partition_by=["site", "block"])
    for event in ("buy", "visit"):
        days = [datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(days=day) for day in range(0, 151, 3)]
        rows = {
            "site": ["us"] * len(days), "period": [day.date().replace(day=1) for day in days],
            "block": pa.array([0] * len(days), pa.int32()),
            "ordinal": pa.array([number % 10 for number in range(len(days))], pa.int32()),
            "at": pa.array(days, INSTANT), "event_id": [str(number) for number in range(len(days))],
            "amount": [1.5] * len(days), "shop": ["north", "south", "east"] * (len(days) // 3),
        }  # fmt: skip
        write_deltalake(lake.table_uri(f"event_{event}"), pa.table(rows), partition_by=["site", "period", "block"])
    return {
        (event, date.fromisoformat(str(file.partition["period"]))): Path(file.path)
        for event in ("buy", "visit")
        for file in lake.files(f"event_{event}")
    }


def spent(window: tree.Window | None) -> tree.EventNode:
    condition = tree.Condition((tree.Test("gte", Decimal(1)),))
    return tree.EventNode("buy", tree.Measure("sum", condition, "amount", MONEY), None, window)


def plan(*rules: tree.Node) -> SitePlan:
    audiences = {
        f"a-{i}": tree.Audience(f"a-{i}", "a", "test", ("us",), rule, "0" * 64, Location())
        for i, rule in enumerate(rules)
    }
    return compile_site(audiences, site="us", zone=ZoneInfo("America/New_York"), as_of=AS_OF, built=set(audiences))


def evaluated(lake: Lake, site_plan: SitePlan) -> tuple[BlockOutcome, BlockReader]:
    events = {event for leaf in site_plan.leaves for event in events_of(leaf)}
    inputs = {"us": block_inputs(lake, "us", events=events, pins={})}
    (files,) = block_files(lake, inputs, events=events, pins={})
    reader = BlockReader(inputs["us"], files)
    return evaluate_block(site_plan, reader, block=0), reader


def compressed(path: Path, columns: Sequence[str]) -> int:
    group = pq.ParquetFile(path).metadata.row_group(0)
    chunks = [group.column(i) for i in range(group.num_columns)]
    return sum(chunk.total_compressed_size for chunk in chunks if chunk.path_in_schema in columns)


def test_other_types_and_other_days_are_never_opened(lake: Lake) -> None:
    paths = written(lake)
    needed = {("buy", date(2026, 2, 1)), ("buy", date(2026, 5, 1))}
    for key in paths.keys() - needed:
        paths[key].write_bytes(b"not Parquet")
    recent = spent(tree.Last(tree.Duration(10, "d")))
    early = spent(tree.Dates(date(2026, 2, 3), date(2026, 2, 20)))
    outcome, reader = evaluated(lake, plan(recent, early))
    assert not outcome.failures
    assert outcome.members.num_rows == 2
    assert reader.amounts["event_buy"].rows == sum(pq.ParquetFile(paths[key]).metadata.num_rows for key in needed)


def test_a_leaf_without_a_window_reads_everything(lake: Lake) -> None:
    paths = written(lake)
    _, reader = evaluated(lake, plan(spent(None)))
    assert reader.amounts["event_buy"].rows == sum(
        pq.ParquetFile(path).metadata.num_rows for (event, _), path in paths.items() if event == "buy"
    )


def test_only_needed_columns_are_counted(lake: Lake) -> None:
    paths = written(lake)
    _, reader = evaluated(lake, plan(spent(tree.Last(tree.Duration(10, "d")))))
    (people,) = (Path(file.path) for file in lake.files("people"))
    may = paths["buy", date(2026, 5, 1)]
    assert reader.amounts == {
        "people": Amount(10, compressed(people, ["ordinal", "alive"])),
        "event_buy": Amount(pq.ParquetFile(may).metadata.num_rows, compressed(may, ["ordinal", "at", "amount"])),
    }


def test_a_rule_on_traits_opens_no_events(lake: Lake) -> None:
    paths = written(lake)
    for path in paths.values():
        path.unlink()
    tier = tree.TraitNode("tier", ValueType("string"), tree.Condition((tree.Test("eq", "gold"),)))
    outcome, reader = evaluated(lake, plan(tier))
    assert (outcome.members["size"].to_pylist(), reader.amounts.keys()) == ([5], {"people"})
