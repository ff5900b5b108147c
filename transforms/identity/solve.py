"""From live evidence to persons: guard rails, components, replays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from plateia.identity.tokens import TokenKeys
from transforms.identity.components import Keep, check_components
from transforms.identity.evidence.live import ends, live_edges
from transforms.identity.guard.caps import over_caps, replayed
from transforms.identity.guard.sharing import beside_shared, shared_vertices, without_shared
from transforms.identity.rules import Rules

Engine = Callable[[DataFrame, Keep], DataFrame]
_SALTS = 8
REFUSED = ("type_a", "token_a", "type_b", "token_b", "source", "purpose", "verified", "score", "rule")


@dataclass(frozen=True)
class Solution:
    """Who is one person.

    Attributes:
        values: ``vertex, kind, token, confidence, component``: one row a value that tells somebody; values of one
            component are one person.
        shared: ``vertex`` of values that several people share.
        refused: The columns of ``identity_edges_refused``, run_id aside.
        live: What ``live_edges`` returns of the evidence.
        salt: Of the numbers of vertices.
    """

    values: DataFrame
    shared: DataFrame
    refused: DataFrame
    live: DataFrame
    salt: int


def solve(edges: DataFrame, rules: Rules, keys: TokenKeys, *, as_of: datetime, engine: Engine, keep: Keep) -> Solution:
    """The persons of some evidence.

    Args:
        edges: Rows of ``identity_edges``; whole components of them.
        engine: Finds connected components: ``a, b`` to ``vertex, component``.

    Raises:
        ArithmeticError: What the engine returns are not components.
    """
    live, shared, values, salt = _numbered(edges, rules, as_of=as_of, keep=keep)
    graph = without_shared(live, shared)
    pairs = keep(graph.select("a", "b"), "pairs")
    labels = engine(pairs, keep)
    check_components(pairs, labels)
    labelled = keep(values.join(labels, on="vertex", how="inner"), "labelled")
    refused = beside_shared(live, shared, rules).select(*REFUSED)
    over = keep(over_caps(labelled, rules), "over")
    if not over.isEmpty():
        members = keep(labelled.join(over, on="component", how="left_semi"), "over-members")
        of_a = members.select(F.col("vertex").alias("a"), "component")
        whole = keep(graph.join(of_a, on="a", how="inner"), "over-edges")
        parts = keep(replayed(whole, members, rules, keys), "replayed")
        labelled = _with_parts(labelled, parts)
        refused = refused.unionByName(_refused(whole, parts))
    return Solution(labelled.drop("proven"), shared, refused, live, salt)


def _numbered(
    edges: DataFrame, rules: Rules, *, as_of: datetime, keep: Keep
) -> tuple[DataFrame, DataFrame, DataFrame, int]:
    """Live edges, shared values and values under a numbering that tells all values apart."""
    for salt in range(_SALTS):
        live = live_edges(edges, rules, as_of=as_of, salt=salt)
        shared = keep(shared_vertices(live, rules), f"shared-{salt}")
        values = ends(without_shared(live, shared)).groupBy("vertex", "kind", "token")
        told = values.agg(F.max("verified").alias("proven"), F.max("confidence").alias("confidence"))
        written = keep(told, f"values-{salt}")
        found = written.agg(F.count("*").alias("values"), F.count_distinct("vertex").alias("numbers")).collect()[0]
        if found["values"] == found["numbers"]:
            return live, shared, written, salt
    raise ArithmeticError(f"{_SALTS} hashes in a row give two values one number")


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
