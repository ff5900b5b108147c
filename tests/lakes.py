"""Lakes that many tests read: each is built once a session, by the commands that users run."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from plateia.workspace import load_workspace
from tests.company.database import load
from tests.company.generate import generate
from tests.company.world import AS_OF, SITES, Truth, as_of
from tests.oracle.demo import RAW
from tests.oracle.query import World, connect

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

REPOSITORY = Path(__file__).parents[1]
DEMO_AS_OF = "2018-01-01"
_DEMO_FILES = (
    "campaign_descriptions", "campaigns", "coupon_redemptions", "demographics", "products", "transactions",
)  # fmt: skip


@dataclass(frozen=True)
class BuiltLake:
    """A lake with its configuration in ``root/configs``; ``exits`` are the exit codes of the commands that built it."""

    root: Path
    lake: Path
    as_of: str
    exits: dict[str, int] = field(default_factory=dict)

    @property
    def configs(self) -> Path:
        return self.root / "configs"

    @property
    def options(self) -> list[str]:
        return ["--configs", str(self.configs), "--lake", str(self.lake), "--as-of", self.as_of, "--quiet"]

    def uri(self, table: str) -> str:
        return str(self.lake / table)


def _build(spark: SparkSession, built: BuiltLake) -> BuiltLake:
    from jobs import build_audiences, refresh_warehouse

    del spark  # the tests' one session, which the commands find running
    built.exits["refresh-warehouse"] = refresh_warehouse.main(built.options)
    built.exits["build-audiences"] = build_audiences.main(built.options)
    return built


@pytest.fixture(scope="session")
def demo_lake(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> BuiltLake:
    """The repository's own configuration over the raw files of *The Complete Journey*."""
    root = tmp_path_factory.mktemp("demo")
    for folder in ("configs", "expectations"):
        shutil.copytree(REPOSITORY / folder, root / folder)
    (root / ".plateia" / "data").mkdir(parents=True)
    for name in _DEMO_FILES:
        (root / ".plateia" / "data" / f"{name}.parquet").symlink_to(RAW / f"{name}.parquet")
    return _build(spark, BuiltLake(root, root / ".plateia" / "lake", DEMO_AS_OF))


@dataclass(frozen=True)
class MadeUp:
    """The second company's folder, with its raw files and configuration, and the truth about it."""

    root: Path
    truth: Truth

    @property
    def configs(self) -> Path:
        return self.root / "configs"


@pytest.fixture(scope="session")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> MadeUp:
    """Nine sites, made up from a seed."""
    root = tmp_path_factory.mktemp("company")
    return MadeUp(root, generate(root))


@pytest.fixture(scope="session")
def company_worlds(made_up: MadeUp) -> dict[str, World]:
    """Site → what the oracle asks: the truth in DuckDB, and the audiences."""
    connection = connect()
    load(connection, made_up.truth)
    audiences = load_workspace(made_up.configs).audiences
    return {site: World(connection, site, zone, as_of(site), audiences) for site, zone in SITES.items()}


@pytest.fixture(scope="session")
def company_lake(spark: SparkSession, made_up: MadeUp) -> BuiltLake:
    """The second company, refreshed and built once."""
    return _build(spark, BuiltLake(made_up.root, made_up.root / "lake", AS_OF))
