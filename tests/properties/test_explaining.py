"""Explanations say what the naive evaluator finds: every truth, the events behind it, and when it changes."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.properties.engine_cases import Draw
from tests.properties.explaining_cases import MICROSECOND, Asked, Passing, Staying, asked, flat
from tests.properties.kinds import Crowded

_PROBES = 30


def assert_flips(case: Asked, random: Random, n_probes: int) -> None:
    """Every truth is the naive one until it flips, and another one when it does."""
    now = case.truths(case.world)
    if case.names_a_failure(case.world):
        return  # its history is there, and the engine fails who asks for it only at the end of a run
    if not case.is_alive:
        del now[1:]  # of a person who is gone only membership means anything
    rows = flat(case.explained())[: len(now)]  # behind them stands what follows the rule
    assert [row["truth"] for row in rows] == now
    flips = [row["flips"] for row in rows]
    probes = case.probes(random)
    chosen = set(random.sample(probes, min(n_probes, len(probes))))
    chosen |= {at + shift * MICROSECOND for at in flips if at is not None for shift in (-1, 0)}
    for at in sorted(chosen):
        if at <= case.world.as_of:
            continue
        later = case.later(at)
        then = case.truths(later)[: len(now)]
        if case.names_a_failure(later):
            continue
        for row, flip, before, after in zip(rows, flips, now, then, strict=True):
            if before is None:
                assert flip is None
            elif flip is None or at < flip:
                assert after == before, (row["text"], at, flip)
            elif at == flip:
                assert after != before, (row["text"], at)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**63), n_people=st.integers(1, 3), n_events=st.integers(0, 25))
def test_every_truth_and_when_it_flips(seed: int, n_people: int, n_events: int) -> None:
    assert_flips(asked(seed, n_people=n_people, n_events=n_events), Random(seed), _PROBES)


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**63), n_events=st.integers(0, 20))
def test_conditions_that_time_changes_flip_when_it_does(seed: int, n_events: int) -> None:
    assert_flips(asked(seed, n_people=1, n_events=n_events, kind=Passing), Random(seed), _PROBES)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**63), n_events=st.integers(0, 20))
def test_stays_and_waits_end_when_they_have_lasted(seed: int, n_events: int) -> None:
    assert_flips(asked(seed, n_people=1, n_events=n_events, kind=Staying), Random(seed), _PROBES)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**63), n_events=st.integers(2, 20))
def test_sequences_flip_when_every_chain_tried_says_so(seed: int, n_events: int) -> None:
    assert_flips(asked(seed, n_people=1, n_events=n_events, kind=Crowded), Random(seed), _PROBES)


@pytest.mark.nightly
@pytest.mark.parametrize("kind", [Draw, Passing, Staying, Crowded])
@settings(max_examples=1_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**63), n_people=st.integers(1, 3), n_events=st.integers(0, 40))
def test_every_truth_and_flip_of_many(kind: type[Draw], seed: int, n_people: int, n_events: int) -> None:
    assert_flips(asked(seed, n_people=n_people, n_events=n_events, kind=kind), Random(seed), 100)
