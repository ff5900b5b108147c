"""The engine's kernel alone, without Spark or files: on the second company's truth it equals the oracle."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pytest
from pyroaring import BitMap

from plateia.records import Change, Volume
from plateia.rules.tree import ListNode, walk
from tests.company.database import PROPERTIES, RELATIONS, TRAITS
from tests.company.world import SITES, Truth
from tests.lakes import MadeUp
from tests.oracle.query import World
from transforms.audience.compile import compile_site
from transforms.audience.worker import evaluate_block

INSTANT = pa.timestamp("us", tz="UTC")


class _Block:
    """One site's truth as the only block of its people; ordinals by person id."""

    def __init__(self, truth: Truth, site: str) -> None:
        people = sorted((person, traits) for (of, person), traits in truth.people.items() if of == site)
        self.ids = [person for person, _ in people]
        self._ordinals = {person: ordinal for ordinal, person in enumerate(self.ids)}
        rows = [{"ordinal": self._ordinals[p], "alive": True, "person_id": p, **traits} for p, traits in people]
        fixed = {"ordinal": pa.int32(), "alive": pa.bool_(), "person_id": pa.string()}
        self._people = pa.Table.from_pylist(rows, schema=pa.schema({**fixed, **_stored(TRAITS)}))
        self._events = {kind: self._table(truth, site, kind) for kind in PROPERTIES}
        self._relations = {name: self._relation(truth, site, name) for name in RELATIONS}
        said = [w | {"ordinal": self._ordinals.get(w["person_id"], -1)} for w in truth.words if w["site"] == site]
        words = {"ordinal": pa.int32(), "at": INSTANT, "purpose": pa.string(), "granted": pa.bool_()}
        self._words = pa.Table.from_pylist(said, schema=pa.schema(words))

    def _relation(self, truth: Truth, site: str, name: str) -> pa.Table:
        """Rows with the key that they start at and, where that is a person of the site, the ordinal."""
        rows = [row | {"from_key": row["start"]} for row in truth.relations[name] if row["site"] == site]
        fixed = {"from_key": pa.string(), "to_key": pa.string()}
        if name == "placed":
            fixed = {"ordinal": pa.int32(), **fixed}
            rows = [row | {"ordinal": self._ordinals[row["start"]]} for row in rows if row["start"] in self._ordinals]
        return pa.Table.from_pylist(rows, schema=pa.schema({**fixed, **RELATIONS[name]}))

    def _table(self, truth: Truth, site: str, kind: str) -> pa.Table:
        rows = [
            {"ordinal": self._ordinals[event.person_id], "at": event.at, **event.properties}
            for event in truth.events(kind)
            if event.site == site
        ]
        fixed = {"ordinal": pa.int32(), "at": INSTANT}
        return pa.Table.from_pylist(rows, schema=pa.schema({**fixed, **_stored(PROPERTIES[kind])}))

    def people(self, columns: Sequence[str]) -> pa.Table:
        return self._people.select(columns)

    def events(self, event: str, columns: Sequence[str], _start: int | None, _end: int) -> pa.Table:
        return self._events[event].select(columns)

    def volumes(self, _event: str) -> list[Volume]:
        return []

    def consents(self) -> pa.Table | None:
        return self._words

    def relation(self, relation: str, columns: Sequence[str], keys: pa.Array | None) -> pa.Table | None:
        table = self._relations[relation]
        wanted = set() if keys is None else set(keys.to_pylist())
        kept = [keys is None or key in wanted for key in table["from_key"].to_pylist()]
        return table.filter(pa.array(kept, pa.bool_())).select(columns)

    def changes(self, _audience: str) -> list[Change]:
        return []

    def scores(self, _score: str) -> None:
        return None

    def members(self, _audience: str) -> bytes | None:
        return None


def _stored(columns: dict[str, pa.DataType]) -> dict[str, pa.DataType]:
    return {name: INSTANT if pa.types.is_timestamp(kind) else kind for name, kind in columns.items()}


@pytest.mark.parametrize("site", SITES)
def test_the_kernel_equals_the_oracle(site: str, made_up: MadeUp, company_worlds: dict[str, World]) -> None:
    world = company_worlds[site]
    files = {n.file for a in world.audiences.values() for n in walk(a.rule) if isinstance(n, ListNode)}
    plan = compile_site(
        world.audiences,
        site=site,
        zone=world.zone,
        as_of=world.as_of,
        built=world.audiences,
        lists={file: Path(file).read_text(encoding="utf-8").split()[1:] for file in files},
    )
    block = _Block(made_up.truth, site)
    outcome = evaluate_block(plan, block, block=0)
    assert (plan.failed, outcome.failures) == ({}, {})
    found = dict.fromkeys(plan.keys, frozenset[str]())
    for row in outcome.members.to_pylist():
        found[row["audience"]] = frozenset(block.ids[ordinal] for ordinal in BitMap.deserialize(row["members"]))
    expected = {key: world.members(key) for key, audience in world.audiences.items() if site in audience.sites}
    assert {key: len(expected[key] ^ found[key]) for key in expected if expected[key] != found[key]} == {}
    assert sorted(found) == sorted(expected)
