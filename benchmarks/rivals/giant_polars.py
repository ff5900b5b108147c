"""polars: one lazy select of all audiences of a site, memberships written as a Parquet file of booleans."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq

from benchmarks.company.rules import Atom, BehaviourAtom, Rule, TraitAtom
from benchmarks.company.traits import TRAITS
from benchmarks.phases.stage import Stage
from benchmarks.rivals.sql import since
from benchmarks.rivals.truth import Answer, answer_of


class GiantPolars:
    """Everything from the lake's Parquet files to files of booleans."""

    name = "polars, giant select split by site, memberships written as booleans"

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._folder = stage.folder / "polars"
        self._folder.mkdir(exist_ok=True)

    def write(self, rules: Sequence[Rule]) -> None:
        """Write one file of booleans a site: a column an audience, a row an ordinal."""
        for site in self._stage.shape.sites:
            mine = [rule for rule in rules if rule.site == site]
            if mine:
                self._write(site, mine)

    def _write(self, site: str, rules: Sequence[Rule]) -> None:
        atoms = list(dict.fromkeys(atom for rule in rules for atom in rule.atoms))
        traits = sorted({atom.trait for atom in atoms if isinstance(atom, TraitAtom)})
        people = pl.read_parquet(self._files("people", site), columns=["ordinal", *traits]).sort("ordinal")
        behaviours = [atom for atom in atoms if isinstance(atom, BehaviourAtom)]
        names: dict[Atom, str] = {atom: f"behaviour_{number}" for number, atom in enumerate(behaviours)}
        cells = self._behaviours(site, behaviours, names, people.height)
        wide = people.with_columns(cells)
        del people, cells
        wide.lazy().select(_expression(rule, names).alias(rule.key) for rule in rules).sink_parquet(self._file(site))

    def _behaviours(
        self, site: str, atoms: Sequence[BehaviourAtom], names: Mapping[Atom, str], n: int
    ) -> list[pl.Series]:
        """Whom each behaviour holds for: events split by category once, then a small group-by for each of them."""
        found = []
        for event in sorted({atom.event for atom in atoms}):
            mine = [atom for atom in atoms if atom.event == event]
            files = self._files(f"event_{event}", site)
            frame = pl.read_parquet(files, columns=["ordinal", "at", "category", "amount"])
            wanted = sorted({atom.category for atom in mine})
            frame = frame.filter(pl.col("category").is_in(wanted))
            parts = frame.with_columns((pl.col("amount") * 100).round().cast(pl.Int64)).partition_by(
                "category", as_dict=True, include_key=False
            )
            for atom in mine:
                part = parts.get((atom.category,), frame.clear())
                found.append(_reached(part, atom, n).alias(names[atom]))
        return found

    def answers(self, rules: Sequence[Rule]) -> dict[str, Answer]:
        """What the files that were written last say."""
        found = {}
        for rule in rules:
            column = pq.read_table(self._file(rule.site), columns=[rule.key])[rule.key]
            found[rule.key] = answer_of(np.flatnonzero(column.to_numpy()))
        return found

    def _files(self, table: str, site: str) -> list[str]:
        return [file.path for file in self._stage.lake.files(table, partition={"site": [site]})]

    def _file(self, site: str) -> Path:
        return self._folder / f"{site}.parquet"


def _reached(part: pl.DataFrame, atom: BehaviourAtom, n: int) -> pl.Series:
    measured = pl.len() if atom.measure == "count" else pl.col("amount").sum()
    at_least = atom.at_least * (100 if atom.measure == "sum" else 1)
    inside = part.lazy().filter(pl.col("at") >= since(atom.days))
    people = inside.group_by("ordinal").agg(measured.alias("total")).filter(pl.col("total") >= at_least)
    ordinals = people.select("ordinal").collect()["ordinal"]
    return pl.repeat(False, n, dtype=pl.Boolean, eager=True).scatter(ordinals, True)


def _expression(rule: Rule, names: Mapping[Atom, str]) -> pl.Expr:
    groups: Iterable[pl.Expr] = (
        pl.any_horizontal(
            ~_cell(term.atom, names).fill_null(False) if term.negated else _cell(term.atom, names).fill_null(False)
            for term in group
        )
        for group in rule.groups
    )
    return pl.all_horizontal(groups)


def _cell(atom: Atom, names: Mapping[Atom, str]) -> pl.Expr:
    if isinstance(atom, BehaviourAtom):
        return pl.col(names[atom])
    column, values = pl.col(atom.trait), list(atom.values)
    is_double = TRAITS[atom.trait].kind == "double"
    if atom.op == "missing":
        return column.is_null() | column.is_nan() if is_double else column.is_null()
    if atom.op == "eq":
        return column == values[0]
    if atom.op == "in":
        return column.is_in(values)
    expression = {
        "gte": lambda: column >= values[0],
        "lt": lambda: column < values[0],
        "between": lambda: column.is_between(values[0], values[-1]),
    }[atom.op]()
    return expression & column.is_not_nan() if is_double else expression
