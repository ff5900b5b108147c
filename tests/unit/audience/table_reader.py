"""A block that lies in memory, and short ways to write audiences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pyarrow as pa

from plateia.catalogue import ValueType
from plateia.errors import Location
from plateia.records import BlockScores, Change, Volume
from plateia.rules import tree
from transforms.audience.compile import compile_site
from transforms.audience.plan import SitePlan

SITE = "mlb"
ZONE = ZoneInfo("America/Sao_Paulo")
AS_OF = datetime(2018, 1, 1, 2, tzinfo=UTC)
STRING, LONG, DOUBLE = ValueType("string"), ValueType("long"), ValueType("double")


@dataclass
class TableReader:
    """Hands out tables that are in memory, whole: the engine itself must see to windows."""

    people_table: pa.Table
    event_tables: Mapping[str, pa.Table] = field(default_factory=dict)
    published: Mapping[str, bytes] = field(default_factory=dict)
    history: Mapping[str, Sequence[Change]] = field(default_factory=dict)
    scored: Mapping[str, BlockScores] = field(default_factory=dict)
    words: pa.Table | None = None  # of consent
    relations: Mapping[str, pa.Table] = field(default_factory=dict)

    def people(self, columns: Sequence[str]) -> pa.Table:
        return self.people_table.select([name for name in columns if name in self.people_table.column_names])

    def events(self, event: str, columns: Sequence[str], start: int | None, end: int) -> pa.Table:
        assert start is None or start <= end
        if event not in self.event_tables:
            return pa.table({})
        table = self.event_tables[event]
        return table.select([name for name in columns if name in table.column_names])

    def volumes(self, event: str) -> list[Volume]:
        if event not in self.event_tables or not self.event_tables[event].num_rows:
            return []
        at = self.event_tables[event]["at"].cast(pa.int64()).to_pylist()
        return [Volume(min(at), max(at), len(at))]

    def changes(self, audience: str) -> Sequence[Change]:
        return self.history.get(audience, ())

    def scores(self, score: str) -> BlockScores | None:
        return self.scored.get(score)

    def consents(self) -> pa.Table | None:
        return self.words

    def relation(self, relation: str, columns: Sequence[str], keys: pa.Array | None) -> pa.Table | None:
        if relation not in self.relations:
            return None
        table = self.relations[relation]
        if keys is not None:
            wanted = set(keys.to_pylist())
            table = table.filter(pa.array([key in wanted for key in table["from_key"].to_pylist()], pa.bool_()))
        return table.select([name for name in columns if name in table.column_names])

    def members(self, audience: str) -> bytes | None:
        return self.published.get(audience)


def people(n: int, **traits: pa.Array) -> pa.Table:
    """``n`` living people of block 0, ids p0, p1, …"""
    return pa.table(
        {
            "ordinal": pa.array(range(n), pa.int32()),
            "alive": pa.array([True] * n, pa.bool_()),
            "person_id": pa.array([f"p{i}" for i in range(n)], pa.string()),
            **traits,
        }
    )


def audience(key: str, rule: tree.Node, **parts: object) -> tree.Audience:
    """An audience of the test's site."""
    return tree.Audience(key, key, "test", (SITE,), rule, "0" * 64, Location(), **parts)  # type: ignore[arg-type]


def trait(name: str, value: object, kind: ValueType = STRING, op: tree.Op = "eq") -> tree.TraitNode:
    """A trait compared with one value."""
    return tree.TraitNode(name, kind, tree.Condition((tree.Test(op, value),)))  # type: ignore[arg-type]


def count(event: str, at_least: int = 1, window: tree.Window | None = None) -> tree.EventNode:
    """At least so many events."""
    return tree.EventNode(event, tree.Measure("count", tree.Condition((tree.Test("gte", at_least),))), None, window)


def compiled(audiences: Sequence[tree.Audience], **options: object) -> SitePlan:
    """All of them, built together."""
    by_key = {one.key: one for one in audiences}
    return compile_site(by_key, site=SITE, zone=ZONE, as_of=AS_OF, **{"built": set(by_key), **options})  # type: ignore[arg-type]
