"""Audiences that refer to each other: what is missing, what goes in circles, what breaks with something else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plateia.errors import Location, Problem
from plateia.rules import check_references
from plateia.rules.topology import order
from plateia.rules.tree import Audience, AudienceNode, Group, NOf, Split, references

STEADY = settings(deadline=None)

BROKEN = [Problem(Location("x.yml"), "anything", "something else")]


def audience(key: str, *refers_to: str, exclude: tuple[str, ...] = (), sites: tuple[str, ...] = ("us",)) -> Audience:
    rule = Group("any", tuple(AudienceNode(name) for name in refers_to))
    return Audience(key, key, "", sites, rule, "", where=Location("a.yml", 1), exclude=exclude)


def named(*audiences: Audience) -> dict[str, Audience]:
    return {one.key: one for one in audiences}


def told(audiences: Mapping[str, Audience], *broken: str) -> dict[str, list[str]]:
    problems, _ = check_references(audiences, dict.fromkeys(broken, BROKEN))
    return {key: [str(problem) for problem in of_key] for key, of_key in problems.items()}


@pytest.mark.parametrize(
    ("audiences", "broken", "expected"),
    [
        pytest.param(named(audience("a", "b"), audience("b")), (), {}, id="a reference is fine"),
        pytest.param(named(audience("a", "b", "c"), audience("b", "c"), audience("c")), (), {}, id="a diamond, too"),
        pytest.param(
            named(audience("winners", "loosers"), audience("losers")),
            (),
            {
                "winners": [
                    "a.yml:1: rule.any[0].audience: got audience 'loosers'; expected an audience that is defined. "
                    "Did you mean 'losers'?"
                ]
            },
            id="missing",
        ),
        pytest.param(
            named(audience("a", exclude=("gone",))),
            (),
            {"a": ["a.yml:1: exclude[0]: got audience 'gone'; expected an audience that is defined"]},
            id="missing in exclude",
        ),
        pytest.param(
            named(audience("a", "a")),
            (),
            {
                "a": [
                    "a.yml:1: rule.any[0].audience: got the cycle a → a; "
                    "expected audiences that do not refer to themselves, not even in a circle"
                ]
            },
            id="itself",
        ),
        pytest.param(
            named(audience("a", "b"), audience("b", exclude=("a",))),
            (),
            {
                "a": [
                    "a.yml:1: rule.any[0].audience: got the cycle a → b → a; "
                    "expected audiences that do not refer to themselves, not even in a circle"
                ],
                "b": [
                    "a.yml:1: exclude[0]: got the cycle b → a → b; "
                    "expected audiences that do not refer to themselves, not even in a circle"
                ],
            },
            id="a cycle is told to each member as it sees it",
        ),
        pytest.param(
            named(audience("a", "b"), audience("b", "c")),
            ("c",),
            {
                "a": ["a.yml:1: rule.any[0].audience: got audience 'b', which is broken; expected a sound audience"],
                "b": ["a.yml:1: rule.any[0].audience: got audience 'c', which is broken; expected a sound audience"],
            },
            id="broken passes on, by the name of the nearest",
        ),
    ],
)
def test_problems_between_audiences(
    audiences: dict[str, Audience], broken: tuple[str, ...], expected: dict[str, list[str]]
) -> None:
    assert told(audiences, *broken) == expected


def test_who_refers_to_a_cycle_breaks_with_it() -> None:
    problems = told(named(audience("a", "b"), audience("b", "c"), audience("c", "b")))
    assert set(problems) == {"a", "b", "c"}
    assert "'b', which is broken" in problems["a"][0]


def test_two_cycles_with_a_common_audience_break_all_their_members() -> None:
    problems = told(named(audience("a", "b", "c"), audience("b", "a"), audience("c", "a")))
    assert set(problems) == {"a", "b", "c"}


def test_references_are_found_where_they_stand() -> None:
    rule = Group("none", (NOf(1, (AudienceNode("x"), AudienceNode("gone"))),))
    nested = Audience("a", "a", "", ("us",), rule, "", where=Location("a.yml", 1))
    problems = told({**named(audience("x")), "a": nested})
    assert problems["a"][0].startswith("a.yml:1: rule.none[0].n_of.of[1].audience: ")


def test_lines_come_from_whoever_has_the_documents() -> None:
    problems, _ = check_references(
        named(audience("a", "gone")), {}, lambda one, path: Location(f"{one.key}.yml", 7, str(path[-1]))
    )
    assert problems["a"][0].where == Location("a.yml", 7, "audience")


def test_a_reference_to_an_audience_of_other_sites_is_a_warning() -> None:
    problems, warnings = check_references(
        named(audience("a", "b", sites=("ar", "us")), audience("b", sites=("us",))), {}
    )
    assert problems == {}
    assert [str(warning) for warning in warnings] == [
        "a.yml:1: rule.any[0].audience: got audience 'b', which does not run on ar: "
        "nobody is a member of it there; expected an audience of the same sites"
    ]


def test_a_long_chain_is_no_problem() -> None:
    chain = named(*(audience(f"a-{i:05d}", f"a-{i + 1:05d}") for i in range(20_000)), audience("a-20000"))
    assert told(chain) == {}
    assert order(chain)[0] == "a-20000"


KEYS = [f"k{i}" for i in range(8)]
GRAPHS = st.dictionaries(
    st.sampled_from(KEYS), st.lists(st.sampled_from(KEYS), unique=True, max_size=3), min_size=1
).map(lambda edges: named(*(audience(key, *names) for key, names in edges.items())))


def unbuildable(audiences: Mapping[str, Audience]) -> set[str]:
    """By repetition: whatever cannot be put after everything it refers to."""
    done: set[str] = set()
    while fresh := {key for key in audiences if set(references(audiences[key])) <= done} - done:
        done |= fresh
    return set(audiences) - done


@STEADY
@given(GRAPHS)
def test_exactly_the_unbuildable_have_problems(audiences: dict[str, Audience]) -> None:
    assert set(told(audiences)) == unbuildable(audiences)


@STEADY
@given(GRAPHS)
def test_order_puts_everyone_after_those_it_refers_to(audiences: dict[str, Audience]) -> None:
    sound = {key: audiences[key] for key in set(audiences) - unbuildable(audiences)}
    ordered = order(sound)
    assert sorted(ordered) == sorted(sound)
    for position, key in enumerate(ordered):
        assert set(references(sound[key])) <= set(ordered[:position])
    assert ordered == order(dict(reversed(sound.items())))


def test_a_part_of_a_split_may_be_named_and_comes_after_its_whole() -> None:
    shares = (("control", Decimal("0.1")), ("rest", Decimal("0.9")))
    split = replace(audience("whole"), split=Split("salt", shares))
    users = named(audience("a", "whole/control"), split)
    assert told(users) == {}
    assert order(users) == ["whole", "a"]
    expected = "a.yml:1: rule.any[0].audience: got audience 'whole/contrl'; expected an audience that is defined. "
    assert told(named(audience("a", "whole/contrl"), split)) == {"a": [f"{expected}Did you mean 'whole/control'?"]}
    assert list(told({"a": audience("a", "whole/control")}, "whole")) == ["a"], "the whole is broken"
