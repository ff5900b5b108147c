"""Whose values are whose now: ids kept, ids given, and what that means for those who had them."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.identity.scope import Scope
from plateia.tables import IDENTITY_REDIRECTS
from transforms.identity.components import Keep
from transforms.identity.evidence.live import vertex
from transforms.identity.naming.fresh import fresh_ids, least_tokens
from transforms.identity.naming.inherit import claims_of, inherited
from transforms.identity.naming.people import happened
from transforms.identity.solve import Solution


@dataclass(frozen=True)
class Named:
    """Who the persons in question are.

    Attributes:
        now: ``identifier_type, token, person_id, confidence``, each of their values once.
        before: Their current rows of ``identity_members``.
        people: Their rows of ``identity_people``.
        events: ``kind, person_id, other_person_id, evidence``: what happened to them.
        refused: The columns of ``identity_edges_refused`` but run_id, of everybody.
        shared: The rows of ``identity_shared``, of everybody.
    """

    now: DataFrame
    before: DataFrame
    people: DataFrame
    events: DataFrame
    refused: DataFrame
    shared: DataFrame

    def counts(self) -> dict[str, object]:
        """How many values and persons were looked at, and what happened to how many."""
        found = self.now.agg(F.count("*").alias("identifiers"), F.count_distinct("person_id").alias("people"))
        row = found.collect()[0]
        kinds = {row["kind"]: row["count"] for row in self.events.groupBy("kind").count().collect()}
        told = {name: kinds.get(kind, 0) for name, kind in _TOLD.items()}
        return {"people": row["people"], "identifiers": row["identifiers"], **told}


_TOLD = {"created": "created", "split": "split_from", "merged": "merged_into", "retired": "retired", "erased": "erased"}


def name(
    scope: Scope,
    solution: Solution,
    before: DataFrame,
    people: DataFrame,
    keep: Keep,
    *,
    salt: int,
) -> tuple[DataFrame, DataFrame]:
    """Whose values they are now, and what happened: ``now`` and ``events`` of ``Named``.

    Args:
        before: Rows of ``identity_members`` of the persons in question, all of them and current.
        people: Rows of ``identity_people`` of these persons.
    """
    values, keys = solution.values, scope.keys
    previous = before.select(vertex("identifier_type", "token", salt).alias("vertex"), "person_id")
    claims = keep(claims_of(values, previous, scope.rules), "claims")

    def least(components: DataFrame) -> DataFrame:
        return least_tokens(values.join(components, on="component", how="left_semi"), keys)

    kept = inherited(claims, people, least=least, keep=keep)
    unnamed = values.select("component").distinct().join(kept, on="component", how="left_anti")
    fresh = fresh_ids(least(unnamed), scope.pinned(IDENTITY_REDIRECTS), keys, as_of=scope.as_of, keep=keep)
    given = keep(kept.unionByName(fresh), "given")
    named = values.join(given, on="component", how="inner").select(
        scope.rules.name(F.col("kind")).alias("identifier_type"), "token", "person_id", "confidence"
    )
    alive = people.where(F.col("retired_at").isNull())
    erased = before.join(scope.tombstones, on="token", how="left_semi").select("person_id").distinct()
    return keep(named, "named"), keep(happened(claims, given, fresh, alive, erased), "events")
