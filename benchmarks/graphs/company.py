"""Made-up people as a company delivers them: what was seen as files of signals, one a source and day, and its rules."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.graphs.people import Flags, Kind, Numbers, Seen, kind_of, mixed, together
from jobs.identity.scope import require_identity
from plateia.identity.keys import token_keys
from plateia.identity.tokens import TokenKeys
from plateia.workspace import Workspace, load_workspace

DAYS = 60
FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)
CAPS = {Kind.EMAIL: 8, Kind.PHONE: 6, Kind.DEVICE: 10, Kind.COOKIE: 40}
SITE = "shop"

_KEYS = {
    "BENCH_GRAPHS_TOKEN": "tokens of made-up people, for all to see",
    "BENCH_GRAPHS_WRAP": "wraps of the same tokens",
}
# What a shop would write: an account that somebody has logged in to is one person's, and a value is nearly so.
_IDENTIFIERS: Mapping[str, Mapping[str, object]] = {
    "account": {"anchor": 1000, "priority": 1, "verified": "exclusive", "half_life": "365d"},
    "email": {"anchor": 100, "priority": 2, "max_people_per_value": 1, "half_life": "180d", "window": "730d"},
    "phone": {"anchor": 50, "priority": 3, "max_people_per_value": 1, "half_life": "180d", "window": "730d"},
    "device": {"anchor": 10, "priority": 4, "max_people_per_value": 1, "half_life": "90d", "window": "180d"},
    "cookie": {"anchor": 1, "priority": 5, "max_people_per_value": 1, "half_life": "60d", "window": "180d"},
}
_LOGINS, _CRM, _VISITS, _ROTATIONS = "logins", "crm", "visits", "rotations"
# Source -> its columns and their types, whether its rows prove what they say, and how sure they are.
_SOURCES: Mapping[str, tuple[Mapping[str, Kind], bool, float]] = {
    _LOGINS: ({"account": Kind.ACCOUNT, "device": Kind.DEVICE, "cookie": Kind.COOKIE}, True, 0.95),
    _CRM: ({"account": Kind.ACCOUNT, "email": Kind.EMAIL, "phone": Kind.PHONE}, True, 0.9),
    _VISITS: ({kind.name.lower(): kind for kind in Kind}, False, 0.3),
    _ROTATIONS: ({"older": Kind.COOKIE, "newer": Kind.COOKIE}, False, 0.6),
}


@dataclass(frozen=True)
class Company:
    """The files of a company under ``folder``."""

    folder: Path

    @property
    def configs(self) -> Path:
        """Where its configuration is."""
        return self.folder / "configs"

    def lake(self, name: str) -> Path:
        """The place of one of its lakes."""
        return self.folder / "lakes" / name

    def data(self, source: str, day: int) -> Path:
        """The file of a source and day."""
        return self.folder / "data" / source / f"{day:03}.parquet"

    def write(self, blocks: Iterable[Seen]) -> int:
        """Write configuration and signals anew, lakes go; returns how many rows there are."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self._write_configs()
        whole = together(blocks)
        day_of, names = day_of_pair(whole), source_of(whole)
        for name in _SOURCES:
            mine = np.flatnonzero(names == name)
            by_day = mine[np.argsort(day_of[mine], kind="stable")]
            starts = np.searchsorted(day_of[by_day], np.arange(DAYS + 1))
            for day in range(DAYS):
                self.write_day(name, day, whole.where(by_day[starts[day] : starts[day + 1]]))
        return len(whole.a)

    def write_day(self, source: str, day: int, seen: Seen) -> None:
        """Write the file of a source and day."""
        path = self.data(source, day)
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(signals(source, seen, day), path)

    def resolve_options(self, lake: str, *, day: int) -> list[str]:
        """Words for ``resolve-identities`` on the evening of a day."""
        as_of = (FIRST_DAY + timedelta(days=day + 1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        return ["--configs", str(self.configs), "--lake", str(self.lake(lake)), "--as-of", as_of, "--quiet"]

    @cached_property
    def keys(self) -> TokenKeys:
        """The keys as the command reads them."""
        os.environ.update(_KEYS)
        return token_keys(self._workspace.environment.keys, require_identity(self._workspace))

    def tokens(self, codes: Numbers) -> list[bytes]:
        """The token of each identifier, as the lake holds it."""
        kinds = (Kind(kind).name.lower() for kind in kind_of(codes).tolist())
        keys = self.keys
        named = zip(kinds, values(codes).to_pylist(), strict=True)
        return [keys.wrap(keys.inner(kind, value, SITE)) for kind, value in named]

    @cached_property
    def _workspace(self) -> Workspace:
        return load_workspace(self.configs)

    def _write_configs(self) -> None:
        os.environ.update(_KEYS)
        token, wrap = _KEYS
        keys = {"identity_token": token, "identity_wrap": {"k1": wrap}, "identity_wrap_current": "k1"}
        self._dump("sites.yml", {SITE: {"zone": "UTC", "country": "US"}})
        self._dump("environments/local.yml", {"lake": "lakes/main", "variables": {"data": "data"}, "keys": keys})
        caps = {kind.name.lower(): {"max_per_person": most} for kind, most in CAPS.items()}
        kinds = {name: {"normalise": "text", **rules, **caps.get(name, {})} for name, rules in _IDENTIFIERS.items()}
        self._dump("identity.yml", {"identifiers": kinds})
        for name, (columns, is_verified, confidence) in _SOURCES.items():
            source = {
                "source": name,
                "kind": "signals",
                "read": {"format": "parquet", "path": f"${{data}}/{name}"},
                "site": SITE,
                "at": {"column": "seen_at"},
                "identifiers": [{"type": kind.name.lower(), "column": column} for column, kind in columns.items()],
                "verified": is_verified,
                "confidence": confidence,
            }
            self._dump(f"sources/{name}.yml", source)

    def _dump(self, name: str, content: Any) -> None:
        path = self.configs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content), "utf-8")  # JSON is YAML


