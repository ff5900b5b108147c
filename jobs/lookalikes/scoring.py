"""Scoring on one site: the champion's models over everybody, exact sizes, members and scores staged by the workers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from jobs.lookalikes.site import SiteRun, limits_of
from models.lookalike.blocks import Task
from models.lookalike.cuts import Sizes, Slices, find_cuts
from models.lookalike.guards import judge_seed
from models.lookalike.pack import Entry, Pack
from models.lookalike.scoring import Model, Stage, digest_task, slice_task, stage_task
from plateia.clock import iso
from plateia.declarations.lookalikes import Lookalike
from plateia.lake import MemberWriter
from plateia.lake.matrices import ScoreFiles
from plateia.trace import random_token
from transforms.features.schema import FrozenSchema
from transforms.features.tasks import map_blocks
from transforms.ranking import Bracket


@dataclass(frozen=True)
class NewWriter:
    """Makes a writer of members with a name that no other attempt has."""

    uri: str

    def __call__(self) -> MemberWriter:
        return MemberWriter(self.uri, random_token())


def score_site(run: SiteRun, pack: Pack | None) -> None:
    """Score and stage every lookalike that has a model; the others' failures and refusals are noted on the run."""
    models = [_model(one, entry) for one in run.ready if (entry := _entry(run, one, pack)) is not None]
    if pack is None or not models:
        return
    schemas = {model.schema: FrozenSchema.parse(pack.schemas[model.schema]) for model in models}
    people, tasks = run.tasks(schemas)
    for one in run.ready:
        refusal = judge_seed(run.seed_size(one), people, limits_of(one))
        if refusal is not None:
            run.refusals[one.key] = refusal
    ready = {one.key: one for one in run.ready}
    models = [model for model in models if model.key in ready]
    if models:
        _stage(run, models, {key: one.audiences for key, one in ready.items()}, tasks)


def _stage(run: SiteRun, models: Sequence[Model], sizes: Mapping[str, Sizes], tasks: list[Task]) -> None:
    spark, lake, run_id = run.context.spark, run.context.lake, run.context.run.run_id

    def fetch(brackets: Mapping[str, Sequence[Bracket]]) -> Slices:
        return map_blocks(spark, partial(slice_task, models, brackets, run.access), tasks)

    digests = map_blocks(spark, partial(digest_task, models, run.access), tasks)
    cuts = find_cuts(sizes, digests, fetch)
    stage = Stage(run.site, run_id, NewWriter(lake.uri), ScoreFiles(lake.uri, run.site, run_id, run.as_of))
    scored = map_blocks(spark, partial(stage_task, models, cuts, stage, run.access), tasks)
    run.staged += [file for block in scored for file in block.files]


def _entry(run: SiteRun, one: Lookalike, pack: Pack | None) -> Entry | None:
    """The trained model of a lookalike; None if there is none to use, and why is noted."""
    entry = None if pack is None else pack.entries.get(one.key)
    if entry is None:
        run.failures[one.key] = "it has no model on this site: run `plateia train-lookalikes` first"
    elif entry.definition != run.definition_of(one):
        run.failures[one.key] = "its seed or features have changed since it was trained: run `plateia train-lookalikes`"
    elif datetime.fromisoformat(entry.trained_as_of) > run.as_of:
        run.failures[one.key] = (
            f"its model was trained as of {entry.trained_as_of}, after {iso(run.as_of)}: it would leak the future"
        )
    elif entry.refusal is not None:
        run.refusals[one.key] = entry.refusal
    else:
        return entry
    return None


def _model(one: Lookalike, entry: Entry) -> Model:
    return Model(one.key, str(one.seed), entry.schema, entry.weights, entry.intercept)
