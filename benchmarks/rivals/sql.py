"""Rules as SQL, the way a careful analyst writes it; Spark's and DuckDB's dialects differ in a few words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from benchmarks.company.rules import Atom, BehaviourAtom, Rule, TraitAtom, Value
from benchmarks.company.shape import AS_OF
from benchmarks.company.traits import TRAITS


@dataclass(frozen=True, slots=True)
class Dialect:
    """How an instant is written, the column of them, and an amount in whole cents."""

    instant: Callable[[datetime], str]
    at: str
    cents: str


def matching(rule: Rule, cell: Callable[[Atom], str]) -> str:
    """The rule as a condition over whatever ``cell`` makes of each atom."""
    groups = []
    for group in rule.groups:
        terms = [f"NOT coalesce({cell(t.atom)}, false)" if t.negated else f"({cell(t.atom)})" for t in group]
        groups.append(f"({' OR '.join(terms)})")
    return " AND ".join(groups)


def query(rule: Rule, dialect: Dialect, *, select: str) -> str:
    """One audience: people, joined to what their events of the named types and categories come to."""
    atoms = list(dict.fromkeys(atom for atom in rule.atoms if isinstance(atom, BehaviourAtom)))
    names = {atom: f"b{number}" for number, atom in enumerate(atoms)}

    def cell(atom: Atom) -> str:
        return trait(atom) if isinstance(atom, TraitAtom) else reached(atom, f"coalesce({names[atom]}, 0)")

    joins = []
    for event in sorted({atom.event for atom in atoms}):
        mine = [atom for atom in atoms if atom.event == event]
        totals = ", ".join(f"{total(atom, dialect)} AS {names[atom]}" for atom in mine)
        where = f"site = '{rule.site}' AND {scope(mine, dialect)}"
        joins.append(
            f" LEFT JOIN (SELECT ordinal, {totals} FROM event_{event} WHERE {where} GROUP BY ordinal) AS {event}s"
            f" ON {event}s.ordinal = p.ordinal"
        )
    return f"SELECT {select} FROM people p{''.join(joins)} WHERE p.site = '{rule.site}' AND {matching(rule, cell)}"


def scope(atoms: Iterable[BehaviourAtom], dialect: Dialect) -> str:
    """The events that any of some atoms asks about."""
    atoms = list(atoms)
    categories = ", ".join(quoted(category) for category in sorted({atom.category for atom in atoms}))
    first, end = (dialect.instant(at) for at in (since(max(atom.days for atom in atoms)), AS_OF))
    return f"category IN ({categories}) AND {dialect.at} >= {first} AND {dialect.at} < {end}"


def total(atom: BehaviourAtom, dialect: Dialect) -> str:
    """How many events of an atom, or how many cents; the table holds none at or after as_of."""
    inside = f"category = {quoted(atom.category)} AND {dialect.at} >= {dialect.instant(since(atom.days))}"
    if atom.measure == "count":
        return f"count(CASE WHEN {inside} THEN 1 END)"
    return f"sum(CASE WHEN {inside} THEN {dialect.cents} END)"


def reached(atom: BehaviourAtom, value: str) -> str:
    """Whether a total is at least what the atom asks for."""
    return f"{value} >= {atom.at_least * (100 if atom.measure == 'sum' else 1)}"


def since(days: int) -> datetime:
    """The start of a window that ends at as_of."""
    return AS_OF - timedelta(days=days)


def trait(atom: TraitAtom) -> str:
    """A condition on a trait; NaN is missing."""
    name, values = atom.trait, [_literal(value) for value in atom.values]
    is_double = TRAITS[name].kind == "double"
    if atom.op == "missing":
        return f"({name} IS NULL OR isnan({name}))" if is_double else f"{name} IS NULL"
    sides = {
        "eq": f"{name} = {values[0]}",
        "in": f"{name} IN ({', '.join(values)})",
        "gte": f"{name} >= {values[0]}",
        "lt": f"{name} < {values[0]}",
        "between": f"{name} BETWEEN {values[0]} AND {values[-1]}",
    }
    return f"({sides[atom.op]} AND NOT isnan({name}))" if is_double else sides[atom.op]


def quoted(text: str) -> str:
    """A text as a literal."""
    return "'" + text.replace("'", "''") + "'"


def _literal(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    return quoted(value) if isinstance(value, str) else repr(value)
