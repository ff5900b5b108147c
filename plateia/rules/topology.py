"""In which order audiences are computed: whoever is referred to comes first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter

from plateia.rules.tree import Audience, owner, references


def order(audiences: Mapping[str, Audience]) -> list[str]:
    """Every key once, after those that it refers to, alphabetically where that leaves a choice.

    References to audiences that are not in the mapping do not count.

    Raises:
        graphlib.CycleError: Some audiences refer to each other; ``check_references`` names them beforehand.
    """
    sorter = TopologicalSorter({key: edges(audiences, key) for key in sorted(audiences)})
    sorter.prepare()
    ordered: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        ordered += ready
        sorter.done(*ready)
    return ordered


def edges(audiences: Mapping[str, Audience], key: str) -> tuple[str, ...]:
    """The keys in the mapping that an audience depends on, or whose parts it does; sorted."""
    return tuple(sorted({name for named in references(audiences[key]) if (name := owner(named)) in audiences}))


def cycles(audiences: Mapping[str, Audience]) -> Iterator[tuple[str, ...]]:
    """Every knot of audiences that refer to each other, once, as a closed path that starts at its least key.

    A knot of several entangled cycles yields one path through it; ``("a", "b", "a")`` is a cycle of two.
    """
    for knot in _knots(audiences):
        first = min(knot)
        if len(knot) > 1 or first in edges(audiences, first):
            yield _shortest_round(audiences, first, knot)


def _shortest_round(audiences: Mapping[str, Audience], first: str, knot: frozenset[str]) -> tuple[str, ...]:
    """Breadth first from ``first`` back to itself within its knot."""
    paths: list[tuple[str, ...]] = [(first,)]
    seen: set[str] = set()
    for path in paths:
        for name in edges(audiences, path[-1]):
            if name == first:
                return (*path, first)
            if name in knot and name not in seen:
                seen.add(name)
                paths.append((*path, name))
    raise AssertionError("a knot always leads back to its first key")


def _knots(audiences: Mapping[str, Audience]) -> list[frozenset[str]]:
    """The strongly connected components (Tarjan 1972), without recursion: chains may be thousands long."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    open_keys: dict[str, None] = {}
    found: list[frozenset[str]] = []
    for root in sorted(audiences):
        if root in index:
            continue
        index[root] = low[root] = len(index)
        open_keys[root] = None
        work = [(root, iter(edges(audiences, root)))]
        while work:
            key, remaining = work[-1]
            child = next(remaining, None)
            if child is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[key])
                if low[key] == index[key]:
                    found.append(_close(open_keys, key))
            elif child not in index:
                index[child] = low[child] = len(index)
                open_keys[child] = None
                work.append((child, iter(edges(audiences, child))))
            elif child in open_keys:
                low[key] = min(low[key], index[child])
    return found


def _close(open_keys: dict[str, None], root: str) -> frozenset[str]:
    """Take the component of ``root`` off the stack."""
    component = []
    while True:
        key, _ = open_keys.popitem()
        component.append(key)
        if key == root:
            return frozenset(component)
