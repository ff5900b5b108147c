"""New person ids: UUIDs of version 7 (RFC 9562), made of as_of and a component's least token, of nothing else."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial, reduce

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from plateia.identity.tokens import TokenKeys
from transforms.identity.components.kept import Keep

_TRIES = 100


def least_tokens(members: DataFrame, keys: TokenKeys) -> DataFrame:
    """``component, least BINARY``: the least inner token of each component.

    Args:
        members: ``component, token``, one row a value.
    """
    inner = members.select("component", "token").mapInArrow(
        partial(_unwrapped, keys=keys), "component long, inner binary"
    )
    return inner.groupBy("component").agg(F.min("inner").alias("least"))


def fresh_ids(components: DataFrame, issued: DataFrame, keys: TokenKeys, *, as_of: datetime, keep: Keep) -> DataFrame:
    """``component, person_id``: an id that no person has ever had, for each component.

    Args:
        components: ``component, least``, each component once.
        issued: ``person_id`` of every id so far.
        keep: Writes and reads what a try leaves.

    Raises:
        ArithmeticError: A hundred ids in a row were taken.
    """
    known = issued.select("person_id", F.lit(True).alias("is_taken"))
    free: list[DataFrame] = []
    left = components
    for number in range(_TRIES):
        made = _made(left, keys, as_of=as_of, number=number).join(known, on="person_id", how="left")
        # As_of does not move between two runs of one instant: then the id may be that of a person of the first.
        tried = keep(
            made.select("component", "least", "person_id", F.col("is_taken").isNotNull().alias("is_taken")),
            f"fresh-{number}",
        )
        free.append(tried.where(~F.col("is_taken")).select("component", "person_id"))
        left = tried.where("is_taken").select("component", "least")
        if left.isEmpty():
            return reduce(DataFrame.unionAll, free)
    raise ArithmeticError(f"{_TRIES} person ids in a row were taken")


def uuid7(as_of: datetime, digest: bytes) -> str:
    """The UUID of version 7 of an instant (to the millisecond) and 74 bits of a digest, as text."""
    milliseconds = round(as_of.timestamp() * 1000)
    bits = int.from_bytes(digest[:10], "big")
    high = milliseconds << 16 | 0x7000 | bits >> 62 & 0xFFF
    low = 0x8000_0000_0000_0000 | bits & 0x3FFF_FFFF_FFFF_FFFF
    return str(uuid.UUID(int=high << 64 | low))


def _made(components: DataFrame, keys: TokenKeys, *, as_of: datetime, number: int) -> DataFrame:
    make = partial(_name, keys=keys, as_of=as_of, context=f"person {number}")
    return components.select("component", "least").mapInArrow(make, "component long, least binary, person_id string")


def _unwrapped(batches: Iterable[pa.RecordBatch], keys: TokenKeys) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        inner = [keys.unwrap(token) for token in batch["token"].to_pylist()]
        yield pa.RecordBatch.from_arrays([batch["component"], pa.array(inner, pa.binary())], ["component", "inner"])


def _name(
    batches: Iterable[pa.RecordBatch], keys: TokenKeys, as_of: datetime, context: str
) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        ids = [uuid7(as_of, keys.fresh(context, least)) for least in batch["least"].to_pylist()]
        yield batch.append_column("person_id", pa.array(ids, pa.string()))
