"""From live evidence to persons: guard rails, components, replays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from plateia.identity.tokens import TokenKeys
from transforms.identity.components import Keep, check_components
from transforms.identity.evidence.live import ends
from transforms.identity.guard.caps import over_caps, replayed
from transforms.identity.guard.sharing import without_shared
from transforms.identity.rules import Rules

Engine = Callable[..., DataFrame]  # edges, keep=: what ``contract`` and ``alternate_stars`` are
REFUSED = ("type_a", "token_a", "type_b", "token_b", "source", "purpose", "verified", "score", "rule")


class CollisionError(ArithmeticError):
    """Raised when two values have one number: another salt tells them apart."""


@dataclass(frozen=True)
class Solution:
    """Who is one person.

    Attributes:
        values: ``vertex, kind, token, confidence, component``: one row a value that tells somebody; values of one
            component are one person.
        refused: The columns of ``identity_edges_refused``, run_id aside, of edges that caps and verification refuse.
    """

    values: DataFrame
    refused: DataFrame


def solve(live: DataFrame, shared: DataFrame, rules: Rules, keys: TokenKeys, *, engine: Engine, keep: Keep) -> Solution:
    """The persons of some evidence.

    Args:
        live: What ``live_edges`` returns, whole components of it.
        shared: ``vertex`` of values that several people share.
        engine: Finds connected components: ``a, b`` to ``vertex, component``.

    Raises:
        CollisionError: Two values have one number.
        ArithmeticError: What the engine returns are not components.
    """
    graph = without_shared(live, shared)
    told = ends(graph).groupBy("vertex", "kind", "token")
    values = keep(told.agg(F.max("verified").alias("proven"), F.max("confidence").alias("confidence")), "values")
    found = values.agg(F.count("*").alias("values"), F.count_distinct("vertex").alias("numbers")).collect()[0]
    if found["values"] != found["numbers"]:
        raise CollisionError("two values have one number")
    pairs = keep(graph.select("a", "b"), "pairs")
    labels = engine(pairs, keep=keep)
    check_components(pairs, labels)
    labelled = keep(values.join(labels, on="vertex", how="inner"), "labelled")
    over = keep(over_caps(labelled, rules), "over")
    if over.isEmpty():
        nothing = live.select(*REFUSED[:-1], F.lit("").alias("rule")).limit(0)
        return Solution(labelled.drop("proven"), nothing)
    members = labelled.join(over, on="component", how="left_semi")
    of_a = members.select(F.col("vertex").alias("a"), "component")
    whole = keep(graph.join(of_a, on="a", how="inner"), "over-edges")
    parts = keep(replayed(whole, members, rules, keys), "replayed")
    return Solution(_with_parts(labelled, parts).drop("proven"), _refused(whole, parts))


def _with_parts(labelled: DataFrame, parts: DataFrame) -> DataFrame:
    """The values with what their replay says of them, where there was one."""
    of_value = parts.where(F.col("rule").isNull()).select(
        F.col("a").alias("vertex"), "person", F.col("confidence").alias("held")
    )
    joined = labelled.join(of_value, on="vertex", how="left")
    return joined.select(
        "vertex",
        "kind",
        "token",
        "proven",
        F.coalesce("held", "confidence").alias("confidence"),
        F.coalesce("person", "component").alias("component"),
    )


def _refused(whole: DataFrame, parts: DataFrame) -> DataFrame:
    rules = parts.where(F.col("rule").isNotNull()).select("a", "b", "source", "purpose", "verified", "rule")
    same = [F.col(f"edge.{name}").eqNullSafe(F.col(f"said.{name}")) for name in ("purpose", "verified")]
    joined = whole.alias("edge").join(
        rules.alias("said"),
        on=[*(F.col(f"edge.{name}") == F.col(f"said.{name}") for name in ("a", "b", "source")), *same],
        how="inner",
    )
    return joined.select(*(f"edge.{name}" for name in REFUSED[:-1]), "said.rule")
