"""From the identifiers of a row to pairs of tokens: the row's star, seen from its centre."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from plateia.identity.tokens import TokenKeys
from plateia.tables import IDENTITY_SIGNALS

Canonical = Callable[[str, str | None], str | None]
Places = np.ndarray[tuple[int], np.dtype[np.int64]]


@dataclass(frozen=True)
class Shape:
    """What the rows of a source hold.

    Attributes:
        kinds: The type of each identifier of a row, in order.
        canonical: Type -> from a value and the country of its site to the canonical value, None for nobody's.
        strength: Type -> its place, the strongest first.
        countries: Site -> country.
        subjects: The types whose consent decides about a row; the row's first identifier of these is whose it is.
    """

    source: str
    kinds: tuple[str, ...]
    canonical: Mapping[str, Canonical]
    strength: Mapping[str, int]
    countries: Mapping[str, str | None]
    keys: TokenKeys
    subjects: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _Tokens:
    """The tokens of one column: the distinct ones, which of them each row has (-1: none), how many name nobody."""

    inner: Sequence[bytes]
    wrapped: pa.Array
    of_row: Places
    invalid: int

    def take(self, rows: Places) -> pa.Array:
        return self.wrapped.take(pa.array(self.of_row[rows]))


def paired(
    batches: Iterable[pa.RecordBatch], shape: Shape, count: Callable[[int], None] = lambda _: None
) -> Iterator[pa.RecordBatch]:
    """The pairs of each row: its first identifier with each other one, or with itself where it has no other.

    A pair has the stronger type first, of one type the lesser inner token. Rows none of whose identifiers is valid give
    nothing.

    Args:
        batches: ``delivery, site, at, verified, confidence``, then one text an identifier.
        count: Is told how many identifiers name nobody, a batch at a time.
    """
    for batch in batches:
        if batch.num_rows:
            yield from _paired(batch, shape, count)


def _paired(batch: pa.RecordBatch, shape: Shape, count: Callable[[int], None]) -> Iterator[pa.RecordBatch]:
    sites = batch["site"].to_pylist()
    columns = [_tokens(batch.column(5 + place), sites, kind, shape) for place, kind in enumerate(shape.kinds)]
    count(sum(column.invalid for column in columns))
    there = np.stack([column.of_row >= 0 for column in columns])
    centre, alone = there.argmax(axis=0), there.sum(axis=0) == 1
    subject = _subjects(columns, there, shape)
    for first in range(len(columns)):
        for second in range(first, len(columns)):
            chosen = (centre == first) & (alone & there[first] if first == second else there[second])
            rows = np.flatnonzero(chosen)
            if len(rows):
                ends = _ends(columns, (first, second), rows, shape)
                yield _batch(batch, rows, ends, subject, shape)


def _tokens(values: pa.Array, sites: Sequence[str], kind: str, shape: Shape) -> _Tokens:
    """Each distinct value of a site is made canonical and hashed once."""
    known: dict[tuple[str, str], int] = {}
    places: dict[bytes, int] = {}
    canonical, of_row = shape.canonical[kind], np.full(len(values), -1, dtype=np.int64)
    for row, value in enumerate(values.to_pylist()):
        if value is None:
            continue
        key = (sites[row], value)
        place = known.get(key)
        if place is None:
            word = canonical(value, shape.countries.get(sites[row]))
            place = -1 if word is None else places.setdefault(shape.keys.inner(kind, word, sites[row]), len(places))
            known[key] = place
        of_row[row] = place
    inner = list(places)
    wrapped = pa.array([shape.keys.wrap(token) for token in inner], pa.binary())
    return _Tokens(inner, wrapped, of_row, len(values) - values.null_count - int((of_row >= 0).sum()))


def _ends(
    columns: Sequence[_Tokens],
    places: tuple[int, int],
    rows: Places,
    shape: Shape,
) -> tuple[pa.Array, pa.Array, pa.Array, pa.Array]:
    """``type_a, token_a, type_b, token_b`` of the pairs of two columns."""
    first, second = places
    kinds = [shape.kinds[first], shape.kinds[second]]
    tokens = [columns[first].take(rows), columns[second].take(rows)]
    order = [shape.strength[kind] for kind in kinds]
    if order[0] > order[1]:
        kinds.reverse()
        tokens.reverse()
    elif first != second and order[0] == order[1]:
        inner = (columns[first].inner, columns[second].inner)
        ordered = pa.array(
            [
                inner[0][one] <= inner[1][other]
                for one, other in zip(columns[first].of_row[rows], columns[second].of_row[rows], strict=True)
            ]
        )
        tokens = [pc.if_else(ordered, tokens[0], tokens[1]), pc.if_else(ordered, tokens[1], tokens[0])]
    named = [pa.repeat(pa.scalar(kind, pa.string()), len(rows)) for kind in kinds]
    return named[0], tokens[0], named[1], tokens[1]


def _subjects(
    columns: Sequence[_Tokens], there: np.ndarray[tuple[int, int], np.dtype[np.bool_]], shape: Shape
) -> tuple[pa.Array, pa.Array]:
    """``subject_type, subject`` of every row."""
    size = there.shape[1]
    kinds: pa.Array = pa.nulls(size, pa.string())
    tokens: pa.Array = pa.nulls(size, pa.binary())
    for place in reversed([place for place, kind in enumerate(shape.kinds) if kind in shape.subjects]):
        mask = pa.array(there[place])
        mine = columns[place].wrapped.take(pa.array(columns[place].of_row, mask=~there[place]))
        kinds = pc.if_else(mask, pa.scalar(shape.kinds[place]), kinds)
        tokens = pc.if_else(mask, mine, tokens)
    return kinds, tokens


def _batch(
    batch: pa.RecordBatch,
    rows: Places,
    ends: tuple[pa.Array, pa.Array, pa.Array, pa.Array],
    subject: tuple[pa.Array, pa.Array],
    shape: Shape,
) -> pa.RecordBatch:
    taken = pa.array(rows)
    fixed = [batch[name].take(taken) for name in ("delivery", "site", "at", "verified", "confidence")]
    source = pa.repeat(pa.scalar(shape.source, pa.string()), len(rows))
    whose = [column.take(taken) for column in subject]
    return pa.RecordBatch.from_arrays([source, *fixed, *whose, *ends], schema=IDENTITY_SIGNALS.schema)
