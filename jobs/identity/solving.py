"""Who is one person, and by which id: of everybody, or of those whom changes touch."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial, reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.identity.evidence import Evidence
from jobs.identity.nearby import nearby, numbered
from jobs.identity.scope import Scope
from jobs.identity.signals import TakenIn
from plateia.tables import (
    IDENTITY_PEOPLE,
    IDENTITY_REDIRECTS,
    IDENTITY_SHARED,
)
from transforms.identity.components import Keep, contract
from transforms.identity.evidence.live import live_edges, vertex
from transforms.identity.guard.sharing import beside_shared, shared_vertices
from transforms.identity.persons.caps import REFUSED
from transforms.identity.persons.values import CollisionError
from transforms.identity.solve import Before, Engine, Solution, solve

_SALTS = 8


@dataclass(frozen=True)
class Solved:
    """Who is who now.

    Attributes:
        solution: Of the persons in question.
        is_everybody: Whether those are all persons there were.
        refused: The columns of ``identity_edges_refused`` but run_id, of everybody.
        shared: The rows of ``identity_shared``, of everybody.
    """

    solution: Solution
    is_everybody: bool
    refused: DataFrame
    shared: DataFrame


def solve_all(
    scope: Scope, evidence: Evidence, taken: TakenIn, keep: Keep, *, salt: int, finish_edges: int
) -> tuple[Solved, int]:
    """Everybody, from all evidence; and the salt by which no two values have one number.

    Raises:
        ArithmeticError: There is none.
    """
    engine = partial(contract, finish_edges=finish_edges)
    for tried in range(salt, salt + _SALTS):
        mine = _inside(f"all-{tried}", keep)
        live = live_edges(evidence.edges, scope.rules, as_of=scope.as_of, salt=tried)
        kept = _kept(scope, taken, salt=tried)
        shared = mine(shared_vertices(live, scope.rules).unionAll(kept.select("vertex")).distinct(), "shared")
        before = _before(scope, numbered(scope, salt=tried), scope.pinned(IDENTITY_PEOPLE))
        try:
            solution = _solution(scope, live, shared, before, engine, mine)
        except CollisionError:
            continue
        return Solved(solution, True, *_told(scope, live, shared, kept, solution, mine)), tried
    raise ArithmeticError(f"{_SALTS} hashes in a row give two identifiers one number")


def solve_changed(
    scope: Scope, evidence: Evidence, taken: TakenIn, keep: Keep, *, salt: int, finish_edges: int
) -> Solved:
    """The persons whom changes touch, and those with refusals, whose order changes with age.

    Raises:
        CollisionError: Two of their values have one number.
    """
    assert evidence.touched is not None
    live = live_edges(evidence.edges, scope.rules, as_of=scope.as_of, salt=salt)
    kept = _kept(scope, taken, salt=salt)
    found = nearby(scope, live, evidence.touched, kept.select("vertex"), keep, salt=salt)
    people = scope.pinned(IDENTITY_PEOPLE).join(found.members.select("person_id").distinct(), "person_id", "left_semi")
    engine = partial(contract, finish_edges=finish_edges)
    solution = _solution(scope, found.part, found.shared, _before(scope, found.members, people), engine, keep)
    return Solved(solution, False, *_told(scope, found.evidence, found.shared, kept, solution, keep))


def _before(scope: Scope, members: DataFrame, people: DataFrame) -> Before:
    """The persons in question: their rows of ``numbered``, and of ``identity_people``."""
    gone = scope.tombstones.select("token", F.lit(True).alias("gone"))
    marked = members.join(gone, on="token", how="left").withColumn("erased", F.col("gone").isNotNull())
    return Before(marked, people.where(F.col("retired_at").isNull()), scope.pinned(IDENTITY_REDIRECTS))


def _solution(scope: Scope, live: DataFrame, shared: DataFrame, before: Before, engine: Engine, keep: Keep) -> Solution:
    return solve(live, shared, before, scope.rules, scope.keys, as_of=scope.as_of, engine=engine, keep=keep)


def _kept(scope: Scope, taken: TakenIn, *, salt: int) -> DataFrame:
    """``vertex, identifier_type, token`` of shared values that stay so, as one of those who shared them was erased.

    Otherwise an erasure could make one person of two others.
    """
    shared = scope.pinned(IDENTITY_SHARED)
    is_kept = F.col("kept")
    if taken.torn is not None:
        torn = taken.torn.where(F.col("is_token_a") | F.col("is_token_b"))
        ends = torn.select(F.explode(F.array("token_a", "token_b")).alias("token")).distinct()
        marked = shared.join(ends.withColumn("torn", F.lit(True)), "token", "left")
        shared, is_kept = marked, F.col("kept") | F.col("torn").isNotNull()
    living = shared.where(is_kept).join(scope.tombstones, on="token", how="left_anti")
    number = vertex("token", salt).alias("vertex")
    return living.select(number, "identifier_type", "token")


def _told(
    scope: Scope, live: DataFrame, shared: DataFrame, kept: DataFrame, solution: Solution, keep: Keep
) -> tuple[DataFrame, DataFrame]:
    """The refused edges (the columns of ``identity_edges_refused`` but run_id) and the shared values of everybody."""
    beside_them = keep(beside_shared(live, shared, scope.rules), "beside-shared")
    refused = beside_them.where(F.col("rule").isNotNull()).select(*REFUSED.names)
    ends = [
        beside_them.where(f"is_{end}").select(
            F.col(f"type_{end}").alias("identifier_type"), F.col(f"token_{end}").alias("token"), F.lit(False)
        )
        for end in ("a", "b")
    ]
    stays = kept.select("identifier_type", "token", F.lit(True).alias("kept"))
    marked = reduce(DataFrame.unionAll, [stays, *ends])
    told = marked.groupBy("identifier_type", "token").agg(F.max("kept").alias("kept"))
    return refused.unionByName(solution.part("refused")), told


def _inside(prefix: str, keep: Keep) -> Keep:
    def keep_inside(frame: DataFrame, name: str) -> DataFrame:
        return keep(frame, f"{prefix}-{name}")

    return keep_inside
