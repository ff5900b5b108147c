"""DuckDB: native tables in memory, events ordered so that a category's rows lie together, one query an audience."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import duckdb
import numpy as np
import pyarrow as pa

from benchmarks.company.rules import Rule
from benchmarks.phases.stage import Stage
from benchmarks.rivals.sql import Dialect, query
from benchmarks.rivals.truth import Answer, mixed


def _microseconds(at: datetime) -> str:
    return str(int(at.timestamp()) * 1_000_000)


_DIALECT = Dialect(_microseconds, "happened", "cents")


class Duck:
    """A connection with the tables of a lake; ``load`` is what it takes to get there."""

    name = "DuckDB, one query an audience, tables in memory, counts"

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._db = duckdb.connect(config={"threads": 2, "memory_limit": "6GB"})

    def load(self) -> None:
        """Copy the lake's files into tables; ids are mixed beforehand, which only the proof of equality uses."""
        lake = self._stage.lake
        everybody = np.arange(max(map(self._stage.shape.people_of, self._stage.shape.sites)))
        self._db.register("mix", pa.table({"ordinal": everybody.astype(np.int32), "mix": mixed(everybody)}))
        people = "SELECT p.*, mix FROM {} p JOIN mix USING (ordinal) WHERE alive ORDER BY site, ordinal"
        self._create("people", people, [file.path for file in lake.files("people")])
        events = (
            'SELECT site, ordinal, category, epoch_us("at") AS happened, CAST(round(amount * 100) AS BIGINT) AS cents '
            "FROM {} ORDER BY site, category, happened"
        )
        for event in self._stage.shape.types:
            self._create(f"event_{event}", events, [file.path for file in lake.files(f"event_{event}")])

    def _create(self, table: str, select: str, paths: Sequence[str]) -> None:
        files = ", ".join(f"'{path}'" for path in paths)
        source = f"read_parquet([{files}], hive_partitioning = true)"
        self._db.execute(f"CREATE TABLE {table} AS {select.format(source)}")

    def count(self, rules: Sequence[Rule]) -> None:
        """The size of each audience."""
        for rule in rules:
            self._db.execute(query(rule, _DIALECT, select="count(*)")).fetchall()

    def answers(self, rules: Sequence[Rule]) -> dict[str, Answer]:
        """The size and the hash of each audience."""
        found = {}
        for rule in rules:
            size, total = self._db.execute(query(rule, _DIALECT, select="count(*), sum(mix)")).fetchall()[0]
            found[rule.key] = Answer(size, int(total or 0) % 2**64)
        return found
