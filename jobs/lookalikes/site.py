"""One site of a run: its lookalikes, their features as plans, its blocks, and what is published on it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, partial
from hashlib import sha256

from jobs.building import Build
from jobs.lookalikes.admission import Admission, Pointers, admit, moment_of
from jobs.options import Context
from models.lookalike.blocks import Access, Task
from models.lookalike.guards import Limits
from plateia.declarations.lookalikes import Lookalike
from plateia.lake import BlockReader, block_files, block_inputs
from plateia.lake.matrices import MatrixFiles
from plateia.records import BlockFiles, BlockInputs, StagedFile
from plateia.rules.tree import Guards
from transforms.audience.gates import Candidate, Previous
from transforms.features.plan import FeaturePlan
from transforms.features.schema import FrozenSchema
from transforms.features.tasks import map_blocks, matrix_task


@dataclass
class SiteRun:
    """What a run does on one site. ``failures`` and ``refusals`` say why a lookalike (key) comes to nothing."""

    context: Context
    site: str
    lookalikes: Sequence[Lookalike]
    pointers: Pointers
    inputs: BlockInputs
    files: Sequence[BlockFiles]
    plans: Mapping[str, FeaturePlan]
    failures: dict[str, str]
    refusals: dict[str, str] = field(default_factory=dict)
    staged: list[StagedFile] = field(default_factory=list)

    @property
    def as_of(self) -> datetime:
        return moment_of(self.context, self.site).as_of

    @property
    def ready(self) -> list[Lookalike]:
        """The lookalikes that nothing speaks against so far."""
        return [one for one in self.lookalikes if one.key not in self.failures and one.key not in self.refusals]

    @cached_property
    def reader_of(self) -> partial[BlockReader]:
        """Makes the reader of a block; picklable."""
        return partial(BlockReader, self.inputs)

    @cached_property
    def matrices(self) -> MatrixFiles:
        return MatrixFiles(self.context.lake.uri, self.site, self.context.run.run_id, self.as_of)

    @property
    def access(self) -> Access:
        """How workers reach the site's files."""
        return Access(self.reader_of, self.matrices)

    def tasks(self, schemas: Mapping[str, FrozenSchema]) -> tuple[int, list[Task]]:
        """Compute and stage the matrices of the schemas (by digest): how many people there are, and a task a block."""
        matrices: dict[int, dict[str, StagedFile]] = {files.block: {} for files in self.files}
        people = 0
        for digest, schema in sorted(schemas.items()):
            work = partial(matrix_task, self.plans[schema.features], schema, self.reader_of, self.matrices)
            written = map_blocks(self.context.spark, work, self.files)
            self.staged += [block.file for block in written]
            people = sum(block.people for block in written)
            for block in written:
                matrices[block.block][digest] = block.file
        return people, [Task(files, matrices[files.block]) for files in self.files]

    def candidates(self, *, only_stopped: bool = False) -> list[Candidate]:
        """The audiences of the lookalikes, for the gates."""
        return [
            Candidate(
                key=audience,
                definition_hash=one.definition_hash,
                guards=Guards(),
                failure=self.failures.get(one.key),
                refusal=self.refusals.get(one.key),
                previous=self._previous(audience),
            )
            for one in self.lookalikes
            for audience in one.audiences
            if not only_stopped or one.key in self.failures or one.key in self.refusals
        ]

    def _previous(self, audience: str) -> Previous | None:
        pointer = self.pointers.get(audience)
        return None if pointer is None else Previous(str(pointer["run_id"]), int(str(pointer["size"])))

    def definition_of(self, one: Lookalike) -> str:
        """Hash (SHA-256 hex) of what a model depends on: the seed, the seed's rule and the features."""
        workspace = self.context.workspace
        parts = [
            str(one.seed),
            workspace.audiences[str(one.seed)].definition_hash,
            workspace.features[one.features].definition_hash,
        ]
        return sha256(json.dumps(parts).encode()).hexdigest()

    def seed_size(self, one: Lookalike) -> int:
        """How many people the seed has, as it is published."""
        return int(str(self.pointers[str(one.seed)]["size"]))


def open_sites(context: Context, lookalikes: Mapping[str, Sequence[Lookalike]]) -> list[SiteRun]:
    """The runs of the sites (keys) with their lookalikes, admitted, against one set of pinned versions.

    Raises:
        LakeError: There is no warehouse yet, or its files cannot be read directly.
    """
    lake = context.lake
    build = Build(context, frozenset(), tuple(lookalikes))
    admitted: dict[str, Admission] = {
        site: admit(context, site, mine, build.current[site]) for site, mine in lookalikes.items()
    }
    events = {event for found in admitted.values() for plan in found.plans.values() for event in plan.events}
    inputs = {site: block_inputs(lake, site, events=events, pins=build.pins) for site in lookalikes}
    blocks = block_files(lake, inputs, events=events, pins=build.pins)
    return [
        SiteRun(
            context,
            site,
            mine,
            build.current[site],
            inputs[site],
            [block for block in blocks if block.site == site],
            admitted[site].plans,
            admitted[site].failures,
        )
        for site, mine in lookalikes.items()
    ]


def limits_of(one: Lookalike) -> Limits:
    """The guards of a lookalike as plain numbers."""
    gain = one.guards.min_gain
    return Limits(one.guards.min_seed, float(one.guards.max_seed), None if gain is None else float(gain))
