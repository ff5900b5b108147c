"""Training on one site: freeze the features, sample, fit, judge, and say it all to MLflow."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path

import numpy as np

from jobs.lookalikes.admission import moment_of
from jobs.lookalikes.site import SiteRun, limits_of
from models import lookalike as lookalike_model
from models.lookalike.guards import judge_model, judge_seed
from models.lookalike.pack import Entry, Pack
from models.lookalike.sampling import Request, sample_task
from models.lookalike.training import HELD_OUT_SHARE, Trained, join_blocks, share_to_sample, strongest, train
from plateia.clock import iso
from plateia.declarations.lookalikes import Lookalike
from plateia.registry import ModelFiles, Registry, TrackedRun
from plateia.trace import log
from transforms.features.implied import repeated_columns, seed_leaves
from transforms.features.schema import FrozenSchema, add_tallies, freeze
from transforms.features.tasks import map_blocks, tally_task

EXPERIMENT = "lookalikes"
_NOTHING_LEFT = "no feature is left that does not repeat the seed's own rule"
_TOO_FEW = "the seed is too small to hold out a fifth of it"


def pack_name(site: str) -> str:
    """The registered model of a site."""
    return f"lookalike-pack-{site}"


@dataclass(frozen=True)
class Result:
    """What came of one lookalike; ``trained`` is None where it came to no model."""

    lookalike: Lookalike
    schema: FrozenSchema
    dropped: tuple[str, ...]
    trained: Trained | None


def train_site(run: SiteRun) -> list[Result]:
    """Train every admitted lookalike of a site; failures and refusals are noted on the run."""
    schemas, people = _freeze(run)
    ready = run.ready
    _, tasks = run.tasks({schemas[one.features].digest: schemas[one.features] for one in ready})
    for one in ready:
        refusal = judge_seed(run.seed_size(one), people, limits_of(one))
        if refusal is not None:
            run.refusals[one.key] = refusal
    requests = [_request(run, one, schemas[one.features].digest, people) for one in run.ready]
    blocks = map_blocks(run.context.spark, partial(sample_task, requests, run.access), tasks) if requests else []
    results = []
    for one in ready:
        schema = schemas[one.features]
        dropped = _dropped(run, one, schema)
        names = [column.name for column in schema.columns]
        used = np.array([place > 0 and name not in dropped for place, name in enumerate(names)])
        trained = None
        if one.key not in run.refusals and blocks:
            rows = join_blocks([block[one.key] for block in blocks])
            trained = train(rows, key=one.key, used=used, activity=0) if used.any() else None
            refusal = judge_model(trained.evaluation, limits_of(one)) if trained else None
            refusal = refusal or (None if trained else _TOO_FEW if used.any() else _NOTHING_LEFT)
            if refusal is not None:
                run.refusals[one.key] = refusal
        results.append(Result(one, schema, dropped, trained))
    return results


def _freeze(run: SiteRun) -> tuple[dict[str, FrozenSchema], int]:
    schemas: dict[str, FrozenSchema] = {}
    people = 0
    for features in sorted({one.features for one in run.ready}):
        plan = run.plans[features]
        tallied = map_blocks(run.context.spark, partial(tally_task, plan, run.reader_of), run.files)
        people = sum(block.people for block in tallied)
        tallies = add_tallies(tally for block in tallied for tally in block.tallies)
        schemas[features] = freeze(features, plan.parts, tallies, people=people)
        if (reason := schemas[features].too_wide) is not None:
            run.failures |= {one.key: reason for one in run.ready if one.features == features}
    return schemas, people


def _request(run: SiteRun, one: Lookalike, schema: str, people: int) -> Request:
    seed = run.seed_size(one)
    return Request(one.key, str(one.seed), schema, share_to_sample(seed), share_to_sample(people - seed))


def _dropped(run: SiteRun, one: Lookalike, schema: FrozenSchema) -> tuple[str, ...]:
    leaves = seed_leaves(run.context.workspace.audiences, str(one.seed), moment_of(run.context, run.site))
    dropped = repeated_columns(schema.columns, run.plans[one.features].parts, leaves)
    if dropped:
        log("lookalikes").info(
            "%s on %s: left out, since they repeat the seed's rule: %s", one.key, run.site, ", ".join(dropped)
        )
    return dropped


def record(run: SiteRun, registry: Registry, results: Sequence[Result], before: Pack | None) -> int | None:
    """Track a site's results in MLflow and register its new pack as champion; returns the version."""
    if not results:
        return None
    empty = Pack(run.site, {}, {})
    pack = (before or empty).updated(
        [_entry(run, result) for result in results], {result.schema.digest: result.schema.text for result in results}
    )
    context = run.context
    batch = TrackedRun(
        f"{context.run.run_id} {run.site}",
        params={"site": run.site, "as_of": iso(run.as_of), "lookalikes": len(results)},
        tags={"plateia.run_id": context.run.run_id, "plateia.site": run.site},
    )
    with tempfile.TemporaryDirectory() as folder:
        model = ModelFiles(
            pack_name(run.site),
            Path(lookalike_model.__path__[0]) / "pack_model.py",
            pack.save(Path(folder)),
            [f"{name}=={version(name)}" for name in ("mlflow", "numpy", "pandas")],
            {"lookalike": min(pack.entries)},
        )
        return registry.record(EXPERIMENT, batch, [_tracked(run, result) for result in results], model)


