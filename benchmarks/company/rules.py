"""Random audiences of a benchmark: groups of conditions drawn from a pool, the popular ones often. No engine code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np

from benchmarks.company.shape import SEED, SHARES
from benchmarks.company.traits import CATEGORIES, CATEGORY_SHARES, TRAITS, zipf

Op = Literal["eq", "in", "gte", "lt", "between", "missing"]
Value = str | int | float | bool | date
_EPOCH = date(1970, 1, 1)
_NOT_SHARE = 0.15
_SLICES = 20  # of a trait that is spread evenly over people: a sparse audience lies in one of them


@dataclass(frozen=True, slots=True)
class TraitAtom:
    """A trait compared."""

    trait: str
    op: Op
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class BehaviourAtom:
    """At least so many events, or so much of their amount, of a type and category in the last days."""

    event: str
    category: str
    days: int
    measure: Literal["count", "sum"]
    at_least: int


Atom = TraitAtom | BehaviourAtom


@dataclass(frozen=True, slots=True)
class Term:
    """An atom, or its negation."""

    atom: Atom
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """All of the groups, of each at least one term, on one site."""

    key: str
    site: str
    groups: tuple[tuple[Term, ...], ...]

    @property
    def atoms(self) -> Iterator[Atom]:
        return (term.atom for group in self.groups for term in group)


@dataclass(frozen=True, slots=True)
class Mix:
    """So many audiences over a pool of so many trait and behaviour conditions; or exactly the ``given`` ones."""

    name: str
    audiences: int
    traits: int
    behaviours: int = 0
    behaviour_share: float = 0.0
    is_sparse: bool = False
    sites: tuple[str, ...] = tuple(SHARES)
    types: tuple[str, ...] = ("view", "search", "favourite", "question", "cart", "purchase", "review", "share")
    given: tuple[Rule, ...] = ()

    def rules(self) -> list[Rule]:
        """The audiences; a longer list over the same pools begins with the shorter one."""
        if self.given:
            return list(self.given)
        random = np.random.default_rng([SEED, self.traits, self.behaviours])
        traits, behaviours = _trait_pool(random, self.traits), _behaviour_pool(random, self.behaviours, self.types)
        pools = (traits, np.cumsum(zipf_reuse(len(traits)))), (behaviours, np.cumsum(zipf_reuse(len(behaviours))))
        return [self._rule(index, random, pools) for index in range(self.audiences)]

    def _rule(self, index: int, random: np.random.Generator, pools: tuple[_Pool, _Pool]) -> Rule:
        every = [*pools[0][0], *pools[1][0]]
        groups: list[tuple[Term, ...]] = []
        for _ in range(random.integers(1, 4)):
            terms: list[Term] = []
            for _ in range(random.integers(1, 4)):
                atoms, shares = pools[int(random.random() < self.behaviour_share)]
                atom = atoms[min(int(np.searchsorted(shares, random.random())), len(atoms) - 1)]
                if not groups and not terms and index < len(every):
                    atom = every[index]  # nothing in the pools stays unused
                terms.append(Term(atom, bool(random.random() < _NOT_SHARE)))
            groups.append(tuple(dict.fromkeys(terms)))
        if self.is_sparse:
            low = int(random.integers(0, _SLICES)) * (10_000 // _SLICES)
            groups.append((Term(TraitAtom("bucket", "between", (low, low + 10_000 // _SLICES - 1))),))
        site = self.sites[index % 4 // 3 if len(self.sites) > 1 else 0]
        return Rule(f"{self.name}-{index:05d}", site, tuple(groups))


_Pool = tuple[list[Atom], "np.ndarray[tuple[int], np.dtype[np.float64]]"]


def zipf_reuse(n: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """How often each condition of a pool is used; even the last one is used now and then."""
    weights = 1 / (np.arange(n) + 20.0)
    return np.asarray(weights / weights.sum()) if n else np.empty(0)


def _trait_pool(random: np.random.Generator, n: int) -> list[Atom]:
    pool: dict[Atom, None] = {}
    names = list(TRAITS)
    while len(pool) < n:
        pool[_trait_atom(random, names[int(random.integers(len(names)))])] = None
    return list(pool)


def _trait_atom(random: np.random.Generator, name: str) -> TraitAtom:
    trait = TRAITS[name]
    if trait.kind == "string":
        first = min(int(random.geometric(0.3)) - 1, len(trait.texts) - 1)
        last = first + int(random.integers(0, 3 + len(trait.texts) // 10))
        values: tuple[Value, ...] = trait.texts[first : last + 1]
        return TraitAtom(name, "eq" if len(values) == 1 else "in", values)
    if trait.kind == "boolean":
        return TraitAtom(name, "eq", (bool(random.random() < 0.5),))
    if trait.missing and random.random() < 0.03:
        return TraitAtom(name, "missing", (True,))
    sample = trait.draw(random, 2_000)
    low, high = np.nanquantile(sample, np.sort(random.random(2))).tolist()
    op: Op = ("gte", "lt", "between")[int(random.integers(3))]
    bounds = (low, high) if op == "between" else (high,) if op == "gte" else (low,)
    return TraitAtom(name, op, tuple(_as_value(bound, trait.kind) for bound in bounds))


def _as_value(bound: float, kind: str) -> Value:
    if kind == "date":
        return _EPOCH + timedelta(days=int(bound))
    return int(bound) if kind == "long" else round(bound, 2)


def _behaviour_pool(random: np.random.Generator, n: int, types: tuple[str, ...]) -> list[Atom]:
    pool: dict[Atom, None] = {}
    popular = np.cumsum(CATEGORY_SHARES), np.cumsum(zipf(len(types)))
    while len(pool) < n:
        category, event = (min(int(np.searchsorted(s, random.random())), s.size - 1) for s in popular)
        days = (7, 14, 30, 60, 90)[int(random.integers(5))]
        is_count = random.random() < 0.6
        at_least = int(random.integers(1, 4)) if is_count else int(random.integers(1, 12)) * 20
        atom = BehaviourAtom(types[event], CATEGORIES[category], days, "count" if is_count else "sum", at_least)
        pool[atom] = None
    return list(pool)


def dense_to(*buckets: int) -> Mix:
    """Audiences of so many ten-thousandths of the people of a site, spread evenly."""
    rules = [Rule(f"bucket-{n:05d}", "mlb", ((Term(TraitAtom("bucket", "lt", (n,))),),)) for n in buckets]
    return Mix("density", len(rules), traits=0, given=tuple(rules))


def wide(leaves: int, *, a_rule: int) -> Mix:
    """Audiences of so many conditions each, half of them in either of two groups, that no other has."""
    atoms = _trait_pool(np.random.default_rng([SEED, leaves]), leaves)
    parts = [[Term(atom) for atom in atoms[start : start + a_rule]] for start in range(0, leaves, a_rule)]
    groups = [(tuple(terms[: a_rule // 2]), tuple(terms[a_rule // 2 :])) for terms in parts]
    rules = [Rule(f"wide-{index:05d}", "mlb", of_rule) for index, of_rule in enumerate(groups)]
    return Mix("wide", len(rules), traits=leaves, given=tuple(rules))


MIXES = {
    mix.name: mix
    for mix in (
        Mix("traits", 1_000, traits=288),
        Mix("mixed", 1_000, traits=150, behaviours=294, behaviour_share=0.45),
        Mix("hundred", 100, traits=20, behaviours=40, behaviour_share=0.45),
        Mix("ten", 10_000, traits=150, behaviours=294, behaviour_share=0.45),
        Mix("sparse", 1_000, traits=150, behaviours=294, behaviour_share=0.45, is_sparse=True),
        Mix("dense", 1_000, traits=150, behaviours=294, behaviour_share=0.45, sites=("mlb",), types=("view",)),
    )
}
