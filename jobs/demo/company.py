"""The supermarket once more, with identities: its configuration and an overlay, beside the demo's lake.

In a lake of its own, since persons have ids of their own: in the demo's lake they stay the households', and whoever
works with the repository's configuration needs no keys.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jobs import lookup
from jobs.demo.commands import run

OVERLAY = Path(__file__).parent / "overlay"


@dataclass(frozen=True)
class Company:
    """The folder ``identity`` of a home, whose folder ``data`` it shares."""

    home: Path

    @property
    def configs(self) -> Path:
        return self.home / "identity" / "configs"

    @property
    def lake(self) -> Path:
        return self.home / "identity" / "lake"

    @property
    def generated(self) -> Path:
        """Where generated signals lie."""
        return self.home / "data" / "generated"

    @property
    def options(self) -> list[str]:
        """What every command on this company takes."""
        return ["--configs", str(self.configs), "--lake", str(self.lake)]

    def write(self, configs: Path) -> None:
        """Write another company's configuration and the overlay on top; what was there before goes, lake and all."""
        folder = self.configs.parent
        for old in (folder, self.generated):
            shutil.rmtree(old, ignore_errors=True)
        for part in (configs, configs.parent / "expectations"):
            shutil.copytree(part, folder / part.name)
        shutil.copytree(OVERLAY, folder, dirs_exist_ok=True)

    def persons(self, accounts: Sequence[str], options: Sequence[str]) -> dict[str, str]:
        """Account -> person_id, of the accounts that are somebody's, as ``plateia lookup`` tells."""
        batch = self.home / "identity" / "households.csv"
        batch.write_text(
            "site,identifier,value\n" + "".join(f"us,account,{account}\n" for account in accounts), "utf-8"
        )
        _, rows = run("lookup", lookup.main, [*options, "--batch", str(batch), *self.options])
        return {accounts[int(str(row["row"])) - 1]: str(row["person_id"]) for row in rows if row["person_id"]}

    def translate_lists(self, persons: Mapping[str, str]) -> None:
        """Lists name persons: put their ids where the supermarket has written its households."""
        for path in self.configs.glob("audiences/**/lists/*.csv"):
            header, *ids = path.read_text("utf-8").splitlines()
            path.write_text("\n".join([header, *(persons.get(one, one) for one in ids), ""]), "utf-8")


def set_keys() -> None:
    """Give this process the demo's keys where it has no others."""
    for line in (OVERLAY / "keys.env").read_text("utf-8").splitlines():
        name, is_key, value = line.removeprefix("export ").partition("=")
        if is_key:
            os.environ.setdefault(name, value)
