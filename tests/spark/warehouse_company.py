"""A small company in a folder: what the tests of the warehouse write, refresh and read back."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from jobs import refresh_warehouse
from plateia.lake import Lake

Row = dict[str, Any]


@dataclass(frozen=True)
class Company:
    """A configuration and data under ``root``; every refresh is the command's own ``main``."""

    root: Path

    def configure(self, *, sites: Row, sources: list[Row], suites: list[Row] | None = None, **environment: Row) -> None:
        """Write the whole configuration folder."""
        local = {"lake": "lake", "variables": {"data": "data"}, **environment}
        files = {"configs/sites.yml": sites, "configs/environments/local.yml": local}
        files |= {f"configs/sources/{source['source']}.yml": source for source in sources}
        files |= {f"expectations/{suite['suite']}.yml": suite for suite in suites or []}
        for name, content in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            plain = json.loads(json.dumps(content))  # what is used twice would come out as an alias
            path.write_text(yaml.safe_dump(plain, allow_unicode=True, sort_keys=False), encoding="utf-8")

    def write(self, name: str, text: str) -> None:
        """Put a text file into the data folder."""
        path = self.root / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def refresh(self, *options: str) -> Row:
        """Run the command; returns the object that it prints with ``--json``, its exit code among it."""
        printed = io.StringIO()
        with redirect_stdout(printed):
            code = refresh_warehouse.main(["--configs", str(self.root / "configs"), "--quiet", "--json", *options])
        said: Row = json.loads(printed.getvalue())
        assert said["exit"] == code
        return said

    @property
    def lake(self) -> Lake:
        return Lake.open(str(self.root / "lake"))

    def pins(self) -> dict[str, int]:
        """The versions that readers see; none before the first refresh."""
        return self.lake.pins() if (self.root / "lake" / "lake.json").exists() else {}

    def table(self, name: str) -> pl.DataFrame:
        """A table at the version that readers see; no rows if they see none."""
        version = self.pins().get(name)
        return pl.DataFrame() if version is None else pl.read_delta(str(self.root / "lake" / name), version=version)

    def quarantine(self, source: str) -> pl.DataFrame:
        """The refused rows of a source, of all runs."""
        return pl.read_delta(str(self.root / "lake" / f"quarantine_{source}"))

    def ordinals(self) -> dict[tuple[str, str], int]:
        """(site, person) -> ordinal."""
        rows = self.table("person_ordinals").select("site", "person_id", "ordinal").iter_rows()
        return {(site, person): ordinal for site, person, ordinal in rows}

    def events(self, kind: str) -> list[Row]:
        """The rows of an event table, by site and event id, with the person that the ordinal stands for."""
        person_of = {(site, ordinal): person for (site, person), ordinal in self.ordinals().items()}
        table = self.table(f"event_{kind}")
        rows = table.sort("site", "event_id").to_dicts() if table.width else []
        return [{**row, "person": person_of[row["site"], row["ordinal"]]} for row in rows]

    def living(self) -> dict[tuple[str, str], Row]:
        """(site, person) -> the row of ``people``, for those alive."""
        rows = self.table("people").to_dicts()
        return {(row["site"], row["person_id"]): row for row in rows if row["alive"]}
