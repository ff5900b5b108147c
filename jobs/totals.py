"""What a build leaves for the next one: the daily totals that its workers made."""

from __future__ import annotations

from collections.abc import Sequence

from jobs.options import Context
from plateia.lake import keep_totals
from transforms.audience.tasks import BlockReport


def keep(context: Context, reports: Sequence[BlockReport]) -> None:
    """Commit the daily totals of all blocks, whatever the gates will say of the audiences: they only repeat events."""
    staged = [file for report in reports for file in report.totals]
    replaced = [path for report in reports for path in report.replaced]
    keep_totals(context.lake, staged, replaced, run_id=context.run.run_id)
