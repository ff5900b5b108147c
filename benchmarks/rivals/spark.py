"""Spark SQL: one query an audience with ids written, and the best giant select."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import datetime

import pyarrow.parquet as pq

from benchmarks.company.rules import Atom, BehaviourAtom, Rule, TraitAtom
from benchmarks.phases.stage import Stage
from benchmarks.rivals.sql import Dialect, matching, query, reached, scope, total, trait
from benchmarks.rivals.truth import Answer, answer_of
from plateia.session import spark_session


def _timestamp(at: datetime) -> str:
    return f"TIMESTAMP '{at:%Y-%m-%d %H:%M:%S}'"


_DIALECT = Dialect(_timestamp, "at", "CAST(round(amount * 100) AS BIGINT)")
_HUGE_METHOD = "spark.sql.codegen.hugeMethodLimit"


class SparkEach:
    """One query an audience over the lake's tables."""

    name = "Spark SQL, one query an audience, ids written"

    def __init__(self, stage: Stage) -> None:
        self._spark, self._folder = spark_session({}), stage.folder / "spark"
        for name in ("people", *(f"event_{event}" for event in stage.shape.types)):
            self._spark.read.format("delta").load(stage.lake.table_uri(name)).createOrReplaceTempView(name)

    def write(self, rules: Sequence[Rule]) -> None:
        """Write the ids of each audience into a folder of its own."""
        for rule in rules:
            ids = self._spark.sql(query(rule, _DIALECT, select="p.ordinal"))
            ids.write.mode("overwrite").parquet(str(self._folder / rule.key))

    def answers(self, rules: Sequence[Rule]) -> dict[str, Answer]:
        """What was written last; the ids are removed."""
        found = {rule.key: answer_of(pq.read_table(self._folder / rule.key)["ordinal"].to_numpy()) for rule in rules}
        shutil.rmtree(self._folder)
        return found


class SparkGiant:
    """Behaviours computed once into a wide table, then a hundred audiences a select."""

    name = "Spark, giant select of 100 audiences (hugeMethodLimit=8000), counts"

    def __init__(self, stage: Stage) -> None:
        self._stage, self._spark = stage, spark_session({})
        self._atoms: list[BehaviourAtom] = list(
            dict.fromkeys(atom for rule in stage.rules for atom in rule.atoms if isinstance(atom, BehaviourAtom))
        )
        self._names = {atom: f"b{number}" for number, atom in enumerate(self._atoms)}
        SparkEach(stage)

    def load(self) -> None:
        """Compute every distinct behaviour of a person once, beside the traits, into a wide table."""
        self._spark.conf.set(_HUGE_METHOD, 8000)
        wide = self._spark.table("people")
        for event in sorted({atom.event for atom in self._atoms}):
            mine = [atom for atom in self._atoms if atom.event == event]
            totals = ", ".join(f"{reached(atom, total(atom, _DIALECT))} AS {self._names[atom]}" for atom in mine)
            events = f"event_{event} WHERE {scope(mine, _DIALECT)}"
            reaching = self._spark.sql(f"SELECT site, ordinal, {totals} FROM {events} GROUP BY site, ordinal")
            wide = wide.join(reaching, on=["site", "ordinal"], how="left")
        folder = str(self._stage.folder / "wide")
        wide.write.mode("overwrite").parquet(folder)
        self._spark.read.parquet(folder).createOrReplaceTempView("wide")

    def count(self, rules: Sequence[Rule]) -> None:
        """The sizes of a hundred audiences in one select."""
        counts = ", ".join(f"count_if({self._condition(rule)})" for rule in rules)
        self._spark.sql(f"SELECT {counts} FROM wide").collect()

    def answers(self, rules: Sequence[Rule]) -> dict[str, Answer]:
        """The size and the hash of each audience, one by one."""
        found = {}
        for rule in rules:
            ids = self._spark.sql(f"SELECT ordinal FROM wide WHERE {self._condition(rule)}").toArrow()
            found[rule.key] = answer_of(ids["ordinal"].to_numpy())
        return found

    def _condition(self, rule: Rule) -> str:
        def cell(atom: Atom) -> str:
            return trait(atom) if isinstance(atom, TraitAtom) else self._names[atom]

        return f"site = '{rule.site}' AND {matching(rule, cell)}"
