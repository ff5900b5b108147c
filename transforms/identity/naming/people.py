"""The tables of persons after a run: who everybody is, who there is, what happened, and where every id leads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

IDENTIFIER = ("identifier_type", "token")


def members_after(before: DataFrame, now: DataFrame, *, as_of: datetime) -> DataFrame:
    """The rows of ``identity_members``.

    A value that stays with its person keeps ``valid_from``; one that changes hands has its row closed at as_of, and a
    new one from there on. What was opened and closed at one instant was never seen.

    Args:
        before: The table before the run.
        now: ``identifier_type, token, person_id, confidence``, each value once.
    """
    at = F.lit(as_of)
    old = before.where(F.col("valid_to").isNull()).select(
        *IDENTIFIER,
        F.col("person_id").alias("old_person"),
        F.col("valid_from").alias("old_from"),
        F.col("confidence").alias("old_confidence"),
    )
    both = now.join(old, on=list(IDENTIFIER), how="full")
    stays = F.col("person_id").eqNullSafe(F.col("old_person"))
    current = both.where(F.col("person_id").isNotNull()).select(
        *IDENTIFIER,
        "person_id",
        F.when(stays, F.col("old_from")).otherwise(at).alias("valid_from"),
        F.lit(None).cast("timestamp").alias("valid_to"),
        "confidence",
    )
    closed = both.where(F.col("old_person").isNotNull() & ~stays & (F.col("old_from") < at)).select(
        *IDENTIFIER,
        F.col("old_person").alias("person_id"),
        F.col("old_from").alias("valid_from"),
        at.alias("valid_to"),
        F.col("old_confidence").alias("confidence"),
    )
    history = before.where(F.col("valid_to").isNotNull()).select(*current.columns)
    return current.unionByName(closed).unionByName(history)


def people_after(before: DataFrame, now: DataFrame, *, anchor_type: str, as_of: datetime) -> DataFrame:
    """The rows of ``identity_people``: one an id that was ever given; a retired one has no identifiers.

    Args:
        before: The table before the run.
        now: ``identifier_type, person_id``, each value once.
        anchor_type: The strongest type.
    """
    at = F.lit(as_of)
    counted = now.groupBy("person_id").agg(
        F.count("*").cast("int").alias("identifiers"),
        F.count_if(F.col("identifier_type") == anchor_type).cast("int").alias("anchors"),
    )
    old = before.select("person_id", F.col("created_at"), F.col("retired_at").alias("old_retired"))
    both = counted.join(old, on="person_id", how="full")
    is_here = F.col("identifiers").isNotNull()
    return both.select(
        "person_id",
        F.coalesce("created_at", at).alias("created_at"),
        F.when(~is_here, F.coalesce("old_retired", at)).alias("retired_at"),
        F.coalesce("identifiers", F.lit(0)).alias("identifiers"),
        F.coalesce("anchors", F.lit(0)).alias("anchors"),
    )


@dataclass(frozen=True)
class Moves:
    """What happened to persons in a run.

    Attributes:
        created: ``person_id``: ids given to values that were nobody's.
        split: ``person_id, other_person_id``: ids given to values that were another's, with the one they left.
        merged: ``person_id, other_person_id``: ids that ended, and who holds most of what they had.
        retired: ``person_id``: ids that ended with nothing left.
    """

    created: DataFrame
    split: DataFrame
    merged: DataFrame
    retired: DataFrame


def moves(claims: DataFrame, given: DataFrame, fresh: DataFrame, people: DataFrame) -> Moves:
    """What a naming means for the persons of before.

    Args:
        claims: ``component, person_id, weight``: what components hold of persons of before.
        given: ``component, person_id``: every component's id now.
        fresh: ``component, person_id``: those among them that are new.
        people: ``person_id`` of everybody of before who is in question and not retired.
    """
    now = given.select("component", F.col("person_id").alias("holder"))
    held = claims.join(now, on="component", how="inner")
    gone = people.select("person_id").join(given.select("person_id"), on="person_id", how="left_anti")
    most = (
        held.join(gone, on="person_id", how="left_semi")
        .groupBy("person_id")
        .agg(F.max_by("holder", F.struct("weight", "holder")).alias("other_person_id"))
    )
    new = fresh.select("component", F.col("person_id").alias("new_id"))
    left = (
        claims.join(new, on="component", how="inner")
        .groupBy("new_id")
        .agg(F.max_by("person_id", F.struct("weight", "person_id")).alias("other_person_id"))
    )
    split = left.select(F.col("new_id").alias("person_id"), "other_person_id")
    return Moves(
        created=fresh.select("person_id").join(split.select("person_id"), on="person_id", how="left_anti"),
        split=split,
        merged=most.select("person_id", "other_person_id"),
        retired=gone.join(most.select("person_id"), on="person_id", how="left_anti"),
    )


def redirects_after(before: DataFrame, merged: DataFrame, fresh: DataFrame, erased: DataFrame) -> DataFrame:
    """The rows of ``identity_redirects``: every id ever given leads in one step to where its person is now.

    Args:
        before: ``person_id, current_person_id``; null for the erased.
        merged: ``person_id, other_person_id`` of this run.
        fresh: ``person_id`` given in this run.
        erased: ``person_id`` of those who lead nowhere from now on.
    """
    on = merged.select(F.col("person_id").alias("current_person_id"), F.col("other_person_id").alias("next"))
    ended = erased.select(F.col("person_id").alias("current_person_id"), F.lit(True).alias("gone"))
    known = before.join(on, on="current_person_id", how="left").join(ended, on="current_person_id", how="left")
    current = F.when(F.col("gone").isNull(), F.coalesce("next", "current_person_id"))
    moved = known.select("person_id", current.alias("current_person_id"))
    return moved.unionByName(fresh.select("person_id", F.col("person_id").alias("current_person_id")))
