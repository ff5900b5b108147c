"""Splits: shares are kept, a part that grows keeps everyone, and strata are exact to one person."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pyarrow as pa
import pytest
from pyroaring import BitMap

from plateia.rules import tree
from tests.unit.audience.table_reader import TableReader, audience, compiled, people, trait
from transforms.audience.deciding import answer, decide
from transforms.audience.worker import evaluate_block

PEOPLE = 20_000
EVERYONE = tree.Group("none", (trait("tier", "nobody has it"),))


def parts(*shares: tuple[str, str], stratify: tuple[str, ...] = (), salt: str = "exp-1") -> dict[str, set[int]]:
    """Part -> its people; under the empty name the whole."""
    split = tree.Split(salt, tuple((name, Decimal(share)) for name, share in shares), stratify)
    tiers = pa.array(["gold", "iron", None][i % 3] if i % 7 else "rare" for i in range(PEOPLE))
    reader = TableReader(people(PEOPLE, tier=tiers))
    plan = compiled([audience("a", EVERYONE, split=split)])
    decided = decide({"s": plan}, lambda asked: {"s": [answer(asked["s"], reader, 0)]})
    outcome = evaluate_block(plan, reader, block=0, bounds=decided["s"].bounds)
    found = {row["audience"]: set(BitMap.deserialize(row["members"])) for row in outcome.members.to_pylist()}
    return {key.partition("/")[2]: members for key, members in found.items()}


def test_parts_are_disjoint_and_have_their_shares() -> None:
    found = parts(("control", "0.1"), ("a", "0.45"), ("b", "0.45"))
    whole = found.pop("")
    assert len(whole) == PEOPLE
    assert set.union(*found.values()) == whole
    assert sum(map(len, found.values())) == PEOPLE
    for name, share in (("control", 0.1), ("a", 0.45), ("b", 0.45)):
        deviation = (PEOPLE * share * (1 - share)) ** 0.5
        assert abs(len(found[name]) - PEOPLE * share) < 5 * deviation


def test_a_part_that_grows_keeps_everyone() -> None:
    before = parts(("control", "0.1"), ("a", "0.2"))
    after = parts(("control", "0.1"), ("a", "0.6"))
    assert before["a"] < after["a"]


def test_another_salt_is_another_draw() -> None:
    one, other = parts(("a", "0.5"))["a"], parts(("a", "0.5"), salt="exp-2")["a"]
    assert abs(len(one & other) - PEOPLE / 4) < 5 * (PEOPLE * 3 / 16) ** 0.5


@pytest.mark.parametrize("shares", [(("x", "0.333"), ("y", "0.333"), ("z", "0.334")), (("x", "0.1"), ("y", "0.05"))])
def test_each_stratum_has_its_quotas_to_one_person(shares: tuple[tuple[str, str], ...]) -> None:
    found = parts(*shares, stratify=("tier",))
    tier_of = ["rare" if not i % 7 else ["gold", "iron", None][i % 3] for i in range(PEOPLE)]
    sizes = Counter(tier_of)
    for name, share in shares:
        counted = Counter(tier_of[person] for person in found[name])
        assert all(abs(counted[tier] - size * Decimal(share)) <= 1 for tier, size in sizes.items())
    assert sum(len(found[name]) for name, _ in shares) == len(set.union(*(found[name] for name, _ in shares)))
