"""Many conditions on one value as few: whether it meets any of ten thousand is one look-up, not ten thousand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from plateia.rules.intervals import next_double, next_integer, union
from transforms.audience.leaves.conditions import Doubles, Integers, Nothing, Predicate, Texts, TextTest


def any_of(predicates: Iterable[Predicate]) -> list[Predicate]:
    """Predicates of which a value meets one exactly where it meets one of the given; sets of values become one set."""
    alike: dict[Any, list[Any]] = defaultdict(list)
    found: list[Predicate] = []
    for predicate in predicates:
        match predicate:
            case Integers(_, scale, None):
                alike[Integers, scale].append(predicate)
            case Doubles():
                alike[Doubles, None].append(predicate)
            case Texts((TextTest("in"),), ignore_case):
                alike[Texts, ignore_case].append(predicate)
            case _:
                found.append(predicate)
    found += [_joined(kind, told, same) for (kind, told), same in alike.items()]
    return [predicate for predicate in found if predicate != Nothing()] or [Nothing()]


def _joined(kind: type, told: Any, same: Sequence[Any]) -> Predicate:
    if kind is Texts:
        values = {value for predicate in same for value in predicate.tests[0].values}
        return Texts((TextTest("in", tuple(sorted(values))),), told)
    intervals = [interval for predicate in same for interval in predicate.intervals]
    return Doubles(union(intervals, next_double)) if kind is Doubles else Integers(union(intervals, next_integer), told)
