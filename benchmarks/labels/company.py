"""A data set as a company of ours: its records are identifiers, and scored pairs are its signals."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from benchmarks.labels.dataset import Dataset
from jobs.identity.scope import require_identity
from plateia.identity.keys import token_keys
from plateia.identity.tokens import TokenKeys
from plateia.workspace import Workspace, load_workspace
from transforms.identity.rules import Rules

SOURCE = "matches"
_SITE = "town"
_SEEN_AT = datetime(2030, 12, 31, tzinfo=UTC)
# Between edges of one score tokens decide, so that the keys are part of the outcome; they keep no secret.
_KEYS = {
    "BENCH_LABELS_TOKEN": "tokens of made-up people, for all to see",
    "BENCH_LABELS_WRAP": "wraps of the same tokens",
}


@dataclass(frozen=True)
class Company:
    """The files of a company under ``folder``."""

    folder: Path
    dataset: Dataset

    def write(self, edges: pa.Table) -> None:
        """Write configuration and signals (``edges`` between identifiers) anew; a lake that is there goes."""
        os.environ.update(_KEYS)
        shutil.rmtree(self.folder, ignore_errors=True)
        self._dump("sites.yml", {_SITE: {"zone": "UTC", "country": "US"}})
        token, wrap = _KEYS
        keys = {"identity_token": token, "identity_wrap": {"k1": wrap}, "identity_wrap_current": "k1"}
        self._dump("environments/local.yml", {"lake": "lake", "variables": {"data": "data"}, "keys": keys})
        self._dump(
            "identity.yml", {"identifiers": {name: dict(kind) for name, kind in self.dataset.identifiers.items()}}
        )
        ends = zip(self.dataset.ends, ("record_a", "record_b"), strict=True)
        source = {
            "source": SOURCE,
            "kind": "signals",
            "read": {"format": "parquet", "path": "${data}/" + SOURCE},
            "site": _SITE,
            "at": {"column": "scored_at"},
            "identifiers": [{"type": kind, "column": column} for kind, column in ends],
            "confidence": {"column": "confidence"},
        }
        self._dump(f"sources/{SOURCE}.yml", source)
        matches = self.folder / "data" / SOURCE
        matches.mkdir(parents=True)
        scored_at = pa.array([_SEEN_AT] * edges.num_rows, pa.timestamp("us", "UTC"))
        pq.write_table(edges.append_column("scored_at", scored_at), matches / "edges.parquet")

    @property
    def configs(self) -> Path:
        """Where its configuration is."""
        return self.folder / "configs"

    @cached_property
    def rules(self) -> Rules:
        """The rules as the command reads them."""
        return Rules.of(require_identity(self._workspace))

    @cached_property
    def keys(self) -> TokenKeys:
        """The keys as the command reads them."""
        return token_keys(self._workspace.environment.keys, require_identity(self._workspace))

    @cached_property
    def inner_tokens(self) -> list[bytes]:
        """The inner token of each record."""
        named = zip(self.dataset.kinds, self.dataset.values, strict=True)
        return [self.keys.inner(kind, value, _SITE) for kind, value in named]

    @cached_property
    def _workspace(self) -> Workspace:
        return load_workspace(self.configs)

    def _dump(self, name: str, content: Any) -> None:
        path = self.configs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(content, sort_keys=False), "utf-8")
