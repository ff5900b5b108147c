"""What three bad audiences cost the others: one that is broken, one of 10,000 conditions, one that is always true."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial

import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.company.rules import Rule, Term, TraitAtom
from benchmarks.measuring import Row
from benchmarks.phases.kernel import evaluated
from benchmarks.phases.stage import Stage
from benchmarks.phases.timing import Cost, costs_of, median_of
from jobs.building import Build
from plateia.memory import keep_freed_memory
from plateia.workspace import Workspace, load_workspace

_CONDITIONS = 10_000
_SHARE = 0.05
_BROKEN = "{audience: poisoned-broken, title: Broken, owner: benchmarks, rule: {trait: nobody-has-it, eq: 1}}\n"


@dataclass(frozen=True)
class _Poisoned(Stage):
    """A stage whose configuration also holds a broken audience."""

    @cached_property
    def workspace(self) -> Workspace:
        (self.configs / "audiences" / "broken.yml").write_text(_BROKEN, "utf-8")
        return load_workspace(self.configs)


def run(stage: Stage, *, runs: int) -> list[Row]:
    """The kernel with and without them, in turn; the others' members are compared before anything is timed."""
    rules = stage.mix.rules()
    keys = pa.array([rule.key for rule in rules])
    stage.forget_published()
    builds = {"without": stage.build()}
    for name, long in _long(rules[0].site).items():
        poison = replace(stage.mix, name=f"poisoned-{name}", given=(*rules, long, _always(rules[0].site)))
        builds[name] = _Poisoned(stage.shape, poison).build()
    keep_freed_memory()  # like a worker
    pa.set_cpu_count(1)
    for name in builds.keys() - {"without"}:
        for plain, poisoned in zip(_members(builds["without"], keys), _members(builds[name], keys), strict=True):
            if not plain.equals(poisoned):
                raise ValueError("a poisoned audience has changed another")
    costs: dict[str, list[Cost]] = {name: [] for name in builds}
    for _ in range(runs):
        for name, build in builds.items():
            costs[name] += costs_of(f"kernel, poisoned audiences: {name}", partial(_people, build), runs=1)
    plain = median_of(costs.pop("without"))
    rows = [Row(f"kernel, one thread: {len(rules):,} audiences", *plain)]
    for name, found in costs.items():
        cost = median_of(found)
        share = cost.core_s / plain.core_s - 1
        what = (
            f"kernel, one thread: the same, and one broken, one always true, one of {_CONDITIONS:,} conditions {name}"
        )
        rows.append(Row(what, *cost, f"≤ {_SHARE:.0%} more: {share:+.1%}", share <= _SHARE))
    return rows


def _people(build: Build, _: int) -> int:
    return sum(outcome.n_people for outcome in evaluated(build))


def _long(site: str) -> dict[str, Rule]:
    """A list of values written as conditions, and as many conditions that no one look-up can answer."""
    each = [Term(TraitAtom("bucket", "between", (number, number)), number % 2 == 0) for number in range(_CONDITIONS)]
    listed = tuple(replace(term, negated=False) for term in each)
    pairs = tuple(zip(each[::2], each[1::2], strict=True))
    return {
        "on one trait": Rule("poisoned-long", site, (listed,)),
        f"in {len(pairs):,} groups": Rule("poisoned-long", site, pairs),
    }


def _always(site: str) -> Rule:
    half = TraitAtom("bucket", "between", (0, _CONDITIONS // 2))
    return Rule("poisoned-always", site, ((Term(half, False), Term(half, True)),))


def _members(build: Build, keys: pa.Array) -> Iterator[pa.Table]:
    for outcome in evaluated(build):
        yield outcome.members.filter(pc.is_in(outcome.members["audience"], keys)).sort_by("audience")
