"""What a person's matching events come to: one number a (person, value), in plain numpy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_MILLIONTHS = 1_000_000
_COUNTED_KEYS = 1 << 25  # keys below this are counted in place: 256 MB of counters at most
_LARGEST_SUM = 9.2e18  # in millionths or whole units: what 64-bit integers hold


@dataclass(frozen=True, slots=True)
class Groups:
    """``numbers[i]`` belongs to row ``people[i]`` of the block and value ``values[i]``; sorted, each pair once."""

    people: Ints
    values: Ints
    numbers: Floats


@dataclass(frozen=True, slots=True)
class Events:
    """Matching events of a block: the person's row, the value's code (0 without ``per``), the measured item.

    ``items`` is the amount (int64, or float64 without NaN), the code of the distinct value, the number of the local
    day, or the instant in microseconds, as the measure needs; counts need none.
    """

    people: Ints
    values: Ints
    items: npt.NDArray[np.int64 | np.float64] | None = None


def counted(events: Events) -> Groups:
    """How many events."""
    pairs, _, sizes = _pairs(events)
    return _groups(events, pairs, sizes.astype(np.float64))


def summed(events: Events) -> Groups:
    """Exact, order-free sums: whole numbers as they are, doubles rounded half-even to millionths each.

    Raises:
        OverflowError: The amounts could pass 9.2 · 10^12 (doubles) or 9.2 · 10^18 (whole numbers).
    """
    assert events.items is not None
    whole = events.items.dtype.kind == "i"
    amounts = events.items.astype(np.float64) if whole else np.rint(events.items.astype(np.float64) * _MILLIONTHS)
    if np.abs(amounts).sum() >= _LARGEST_SUM:
        raise OverflowError("a sum passes what 64-bit integers hold")
    pairs, place, _ = _pairs(events)
    totals = np.zeros(len(pairs), np.int64)
    np.add.at(totals, place, events.items.astype(np.int64) if whole else amounts.astype(np.int64))
    return _groups(events, pairs, totals.astype(np.float64) if whole else totals / _MILLIONTHS)


def distinct(events: Events) -> Groups:
    """How many different items (values, or local days)."""
    assert events.items is not None
    pairs, place, _ = _pairs(events)
    width = np.int64(events.items.max() + 1) if len(place) else np.int64(1)
    different, _, _ = _unique(place * width + events.items.astype(np.int64))
    return _groups(events, pairs, np.bincount(different // width, minlength=len(pairs)).astype(np.float64))


def latest(events: Events, *, as_of_us: int, unit_us: int) -> Groups:
    """Time from the last event to as_of, in units."""
    assert events.items is not None
    pairs, place, _ = _pairs(events)
    last = np.full(len(pairs), np.iinfo(np.int64).min)
    np.maximum.at(last, place, events.items.astype(np.int64))
    return _groups(events, pairs, (as_of_us - last) / unit_us)


def _pairs(events: Events) -> tuple[Ints, Ints, Ints]:
    return _unique(events.people * _width(events) + events.values)


def _unique(keys: Ints) -> tuple[Ints, Ints, Ints]:
    """Distinct keys, ascending; the place of each key among them; how often each is there."""
    if not len(keys) or int(keys.max()) >= _COUNTED_KEYS:
        found, place, sizes = np.unique(keys, return_inverse=True, return_counts=True)
        return found, place.astype(np.int64), sizes.astype(np.int64)
    # Counting beats sorting while the counters fit into memory.
    counts = np.bincount(keys)
    found = np.flatnonzero(counts)
    place_of = np.empty(len(counts), np.int32)
    place_of[found] = np.arange(len(found), dtype=np.int32)
    return found, place_of[keys].astype(np.int64), counts[found]


def _groups(events: Events, pairs: Ints, numbers: Floats) -> Groups:
    width = _width(events)
    return Groups(pairs // width, pairs % width, numbers)


def _width(events: Events) -> np.int64:
    return np.int64(events.values.max() + 1) if len(events.values) else np.int64(1)
