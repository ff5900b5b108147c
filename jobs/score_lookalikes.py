"""``plateia score-lookalikes``: score everybody with the champion models and publish the best as audiences.

Reads the pinned warehouse, the seeds as published and MLflow; stages ``people_features``, ``scores`` and members, and
publishes through the gates of any audience. Safe to repeat: the same inputs give ``unchanged``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import datetime

from jobs.lookalikes.scoring import score_site
from jobs.lookalikes.selection import add_options, chosen, due_on
from jobs.lookalikes.site import SiteRun, open_sites
from jobs.lookalikes.training import pack_name
from jobs.options import Context, command_parser, run_command
from jobs.publishing import gate_and_publish, outcome_of
from models.lookalike.pack import Pack
from plateia.declarations.lookalikes import Lookalike
from plateia.lake.matrices import drop_staged, point_scores
from plateia.lake.published import current
from plateia.records import Verdict
from plateia.registry import Registry
from plateia.tables import AUDIENCE_CHANGES, AUDIENCE_MEMBERS, PEOPLE_FEATURES, SCORES
from plateia.trace import Outcome

_JUDGED = (AUDIENCE_MEMBERS.name, AUDIENCE_CHANGES.name)


def main(argv: Sequence[str] | None = None) -> int:
    """Score all lookalikes of the sites, or the named, or the due ones; returns the exit code."""
    parser = command_parser("score-lookalikes", "Score everybody and publish the lookalike audiences.")
    add_options(parser)
    return run_command(argv, parser, _run)


def _run(context: Context) -> Outcome:
    context.workspace.require_sound()
    lookalikes, problems = chosen(context)
    registry = Registry(context.workspace.environment.mlflow, context.workspace.root)
    with context.lake.lease("publish", context.run.run_id):
        runs = open_sites(context, {site: due_on(context, site, lookalikes, _last(context)) for site in context.sites})
        for run in runs:
            folder = registry.champion(pack_name(run.site))
            score_site(run, None if folder is None else Pack.load(folder))
        verdicts = _publish(context, runs)
    outcome = outcome_of(context, verdicts)
    return context.outcome(outcome.results, exit=3 if problems else outcome.exit, errors=problems)


def _publish(context: Context, runs: Sequence[SiteRun]) -> list[Verdict]:
    lake, run_id = context.lake, context.run.run_id
    staged = [file for run in runs for file in run.staged]
    candidates = {run.site: found for run in runs if (found := run.candidates())}
    verdicts = gate_and_publish(context, candidates, [file for file in staged if file.table in _JUDGED])
    if context.args.dry_run:
        drop_staged(lake, staged)
        return verdicts
    for table in (PEOPLE_FEATURES, SCORES):
        lake.commit_files(table, staged, run_id=run_id)
    good = {(verdict.site, verdict.audience) for verdict in verdicts if verdict.verdict in ("published", "unchanged")}
    moved = {(run.site, one.key) for run in runs for one in run.ready if good & {(run.site, k) for k in one.audiences}}
    point_scores(lake, moved, run_id=run_id)
    return verdicts


def _last(context: Context) -> Callable[[str, Lookalike], datetime | None]:
    pointers = {site: current(context.lake, site) for site in context.sites}

    def last_of(site: str, one: Lookalike) -> datetime | None:
        published = [pointers[site].get(key, {}).get("as_of") for key in one.audiences]
        instants = [instant for instant in published if isinstance(instant, datetime)]
        return min(instants) if len(instants) == len(published) else None

    return last_of


if __name__ == "__main__":
    sys.exit(main())
