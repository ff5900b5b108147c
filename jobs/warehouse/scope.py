"""What all steps of one refresh share: the lake with its pinned versions, Spark, the sources, sites and suites."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession

from jobs.warehouse.persons import Persons
from plateia import clock
from plateia.lake import Lake
from plateia.pii import key_of
from plateia.tables import QUALITY_RESULTS
from plateia.trace import Run
from plateia.workspace import Workspace
from transforms.quality import QualityResult, refused
from transforms.warehouse.rows.normalise import PersonSource, Tokenise
from transforms.warehouse.rows.vectors import tokeniser

Item = TypeVar("Item")
Result = TypeVar("Result")
_AT_ONCE = 3


@dataclass(frozen=True)
class Scope:
    """One refresh.

    Attributes:
        lake: None on a dry run of a company that has none yet.
        persons: Who is who; None where identity is not configured, and a source's own key is the person's id.
    """

    lake: Lake | None
    spark: SparkSession
    workspace: Workspace
    run: Run
    sites: tuple[str, ...]
    persons: Persons | None = None

    @property
    def zones(self) -> Mapping[str, str]:
        """Site -> zone, of every site of the company."""
        return {name: site.zone for name, site in self.workspace.sites.items()}

    @property
    def only_sites(self) -> Collection[str] | None:
        """The sites that this refresh is about, None for all."""
        return self.sites if len(self.sites) < len(self.zones) else None

    @property
    def as_of(self) -> datetime:
        """The latest instant that as_of means on one of the sites."""
        return max(self.run.as_of.at(ZoneInfo(self.zones[site])) for site in self.sites)

    @property
    def token(self) -> Tokenise | None:
        """Makes tokens of personal text under the environment's key; None where it names none.

        Raises:
            ConfigError: The key is not set or too short.
        """
        variable = self.workspace.environment.keys.pii
        return None if variable is None else tokeniser(key_of(variable))

    @property
    def sources(self) -> dict[str, PersonSource]:
        """The sources that the warehouse loads and that concern the sites, by name."""
        return {
            name: source
            for name, source in sorted(self.workspace.sources.items())
            if isinstance(source, PersonSource) and (not isinstance(source.site, str) or source.site in self.sites)
        }

    def pinned(self, table: str) -> DataFrame | None:
        """A table as the last refresh left it; None if it had none."""
        version = self.run.pins.get(table)
        return None if version is None else self.read(table, version)

    def read(self, table: str, version: int) -> DataFrame:
        """A table at a version."""
        assert self.lake is not None  # versions come from a lake
        return self.lake.read_frame(self.spark, table, version=version)


@dataclass
class Judgement:
    """What a suite said of one table; ``version`` is what was judged, None on a dry run."""

    table: str
    version: int | None
    results: list[QualityResult]
    reasons: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.reasons = refused(self.results)


def side_by_side(work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """What some work makes of each item, in their order. Spark plans for one item while it computes another."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        futures = [pool.submit(work, item) for item in items]
        try:
            for future in futures:
                yield future.result()
        finally:
            for future in futures:
                future.cancel()


def record(scope: Scope, judgements: Collection[Judgement]) -> None:
    """Append what the suites said to ``quality_results``."""
    at = clock.now()
    rows = [
        result.as_row(run_id=scope.run.run_id, table=judgement.table, at=at)
        for judgement in judgements
        for result in judgement.results
    ]
    if rows and scope.lake is not None:
        schema = QUALITY_RESULTS.schema
        scope.lake.append(QUALITY_RESULTS, pa.Table.from_pylist(rows, schema=schema), app=scope.run.run_id)
