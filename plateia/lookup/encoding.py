"""Rows of a published map as records of a lookup store, a whole batch at once. No reading, no writing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from plateia.errors import LakeError
from plateia.lookup.records import GONE, KEY_BYTES, SHARED, TEXT, TOMBSTONE, UUID, mask_bytes, person_key, token_key

RECORDS = pa.schema([pa.field("key", pa.binary(KEY_BYTES)), pa.field("value", pa.large_binary())])

_MEMBERS = {
    "token": pa.binary(), "person_id": pa.string(), "confidence": pa.float64(), "granted": pa.int64(),
    "withdrawn": pa.int64(),
}  # fmt: skip
_REDIRECTS = {"person_id": pa.string(), "current_person_id": pa.string()}
_UUID = r"\A[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\z"
_HYPHENS = (8, 13, 18, 23)

Bytes = npt.NDArray[np.uint8]


def member_records(batch: pa.RecordBatch, purposes: Sequence[str]) -> pa.RecordBatch:
    """Records (``RECORDS``) of values; one without a person is shared, no confidence is 0, no mask says nothing.

    Args:
        batch: ``token BINARY, person_id STRING, confidence DOUBLE, granted BIGINT, withdrawn BIGINT``; bit ``i`` of a
            mask is the purpose of place ``i``.

    Raises:
        LakeError: A column or a token is missing, or a mask is not of these purposes.
    """
    token, person, confidence, granted, withdrawn = _columns(batch, _MEMBERS)
    masks = [_numbers(mask).astype("<i8") for mask in (granted, withdrawn)]
    if np.any((masks[0] | masks[1]) >> len(purposes)) or np.any(masks[0] & masks[1]):
        expected = f"granted or withdrawn bits of {len(purposes)} purposes"
        raise LakeError.because("a mask of consent that no value can have", expected=expected)
    tags, tail = _persons(person, without=SHARED)
    width = mask_bytes(purposes)
    parts = [tags.reshape(-1, 1), _octets(_numbers(confidence).astype("<f8"))]
    head = np.hstack([*parts, *(_octets(mask)[:, :width] for mask in masks)])
    return pa.record_batch([_keys(token, token_key), _joined(head, tail)], RECORDS)


def redirect_records(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Records (``RECORDS``) of ``person_id STRING, current_person_id STRING``; null is a person that was erased.

    Raises:
        LakeError: A column or a person id is missing.
    """
    person, current = _columns(batch, _REDIRECTS)
    tags, tail = _persons(current, without=GONE)
    return pa.record_batch([_keys(person, person_key), _joined(tags.reshape(-1, 1), tail)], RECORDS)


def tombstones(tokens: Sequence[bytes]) -> pa.RecordBatch:
    """Records (``RECORDS``) of values that are no longer anybody's."""
    keys = pa.array([token_key(token) for token in tokens], RECORDS.field("key").type)
    return pa.record_batch([keys, pa.array([TOMBSTONE] * len(tokens), pa.large_binary())], RECORDS)


def _columns(batch: pa.RecordBatch, types: dict[str, pa.DataType]) -> list[pa.Array]:
    missing = [name for name in types if name not in batch.schema.names]
    if missing:
        raise LakeError.because(f"rows without {', '.join(missing)}", expected=f"the columns {', '.join(types)}")
    return [batch.column(name).cast(kind) for name, kind in types.items()]


def _keys(column: pa.Array, key: Callable[..., bytes]) -> pa.Array:
    if column.null_count:
        raise LakeError.because("a row that names nothing", expected="a token or a person id in every row")
    return pa.array([key(name) for name in column.to_pylist()], RECORDS.field("key").type)


def _persons(ids: pa.Array, *, without: int) -> tuple[Bytes, pa.Array]:
    """The tag of each id, and its bytes; ``without`` is the tag of none."""
    is_uuid = pc.fill_null(pc.match_substring_regex(ids, _UUID), False)
    tags = np.where(is_uuid.to_numpy(zero_copy_only=False), np.uint8(UUID), np.uint8(TEXT))
    tags[ids.is_null().to_numpy(zero_copy_only=False)] = without
    texts = pc.fill_null(ids.cast(pa.binary()).cast(pa.large_binary()), b"")
    return tags, pc.replace_with_mask(texts, is_uuid, _packed(pc.filter(ids, is_uuid)))


def _packed(uuids: pa.Array) -> pa.Array:
    """UUIDs of 36 letters as their 16 bytes."""
    letters = np.frombuffer("".join(uuids.to_pylist()).encode(), np.uint8).reshape(-1, 36)
    letters = np.delete(letters, _HYPHENS, axis=1)
    digits: Bytes = letters - np.where(letters > ord("9"), np.uint8(ord("a") - 10), np.uint8(ord("0")))
    return _binary(digits[:, 0::2] * np.uint8(16) + digits[:, 1::2])


def _numbers(column: pa.Array) -> npt.NDArray[Any]:
    numbers: npt.NDArray[Any] = pc.fill_null(column, 0).to_numpy(zero_copy_only=False)
    return numbers


def _octets(numbers: npt.NDArray[Any]) -> Bytes:
    return numbers.view(np.uint8).reshape(-1, 8)


def _joined(head: Bytes, tail: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise(_binary(head), tail, pa.scalar(b"", pa.large_binary()))


def _binary(rows: Bytes) -> pa.Array:
    """Each row of a matrix as one value."""
    offsets = np.arange(len(rows) + 1, dtype=np.int64) * rows.shape[1]
    data = pa.py_buffer(np.ascontiguousarray(rows).tobytes())
    return pa.Array.from_buffers(pa.large_binary(), len(rows), [None, pa.py_buffer(offsets.tobytes()), data])
