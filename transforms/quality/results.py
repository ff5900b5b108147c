"""What a suite found, in counts and yes or no. No value of a row ever stands here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from plateia.declarations.suites import Severity

if TYPE_CHECKING:
    from transforms.key_sums import KeySums

MET, NOT_MET = "met", "not met"


@dataclass(frozen=True, slots=True)
class SuiteFacts:
    """Quantities about a delivery that its rows alone do not tell.

    Attributes:
        rows: Accepted rows, duplicates included; of a staged table, its rows.
        quarantined: Rows that were refused, in addition to ``rows``.
        duplicates: Rows among ``rows`` that another delivery of the same event or person supersedes.
        unmatched: Join name -> rows among ``rows`` whose key the looked-up table does not have.
        newest_at: The latest instant among ``rows``; None where there is none.
        schema: Column -> Spark type (``bigint``, ``decimal(9,2)``) as delivered.
        previous_schema: The same of the last accepted delivery; None if this is the first.
        keys: What the keys of a staged table add up to if it has the very ones that were counted, all different, where
            its rows come from; None where that is not known.
    """

    rows: int
    quarantined: int = 0
    duplicates: int = 0
    unmatched: Mapping[str, int] = field(default_factory=dict)
    newest_at: datetime | None = None
    schema: Mapping[str, str] = field(default_factory=dict)
    previous_schema: Mapping[str, str] | None = None
    keys: KeySums | None = None


@dataclass(frozen=True, slots=True)
class QualityResult:
    """One row of ``quality_results``, before it has a run, a table and an instant.

    Attributes:
        suite: Key of the suite.
        expectation: Great Expectations' type, or ``rows_exist`` and ``limit_*`` for the rules that are ours.
        column: The column, columns (comma-separated) or join that it is about; None for the whole table.
        severity: ``critical`` blocks, ``warning`` does not.
        success: Whether it was met.
        observed: What was seen, in counts, or why it could not be evaluated.
        rows: The rows of the table.
    """

    suite: str
    expectation: str
    column: str | None
    severity: Severity
    success: bool
    observed: str
    rows: int

    def as_row(self, *, run_id: str, table: str, at: datetime) -> dict[str, object]:
        """The row of ``quality_results`` (``plateia.tables.QUALITY_RESULTS``)."""
        return {"run_id": run_id, "table": table, **asdict(self), "at": at}


def refused(results: Iterable[QualityResult]) -> list[str]:
    """Why a table may not be published, one plain sentence a reason; empty if it may."""
    return [_sentence(result) for result in results if not result.success and result.severity == "critical"]


def warned(results: Iterable[QualityResult]) -> list[str]:
    """What was not met and yet does not block, one plain sentence each."""
    return [_sentence(result) for result in results if not result.success and result.severity == "warning"]


def _sentence(result: QualityResult) -> str:
    about = f" of {result.column}" if result.column else ""
    return f"suite {result.suite}: {result.expectation}{about}: {result.observed}"
