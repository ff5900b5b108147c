"""Values for the vault: sealed as they are read, sealed anew when they change hands, hashed for destinations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from plateia.identity.tokens import TokenKeys
from plateia.identity.vault import NOBODY, VaultKey
from transforms.identity.evidence.pairs import Canonical, Shape

SEALED = "token binary, value binary"


@dataclass(frozen=True)
class Sealing:
    """What a worker needs to seal the values of a source: its shape, and how each vaulted type is spelled."""

    shape: Shape
    spellings: Mapping[str, Canonical]
    vault: VaultKey


def sealed(batches: Iterable[pa.RecordBatch], sealing: Sealing) -> Iterator[pa.RecordBatch]:
    """``token, value``: each distinct value of a vaulted type in a batch, sealed as nobody's.

    Args:
        batches: ``site``, then one text an identifier of the shape.
    """
    shape = sealing.shape
    for batch in batches:
        sites = batch["site"].to_pylist()
        found: dict[bytes, str] = {}
        for place, kind in enumerate(shape.kinds):
            if kind not in sealing.spellings:
                continue
            for site, value in set(zip(sites, batch.column(1 + place).to_pylist(), strict=True)):
                country = shape.countries.get(site)
                word = None if value is None else shape.canonical[kind](value, country)
                spelled = None if word is None else sealing.spellings[kind](value, country)
                if word is not None and spelled is not None:
                    inner = shape.keys.inner(kind, word, site)
                    found[inner] = min(spelled, found.get(inner, spelled))
        tokens = pa.array([shape.keys.wrap(inner) for inner in sorted(found)], pa.binary())
        values = pa.array([sealing.vault.seal(found[inner], inner) for inner in sorted(found)], pa.binary())
        yield pa.RecordBatch.from_arrays([tokens, values], ["token", "value"])


def vault_after(vault: DataFrame, fresh: DataFrame, members: DataFrame) -> DataFrame:
    """``token, value, fresh ARRAY<BINARY>, person_id, is_right``: what is or comes to be in the vault, and whose it is.

    Args:
        vault: Rows of ``identity_vault``.
        fresh: What ``sealed`` returns of new rows, tokens more than once.
        members: ``token, person_id`` of everybody now.
    """
    added = fresh.groupBy("token").agg(F.collect_list("value").alias("fresh"))
    both = vault.select("token", "value").join(added, on="token", how="full").join(members, on="token", how="left")
    holder = F.coalesce(holder_column("person_id"), F.lit(NOBODY))
    is_right = F.col("fresh").isNull() & (F.substring("value", 1, 16) == holder)
    return both.select("token", "value", "fresh", "person_id", is_right.alias("is_right"))


def holder_column(person_id: str) -> Column:
    """``holder_of`` of a column."""
    return F.unhex(F.regexp_replace(person_id, "-", ""))


def new_keys(batches: Iterable[pa.RecordBatch], vault: VaultKey) -> Iterator[pa.RecordBatch]:
    """``person_id, key``: a new key for each person."""
    for batch in batches:
        keys = [vault.new_key(person) for person in batch["person_id"].to_pylist()]
        yield pa.RecordBatch.from_arrays([batch["person_id"], pa.array(keys, pa.binary())], ["person_id", "key"])


def resealed(batches: Iterable[pa.RecordBatch], vault: VaultKey, keys: TokenKeys) -> Iterator[pa.RecordBatch]:
    """``token, value``: each value under the key of whose it is; of several spellings the least.

    Args:
        batches: ``token, value, old_key, fresh, person_id, key``.
    """
    for batch in batches:
        values = []
        for row in batch.to_pylist():
            inner = keys.unwrap(row["token"])
            spellings = [vault.open(one, inner) for one in row["fresh"] or ()]
            if row["value"] is not None:
                spellings.append(vault.open(row["value"], inner, key=row["old_key"]))
            values.append(vault.seal(min(spellings), inner, person_id=row["person_id"], key=row["key"]))
        yield pa.RecordBatch.from_arrays([batch["token"], pa.array(values, pa.binary())], ["token", "value"])


def hashed(
    batches: Iterable[pa.RecordBatch], vault: VaultKey, keys: TokenKeys, hash_of: Callable[[str], str | None]
) -> Iterator[pa.RecordBatch]:
    """``token, hash``: what a platform takes for each value; of what it spells as nothing there is no row.

    Args:
        batches: ``token, value, key``.
        hash_of: ``destination_hash`` of a platform and normaliser.
    """
    for batch in batches:
        hashes = [
            hash_of(vault.open(row["value"], keys.unwrap(row["token"]), key=row["key"])) for row in batch.to_pylist()
        ]
        rows = pa.RecordBatch.from_arrays([batch["token"], pa.array(hashes, pa.string())], ["token", "hash"])
        yield rows.filter(rows["hash"].is_valid())
