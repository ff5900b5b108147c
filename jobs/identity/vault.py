"""The vault of values that destinations want hashed, kept beside the persons whose values they are."""

from __future__ import annotations

from functools import partial

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.identity.scope import Scope
from jobs.identity.signals import TakenIn
from jobs.identity.state import State
from plateia.identity.destinations import destination_hash
from plateia.lake import Lake
from plateia.tables import IDENTITY_MEMBERS, IDENTITY_SIGNALS, IDENTITY_VAULT, IDENTITY_VAULT_KEYS, Table
from transforms.identity.components import Keep
from transforms.identity.evidence.marks import among_deliveries
from transforms.identity.vaulting import SEALED, hashed, holder_column, new_keys, resealed, vault_after

VAULT_TABLES = (IDENTITY_VAULT, IDENTITY_VAULT_KEYS)


def stage_vault(scope: Scope, taken: TakenIn, members: DataFrame, keep: Keep) -> dict[str, int]:
    """Write the vault and its keys: every value that is evidence and that a destination wants; table -> version.

    A key stays for as long as its person has a value. Where no destination wants any there is nothing in them.

    Args:
        members: Rows of ``identity_members`` as this run has written them.
    """
    if scope.vault is None:
        return {table.name: _emptied(scope, table) for table in VAULT_TABLES if table.name in scope.state.pins}
    vault, signals = scope.pinned(IDENTITY_VAULT), scope.staged(IDENTITY_SIGNALS, taken.version)
    if taken.gone or taken.torn is not None or dropped_types(scope):
        vault = vault.join(_wanted(scope, signals), on="token", how="left_semi")
    # What a file names is not all evidence: nothing is stored of the erased.
    added = _wanted(scope, signals.where(among_deliveries(taken.added)))
    sealed = taken.sealed.join(added, on="token", how="left_semi")
    current = members.where(F.col("valid_to").isNull()).select("token", "person_id")
    rows = keep(vault_after(vault, sealed, current), "vault-rows")
    holders = rows.where(F.col("person_id").isNotNull()).select("person_id").distinct()
    old = scope.pinned(IDENTITY_VAULT_KEYS)
    unkeyed = holders.join(old.select("person_id"), on="person_id", how="left_anti")
    made = unkeyed.mapInArrow(partial(new_keys, vault=scope.vault), "person_id string, key binary")
    # Keys are random: they are written before a value is sealed by them.
    fresh = keep(made, "vault-keys")
    keys = old.join(holders, on="person_id", how="left_semi").select("person_id", "key").unionAll(fresh)
    before = old.select(holder_column("person_id").alias("holder"), F.col("key").alias("old_key"))
    wrong = (
        rows.where(~F.coalesce("is_right", F.lit(False)))
        .withColumn("holder", F.substring("value", 1, 16))
        .join(before, on="holder", how="left")
        .join(keys, on="person_id", how="left")
        .select("token", "value", "old_key", "fresh", "person_id", "key")
    )
    anew = wrong.mapInArrow(partial(resealed, vault=scope.vault, keys=scope.keys), SEALED)
    tables = {IDENTITY_VAULT: rows.where("is_right").select("token", "value").unionAll(anew), IDENTITY_VAULT_KEYS: keys}
    return {table.name: scope.write(rows, table) for table, rows in tables.items()}


def destination_hashes(scope: Scope, platform: str, kind: str) -> DataFrame:
    """``person_id, token, hash``: what a platform takes for the published values of a type."""
    assert scope.vault is not None
    members = scope.pinned(IDENTITY_MEMBERS).where(F.col("valid_to").isNull() & (F.col("identifier_type") == kind))
    whose = members.select("token", "person_id")
    keyed = scope.pinned(IDENTITY_VAULT).join(whose, on="token", how="inner")
    rows = keyed.join(scope.pinned(IDENTITY_VAULT_KEYS), on="person_id", how="inner").select("token", "value", "key")
    hash_of = partial(destination_hash, platform, scope.identity.identifiers[kind].normalise)
    made = rows.mapInArrow(
        partial(hashed, vault=scope.vault, keys=scope.keys, hash_of=hash_of), "token binary, hash string"
    )
    return made.join(whose, on="token", how="inner").select("person_id", "token", "hash")


def shred(lake: Lake, state: State) -> None:
    """Remove what all versions of the vault but the published one still hold: keys that were dropped are gone for good.

    Safe to repeat.
    """
    for table in VAULT_TABLES:
        if table.name in state.pins:
            lake.rewind(table.name, state.pins[table.name])  # a run that was killed may have staged another
            lake.shred(table.name)


def dropped_types(scope: Scope) -> list[str]:
    """The types that a destination wanted in the last run, and none wants now."""
    return sorted(set(scope.state.facts.get("vaulted", ())) - set(scope.identity.vaulted))


def _emptied(scope: Scope, table: Table) -> int:
    pin = scope.state.pins[table.name]
    is_empty = not scope.lake.files(table.name, version=pin)
    return pin if is_empty else scope.write(scope.pinned(table).limit(0), table)


def _wanted(scope: Scope, signals: DataFrame) -> DataFrame:
    """``token`` of the values of some signals that are of a type that a destination wants."""
    ends = [F.struct(F.col(f"type_{end}").alias("type"), F.col(f"token_{end}").alias("token")) for end in ("a", "b")]
    # Of a value that was seen beside an erased one alone the second end has the other's type.
    told = scope.current(signals).select(
        F.explode(F.when(F.col("token_a") == F.col("token_b"), F.array(ends[0])).otherwise(F.array(*ends))).alias("end")
    )
    return told.where(F.col("end.type").isin(*scope.identity.vaulted)).select("end.token").distinct()
