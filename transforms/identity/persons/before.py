"""Whose the values of whole groups were before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.identity.persons.values import Flags, Numbers, Values, check_tokens, column


@dataclass(frozen=True)
class Before:
    """The persons of before, and their values, a row each; instants in microseconds.

    Attributes:
        persons: Their ids.
        created: Since when they are.
        rows: ``identifier_type, token, confidence`` of the values.
        place: Of each value among those of now; -1: it tells nobody any more.
        person: Whose it was, by place.
        since: From when on.
        erased: Whether nobody may keep it.
    """

    persons: Sequence[str]
    created: Numbers
    rows: pa.Table
    place: Numbers
    person: Numbers
    since: Numbers
    erased: Flags


def before_of(held: pa.Table, people: pa.Table, values: Values) -> Before:
    """What is known of before.

    Args:
        held: ``a, identifier_type, token_a, confidence, person_id, since, erased``: the persons' values.
        people: ``person_id, since``: each of them once.

    Raises:
        CollisionError: Two values have one number.
        ArithmeticError: Somebody has values, and is nobody.
    """
    place = values.places(column(held, "a", np.int64))
    here = np.flatnonzero(place >= 0)
    tokens = held["token_a"].combine_chunks()
    check_tokens(tokens.take(pa.array(here)), values.token.take(pa.array(place[here])))
    persons = people["person_id"].combine_chunks()
    person = pc.index_in(held["person_id"].combine_chunks(), value_set=persons)
    if person.null_count:
        raise ArithmeticError(f"{person.null_count} values are of nobody: rows were lost on the way")
    return Before(
        persons.to_pylist(),
        _micros(people),
        held.select(["identifier_type", "token_a", "confidence"]).rename_columns(
            ["identifier_type", "token", "confidence"]
        ),
        place,
        person.to_numpy().astype(np.int64),
        _micros(held),
        column(held, "erased", np.bool_),
    )


def _micros(table: pa.Table) -> Numbers:
    return np.asarray(table["since"].cast(pa.int64()).to_numpy(), np.int64)
