"""One shared pass: which audiences, their plans, the block tasks and the verdicts. What build and explain share."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from typing import TypeVar
from zoneinfo import ZoneInfo

from jobs.options import Context
from plateia.errors import InputError, LakeError
from plateia.lake import BlockReader, block_files, block_inputs
from plateia.lake.published import current
from plateia.lists import read_list
from plateia.records import BlockFiles, BlockInputs
from plateia.rules.tree import Audience, ListNode, owner, references, walk
from plateia.tables import SCORES_CURRENT
from plateia.trace import Progress, log
from transforms.audience.choosing import Bounds
from transforms.audience.compile import compile_site
from transforms.audience.deciding import Answer, Decisions, Request, decide
from transforms.audience.plan import (
    SitePlan,
    events_read,
    history_read,
    reads_consents,
    relations_read,
    scores_read,
)
from transforms.audience.tasks import answer_task, by_site

_READ_BY_WORKERS = ("people", "event_", "consents", "relation_")

Answered = tuple[str, Answer]
Chosen = Mapping[int, Bounds | str]
Result = TypeVar("Result")
ForBlocks = Callable[[Callable[[BlockFiles], Answered], Sequence[BlockFiles]], Iterable[Answered]]


@dataclass(frozen=True)
class Build:
    """The audiences of a run on its sites, against one set of pinned versions."""

    context: Context
    keys: frozenset[str]  # what is asked for, broken ones included
    sites: tuple[str, ...]
    outlined: frozenset[str] = frozenset()  # whose rules are kept as they are written
    pinned: Mapping[str, int] | None = None  # the warehouse's versions, where another build has chosen them

    @cached_property
    def pins(self) -> dict[str, int]:
        """The warehouse's versions.

        Raises:
            LakeError: There is no warehouse yet, or its files cannot be read without Spark.
        """
        lake = self.context.lake
        pins = lake.pins() if self.pinned is None else dict(self.pinned)
        if "people" not in pins:
            raise LakeError.because("the lake has no people yet", hint="Run `plateia refresh-warehouse` first.")
        for name in (name for name in pins if name.startswith(_READ_BY_WORKERS)):
            reason = lake.unreadable_reason(name, pins[name])
            if reason is not None:
                raise LakeError.because(
                    f"the files of {name} cannot be read directly: {reason}",
                    hint="Purge them: REORG TABLE … APPLY (PURGE), and switch the feature off.",
                )
        return pins

    @cached_property
    def current(self) -> dict[str, dict[str, dict[str, object]]]:
        """Site -> audience -> its pointer before this run."""
        return {site: current(self.context.lake, site) for site in self.sites}

    @cached_property
    def plans(self) -> dict[str, SitePlan]:
        """One plan a site."""
        return {site: self.plan_at(site, self.as_of(site), self.lists) for site in self.sites}

    def as_of(self, site: str) -> datetime:
        """The instant of the run on a site, as UTC."""
        return self.context.run.as_of.at(self.zone(site))

    def zone(self, site: str) -> ZoneInfo:
        """The zone of a site."""
        return ZoneInfo(self.context.workspace.sites[site].zone)

    def plan_at(self, site: str, as_of: datetime, lists: Mapping[str, Collection[str]]) -> SitePlan:
        """The plan of a site as of any instant, with the person ids of its lists."""
        workspace = self.context.workspace
        return compile_site(
            workspace.audiences,
            site=site,
            zone=self.zone(site),
            as_of=as_of,
            built=self.keys,
            published=self.current[site].keys() - self.keys,
            absent=workspace.scored,
            lists=lists,
            scores=self._scores[site],
            outlined=self.outlined,
        )

    @cached_property
    def _scores(self) -> dict[str, frozenset[str]]:
        """The models whose scores each site has."""
        rows = self.context.lake.rows(SCORES_CURRENT, columns=("site", "score")).to_pylist()
        return {site: frozenset(row["score"] for row in rows if row["site"] == site) for site in self.sites}

    @cached_property
    def lists(self) -> dict[str, frozenset[str]]:
        """The person ids of every list file that a rule names and that can be read."""
        found: dict[str, frozenset[str]] = {}
        for file in sorted(set(self._list_files())):
            try:
                found[file] = read_list(file)
            except InputError as error:
                log("build").warning("%s", error)
        return found

    def _list_files(self) -> Iterable[str]:
        audiences = self.context.workspace.audiences
        for key in self.keys & audiences.keys():
            yield from (node.file for node in walk(audiences[key].rule) if isinstance(node, ListNode))

    @cached_property
    def events(self) -> frozenset[str]:
        """The event types that any plan asks for."""
        return frozenset(event for plan in self.plans.values() for event in events_read(plan))

    @cached_property
    def inputs(self) -> dict[str, BlockInputs]:
        lake = self.context.lake
        return {
            site: block_inputs(
                lake,
                site,
                events=self.events,
                pins=self.pins,
                history=history_read(plan),
                scores=scores_read(plan),
                consents=reads_consents(plan),
                relations=relations_read(plan),
            )
            for site, plan in self.plans.items()
        }

    def decide(self, every: ForBlocks) -> dict[str, Decisions]:
        """Whom the selections of the plans take.

        Args:
            every: Does something for blocks, on the cluster or here, and gives the results in any order.
        """

        def ask(requests: Mapping[str, Request]) -> Mapping[str, Sequence[Answer]]:
            blocks = [task for task in self.tasks if task.site in requests]
            return by_site(every(partial(answer_task, requests, self.inputs, BlockReader), blocks))

        return decide({site: plan for site, plan in self.plans.items() if plan.selections}, ask)

    @cached_property
    def decisions(self) -> dict[str, Decisions]:
        """Whom the selections of the plans take, found out in threads of this process."""
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return self.decide(lambda work, blocks: list(pool.map(work, blocks)))

    def each_block(self, site: str, work: Callable[[BlockReader, int, Chosen], Result]) -> Iterator[Result]:
        """What ``work`` finds in each block of a site, in threads of this process, with its progress.

        Args:
            work: Takes the block's reader, its number, and whom the selections of the plan take.
        """
        chosen = self.decisions.get(site, Decisions()).bounds
        inputs, tasks = self.inputs[site], [task for task in self.tasks if task.site == site]

        def of_block(task: BlockFiles) -> Result:
            return work(BlockReader(inputs, task), task.block, chosen)

        with Progress("blocks of people", len(tasks)) as progress, ThreadPoolExecutor(os.cpu_count()) as pool:
            for found in pool.map(of_block, tasks):
                progress.advance()
                yield found

    @cached_property
    def tasks(self) -> list[BlockFiles]:
        return block_files(self.context.lake, self.inputs, events=self.events, pins=self.pins)


def closure(audiences: Mapping[str, Audience], keys: Iterable[str]) -> frozenset[str]:
    """The keys and every audience they refer to, directly or not, as far as it is defined."""
    found: set[str] = set()
    waiting = list(keys)
    while waiting:
        key = waiting.pop()
        if key in audiences and key not in found:
            found.add(key)
            waiting.extend(owner(name) for name in references(audiences[key]))
    return frozenset(found)
