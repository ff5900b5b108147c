"""From live evidence to persons: guard rails, groups, and what each of them tells.

Evidence and the persons of before are one graph: its components are groups that can be decided about one by one, each
in the memory of one worker. Guard rails keep them small.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial, reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import from_arrow_schema

from plateia.identity.tokens import TokenKeys
from transforms.identity.components import Keep, check_components
from transforms.identity.grouped import by_group
from transforms.identity.guard.sharing import without_shared
from transforms.identity.persons.decide import EDGE, HELD, PERSON, Decision
from transforms.identity.persons.outcome import SCHEMA
from transforms.identity.persons.values import CollisionError
from transforms.identity.rules import Rules

Engine = Callable[..., DataFrame]  # edges, keep=: what ``contract`` and ``alternate_stars`` are
_TRIES = 100
HAPPENS = {
    "created": "created",
    "split": "split_from",
    "merged": "merged_into",
    "retired": "retired",
    "erased": "erased",
}


@dataclass(frozen=True)
class Before:
    """The persons in question, as they were.

    Attributes:
        members: ``vertex, identifier_type, token, confidence, person_id, valid_from, erased BOOLEAN``: their current
            values, all of them; erased: nobody may keep it.
        people: ``person_id, created_at``, each of them once.
        issued: ``person_id`` of every id that anybody has ever had.
    """

    members: DataFrame
    people: DataFrame
    issued: DataFrame


@dataclass(frozen=True)
class Solution:
    """Who is who now, of the persons in question and of new ones.

    Attributes:
        rows: As ``persons.outcome`` has them, kept.
        counts: ``people``, ``identifiers``, and persons by what happened to them.
    """

    rows: DataFrame
    counts: Mapping[str, int]

    def part(self, name: str) -> DataFrame:
        """``member``, ``person``, ``event`` or ``refused``: rows of that table, what is the run's aside."""
        return self.rows.where(F.col(name).isNotNull()).select(f"{name}.*")


def solve(
    live: DataFrame,
    shared: DataFrame,
    before: Before,
    rules: Rules,
    keys: TokenKeys,
    *,
    as_of: datetime,
    engine: Engine,
    keep: Keep,
) -> Solution:
    """The persons of some evidence.

    Args:
        live: What ``live_edges`` returns, whole components of it.
        shared: ``vertex`` of values that several people share.
        engine: Finds connected components: ``a, b`` to ``vertex, component``.

    Raises:
        CollisionError: Two values have one number.
        ArithmeticError: What the engine returns are not components.
    """
    rows = _rows(without_shared(live, shared), before)
    pairs = keep(rows.where(F.col("b").isNotNull()).select("a", "b"), "pairs")
    labels = engine(pairs, keep=keep)
    check_components(pairs, labels)
    named = labels.select(F.col("vertex").alias("a"), F.col("component").alias("group"))
    groups = by_group(rows.join(named, on="a", how="inner"), "group")
    taken: frozenset[str] = frozenset()
    for attempt in range(_TRIES):
        decide = Decision(rules, keys, as_of, taken)
        decided = keep(groups.mapInArrow(decide, from_arrow_schema(SCHEMA)), f"decided-{attempt}")
        solution = Solution(decided, _counts(decided))
        clashes = before.issued.join(_fresh(solution), on="person_id", how="left_semi").collect()
        if not clashes:
            return solution
        taken |= {row["person_id"] for row in clashes}
    raise ArithmeticError(f"{_TRIES} times in a row fresh ids were somebody's already")


def _rows(graph: DataFrame, before: Before) -> DataFrame:
    """What groups are made of: evidence, values of before, persons; ``b`` joins a value to its person."""
    number = F.xxhash64(F.lit("person"), F.col("person_id"))
    edges = graph.select(
        _is(EDGE), "a", "b", "kind_a", "kind_b", "token_a", "token_b", "source", "purpose", "verified", "score",
        "confidence",
    )  # fmt: skip
    held = before.members.select(
        _is(HELD),
        F.col("vertex").alias("a"),
        number.alias("b"),
        "identifier_type",
        F.col("token").alias("token_a"),
        "confidence",
        "person_id",
        F.col("valid_from").alias("since"),
        "erased",
    )
    people = before.people.select(_is(PERSON), number.alias("a"), "person_id", F.col("created_at").alias("since"))
    return reduce(partial(DataFrame.unionByName, allowMissingColumns=True), (held, people), edges)


def _is(what: int) -> Column:
    return F.lit(what).alias("what")


def _fresh(solution: Solution) -> DataFrame:
    return solution.part("event").where(F.col("kind").isin("created", "split_from")).select("person_id")


def _counts(decided: DataFrame) -> Mapping[str, int]:
    """How many values and persons were looked at, and what happened to how many.

    Raises:
        CollisionError: Two values have one number.
    """
    kinds = [F.count_if(F.col("event.kind") == kind).alias(name) for name, kind in HAPPENS.items()]
    found = decided.agg(
        F.count_if(F.col("person.identifiers") > 0).alias("people"),
        F.count_if(F.col("member").isNotNull() & F.col("member.valid_to").isNull()).alias("identifiers"),
        *kinds,
        F.count_if("is_collision").alias("collisions"),
    ).collect()[0]
    if found["collisions"]:
        raise CollisionError("two values have one number")
    return {name: found[name] for name in ("people", "identifiers", *HAPPENS)}
