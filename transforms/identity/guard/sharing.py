"""Values that several people share: a tablet at home, a kiosk's e-mail. They tell nobody, and join nobody."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from transforms.identity.evidence.live import ends
from transforms.identity.rules import Rules

RULE = "max_people_per_value"


def shared_vertices(live: DataFrame, rules: Rules) -> DataFrame:
    """``vertex``: the values with more people beside them than their type allows.

    People are the distinct proven values of the strongest type that was seen directly beside the value, among the types
    that are stronger than its own.

    Args:
        live: What ``live_edges`` returns.
    """
    limit = rules.each(F.col("kind"), lambda kind: kind.max_people_per_value)
    beside = ends(live.where("verified")).where((F.col("other_kind") < F.col("kind")) & limit.isNotNull())
    people = beside.select("vertex", "kind", "other_kind", "other").distinct()
    counted = people.groupBy("vertex", "kind", "other_kind").agg(F.count("*").alias("people"))
    strongest = counted.groupBy("vertex", "kind").agg(F.min_by("people", "other_kind").alias("people"))
    return strongest.where(F.col("people") > limit).select("vertex")


def without_shared(live: DataFrame, shared: DataFrame) -> DataFrame:
    """The edges that join: one beside a shared value tells only that its other end was seen."""
    marked = _marked(live, shared)
    is_a, is_b = F.col("shared_a").isNotNull(), F.col("shared_b").isNotNull()
    columns = {}
    for mine, other, gone in (("a", "b", is_a), ("b", "a", is_b)):
        for name in ("", "kind_", "type_", "token_"):
            columns[f"{name}{mine}"] = F.when(gone, F.col(f"{name}{other}")).otherwise(F.col(f"{name}{mine}"))
    kept = marked.where(~(is_a & is_b))
    return kept.select(*(columns.get(name, F.col(name)).alias(name) for name in live.columns))


def beside_shared(live: DataFrame, shared: DataFrame, rules: Rules) -> DataFrame:
    """The edges that a shared value refuses, with ``rule``; a value seen alone has none."""
    marked = _marked(live.where(F.col("a") != F.col("b")), shared)
    refused = marked.where(F.col("shared_a").isNotNull() | F.col("shared_b").isNotNull())
    whose = F.when(F.col("shared_a").isNotNull(), F.col("kind_a")).otherwise(F.col("kind_b"))
    rule = F.concat(F.lit("identifiers."), rules.name(whose), F.lit(f".{RULE}"))
    return refused.select(*live.columns, rule.alias("rule"))


def _marked(live: DataFrame, shared: DataFrame) -> DataFrame:
    for end in ("a", "b"):
        of_end = shared.select(F.col("vertex").alias(end), F.lit(True).alias(f"shared_{end}"))
        live = live.join(of_end, on=end, how="left")
    return live
