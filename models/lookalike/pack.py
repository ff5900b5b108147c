"""A pack: all lookalikes of a site in one registered model, as plain arrays and JSON; no pickle."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.lookalike.logistic import Floats

ARRAYS, DESCRIPTION = "pack.npz", "pack.json"


@dataclass(frozen=True)
class Entry:
    """One lookalike as it was last trained.

    Attributes:
        definition: SHA-256 hex of what the model depends on: its seed and the feature set's definition.
        schema: Digest of the frozen schema whose columns ``weights`` are for.
        refusal: Why the last training was refused; then it has no weights.
    """

    lookalike: str
    features: str
    definition: str
    schema: str
    trained_run: str
    trained_as_of: str
    weights: Floats
    intercept: float
    refusal: str | None = None


@dataclass(frozen=True)
class Pack:
    """Entries by lookalike, and the frozen schemas (canonical JSON) that they use, by digest."""

    site: str
    entries: Mapping[str, Entry]
    schemas: Mapping[str, str]

    def updated(self, entries: Sequence[Entry], schemas: Mapping[str, str]) -> Pack:
        """This pack with some entries replaced or added, and without the schemas that nobody uses any more."""
        merged = {**self.entries, **{entry.lookalike: entry for entry in entries}}
        used = {entry.schema for entry in merged.values()}
        known = {**self.schemas, **schemas}
        return Pack(self.site, merged, {digest: text for digest, text in known.items() if digest in used})

    def save(self, folder: Path) -> dict[str, Path]:
        """Write the pack's files; the same pack gives the same bytes. Returns their paths by name."""
        keys = sorted(self.entries)
        described = [
            {name: value for name, value in vars(self.entries[key]).items() if name != "weights"} for key in keys
        ]
        content = {"site": self.site, "entries": described, "schemas": dict(self.schemas)}
        text = json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1)
        (folder / DESCRIPTION).write_text(text, encoding="utf-8")
        weights = {f"weights_{place}": self.entries[key].weights for place, key in enumerate(keys)}
        np.savez(folder / ARRAYS, **weights)  # type: ignore[arg-type]  # numpy's stub takes any keyword for allow_pickle
        return {"arrays": folder / ARRAYS, "description": folder / DESCRIPTION}

    @classmethod
    def load(cls, folder: Path) -> Pack:
        """Read what ``save`` wrote."""
        content = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
        with np.load(folder / ARRAYS, allow_pickle=False) as arrays:
            entries = {
                entry["lookalike"]: Entry(**entry, weights=arrays[f"weights_{place}"])
                for place, entry in enumerate(content["entries"])
            }
        return cls(content["site"], entries, content["schemas"])
