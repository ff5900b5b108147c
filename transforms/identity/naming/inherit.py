"""Which component keeps which person id: the one with the most anchor weight of it, each id at most once."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from transforms.identity.components.kept import Keep
from transforms.identity.rules import Rules


def claims_of(members: DataFrame, previous: DataFrame, rules: Rules) -> DataFrame:
    """What components hold of the persons of before.

    Args:
        members: ``component, vertex, kind``, one row a value.
        previous: ``vertex, person_id``: whose each value was.

    Returns:
        ``component, person_id``, and of the person's values in the component ``weight LONG``, their anchor weights, and
        ``identifiers LONG``, how many they are; then ``ids``, how many persons the component holds values of, and
        ``components``, how many hold values of the person.
    """
    anchor = rules.by_number(F.col("kind"), lambda kind: kind.anchor)
    held = members.join(previous, on="vertex", how="inner")
    claims = held.groupBy("component", "person_id").agg(
        F.sum(anchor).alias("weight"), F.count("*").alias("identifiers")
    )
    rivals = F.count("*").over(Window.partitionBy("component")), F.count("*").over(Window.partitionBy("person_id"))
    return claims.select("*", rivals[0].alias("ids"), rivals[1].alias("components"))


def inherited(
    claims: DataFrame, people: DataFrame, *, least: Callable[[DataFrame], DataFrame], keep: Keep
) -> DataFrame:
    """``component, person_id``: who keeps which id.

    Claims are granted from the strongest on (weight, then the older person, the smaller id, the component with the
    smaller least token), each component and each id once.

    Args:
        claims: What ``claims_of`` returns, kept.
        people: ``person_id, created_at``.
        least: From ``component`` to ``component, least``, the least inner token of each; asked for few.
    """
    is_alone = (F.col("ids") == 1) & (F.col("components") == 1)
    granted = claims.where(is_alone).select("component", "person_id")
    contested = claims.where(~is_alone).select("component", "person_id", "weight")
    if contested.isEmpty():
        return granted
    known = contested.join(people.select("person_id", "created_at"), on="person_id", how="left")
    told = known.join(least(contested.select("component").distinct()), on="component", how="left")
    return granted.unionAll(_granted(told, keep=keep))


def _granted(claims: DataFrame, *, keep: Keep) -> DataFrame:
    """In rounds: a claim is granted if neither its component nor its id has a stronger one left."""
    granted: list[DataFrame] = []
    left = keep(_ranked(claims), "contested-0")
    while not left.isEmpty():
        first = (F.col("of_component") == 1) & (F.col("of_person") == 1)
        now = left.where(first).select("component", "person_id")
        granted.append(now)
        lost = left.select(*claims.columns)
        for side in ("component", "person_id"):
            lost = lost.join(now.select(side), on=side, how="left_anti")
        left = keep(_ranked(lost.select(*claims.columns)), f"contested-{len(granted)}")
    return reduce(DataFrame.unionAll, granted)


def _ranked(claims: DataFrame) -> DataFrame:
    order = [F.desc("weight"), F.asc("created_at"), F.asc("person_id"), F.asc("least")]
    ranks = {
        f"of_{name}": F.row_number().over(Window.partitionBy(column).orderBy(*order))
        for name, column in (("component", "component"), ("person", "person_id"))
    }
    return claims.select("*", *(rank.alias(name) for name, rank in ranks.items()))
