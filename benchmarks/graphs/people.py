"""Made-up people and the identifiers that they were seen with: a function of the seed, block by block.

A person has one account, beside it e-mail addresses, phones, devices and cookies in Poisson's numbers, and now and then
a chain of cookies, each of which took the place of the one before. A few devices are seen beside another account, too.
Fewer people are a prefix of more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import IntEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

SEED = 20260401
EDGES_A_PERSON = 5.3
HUBS = 5

_MEANS = {1: 1.2, 2: 0.8, 3: 1.0, 4: 0.8}  # kind -> identifiers a person
_MOST = 15
_ROTATES, _SHORTEST, _LONGEST = 0.2, 3, 12
_FIRST_ROTATED = 16
_SHARED_DEVICES, _MET_HUB = 0.02, 0.005
_PROVEN, _PROVEN_OF_SHARED = 0.85, 0.5
_BLOCK = 50_000
_KINDS, _PLACES = 8, 64
_NOBODY = 1 << 40


class Kind(IntEnum):
    """The type of an identifier."""

    ACCOUNT, EMAIL, PHONE, DEVICE, COOKIE = range(5)


class Seen(NamedTuple):
    """Pairs of identifiers that were seen together.

    Attributes:
        a, b: Their codes; ``kind_of`` and ``person_of`` read them. Of a cookie and its successor ``a`` is the older.
        proven: Whether somebody was logged in, as mostly for what is one's own, every other time for what is not; of
            cookies in a chain nobody is.
    """

    a: Numbers
    b: Numbers
    proven: Flags

    def where(self, rows: Flags | Numbers) -> Seen:
        """Some of the pairs."""
        return Seen(self.a[rows], self.b[rows], self.proven[rows])


def together(parts: Iterable[Seen]) -> Seen:
    """The pairs of several parts, one after the other."""
    a, b, proven = zip(*parts, strict=True)
    return Seen(np.concatenate(a), np.concatenate(b), np.concatenate(proven))


def code(kind: Kind, person: Numbers | int, place: Numbers | int) -> Numbers:
    """The number of a person's identifier: the ``place``-th (below 64) of its kind."""
    return np.asarray((np.asarray(person, np.int64) * _PLACES + place) * _KINDS + kind, np.int64)


def kind_of(codes: Numbers) -> Numbers:
    """The kind of each identifier."""
    return codes % _KINDS


def person_of(codes: Numbers) -> Numbers:
    """Whose each identifier is; -1: everybody's."""
    person = codes // (_KINDS * _PLACES)
    return np.where(person >= _NOBODY, -1, person)


def mixed(codes: Numbers) -> Numbers:
    """Ids as hashes are, without an order that an algorithm could gain or lose by: one to one (SplitMix64's finish)."""
    bits = codes.astype(np.uint64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        bits = (bits ^ (bits >> np.uint64(shift))) * np.uint64(factor)
    return (bits ^ (bits >> np.uint64(31))).view(np.int64)


def people_with(edges: float) -> int:
    """How many people have about so many edges."""
    return max(1, round(edges / EDGES_A_PERSON))


def seen(people: int, *, seed: int = SEED, hubs: bool = False, first: int = 0) -> Iterator[Seen]:
    """What was seen of people, a block of 50,000 at a time.

    Args:
        people: The number of the last person plus one.
        hubs: Whether there are identifiers, three devices and two e-mail addresses, each of which one in 200 met.
        first: The number of the first person.
    """
    for block in range(first // _BLOCK, -(-people // _BLOCK)):
        yield _within(_block(seed, block, hubs=hubs), first, people)


def _block(seed: int, block: int, *, hubs: bool) -> Seen:
    random = np.random.default_rng((seed, block))
    people = block * _BLOCK + np.arange(_BLOCK)
    parts = [_star(random, Kind(kind), people, mean) for kind, mean in _MEANS.items()]
    devices = parts[Kind.DEVICE - 1].b
    lengths = random.integers(_SHORTEST, _LONGEST + 1, _BLOCK)
    parts.append(_chains(random, people, np.where(random.random(_BLOCK) < _ROTATES, lengths, 0)))
    parts.append(_shared(random, people, devices[random.random(len(devices)) < _SHARED_DEVICES]))
    if hubs:
        parts.append(_met_hubs(np.random.default_rng((seed, block, 1)), people))
    return together(parts)


def _star(random: np.random.Generator, kind: Kind, people: Numbers, mean: float) -> Seen:
    """Each person's account beside each of the identifiers of a kind."""
    who, place = _spread(people, np.minimum(random.poisson(mean, len(people)), _MOST))
    return Seen(code(Kind.ACCOUNT, who, 0), code(kind, who, place), random.random(len(who)) < _PROVEN)


def _chains(random: np.random.Generator, people: Numbers, lengths: Numbers) -> Seen:
    """The account beside the first cookie of a chain, and each cookie beside its successor."""
    who, step = _spread(people, lengths)
    cookie = code(Kind.COOKIE, who, _FIRST_ROTATED + step)
    before = code(Kind.COOKIE, who, _FIRST_ROTATED + step - 1)
    return Seen(
        np.where(step == 0, code(Kind.ACCOUNT, who, 0), before),
        cookie,
        (step == 0) & (random.random(len(who)) < _PROVEN),
    )


def _shared(random: np.random.Generator, people: Numbers, devices: Numbers) -> Seen:
    others = random.choice(people, len(devices))
    proven = random.random(len(devices)) < _PROVEN_OF_SHARED
    is_other = others != person_of(devices)
    return Seen(code(Kind.ACCOUNT, others[is_other], 0), devices[is_other], proven[is_other])


def _met_hubs(random: np.random.Generator, people: Numbers) -> Seen:
    parts = []
    for hub in range(HUBS):
        met = people[random.random(len(people)) < _MET_HUB]
        kind = Kind.DEVICE if hub % 2 == 0 else Kind.EMAIL
        shared = np.full(len(met), code(kind, _NOBODY, hub))
        parts.append(Seen(code(Kind.ACCOUNT, met, 0), shared, random.random(len(met)) < _PROVEN_OF_SHARED))
    return together(parts)


def _spread(people: Numbers, counts: Numbers) -> tuple[Numbers, Numbers]:
    """Each person as often as is counted, and the number of the time, from 0."""
    ends = np.cumsum(counts)
    return np.repeat(people, counts), np.arange(ends[-1]) - np.repeat(ends - counts, counts)


def _within(block: Seen, first: int, end: int) -> Seen:
    whose = (person_of(block.a), person_of(block.b))
    inside = [(person < end) & ((person >= first) | (person == -1)) for person in whose]
    return block.where(inside[0] & inside[1])
