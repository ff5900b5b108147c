"""What a refresh says at its end: one row a source and a table, and each refusal by name."""

from __future__ import annotations

from dataclasses import dataclass, field

from jobs.warehouse.deliveries import Delivery
from jobs.warehouse.scope import Judgement
from plateia.errors import Location, Problem


@dataclass(frozen=True, slots=True)
class Contents:
    """How many rows and files a version of a table has, and how many of the files this refresh has written."""

    rows: int
    files: int
    rewritten: int


@dataclass
class Report:
    """One row a source, one a table, and the problems that make the command return 3."""

    sources: list[dict[str, object]] = field(default_factory=list)
    tables: list[dict[str, object]] = field(default_factory=list)
    refusals: list[Problem] = field(default_factory=list)

    def add_source(self, delivery: Delivery, judgement: Judgement) -> None:
        """A source's counts and verdict: ``refused`` keeps what was accepted last."""
        self.sources.append(
            {
                "source": delivery.source.source,
                "verdict": "refused" if judgement.reasons else "accepted",
                "read": delivery.read,
                "outside": delivery.outside,
                "quarantined": delivery.tally.refused,
                "duplicates": delivery.duplicates,
                "accepted": delivery.tally.accepted,
                "reasons": judgement.reasons,
            }
        )
        self._refuse(judgement, f"source {delivery.source.source}")

    def add_unchanged(self, source: str, judgement: Judgement) -> None:
        """A source that delivers nothing new; it may be refused all the same, since its rows grow old."""
        verdict = "refused" if judgement.reasons else "unchanged"
        self.sources.append({"source": source, "verdict": verdict, "read": 0, "reasons": judgement.reasons})
        self._refuse(judgement, f"source {source}")

    def add_table(
        self, judgement: Judgement, contents: Contents, *, is_pinned: bool, ignored: int | None = None
    ) -> None:
        """A table's rows and verdict: ``held`` keeps the version that readers see; ``ignored`` name nobody alive."""
        verdict = "held" if judgement.reasons or not is_pinned else "published"
        of_strangers = {} if ignored is None else {"ignored": ignored}
        self.tables.append(
            {
                "table": judgement.table,
                "verdict": verdict,
                "rows": contents.rows,
                "files": contents.files,
                "rewritten": contents.rewritten,
                "version": judgement.version,
                **of_strangers,
                "reasons": judgement.reasons,
            }
        )
        self._refuse(judgement, f"table {judgement.table}")

    def _refuse(self, judgement: Judgement, what: str) -> None:
        self.refusals += [Problem(Location(path=what), reason, "") for reason in judgement.reasons]
