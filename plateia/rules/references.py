"""What is wrong between audiences: missing references, cycles, and whoever builds on something broken."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise

from plateia.config import key_path
from plateia.errors import Location, Problem, did_you_mean, echo
from plateia.rules.topology import cycles
from plateia.rules.tree import Audience, AudienceNode, Group, Node, NOf, owner, published_keys

Path = tuple[str | int, ...]
Locate = Callable[[Audience, Path], Location]
_SITES_NAMED = 3
_MOST_COMPARED = 20_000  # keys that are looked through for the one that was meant: more take seconds


def check_references(
    audiences: Mapping[str, Audience],
    broken: Mapping[str, Sequence[Problem]],
    locate: Locate | None = None,
) -> tuple[dict[str, list[Problem]], list[Problem]]:
    """Find the audiences that cannot be built because of whom they refer to.

    Args:
        audiences: The audiences that are sound on their own, by key.
        broken: Keys that are known and have problems of their own; an audience of this key is in no mapping.
        locate: Gives the file, line and key path of a place in an audience's document; without it the line is that
            of the audience.

    Returns:
        Problems by audience key (missing reference, cycle with its path, refers to a broken audience, by name and
        transitively), and warnings about references to audiences that do not run on one of the sites.
    """
    place = locate or _nearby
    split = [audience for audience in audiences.values() if audience.split]
    known = audiences.keys() | broken.keys() | {name for audience in split for name in published_keys(audience)}
    problems: dict[str, list[Problem]] = defaultdict(list)
    referring = {key: audiences[key] for key in sorted(key for key, each in audiences.items() if each.references)}
    named = {name for audience in referring.values() for name in audience.references}
    unknown = {name for name in named - known if owner(name) not in broken}
    for key, audience in referring.items():
        # Of very many audiences nearly all are in order: their rules are not walked.
        for name, path in reference_paths(audience) if not unknown.isdisjoint(audience.references) else ():
            if name in unknown:
                where = place(audience, path)
                hint = did_you_mean(name, sorted(known)) if len(known) <= _MOST_COMPARED else None
                problems[key].append(Problem(where, f"audience {echo(name)}", "an audience that is defined", hint))
    depended_on = set(map(owner, named))
    for path_round in cycles({key: audience for key, audience in referring.items() if key in depended_on}):
        _report_cycle(audiences, path_round, problems, place)
    _spread(referring, {*broken, *problems}, problems, place)
    return dict(problems), list(_elsewhere(audiences, referring, place))


def reference_paths(audience: Audience) -> Iterator[tuple[str, Path]]:
    """Every audience key that a definition names, with its key path in the document, in the document's order."""
    yield from _rule_references(audience.rule, ("rule",))
    for position, name in enumerate(audience.exclude):
        yield name, ("exclude", position)
    for name in audience.yields_to:
        yield name, ("priority",)


def _rule_references(node: Node, path: Path) -> Iterator[tuple[str, Path]]:
    match node:
        case AudienceNode():
            yield node.audience, (*path, "audience")
        case Group():
            for position, child in enumerate(node.children):
                yield from _rule_references(child, (*path, node.op, position))
        case NOf():
            for position, child in enumerate(node.children):
                yield from _rule_references(child, (*path, "n_of", "of", position))


def _report_cycle(
    audiences: Mapping[str, Audience], path_round: Sequence[str], problems: dict[str, list[Problem]], place: Locate
) -> None:
    """Every member of the round is told the round as seen from itself."""
    steps = list(pairwise(path_round))
    for turn, (key, following) in enumerate(steps):
        seen_from_here = [name for name, _ in steps[turn:] + steps[:turn]] + [key]
        where = _reference_to(audiences[key], following, place)
        cycle = f"the cycle {' → '.join(seen_from_here)}"
        problems[key].append(Problem(where, cycle, "audiences that do not refer to themselves, not even in a circle"))


def _spread(
    referring: Mapping[str, Audience], lost: set[str], problems: dict[str, list[Problem]], place: Locate
) -> None:
    """Who refers to a broken audience is broken, too, and is told the name of the one it refers to."""
    if not lost:
        return
    users: dict[str, list[str]] = defaultdict(list)
    for key, audience in referring.items():
        for name in audience.references:
            users[owner(name)].append(key)
    told = set(problems)
    waiting = sorted(lost)
    for name in waiting:
        waiting += [key for key in users[name] if key not in lost]
        lost.update(users[name])
    for key in sorted(lost - told):
        for name, path in reference_paths(referring[key]) if key in referring else ():
            if owner(name) in lost:
                where = place(referring[key], path)
                problems[key].append(Problem(where, f"audience {echo(name)}, which is broken", "a sound audience"))


def _elsewhere(
    audiences: Mapping[str, Audience], referring: Mapping[str, Audience], place: Locate
) -> Iterator[Problem]:
    """Warnings: on a site where the other audience does not run, nobody is a member of it."""
    for audience in referring.values():
        sites = audience.sites
        if all(_covers(audiences.get(owner(name)), sites) for name in audience.references):
            continue
        for name, path in reference_paths(audience):
            if owner(name) not in audiences or path == ("priority",):
                continue
            absent = [site for site in sites if site not in audiences[owner(name)].sites]
            if absent:
                shown = ", ".join(absent[:_SITES_NAMED]) + (", …" if len(absent) > _SITES_NAMED else "")
                got = f"audience {echo(name)}, which does not run on {shown}: nobody is a member of it there"
                yield Problem(place(audience, path), got, "an audience of the same sites")


def _covers(other: Audience | None, sites: Sequence[str]) -> bool:
    """Whether an audience runs on all of some sites, or is not there to be told of."""
    return other is None or other.sites == sites or set(sites) <= set(other.sites)


def _reference_to(audience: Audience, name: str, place: Locate) -> Location:
    return place(audience, next(path for named, path in reference_paths(audience) if owner(named) == name))


def _nearby(audience: Audience, path: Path) -> Location:
    return Location(audience.where.file, audience.where.line, key_path(path))
