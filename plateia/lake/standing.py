"""What was published when a run had ended, told from the history of runs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING

from plateia.errors import LakeError, UsageError, did_you_mean, echo, one_of
from plateia.lake.published import Ordinals, current, run_ordinals
from plateia.tables import AUDIENCE_RUNS

if TYPE_CHECKING:
    from plateia.lake.lake import Lake

_COLUMNS = ("run_id", "site", "audience", "verdict", "size", "previous_run_id")


class Standing:
    """Which run's members each audience of a site had after any run, and who they were."""

    def __init__(self, lake: Lake, site: str) -> None:
        self._lake, self._site = lake, site
        rows = [row for row in lake.rows(AUDIENCE_RUNS, columns=_COLUMNS).to_pylist() if row["site"] == site]
        self._history: dict[str, list[dict[str, object]]] = defaultdict(list)
        for row in sorted(rows, key=lambda row: str(row["run_id"])):
            self._history[str(row["audience"])].append(row)
        self._current = current(lake, site)

    def audiences(self, run_id: str) -> frozenset[str]:
        """The audiences that a run computed, or tried to.

        Raises:
            UsageError: The site has no such run.
        """
        found = frozenset(key for key, rows in self._history.items() if any(row["run_id"] == run_id for row in rows))
        if not found:
            known = {str(row["run_id"]) for rows in self._history.values() for row in rows}
            raise UsageError.because(
                f"{echo(run_id)}, which is no run of {self._site}",
                expected=one_of(known),
                hint=did_you_mean(run_id, known) or "`plateia runs` lists them.",
            )
        return found

    def after(self, run_id: str, audience: str) -> str | None:
        """The run whose members were published once ``run_id`` had ended; None where there were none yet."""
        # Every run says what the pointer named when it began: that is what stood after the run before it.
        later: Mapping[str, object] | None = None
        for row in reversed(self._history.get(audience, [])):
            if str(row["run_id"]) > run_id:
                later = row
            elif row["run_id"] == run_id and row["verdict"] != "rolled_back":
                return run_id if row["verdict"] == "published" else _text(row["previous_run_id"])
        if later is not None:
            return _text(later["previous_run_id"])
        return _text(self._current.get(audience, {}).get("run_id"))

    def members(self, run_id: str | None, audience: str) -> Ordinals:
        """The ordinals that a run published of an audience, ascending; none for no run.

        Raises:
            LakeError: They are no longer kept.
        """
        found = run_ordinals(self._lake, self._site, run_id or "", audience)
        rows = [row for row in self._history.get(audience, []) if row["run_id"] == run_id]
        if any(row["verdict"] == "published" and row["size"] != len(found) for row in rows):
            raise LakeError.because(f"The members of {audience} on {self._site} in the run {run_id} are no longer kept")
        return found


def _text(value: object) -> str | None:
    return None if value is None else str(value)
