"""Which component keeps which person's id: the one with the most anchor weight of it, each id at most once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from plateia.identity.tokens import TokenKeys
from transforms.identity.persons.before import Before
from transforms.identity.persons.values import Flags, Numbers, Values
from transforms.identity.rules import Rules


@dataclass(frozen=True)
class Claims:
    """What components hold of the persons of before, a row each.

    Attributes:
        weight: The anchor weights of the person's values in the component.
        identifiers: How many they are.
    """

    component: Numbers
    person: Numbers
    weight: Numbers
    identifiers: Numbers


def claims_of(values: Values, before: Before, rules: Rules) -> Claims:
    """The claims of all components."""
    here = np.flatnonzero(before.place >= 0)
    place, persons = before.place[here], max(1, len(before.persons))
    pair = values.component[place] * persons + before.person[here]
    claims, of_row = np.unique(pair, return_inverse=True)
    anchors = np.array([kind.anchor for kind in rules.kinds], np.int64)
    weight = np.zeros(len(claims), np.int64)
    np.add.at(weight, of_row, anchors[values.kind[place]])
    return Claims(claims // persons, claims % persons, weight, np.bincount(of_row, minlength=len(claims)))


def holders(claims: Claims, values: Values, before: Before, keys: TokenKeys) -> Numbers:
    """The person whose id each component keeps; -1: nobody's.

    Claims are granted from the strongest on (weight, then the older person, the smaller id, the component with the
    smaller least inner token), each component and each id once.
    """
    of_component = np.full(values.components, -1, np.int64)
    rivals = np.bincount(claims.component, minlength=values.components)[claims.component]
    rivals = np.maximum(rivals, np.bincount(claims.person, minlength=len(before.persons))[claims.person])
    alone = rivals == 1
    of_component[claims.component[alone]] = claims.person[alone]
    contested = np.flatnonzero(~alone)
    least = values.least(_among(claims.component[contested], values.components), keys)

    def strongest_first(claim: int) -> tuple[int, int, str, bytes]:
        person = int(claims.person[claim])
        since, name = int(before.created[person]), before.persons[person]
        return -int(claims.weight[claim]), since, name, least[int(claims.component[claim])]

    kept: set[int] = set()
    for claim in sorted(contested.tolist(), key=strongest_first):
        component, person = int(claims.component[claim]), int(claims.person[claim])
        if of_component[component] < 0 and person not in kept:
            of_component[component] = person
            kept.add(person)
    return of_component


def _among(chosen: Numbers, size: int) -> Flags:
    flags = np.zeros(size, np.bool_)
    flags[chosen] = True
    return flags
