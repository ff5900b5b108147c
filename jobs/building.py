"""One shared pass: which audiences, their plans, the block tasks and the verdicts. What build and explain share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from zoneinfo import ZoneInfo

from jobs.options import Context
from plateia.errors import InputError, LakeError
from plateia.lake import block_files, block_inputs
from plateia.lake.published import current
from plateia.lists import read_list
from plateia.records import BlockFiles, BlockInputs
from plateia.rules.tree import Audience, ListNode, references, walk
from plateia.trace import log
from transforms.audience.compile import compile_site
from transforms.audience.plan import ConsentLeaf, SitePlan, entries_of, events_of

_READ_BY_WORKERS = ("people", "event_", "consents", "relation_")


@dataclass(frozen=True)
class Build:
    """The audiences of a run on its sites, against one set of pinned versions."""

    context: Context
    keys: frozenset[str]  # what is asked for, broken ones included
    sites: tuple[str, ...]
    outlined: frozenset[str] = frozenset()  # whose rules are kept as they are written

    @cached_property
    def pins(self) -> dict[str, int]:
        """The warehouse's versions.

        Raises:
            LakeError: There is no warehouse yet, or its files cannot be read without Spark.
        """
        lake = self.context.lake
        pins = lake.pins()
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
        return {site: self._plan(site) for site in self.sites}

    def _plan(self, site: str) -> SitePlan:
        workspace = self.context.workspace
        zone = ZoneInfo(workspace.sites[site].zone)
        return compile_site(
            workspace.audiences,
            site=site,
            zone=zone,
            as_of=self.context.run.as_of.at(zone),
            built=self.keys,
            published=self.current[site].keys() - self.keys,
            absent=workspace.scored,
            lists=self._lists,
            outlined=self.outlined,
        )

    @cached_property
    def _lists(self) -> dict[str, frozenset[str]]:
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
        return frozenset(event for plan in self.plans.values() for leaf in plan.leaves for event in events_of(leaf))

    @cached_property
    def inputs(self) -> dict[str, BlockInputs]:
        lake = self.context.lake
        return {
            site: block_inputs(
                lake,
                site,
                events=self.events,
                pins=self.pins,
                entered=entries_of(plan),
                consents=any(isinstance(leaf, ConsentLeaf) for leaf in plan.leaves),
            )
            for site, plan in self.plans.items()
        }

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
            waiting.extend(references(audiences[key]))
    return frozenset(found)
