"""Asks why about people of a block that lies in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from plateia.rules import tree
from tests.unit.audience.table_reader import AS_OF, SITE, ZONE, TableReader
from transforms.audience.compile import compile_site
from transforms.audience.deciding import answer, decide
from transforms.audience.explaining import Explanation, Question, explain_person
from transforms.audience.plan import SitePlan


def explained(
    audiences: Sequence[tree.Audience],
    reader: TableReader,
    ordinal: int = 0,
    *,
    as_of: datetime = AS_OF,
    published: Mapping[str, tuple[str, datetime]] | None = None,
    lists: Mapping[str, frozenset[str]] | None = None,
) -> Explanation:
    """Why a person is in the first of some audiences, which are built together."""
    by_key = {one.key: one for one in audiences}
    key = audiences[0].key

    def compile_at(instant: datetime) -> SitePlan:
        return compile_site(
            by_key,
            site=SITE,
            zone=ZONE,
            as_of=instant,
            built=set(by_key),
            published=set(published or ()),
            lists=lists,
            outlined={key},
        )

    history = {
        name: [(change.as_of, f"run-{change.as_of}") for change in past] for name, past in reader.history.items()
    }
    plan = compile_at(as_of)
    decided = decide({SITE: plan}, lambda asked: {site: [answer(asked[site], reader, 0)] for site in asked})
    bounds = decided[SITE].bounds
    question = Question(key, by_key, as_of, ZONE, compile_at, published or {}, history, bounds)
    return explain_person(question, reader, ordinal)


def below(row: Explanation) -> list[Explanation]:
    """The rows right below."""
    children = row["children"]
    assert isinstance(children, list)
    return children
