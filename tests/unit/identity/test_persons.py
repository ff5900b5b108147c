"""What a worker decides of groups: the same whatever order and batches its rows come in, and by hand in small cases."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from plateia.identity.tokens import TokenKeys
from transforms.identity.persons.decide import EDGE, HELD, PERSON, Decision
from transforms.identity.persons.outcome import PARTS
from transforms.identity.rules import Kind, Rules

AS_OF = datetime(2026, 1, 10, tzinfo=UTC)
EARLIER = AS_OF - timedelta(days=3)
KEYS = TokenKeys(b"a key of tokens", {"k1": b"a key of wraps"}, "k1")
RULES = Rules(
    (
        Kind("account", 1000, 1, 2, None, True, None, None),
        Kind("email", 100, 2, 3, None, False, None, None),
        Kind("cookie", 1, 3, None, None, False, None, None),
    )
)
SCHEMA = pa.schema(
    [
        ("what", pa.int32()), ("a", pa.int64()), ("b", pa.int64()), ("kind_a", pa.int32()), ("kind_b", pa.int32()),
        ("token_a", pa.binary()), ("token_b", pa.binary()), ("source", pa.string()), ("purpose", pa.string()),
        ("verified", pa.bool_()), ("score", pa.float64()), ("confidence", pa.float64()),
        ("identifier_type", pa.string()), ("person_id", pa.string()), ("since", pa.timestamp("us", tz="UTC")),
        ("erased", pa.bool_()), ("group", pa.int64()),
    ]
)  # fmt: skip
Row = Mapping[str, object]
Rows = Mapping[str, list[dict[str, Any]]]


def kind_of(number: int) -> int:
    return number % 3


def token(number: int) -> bytes:
    return KEYS.wrap(KEYS.inner(RULES.kinds[kind_of(number)].name, str(number), "us"))


def edge(a: int, b: int, *, group: int = 0, verified: bool = False, score: float = 1.0) -> Row:
    return {
        "what": EDGE, "a": a, "b": b, "kind_a": kind_of(a), "kind_b": kind_of(b), "token_a": token(a),
        "token_b": token(b), "source": "seen", "verified": verified, "score": score, "confidence": 0.5, "group": group,
    }  # fmt: skip


def held(number: int, person: str, *, group: int = 0, erased: bool = False, since: datetime = EARLIER) -> Row:
    return {
        "what": HELD, "a": number, "token_a": token(number), "identifier_type": RULES.kinds[kind_of(number)].name,
        "person_id": person, "since": since, "confidence": 0.4, "erased": erased, "group": group,
    }  # fmt: skip


def person(name: str, *, group: int = 0, since: datetime = EARLIER) -> Row:
    return {"what": PERSON, "person_id": name, "since": since, "group": group}


def batches(rows: Sequence[Row], *, size: int = 1000) -> Iterator[pa.RecordBatch]:
    whole = pa.Table.from_pylist([dict(row) for row in sorted(rows, key=lambda row: int(str(row["group"])))], SCHEMA)
    yield from whole.to_batches(max_chunksize=size)


def decided(rows: Sequence[Row], *, size: int = 1000, taken: frozenset[str] = frozenset()) -> Rows:
    """The rows of each table, sorted."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for batch in Decision(RULES, KEYS, AS_OF, taken)(batches(rows, size=size)):
        assert not any(batch["is_collision"].to_pylist())
        for part in PARTS:
            found[part] += [row for row in batch[part].to_pylist() if row is not None]
    return {part: sorted(rows, key=repr) for part, rows in found.items()}


def owners(found: Rows) -> dict[bytes, str]:
    return {row["token"]: row["person_id"] for row in found["member"] if row["valid_to"] is None}


def world(seed: int) -> list[Row]:
    """Groups of random evidence and random persons of before."""
    chance, rows = random.Random(seed), list[Row]()
    for group in range(40):
        first, size = 100 * group, chance.randrange(1, 12)
        numbers = range(first, first + size)
        for _ in range(chance.randrange(0, 2 * size)):
            a, b = sorted(chance.choices(numbers, k=2))
            rows.append(edge(a, b, group=group, verified=chance.random() < 0.4, score=chance.choice([0.5, 1.0, 2.0])))
        names = [f"{group}-{number}" for number in range(chance.randrange(0, 3))]
        whose = {number: chance.choice(names) for number in numbers if names and chance.random() < 0.7}
        rows += [held(number, name, group=group, erased=chance.random() < 0.1) for number, name in whose.items()]
        rows += [person(name, group=group) for name in sorted(set(whose.values()))]
    return rows


@pytest.mark.parametrize("seed", range(10))
def test_the_order_of_rows_and_the_size_of_batches_change_nothing(seed: int) -> None:
    rows = world(seed)
    expected = decided(rows)
    for size in (1, 7, 200):
        shuffled = random.Random(size).sample(rows, len(rows))
        assert decided(shuffled, size=size) == expected


