"""A small shop whose nights are simulated: its warehouse as files, builds through readers, writers and publishing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

import pyarrow as pa
from deltalake import write_deltalake
from pyroaring import BitMap

from plateia.catalogue import ValueType
from plateia.clock import AsOf
from plateia.errors import Location
from plateia.lake import BlockReader, BlockTotals, Lake, MemberWriter, block_files, block_inputs, keep_totals, publish
from plateia.lake.published import current
from plateia.records import BlockFiles, BlockInputs, Verdict
from plateia.rules import tree
from plateia.tables import BLOCK_SIZE, INSTANT
from plateia.trace import new_run
from transforms.audience.compile import compile_site
from transforms.audience.limits import Limits
from transforms.audience.plan import SitePlan
from transforms.audience.worker import BlockOutcome, evaluate_block

ZONE = ZoneInfo("America/Santiago")
SITE = "mlc"
DOUBLE, STRING = ValueType("double"), ValueType("string")
PEOPLE = [*range(12), *range(BLOCK_SIZE, BLOCK_SIZE + 9)]
ALWAYS = Limits(totals_days=1, totals_from_rows=0, rows_a_total=0, rows_a_piece=0)
Event = dict[str, object]


def rules(random: Random) -> dict[str, tree.Audience]:
    """Eight audiences over counts, sums, averages and days of long windows, and what they exclude."""
    windows: list[tree.Window | None] = [
        None, tree.Last(tree.Duration(40, "d")), tree.Last(tree.Duration(36, "h")), tree.Days(30),
        tree.Ago(tree.Duration(50, "d"), tree.Duration(5, "d")), tree.Previous("month"),
    ]  # fmt: skip
    north = tree.PropertyTest("shop", STRING, tree.Condition((tree.Test("eq", "north"),)))
    found: dict[str, tree.Audience] = {}
    for number in range(8):
        kind = random.choice(["count", "days", "sum", "avg"])
        amount = Decimal(random.choice(["1", "2.5", "10", "17.25"]))
        test = tree.Condition((tree.Test(random.choice(["gte", "lt"]), amount),))
        of = {"of": "amount", "of_type": DOUBLE} if kind in ("sum", "avg") else {}
        measure = tree.Measure(kind, test, **of)  # type: ignore[arg-type]
        node = tree.EventNode("buy", measure, random.choice([None, north]), random.choice(windows))
        exclude = (f"a-{number - 1}",) if number and random.random() < 0.3 else ()
        found[f"a-{number}"] = audience(f"a-{number}", node, exclude)
    return found


def audience(key: str, rule: tree.Node, exclude: tuple[str, ...] = ()) -> tree.Audience:
    """An audience of the shop."""
    return tree.Audience(key, "a", "test", (SITE,), rule, "0" * 64, Location(), exclude=exclude)


@dataclass
class Shop:
    """What the shop knows: its events by id, and the months whose file has been written as they are now."""

    lake: Lake
    random: Random
    today: date = date(2018, 5, 1)
    hour: int = 8  # of UTC, when the builds of a day start
    events: dict[str, Event] = field(default_factory=dict)
    audiences: dict[str, tree.Audience] = field(default_factory=dict)
    merged: set[int] = field(default_factory=set)
    _written: dict[tuple[date, int], list[Event]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.audiences = rules(self.random)
        for _ in range(150):
            self.sell(self.random.randrange(100) * 24.0)

    def sell(self, hours_ago: float) -> None:
        """Someone buys, or is found to have bought, so many hours before this morning."""
        at = datetime.combine(self.today, datetime.min.time(), UTC) - timedelta(
            hours=hours_ago, seconds=self.random.randrange(86_400)
        )
        self.events[f"e{len(self.events)}"] = {
            "ordinal": self.random.choice([p for p in PEOPLE if p not in self.merged]), "at": at,
            "amount": self.random.choice([0.1, 2.5, 33.33, None]), "shop": self.random.choice(["north", "south"]),
        }  # fmt: skip

    def live(self) -> None:
        """A day passes: purchases, late ones, deletions, a merge of two people now and then, an edited audience."""
        self.today += timedelta(days=1)
        for _ in range(self.random.randrange(6)):
            self.sell(0)
        if self.random.random() < 0.6:
            self.sell(24.0 * self.random.randrange(90))
        if self.random.random() < 0.4:
            self.events.pop(self.random.choice(sorted(self.events)), None)
        if self.random.random() < 0.25:
            self._merge(*self.random.sample([person for person in PEOPLE if person not in self.merged], 2))
        if self.random.random() < 0.4:
            edited = self.random.choice(sorted(self.audiences))
            rule = rules(self.random)[edited].rule
            self.audiences[edited] = replace(self.audiences[edited], rule=rule)

    def _merge(self, kept: int, gone: int) -> None:
        """Two people are one: the other's ordinal is retired, and its events go over."""
        self.merged.add(gone)
        for event in self.events.values():
            if event["ordinal"] == gone:
                event["ordinal"] = kept

    def refresh(self) -> None:
        """Write the people, and the files of the months whose events of a block have changed; leave the others."""
        blocks = pa.array([person // BLOCK_SIZE for person in PEOPLE], pa.int32())
        people = {"site": [SITE] * len(PEOPLE), "block": blocks, "ordinal": pa.array(PEOPLE, pa.int32()),
                  "alive": [p not in self.merged for p in PEOPLE], "person_id": [f"p{p}" for p in PEOPLE]}  # fmt: skip
        write_deltalake(
            self.lake.table_uri("people"), pa.table(people), mode="overwrite", partition_by=["site", "block"]
        )
        months: dict[tuple[date, int], list[Event]] = {place: [] for place in self._written}
        for event_id, event in sorted(self.events.items()):
            at, ordinal = event["at"], event["ordinal"]
            assert isinstance(at, datetime)
            assert isinstance(ordinal, int)
            place = at.date().replace(day=1), ordinal // BLOCK_SIZE
            months.setdefault(place, []).append(event | {"event_id": event_id})
        for (month, block), rows in sorted(months.items()):
            if self._written.get((month, block)) != rows:
                self._write(month, block, rows)
        self._written = {place: rows for place, rows in months.items() if rows}

    def _write(self, month: date, block: int, rows: Sequence[Event]) -> None:
        schema = pa.schema(
            [("site", pa.string()), ("period", pa.date32()), ("block", pa.int32()), ("ordinal", pa.int32()),
             ("at", INSTANT), ("event_id", pa.string()), ("amount", pa.float64()), ("shop", pa.string())]
        )  # fmt: skip
        fixed = {"site": SITE, "period": month, "block": block}
        write_deltalake(
            self.lake.table_uri("event_buy"), pa.Table.from_pylist([fixed | row for row in rows], schema=schema),
            mode="overwrite" if self._written or self.lake.exists("event_buy") else "append",
            predicate=f"period = '{month}' AND block = {block}" if self.lake.exists("event_buy") else None,
            partition_by=["site", "period", "block"],
        )  # fmt: skip

    @property
    def as_of(self) -> datetime:
        """The instant of today's build."""
        return datetime.combine(self.today, datetime.min.time(), UTC) + timedelta(hours=self.hour)


@dataclass
class Night:
    """One build: what each block came to with totals, and from all events."""

    with_totals: list[BlockOutcome]
    from_events: list[BlockOutcome]
    rows_read: tuple[int, int]


def build(shop: Shop) -> Night:
    """Build and publish all audiences twice: with kept totals, which is published, and by reading all events."""
    lake, run = shop.lake, new_run("build-audiences", AsOf(shop.as_of))
    plan = compile_site(
        shop.audiences, site=SITE, zone=ZONE, as_of=shop.as_of, built=set(shop.audiences),
        published=current(lake, SITE).keys() - shop.audiences.keys(),
    )  # fmt: skip
    inputs = {SITE: block_inputs(lake, SITE, events=["buy"], pins={})}
    night, staged, totals, replaced = Night([], [], (0, 0)), [], [], []
    for files in block_files(lake, inputs, events=["buy"], pins={}):
        fast, slow = _evaluated(plan, inputs[SITE], files, night)
        store = BlockTotals(inputs[SITE], files)
        made, over = store.write(run.run_id, "0", fast.fresh_totals)
        totals, replaced = totals + made, replaced + over
        writer = MemberWriter(lake.uri, attempt="0")
        staged += writer.write(SITE, run.run_id, files.block, members=fast.members, changes=fast.changes)
        night.with_totals.append(fast)
        night.from_events.append(slow)
    keep_totals(lake, totals, replaced, run_id=run.run_id)
    publish(lake, run=run, staged=staged, verdicts=_verdicts(lake, shop, night.with_totals))
    return night


def _evaluated(
    plan: SitePlan, inputs: BlockInputs, files: BlockFiles, night: Night
) -> tuple[BlockOutcome, BlockOutcome]:
    fast, slow = BlockReader(inputs, files), BlockReader(inputs, files)
    store = BlockTotals(inputs, files)
    found = evaluate_block(plan, fast, block=files.block, limits=ALWAYS, store=store)
    whole = evaluate_block(plan, slow, block=files.block)
    read = [reader.amounts["event_buy"].rows if "event_buy" in reader.amounts else 0 for reader in (fast, slow)]
    night.rows_read = night.rows_read[0] + read[0], night.rows_read[1] + read[1]
    return found, whole


def _verdicts(lake: Lake, shop: Shop, outcomes: Sequence[BlockOutcome]) -> list[Verdict]:
    previous = {key: str(row["run_id"]) for key, row in current(lake, SITE).items()}
    sizes = members_of(outcomes)
    return [
        Verdict(
            site=SITE, audience=key, verdict="published", as_of=shop.as_of, size=len(sizes.get(key, ())),
            previous_run_id=previous.get(key), definition_hash="d" * 64,
        )
        for key in sorted(shop.audiences)
    ]  # fmt: skip


def members_of(outcomes: Sequence[BlockOutcome]) -> dict[str, set[int]]:
    """Audience -> ordinals, of all blocks."""
    found: dict[str, set[int]] = {}
    for outcome in outcomes:
        for row in outcome.members.to_pylist():
            found.setdefault(row["audience"], set()).update(BitMap.deserialize(row["members"]))
    return found


def apply_changes(before: Mapping[str, set[int]], outcomes: Sequence[BlockOutcome]) -> dict[str, set[int]]:
    """What the members were, with the changes of a night added up."""
    after = {key: set(ordinals) for key, ordinals in before.items()}
    for outcome in outcomes:
        for row in outcome.changes.to_pylist():
            mine = after.setdefault(row["audience"], set())
            mine |= set(BitMap.deserialize(row["entered"]))
            mine -= set(BitMap.deserialize(row["left"]))
    return after
