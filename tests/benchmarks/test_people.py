"""Made-up people: the shape that is asked for, the same for one seed, fewer a prefix of more."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.graphs.partition import components
from benchmarks.graphs.people import (
    EDGES_A_PERSON,
    HUBS,
    Kind,
    Numbers,
    Seen,
    code,
    kind_of,
    mixed,
    people_with,
    person_of,
    seen,
    together,
)

PEOPLE = 100_000  # two blocks


def all_of(people: int, *, hubs: bool = False, first: int = 0, seed: int = 1) -> Seen:
    return together(seen(people, seed=seed, hubs=hubs, first=first))


def pairs(found: Seen) -> set[tuple[int, int, bool]]:
    return set(zip(found.a.tolist(), found.b.tolist(), found.proven.tolist(), strict=True))


def test_the_same_seed_gives_the_same_people_and_another_does_not() -> None:
    assert all(np.array_equal(*both) for both in zip(all_of(1_000), all_of(1_000), strict=True))
    assert not np.array_equal(all_of(1_000).b, all_of(1_000, seed=2).b)


@pytest.mark.parametrize("hubs", [False, True])
@pytest.mark.parametrize("fewer", [1_000, 50_000, 50_001])
def test_fewer_people_are_a_prefix(fewer: int, hubs: bool) -> None:
    more = all_of(PEOPLE, hubs=hubs)
    inside = np.maximum(person_of(more.a), person_of(more.b)) < fewer
    assert pairs(all_of(fewer, hubs=hubs)) == pairs(more.where(inside))


def test_people_from_a_number_on_know_nobody_before_it() -> None:
    later = all_of(PEOPLE, first=55_000)
    assert person_of(later.a).min() == 55_000
    assert person_of(later.b).min() >= 55_000
    assert pairs(later) < pairs(all_of(PEOPLE))


def test_as_many_edges_as_were_asked_for() -> None:
    assert len(all_of(people_with(300_000)).a) == pytest.approx(300_000, rel=0.02)
    assert len(all_of(PEOPLE).a) == pytest.approx(EDGES_A_PERSON * PEOPLE, rel=0.02)


def test_no_pair_comes_twice() -> None:
    found = all_of(PEOPLE)
    assert len(pairs(found)) == len(found.a)


def test_one_device_in_fifty_is_beside_two_accounts() -> None:
    found = all_of(PEOPLE)
    devices = found.b[kind_of(found.b) == Kind.DEVICE]
    _, times = np.unique(devices, return_counts=True)
    assert times.max() == 2
    assert (times == 2).mean() == pytest.approx(0.02, rel=0.1)


def test_ones_own_is_mostly_proven_and_what_is_not_every_other_time() -> None:
    found = all_of(PEOPLE, hubs=True)
    is_star = kind_of(found.a) == Kind.ACCOUNT
    is_own = person_of(found.a) == person_of(found.b)
    assert found.proven[is_star & is_own].mean() == pytest.approx(0.85, abs=0.01)
    assert found.proven[~is_own].mean() == pytest.approx(0.5, abs=0.03)


def test_chains_have_three_to_twelve_cookies() -> None:
    found = all_of(PEOPLE)
    links = kind_of(found.a) == Kind.COOKIE
    assert set(kind_of(found.b[links])) == {Kind.COOKIE}
    assert not found.proven[links].any()
    assert np.array_equal(person_of(found.a[links]), person_of(found.b[links]))
    _, in_chain = np.unique(person_of(found.a[links]), return_counts=True)
    assert set(in_chain + 1) == set(range(3, 13))
    assert len(in_chain) == pytest.approx(0.2 * PEOPLE, rel=0.05)


def test_each_hub_is_met_by_one_in_two_hundred_and_is_nobodys() -> None:
    found = all_of(PEOPLE, hubs=True)
    everybodys = found.b[person_of(found.b) == -1]
    hubs, met = np.unique(everybodys, return_counts=True)
    assert len(hubs) == HUBS
    assert met == pytest.approx(np.full(HUBS, 0.005 * PEOPLE), rel=0.25)
    assert sorted(kind_of(hubs)) == [Kind.EMAIL, Kind.EMAIL, Kind.DEVICE, Kind.DEVICE, Kind.DEVICE]
    assert pairs(all_of(PEOPLE)) < pairs(found)


def test_codes_tell_kind_and_person() -> None:
    codes = code(Kind.COOKIE, np.array([0, 7, 1 << 39]), 63)
    assert kind_of(codes).tolist() == [Kind.COOKIE] * 3
    assert person_of(codes).tolist() == [0, 7, 1 << 39]


def test_mixed_ids_are_as_many_and_in_no_order() -> None:
    ids = mixed(np.arange(100_000))
    assert len(set(ids.tolist())) == 100_000
    assert 0.45 < (np.diff(ids.astype(np.float64)) > 0).mean() < 0.55


def test_components_are_named_by_their_least_vertex() -> None:
    a: Numbers = np.array([9, -5, 3, 3])
    b: Numbers = np.array([4, 9, 3, 8])
    vertices, least = components(a, b)
    assert dict(zip(vertices.tolist(), least.tolist(), strict=True)) == {-5: -5, 4: -5, 9: -5, 3: 3, 8: 3}
