"""``plateia train-lookalikes``: fit the lookalikes of every site, track them in MLflow, make the packs champion.

Reads the pinned warehouse and the seeds as published; adds to ``people_features`` and to MLflow. A refused lookalike is
a ``held`` row an audience in ``audience_runs``, with its reason. Safe to repeat: the same inputs give the same weights.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime

from jobs.lookalikes.selection import add_options, chosen, due_on
from jobs.lookalikes.site import SiteRun, open_sites
from jobs.lookalikes.training import Result, measures, pack_name, record, train_site
from jobs.options import Context, command_parser, run_command
from jobs.publishing import gate_and_publish
from models.lookalike.pack import Pack
from plateia.declarations.lookalikes import Lookalike
from plateia.lake.matrices import drop_staged
from plateia.registry import Registry
from plateia.tables import PEOPLE_FEATURES
from plateia.trace import Outcome


def main(argv: Sequence[str] | None = None) -> int:
    """Train all lookalikes of the sites, or the named, or the due ones; returns the exit code."""
    parser = command_parser("train-lookalikes", "Fit lookalike models and track them in MLflow.")
    add_options(parser)
    return run_command(argv, parser, _run)


def _run(context: Context) -> Outcome:
    context.workspace.require_sound()
    lookalikes, problems = chosen(context)
    registry = Registry(context.workspace.environment.mlflow, context.workspace.root)
    packs = {site: registry.champion(pack_name(site)) for site in context.sites}
    before = {site: Pack.load(folder) for site, folder in packs.items() if folder is not None}

    def last_of(site: str, one: Lookalike) -> datetime | None:
        entry = before[site].entries.get(one.key) if site in before else None
        return None if entry is None else datetime.fromisoformat(entry.trained_as_of)

    rows: list[dict[str, object]] = []
    with context.lake.lease("train-lookalikes", context.run.run_id):
        runs = open_sites(context, {site: due_on(context, site, lookalikes, last_of) for site in context.sites})
        results = {run.site: train_site(run) for run in runs}
        staged = [file for run in runs for file in run.staged]
        if context.args.dry_run:
            drop_staged(context.lake, staged)
        else:
            context.lake.commit_files(PEOPLE_FEATURES, staged, run_id=context.run.run_id)
            for run in runs:
                record(run, registry, results[run.site], before.get(run.site))
    stopped = {run.site: found for run in runs if (found := run.candidates(only_stopped=True))}
    if stopped:
        with context.lake.lease("publish", context.run.run_id):
            gate_and_publish(context, stopped, [])
    rows = [_row(run, one, results[run.site]) for run in runs for one in run.lookalikes]
    return context.outcome(rows, exit=3 if stopped or problems else 0, errors=problems)


def _row(run: SiteRun, one: Lookalike, results: Sequence[Result]) -> dict[str, object]:
    failure, refusal = run.failures.get(one.key), run.refusals.get(one.key)
    trained = next((result.trained for result in results if result.lookalike.key == one.key), None)
    return {
        "run_id": run.context.run.run_id,
        "site": run.site,
        "lookalike": one.key,
        "as_of": run.as_of,
        "verdict": "failed" if failure else "held" if refusal else "trained",
        "reasons": [reason for reason in (failure, refusal) if reason],
        **(measures(trained) if trained else {}),
    }


if __name__ == "__main__":
    sys.exit(main())
