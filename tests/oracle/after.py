"""What follows a rule, as SQL: who stays, and who comes first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from plateia.rules.tree import Duration, Membership, Shape
from tests.oracle.conditions import instant, quoted

Change = tuple[datetime, frozenset[str], frozenset[str]]  # as_of of the run, who entered, who left


def moves(history: Sequence[Change]) -> str:
    """A query of ``run, at, person_id, entered``: each move of a person, ``run`` in the order of publication."""
    rows = [
        f"({run}, {instant(at)}, {quoted(person)}, {str(entered).lower()})"
        for run, (at, came, went) in enumerate(history)
        for entered, people in ((True, came), (False, went))
        for person in sorted(people)
    ]
    nothing = "SELECT 0 AS run, TIMESTAMP '1970-01-01' AS \"at\", '' AS person_id, false AS entered"
    if not rows:
        return f"({nothing} WHERE false)"
    return f'(SELECT * FROM (VALUES {", ".join(rows)}) AS told(run, "at", person_id, entered))'


def stays(stay: Membership, rule: str, history: Sequence[Change], as_of: datetime) -> str:
    """Whether a person whom the audience may have is in it; the last run that moved the person counts."""
    last = f"FROM {moves(history)} AS move WHERE move.person_id = person.person_id"
    word, at = (f"(SELECT max_by({column}, move.run) {last})" for column in ("move.entered", 'move."at"'))

    def within(length: Duration | None) -> str:
        return f"({at} > {instant(as_of - length.delta)})" if length else "false"

    lasts = within(stay.max_stay) if stay.max_stay else "true"
    return (
        f"(CASE WHEN coalesce({word}, false) THEN ({rule} OR {within(stay.min_stay)}) AND {lasts} "
        f"ELSE {rule} AND NOT (coalesce(NOT {word}, false) AND coalesce({within(stay.cooldown)}, false)) END)"
    )


def entered(history: Sequence[Change], start: datetime, last: datetime) -> str:
    """Whether a run of an as_of from ``start`` up to and including ``last`` took the person in."""
    told = f'"at" >= {instant(start)} AND "at" <= {instant(last)} AND entered'
    return f"(person.person_id IN (SELECT person_id FROM {moves(history)} AS move WHERE {told}))"


def best(found: str, shape: Shape, rank: str, people: str) -> str:
    """The first ``limit`` people of a query, of each group where there are groups; ties by the bytes of the id.

    ``rank`` is SQL over the row ``person`` of the table ``people``. Of doubles, a group of NaN would be its own.
    """
    group = f'person."{shape.per}"' if shape.per else "0"
    ranked = f'SELECT person_id, {group} AS "group", {rank} AS rank FROM {people} AS person'
    place = f'row_number() OVER (PARTITION BY "group" ORDER BY rank {shape.order} NULLS LAST, person_id) AS place'
    placed = f"SELECT person_id, {place} FROM ({ranked}) AS ranked WHERE person_id IN ({found})"
    return f"SELECT person_id FROM ({placed}) AS placed WHERE place <= {shape.limit}"


def none_of(found: str, groups: Iterable[frozenset[str]]) -> str:
    """The people of a query whom none of the groups holds."""
    taken = sorted(frozenset[str]().union(*groups))
    return f"SELECT person_id FROM ({found}) AS found WHERE person_id NOT IN ({', '.join(map(quoted, ['', *taken]))})"
