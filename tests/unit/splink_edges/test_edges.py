"""Pairs of records that are likely one person, scored by Splink on DuckDB."""

from __future__ import annotations

import random
import sys

import pyarrow as pa
import pytest

from models.splink_edges.edges import EDGES, fuzzy_edges
from models.splink_edges.matching import Matching
from plateia.errors import UsageError

_FIRST = ("ana", "bruno", "carla", "diego", "elena", "felipe", "gloria", "hugo", "ines", "jorge")
_LAST = ("alves", "barros", "castro", "duarte", "esteves", "freitas", "garcia", "horta")


def people(n: int, seed: int) -> list[dict[str, str]]:
    """Two records a person, ``7-a`` and ``7-b``; every fifth second one has a letter of its last name doubled."""
    chosen = random.Random(seed)
    rows = []
    for person in range(n):
        row = {
            "first": chosen.choice(_FIRST),
            "last": chosen.choice(_LAST),
            "born": f"{chosen.randrange(1940, 2010)}-{chosen.randrange(1, 13):02}-{chosen.randrange(1, 29):02}",
        }
        typo = {"last": row["last"][:3] + row["last"][2:]} if person % 5 == 0 else {}
        rows += [{"id": f"{person}-a", **row}, {"id": f"{person}-b", **row, **typo}]
    return rows


def matching() -> Matching:
    import splink.comparison_library as cl

    same_first, same_born = "l.first = r.first", "l.born = r.born"
    return Matching(
        comparisons=[cl.ExactMatch("first"), cl.LevenshteinAtThresholds("last", [1]), cl.ExactMatch("born")],
        blocking=[same_born, f"{same_first} and l.last = r.last"],
        certain=[f"{same_first} and {same_born}"],
        recall=0.9,
        training=[same_born, f"{same_first} and l.last = r.last"],
    )


def _edges(rows: list[dict[str, str]], at_least: float = 0.5) -> pa.Table:
    return fuzzy_edges(pa.Table.from_pylist(rows), matching(), record="id", seed=1, at_least=at_least)


def test_edges_are_the_pairs_of_one_person_in_order() -> None:
    edges = _edges(people(150, seed=3))
    assert edges.schema == EDGES
    pairs = list(zip(*edges.select(["record_a", "record_b"]).to_pydict().values(), strict=True))
    assert pairs == sorted((f"{person}-a", f"{person}-b") for person in range(150))
    assert min(edges["confidence"].to_pylist()) >= 0.5


def test_edges_do_not_depend_on_the_order_of_records() -> None:
    rows = people(60, seed=4)
    assert _edges(rows, at_least=0.001).equals(_edges(rows[::-1], at_least=0.001))


def test_without_splink_an_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    declared = matching()
    monkeypatch.setitem(sys.modules, "splink", None)
    with pytest.raises(UsageError, match=r"plateia\[splink\]"):
        fuzzy_edges(pa.table({"id": ["1"]}), declared, record="id", seed=1, at_least=0.5)


@pytest.mark.parametrize(
    ("ids", "record"),
    [
        pytest.param(["1", "1"], "id", id="a record twice"),
        pytest.param(["1", None], "id", id="a record without a name"),
        pytest.param(["1", "2"], "other", id="no such column"),
    ],
)
def test_records_that_have_no_name_of_their_own_are_refused(ids: list[str | None], record: str) -> None:
    with pytest.raises(UsageError, match=record):
        fuzzy_edges(pa.table({"id": ids}), matching(), record=record, seed=1, at_least=0.5)


@pytest.mark.parametrize("at_least", [0.0, 1.5])
def test_a_threshold_is_a_probability(at_least: float) -> None:
    with pytest.raises(UsageError, match="probability"):
        _edges(people(60, seed=4), at_least=at_least)
