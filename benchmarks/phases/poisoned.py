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
    poison = replace(stage.mix, name="poisoned", given=(*rules, *_poison(rules[0].site)))
    stage.forget_published()
    builds = {"without": stage.build(), "with": _Poisoned(stage.shape, poison).build()}
    keep_freed_memory()  # like a worker
    pa.set_cpu_count(1)
    keys = pa.array([rule.key for rule in rules])
    for plain, poisoned in zip(_members(builds["without"], keys), _members(builds["with"], keys), strict=True):
        if not plain.equals(poisoned):
            raise ValueError("a poisoned audience has changed another")
    costs: dict[str, list[Cost]] = {name: [] for name in builds}
    for _ in range(runs):
        for name, build in builds.items():
            costs[name] += costs_of(f"kernel, {name} poisoned audiences", partial(_people, build), runs=1)
    plain, poisoned = (median_of(found) for found in costs.values())
    share = poisoned.core_s / plain.core_s - 1
    return [
        Row(f"kernel, one thread: {len(rules):,} audiences", *plain),
        Row(
            f"kernel, one thread: the same, and one broken, one of {_CONDITIONS:,} conditions, one always true",
            *poisoned,
            f"≤ {_SHARE:.0%} more: {share:+.1%}",
            share <= _SHARE,
        ),
    ]


def _people(build: Build, _: int) -> int:
    return sum(outcome.n_people for outcome in evaluated(build))


def _poison(site: str) -> tuple[Rule, Rule]:
    many = tuple(Term(TraitAtom("bucket", "between", (number, number)), False) for number in range(_CONDITIONS))
    half = TraitAtom("bucket", "between", (0, _CONDITIONS // 2))
    always = (Term(half, False), Term(half, True))
    return Rule("poisoned-long", site, (many,)), Rule("poisoned-always", site, (always,))


def _members(build: Build, keys: pa.Array) -> Iterator[pa.Table]:
    for outcome in evaluated(build):
        yield outcome.members.filter(pc.is_in(outcome.members["audience"], keys)).sort_by("audience")