@pytest.mark.parametrize("seed", range(10))
def test_groups_together_are_what_they_are_alone(seed: int) -> None:
    rows = world(seed)
    alone: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for group in {row["group"] for row in rows}:
        for part, found in decided([row for row in rows if row["group"] == group]).items():
            alone[part] += found
    assert {part: sorted(found, key=repr) for part, found in alone.items()} == decided(rows)


@pytest.mark.parametrize("seed", range(10))
def test_nothing_is_lost_and_no_cap_is_broken(seed: int) -> None:
    rows = world(seed)
    found = decided(rows)
    seen = {end for row in rows if row["what"] == EDGE for end in (row["token_a"], row["token_b"])}
    assert set(owners(found)) == seen
    sizes: dict[tuple[str, str], int] = defaultdict(int)
    for row in found["member"]:
        sizes[row["person_id"], row["identifier_type"]] += row["valid_to"] is None
    caps = {kind.name: kind.max_per_person for kind in RULES.kinds if kind.max_per_person is not None}
    assert all(size <= caps.get(kind, size) for (_, kind), size in sizes.items())
    people = {row["person_id"]: row for row in found["person"]}
    assert len(people) == len(found["person"])
    alive = {name for name, row in people.items() if row["retired_at"] is None}
    assert alive == set(owners(found).values())
    known = {row["person_id"] for row in rows if row["what"] == PERSON}
    assert known <= set(people)
    begun = {row["person_id"] for row in found["event"] if row["kind"] in {"created", "split_from"}}
    ended = {row["person_id"] for row in found["event"]} - begun
    assert (begun, ended) == (alive - known, known - alive)


def test_the_greater_anchor_weight_keeps_the_id() -> None:
    rows = [edge(0, 1), edge(1, 2), edge(2, 5), held(0, "old"), held(2, "new"), held(5, "new")]
    found = decided([*rows, person("old"), person("new", since=EARLIER - timedelta(days=9))])
    assert set(owners(found).values()) == {"old"}
    assert found["event"] == [
        {
            "kind": "merged_into",
            "person_id": "new",
            "other_person_id": "old",
            "evidence": '{"identifiers":2,"weight":2}',
        }
    ]
    assert {row["token"]: row["valid_from"] for row in found["member"] if row["valid_to"] is None} == {
        token(0): EARLIER, token(1): AS_OF, token(2): AS_OF, token(5): AS_OF,
    }  # fmt: skip
    assert {(row["token"], row["person_id"], row["valid_to"]) for row in found["member"] if row["valid_to"]} == {
        (token(2), "new", AS_OF),
        (token(5), "new", AS_OF),
    }


def test_two_proven_accounts_stay_two_and_the_weaker_edge_is_refused() -> None:
    rows = [edge(0, 2, verified=True, score=2.0), edge(2, 3, verified=True, score=1.0)]
    found = decided(rows)
    assert owners(found)[token(0)] == owners(found)[token(2)] != owners(found)[token(3)]
    refused = {(row["token_a"], row["token_b"], row["score"], row["rule"]) for row in found["refused"]}
    assert refused == {(token(2), token(3), 1.0, "identifiers.account.verified")}
    assert {row["confidence"] for row in found["member"] if row["token"] == token(3)} == {0.0}


def test_a_part_that_leaves_is_a_split_and_one_that_is_gone_is_over() -> None:
    rows = [edge(0, 2), edge(5, 5), held(0, "one"), held(5, "one"), person("one")]
    rows += [held(8, "two", erased=True), person("two"), held(11, "three"), person("three")]
    found = decided(rows)
    events = {row["kind"]: row for row in found["event"]}
    assert (events["split_from"]["person_id"], events["split_from"]["other_person_id"]) == (
        owners(found)[token(5)],
        "one",
    )
    assert events["erased"]["person_id"] == "two"
    assert events["retired"]["person_id"] == "three"


def test_an_id_that_is_taken_is_given_to_nobody() -> None:
    first = owners(decided([edge(0, 1)]))[token(0)]
    second = owners(decided([edge(0, 1)], taken=frozenset({first})))[token(0)]
    assert first != second
    assert owners(decided([edge(0, 1)], taken=frozenset({first, second})))[token(0)] not in {first, second}


def test_what_was_opened_at_this_instant_was_never_seen() -> None:
    found = decided([edge(0, 1), held(0, "one", since=AS_OF), held(4, "one", since=AS_OF), person("one")])
    assert [row for row in found["member"] if row["valid_to"]] == []


@pytest.mark.parametrize("row", [{**edge(6, 2), "a": 0}, {**held(6, "one"), "a": 0}], ids=["evidence", "before"])
def test_two_values_with_one_number_are_told_of(row: Row) -> None:
    rows = [edge(0, 1), row, person("one")]
    found = list(Decision(RULES, KEYS, AS_OF)(batches(rows)))
    assert [batch["is_collision"].to_pylist() for batch in found] == [[True]]
