"""Membership, shape, split, priority and scores: the engine over several blocks and the naive evaluator agree."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyroaring import BitMap

from tests.properties.after_cases import SITE, Blocks, blocks
from tests.properties.naive import members
from transforms import ranking
from transforms.audience.compile import compile_site
from transforms.audience.deciding import Answer, Request, answer, decide
from transforms.audience.plan import SitePlan
from transforms.audience.worker import evaluate_block


def plan_of(drawn: Blocks) -> SitePlan:
    world = drawn.world
    return compile_site(
        world.audiences,
        site=SITE,
        zone=world.zone,
        as_of=world.as_of,
        built=set(world.audiences),
        published=set(world.published) - set(world.audiences),
        scores=set(world.scores),
    )


def built(drawn: Blocks, plan: SitePlan) -> dict[str, set[int]]:
    """Everything that a run of all blocks says: decided first, then evaluated."""

    def ask(requests: Mapping[str, Request]) -> dict[str, list[Answer]]:
        return {
            site: [answer(request, reader, block) for block, reader in drawn.readers.items()]
            for site, request in requests.items()
        }

    bounds = decide({SITE: plan}, ask)[SITE].bounds
    found: dict[str, set[int]] = {key: set() for key in plan.keys}
    for block, reader in drawn.readers.items():
        outcome = evaluate_block(plan, reader, block=block, bounds=bounds)
        assert not outcome.failures
        for row in outcome.members.to_pylist():
            found[row["audience"]] |= set(BitMap.deserialize(row["members"]))
    return found


@pytest.mark.parametrize("digest_keys", [2, 4096])
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**63), n_people=st.integers(0, 60))
def test_engine_equals_naive_evaluator(digest_keys: int, seed: int, n_people: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranking, "DIGEST_KEYS", digest_keys)
        drawn = blocks(Random(seed), n_people=n_people, n_audiences=6)
        plan = plan_of(drawn)
        assert not plan.failed
        found = built(drawn, plan)
    for key in plan.keys:
        assert found[key] == members(drawn.world, key), key
