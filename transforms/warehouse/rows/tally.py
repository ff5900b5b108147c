"""What became of a source's rows, counted in one pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F

from plateia.clock import instant_of
from transforms.warehouse.rows.normalise import REASONS, UNMATCHED


@dataclass(frozen=True, slots=True)
class Tally:
    """Rows of a source that are accepted and refused, and of the accepted those that a join has not found.

    Attributes:
        newest_at: The latest instant of an accepted event; None for people.
    """

    accepted: int
    refused: int
    unmatched: Mapping[str, int] = field(default_factory=dict)
    newest_at: datetime | None = None


def is_accepted() -> Column:
    """Whether a normalised row has no reason against it."""
    return F.size(REASONS) == 0


def tally_frame(normalised: DataFrame, joins: Sequence[str]) -> DataFrame:
    """One row with the numbers of ``Tally``; ``newest_at`` in microseconds since the epoch."""
    accepted = is_accepted()
    newest = F.max(F.when(accepted, F.unix_micros("at"))) if "at" in normalised.columns else F.lit(None).cast("long")
    unmatched = [F.count_if(accepted & F.array_contains(UNMATCHED, join)).alias(f"unmatched_{join}") for join in joins]
    return normalised.agg(
        F.count_if(accepted).alias("accepted"), F.count_if(~accepted).alias("refused"), newest.alias("newest_at"),
        *unmatched,
    )  # fmt: skip


def read_tally(row: Row, joins: Sequence[str]) -> Tally:
    """The one row of ``tally_frame`` as a Tally."""
    newest = row["newest_at"]
    return Tally(
        accepted=row["accepted"],
        refused=row["refused"],
        unmatched={join: row[f"unmatched_{join}"] for join in joins},
        newest_at=None if newest is None else instant_of(newest),
    )
