"""Consent and relations of one person, row by row, from the language's description alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from plateia.rules import tree

Row = Mapping[str, object]


def consents(words: Sequence[Row], purpose: str, ordinal: int, as_of: datetime) -> bool:
    """Whether the latest words before as_of are grants, all of them; silence is none."""
    said = [w for w in words if w["ordinal"] == ordinal and w["purpose"] == purpose and w["at"] < as_of]
    latest = max((word["at"] for word in said), default=None)
    return bool(said) and all(word["granted"] for word in said if word["at"] == latest)


def last_rows(
    relations: Mapping[str, Sequence[Row]],
    hops: Sequence[tree.Hop],
    ordinal: int,
    matches: Callable[[Row, tree.Filter], bool],
) -> list[Row]:
    """The rows of the last hop that a person reaches, each once, over whichever ways."""
    rows: list[Row] = []
    for number, hop in enumerate(hops):
        starts = {row["to_key"] for row in rows} if number else {ordinal}
        rows = [
            row
            for row in relations[hop.relation]
            if row["from_key" if number else "ordinal"] in starts and (hop.where is None or matches(row, hop.where))
        ]
    return rows
