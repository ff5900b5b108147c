"""Values that several people share: a tablet at home, a kiosk's e-mail. They tell nobody, and join nobody."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from transforms.identity.evidence.marks import marked
from transforms.identity.rules import Rules

RULE = "max_people_per_value"
_ENDS = ("a", "b")


def shared_vertices(live: DataFrame, rules: Rules) -> DataFrame:
    """``vertex``: the values with more people beside them than their type allows.

    People are the distinct proven values of the strongest type that was seen directly beside the value, among the types
    that are stronger than its own. All who were erased beside it are one of these.

    Args:
        live: What ``live_edges`` returns.
    """
    limit = rules.by_number(F.col("kind"), lambda kind: kind.max_people_per_value)
    sides = [
        F.struct(
            F.col(mine).alias("vertex"),
            F.col(f"kind_{mine}").alias("kind"),
            F.col(other).alias("other"),
            F.col(other_kind).alias("other_kind"),
        )
        for mine, other, other_kind in (("a", "b", "beside"), ("b", "a", "kind_a"))
    ]
    seen = live.where("verified").select(F.explode(F.array(*sides)).alias("side")).select("side.*")
    people = seen.where((F.col("other_kind") < F.col("kind")) & limit.isNotNull()).distinct()
    counted = people.groupBy("vertex", "kind", "other_kind").agg(F.count("*").alias("people"))
    strongest = counted.groupBy("vertex", "kind").agg(F.min_by("people", "other_kind").alias("people"))
    return strongest.where(F.col("people") > limit).select("vertex")


def without_shared(live: DataFrame, shared: DataFrame) -> DataFrame:
    """The edges that join: one beside a shared value tells only that its other end was seen."""
    kept = marked(live, shared, _ENDS).where(~(F.col("is_a") & F.col("is_b")))
    left = {
        what + mine: F.when(F.col(f"is_{mine}"), F.col(what + other)).otherwise(F.col(what + mine))
        for mine, other in (_ENDS, _ENDS[::-1])
        for what in ("", "kind_", "type_", "token_")
    }
    return kept.select(*(left.get(name, F.col(name)).alias(name) for name in live.columns))


def beside_shared(live: DataFrame, shared: DataFrame, rules: Rules) -> DataFrame:
    """The edges beside shared values, with ``is_a, is_b``, which ends are, and the ``rule`` that refuses the edge.

    A value that was seen alone has no edge to refuse: there the rule is null.
    """
    beside = marked(live, shared, _ENDS).where(F.col("is_a") | F.col("is_b"))
    whose = F.when(F.col("is_a"), F.col("kind_a")).otherwise(F.col("kind_b"))
    rule = F.concat(F.lit("identifiers."), rules.name(whose), F.lit(f".{RULE}"))
    return beside.withColumn("rule", F.when(F.col("a") != F.col("b"), rule))