def _entry(run: SiteRun, result: Result) -> Entry:
    one, trained = result.lookalike, result.trained
    refusal = run.refusals.get(one.key)
    usable = trained is not None and refusal is None
    return Entry(
        lookalike=one.key,
        features=one.features,
        definition=run.definition_of(one),
        schema=result.schema.digest,
        trained_run=run.context.run.run_id,
        trained_as_of=iso(run.as_of),
        weights=trained.model.weights if trained and usable else np.empty(0),
        intercept=trained.model.intercept if trained and usable else 0.0,
        refusal=refusal,
    )


def measures(trained: Trained) -> dict[str, float]:
    """The figures of a model, by the name they have in MLflow and in ``--json``; an infinite gain is left out."""
    found = trained.evaluation
    figures = {
        "recall_top_tenth": found.recall,
        "lift_top_tenth": found.lift,
        "activity_recall_top_tenth": found.activity_recall,
        "gain_over_activity": found.gain,
    }
    return {name: figure for name, figure in figures.items() if math.isfinite(figure)}


def _tracked(run: SiteRun, result: Result) -> TrackedRun:
    one, trained = result.lookalike, result.trained
    names = [column.name for column in result.schema.columns]
    refusal = run.refusals.get(one.key)
    params: dict[str, str | int | float] = {
        "lookalike": one.key, "site": run.site, "seed": str(one.seed), "seed_people": run.seed_size(one),
        "features": one.features, "columns": len(names), "columns_dropped": len(result.dropped),
        "schema_hash": result.schema.digest, "method": "logistic",
        "class_weight": "balanced", "held_out_share": HELD_OUT_SHARE, "as_of": iso(run.as_of),
    }  # fmt: skip
    if trained:
        params["C"] = trained.inverse_regularisation
    card: Mapping[str, object] = {
        "title": one.title,
        "strongest": strongest(trained.model, names) if trained else [],
        "dropped": list(result.dropped),
        "seed_fitted": trained.seed_fitted if trained else None,
        "seed_held_out": trained.seed_held_out if trained else None,
        "refusal": refusal,
    }
    return TrackedRun(
        one.key,
        params=params,
        metrics=measures(trained) if trained else {},
        curves={"recall_by_percent": trained.evaluation.curve} if trained else {},
        tags={"plateia.run_id": run.context.run.run_id, "plateia.verdict": "held" if refusal else "trained"},
        documents={"card.json": dict(card)},
    )
