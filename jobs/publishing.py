"""From staged files to published audiences: read what was written, judge it, move the pointers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from jobs.options import Context
from plateia.clock import now
from plateia.lake import publish
from plateia.records import StagedFile, Verdict
from plateia.tables import AUDIENCE_CHANGES, AUDIENCE_MEMBERS, QUALITY_RESULTS
from plateia.trace import Outcome, log
from transforms.audience.gates import Candidate, judge

_MEMBERS = ("site", "audience", "block", "size", "hash")
_CHANGES = ("site", "audience", "block", "n_entered", "n_left")


def gate_and_publish(
    context: Context,
    candidates: Mapping[str, Sequence[Candidate]],
    staged: Sequence[StagedFile],
    *,
    accepted: Collection[str] = (),
) -> list[Verdict]:
    """Judge the candidates of each site from the staged files and publish what passes; a dry run only judges.

    To be called once a run, under the lease ``publish``.

    Args:
        candidates: By site, in topological order.
        accepted: Audiences whose ``max_change`` is waived.
    """
    lake, run = context.lake, context.run
    members = lake.staged_rows(AUDIENCE_MEMBERS, staged, columns=_MEMBERS)
    changes = lake.staged_rows(AUDIENCE_CHANGES, staged, columns=_CHANGES)
    verdicts: list[Verdict] = []
    for site, of_site in sorted(candidates.items()):
        zone = ZoneInfo(context.workspace.sites[site].zone)
        verdicts += judge(
            of_site,
            site=site,
            as_of=run.as_of.at(zone),
            members=_of(members, site),
            changes=_of(changes, site),
            published=_published(context, site, of_site),
            accepted=accepted,
        )
    if not context.args.dry_run:
        publish(lake, run=run, staged=staged, verdicts=verdicts, quality=_quality(context, candidates, verdicts))
    return verdicts


def outcome_of(context: Context, verdicts: Sequence[Verdict]) -> Outcome:
    """The rows of ``audience_runs`` for the user, and exit 3 if anything was held or failed."""
    for verdict in verdicts:
        if verdict.verdict in ("held", "failed"):
            log("publish").warning("%s on %s %s: %s", verdict.audience, verdict.site, verdict.verdict,
                                   "; ".join(verdict.reasons))  # fmt: skip
    stopped = any(verdict.verdict in ("held", "failed") for verdict in verdicts)
    rows: list[dict[str, object]] = [
        {
            "run_id": context.run.run_id,
            "site": verdict.site,
            "audience": verdict.audience,
            "as_of": verdict.as_of,
            "verdict": verdict.verdict,
            "reasons": list(verdict.reasons),
            "size": verdict.size,
            "entered": verdict.entered,
            "left": verdict.left,
            "previous_run_id": verdict.previous_run_id,
            "core_ms": verdict.core_ms,
            "leaves": verdict.leaves,
        }
        for verdict in sorted(verdicts, key=lambda verdict: (verdict.site, verdict.audience))
    ]
    return context.outcome(rows, exit=3 if stopped else 0)


def _of(rows: pa.Table, site: str) -> pa.Table:
    return rows.filter(pc.equal(rows["site"], site)).drop_columns(["site"])


def _published(context: Context, site: str, candidates: Sequence[Candidate]) -> pa.Table:
    """``audience, block, hash`` of what the candidates' pointers say."""
    pointed = {(c.key, c.previous.run_id) for c in candidates if c.previous is not None}
    partition = {"site": {site}, "run_id": {run_id for _, run_id in pointed}}
    columns = ("run_id", "audience", "block", "hash")
    rows = context.lake.rows(AUDIENCE_MEMBERS, columns=columns, partition=partition)
    pairs = zip(rows["audience"].to_pylist(), rows["run_id"].to_pylist(), strict=True)
    return rows.filter(pa.array([pair in pointed for pair in pairs], pa.bool_())).drop_columns(["run_id"])


def _quality(context: Context, candidates: Mapping[str, Sequence[Candidate]], verdicts: Sequence[Verdict]) -> pa.Table:
    """One row an audience with guards: whether they let it pass, and the numbers that did not."""
    guarded = {
        (site, candidate.key)
        for site, of_site in candidates.items()
        for candidate in of_site
        if any((candidate.guards.min_size, candidate.guards.max_size, candidate.guards.max_change))
    }
    at = now()
    rows = [
        {
            "run_id": context.run.run_id,
            "table": AUDIENCE_MEMBERS.name,
            "suite": f"{verdict.site}/{verdict.audience}",
            "expectation": "guards",
            "column": None,
            "severity": "critical",
            "success": verdict.verdict not in ("held", "failed"),
            "observed": "; ".join(verdict.reasons) or None,
            "rows": verdict.size,
            "at": at,
        }
        for verdict in verdicts
        if (verdict.site, verdict.audience) in guarded
    ]
    return pa.Table.from_pylist(rows, schema=QUALITY_RESULTS.schema)
