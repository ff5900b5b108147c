"""The rows of one block: people in the order of their ordinals, events in the order of a refreshed file."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from benchmarks.company.shape import Shape, Stretch
from benchmarks.company.traits import CATEGORIES, CATEGORY_SHARES, TRAITS, drawn
from plateia.tables import BLOCK_BITS, INSTANT

_DAY = 86_400_000_000  # microseconds
_DEVICES = ("android", "ios", "web")
Ints = npt.NDArray[np.int64]


def person_ids(block: int, people: int) -> pa.Array:
    """Ids whose byte order is the order of the ordinals, so that a refresh of the raw files gives the same ones."""
    first = block << BLOCK_BITS
    texts = np.char.zfill(np.arange(first, first + people).astype(str), 9)
    return pa.array([f"p{text}" for text in texts.tolist()])


def people_rows(shape: Shape, site: str, block: int, people: int) -> pa.Table:
    """``ordinal, alive, person_id`` and the traits in the order of their names."""
    first = block << BLOCK_BITS
    columns = {
        "ordinal": pa.array(np.arange(first, first + people, dtype=np.int32)),
        "alive": pa.array(np.ones(people, dtype=np.bool_)),
        "person_id": person_ids(block, people),
    }
    for name in sorted(TRAITS):
        columns[name] = TRAITS[name].column(shape.random("people", site, block, name), people)
    return pa.table(columns)


def event_rows(shape: Shape, stretch: Stretch, ids: pa.Array) -> pa.Table:
    """``ordinal, at, event_id, source_key, amount, category, device``, sorted by at, ordinal and event id."""
    random = shape.random("events", stretch.site, stretch.event, stretch.block, stretch.period)
    n, people = stretch.rows, len(ids)
    start, end = (int(at.timestamp()) * 1_000_000 for at in (stretch.start, stretch.end))
    at = np.sort(random.integers(start, end, n))
    who = _persons(shape, stretch, people)[(random.random(n) ** 2 * people).astype(np.int64)]
    order = np.lexsort((who, at)) if n > 1 and not np.diff(at).all() else slice(None)
    at, who = at[order], who[order]
    number = (np.arange(n) + start // _DAY * 100_000_000) * 1_000 + stretch.block
    amounts = np.round(random.gamma(1.5, 40.0, n) + 0.01, 2)
    return pa.table(
        {
            "ordinal": pa.array((who + (stretch.block << BLOCK_BITS)).astype(np.int32)),
            "at": pa.array(at).cast(INSTANT),
            "event_id": pa.array(number).cast(pa.string()),
            "source_key": ids.take(pa.array(who)),
            "amount": pa.array(amounts, mask=random.random(n) < 0.02),
            "category": _texts(drawn(random, CATEGORY_SHARES, n), CATEGORIES, random.random(n) < 0.01),
            "device": _texts(random.integers(0, len(_DEVICES), n), _DEVICES, None),
        }
    )


def _persons(shape: Shape, stretch: Stretch, people: int) -> Ints:
    """Places from the most active person to the least, each type and block in an order of its own."""
    return shape.random("activity", stretch.site, stretch.event, stretch.block).permutation(people)


def _texts(codes: Ints, texts: tuple[str, ...], missing: npt.NDArray[np.bool_] | None) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32), mask=missing), pa.array(texts))