def sources() -> Sequence[str]:
    """The names of the sources."""
    return tuple(_SOURCES)


def values(codes: Numbers) -> pa.Array:
    """What each identifier is called."""
    names = pa.array([kind.name.lower() for kind in Kind]).take(pa.array(kind_of(codes)))
    return pc.binary_join_element_wise(names, pa.array(codes).cast(pa.string()), "-")


def source_of(seen: Seen) -> np.ndarray[tuple[int], np.dtype[np.str_]]:
    """The source that tells each pair."""
    is_link, is_login = kind_of(seen.a) == Kind.COOKIE, np.isin(kind_of(seen.b), (Kind.DEVICE, Kind.COOKIE))
    return np.select([is_link, ~seen.proven, is_login], [_ROTATIONS, _VISITS, _LOGINS], _CRM)


def day_of_pair(seen: Seen) -> Numbers:
    """The day, from 0, on which each pair was seen."""
    return mixed(seen.a ^ (seen.b << 1)) % DAYS


def signals(source: str, seen: Seen, day: int) -> pa.Table:
    """The rows of a source: one a pair, with the identifiers of other types empty."""
    columns, _, _ = _SOURCES[source]
    first = FIRST_DAY + timedelta(days=day)
    seconds = mixed(seen.b) % (24 * 3600)
    at = pa.array(int(first.timestamp() * 1_000_000) + seconds * 1_000_000).cast(pa.timestamp("us", "UTC"))
    names = list(columns)
    found: dict[str, pa.Array] = {names[0]: values(seen.a)}
    for name in names[1:]:
        found[name] = _only(values(seen.b), kind_of(seen.b) == columns[name])
    return pa.table({**found, "seen_at": at})


def _only(texts: pa.Array, keep: Flags) -> pa.Array:
    return pc.if_else(pa.array(keep), texts, pa.scalar(None, pa.string()))
