"""Tokens under another wrapping key: unwrapped, and wrapped by the current one."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from plateia.identity.tokens import TokenKeys
from plateia.tables import TOKEN_COLUMNS
from transforms.warehouse.rows.vectors import over_arrays


def rewrapped(rows: DataFrame, keys: TokenKeys) -> DataFrame:
    """The same rows, every token under the current key."""
    tokens = [name for name in rows.columns if name in TOKEN_COLUMNS]
    if not tokens:
        return rows
    return rows.mapInArrow(partial(_rewrapped, tokens=tokens, keys=keys), rows.schema)


def rewrapped_texts(keys: TokenKeys) -> Callable[[Column], Column]:
    """From the Base64 text of a token to that of the same one under the current key; null stays null."""

    def rewrap(values: pa.Array) -> pa.Array:
        texts = [None if text is None else _text(keys.rewrap(base64.b64decode(text))) for text in values.to_pylist()]
        return pa.array(texts, pa.string())

    return over_arrays(rewrap, "string")


def is_text_under(text: Column, keys: TokenKeys) -> Column:
    """Whether the Base64 text of a token is that of one under the current key."""
    prefix = keys.prefix
    characters = 4 * -(-len(prefix) // 3)  # that hold so many bytes
    head = F.unbase64(F.substring(text, 1, characters))
    return F.substring(head, 1, len(prefix)) == F.lit(prefix)


def _text(token: bytes) -> str:
    return base64.b64encode(token).decode("ascii")


def _rewrapped(batches: Iterable[pa.RecordBatch], tokens: Sequence[str], keys: TokenKeys) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        columns = [
            pa.array([None if token is None else keys.rewrap(token) for token in column.to_pylist()], pa.binary())
            if name in tokens
            else column
            for name, column in zip(batch.schema.names, batch.columns, strict=True)
        ]
        yield pa.RecordBatch.from_arrays(columns, batch.schema.names)
