"""The tables of persons after a run: who everybody is, who there is, what happened, and where every id leads."""

from __future__ import annotations

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


def happened(claims: DataFrame, given: DataFrame, fresh: DataFrame, people: DataFrame, erased: DataFrame) -> DataFrame:
    """What a naming means for the persons of before: ``kind, person_id, other_person_id, evidence``, one row a person.

    - ``created``: an id given to values that were nobody's.
    - ``split_from``: an id given to values that were another's, with the one that most of their weight has left.
    - ``merged_into``: an id that ended, with the one that holds most of its weight.
    - ``retired``: an id that ended with nothing left; ``erased``: one whose values nobody may keep.

    ``evidence`` of a merge or a split is JSON: how many of the person's values are with the other, and their weight.

    Args:
        claims: ``component, person_id, weight, identifiers``: what components hold of persons of before.
        given: ``component, person_id``: every component's id now.
        fresh: ``component, person_id``: those among them that are new.
        people: ``person_id`` of everybody of before who is in question and not retired.
        erased: ``person_id`` of those whose values have a tombstone.
    """
    held = claims.join(given.select("component", F.col("person_id").alias("holder")), on="component", how="inner")
    gone = people.select("person_id").join(given.select("person_id"), on="person_id", how="left_anti")
    merged = _most(held.join(gone, on="person_id", how="left_semi"), whose="person_id", other="holder")
    ended = gone.join(merged.select("person_id"), on="person_id", how="left_anti").join(
        erased.select("person_id", F.lit(True).alias("is_erased")), on="person_id", how="left"
    )
    new = fresh.select("component", F.col("person_id").alias("new_id"))
    split = _most(claims.join(new, on="component", how="inner"), whose="new_id", other="person_id")
    begun = new.join(split.select(F.col("person_id").alias("new_id")), on="new_id", how="left_anti")
    nobody = F.lit(None).cast("string")
    ending = F.when(F.col("is_erased").isNull(), F.lit("retired")).otherwise(F.lit("erased"))
    return (
        begun.select(
            F.lit("created").alias("kind"),
            F.col("new_id").alias("person_id"),
            nobody.alias("other_person_id"),
            nobody.alias("evidence"),
        )
        .unionAll(split.select(F.lit("split_from"), "person_id", "other_person_id", "evidence"))
        .unionAll(merged.select(F.lit("merged_into"), "person_id", "other_person_id", "evidence"))
        .unionAll(ended.select(ending, "person_id", nobody, nobody))
    )


def _most(claims: DataFrame, *, whose: str, other: str) -> DataFrame:
    """``person_id, other_person_id, evidence``: for each of one side the greatest of the other."""
    evidence = F.to_json(F.struct("identifiers", "weight"))
    greatest = F.max_by(F.struct(F.col(other).alias("id"), evidence.alias("evidence")), F.struct("weight", other))
    found = claims.groupBy(whose).agg(greatest.alias("most"))
    return found.select(F.col(whose).alias("person_id"), F.col("most.id").alias("other_person_id"), "most.evidence")


def redirects_after(before: DataFrame, events: DataFrame) -> DataFrame:
    """The rows of ``identity_redirects``: every id ever given leads in one step to where its person is now.

    Args:
        before: ``person_id, current_person_id``; null for the erased.
        events: What ``happened`` returns of this run.
    """
    is_new, is_over = F.col("kind").isin("created", "split_from"), F.col("kind").isin("merged_into", "erased")
    moved = events.where(is_over).select(
        F.col("person_id").alias("current_person_id"), F.col("other_person_id").alias("next"), F.lit(True).alias("over")
    )
    known = before.join(moved, on="current_person_id", how="left")
    current = F.when(F.col("over"), F.col("next")).otherwise(F.col("current_person_id"))
    fresh = events.where(is_new).select("person_id", F.col("person_id").alias("current_person_id"))
    return known.select("person_id", current.alias("current_person_id")).unionByName(fresh)
