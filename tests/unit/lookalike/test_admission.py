"""What cannot be evaluated yet is refused by name, and a seed never comes from the future."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from models.lookalike.admission import seed_failure, unsupported
from plateia.declarations.lookalikes import Lookalike, LookalikeGuards
from plateia.errors import Location
from plateia.rules.tree import Consent, EventNode, Measure, Refresh

PLAIN = Lookalike(
    key="alikes",
    title="Alike",
    owner="growth",
    seed="fans",
    seed_file=None,
    weights=None,
    sites=("us",),
    features="shopping",
    audiences={"alikes-1": Decimal("0.01")},
    method="auto",
    consent=None,
    guards=LookalikeGuards(50, Decimal("0.5"), None),
    refresh=Refresh(),
    definition_hash="hash",
    place=Location(),
)


@pytest.mark.parametrize(
    ("lookalike", "word"),
    [
        pytest.param(PLAIN, None, id="auto"),
        pytest.param(replace(PLAIN, method="logistic"), None, id="logistic"),
        pytest.param(replace(PLAIN, method="boosted"), "method: boosted", id="boosted"),
        pytest.param(replace(PLAIN, seed=None, seed_file="x.csv"), "list", id="a list"),
        pytest.param(replace(PLAIN, weights=EventNode("buy", Measure("count"))), "weights", id="weights"),
        pytest.param(replace(PLAIN, consent=Consent("ads")), "consent", id="consent"),
    ],
)
def test_unsupported_constructs_are_named(lookalike: Lookalike, word: str | None) -> None:
    reason = unsupported(lookalike)
    assert reason is None if word is None else reason is not None and f"`{word}`" in reason


NOON = datetime(2026, 11, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("published", "words"),
    [
        pytest.param(None, "not published", id="never published"),
        pytest.param(datetime(2026, 11, 10, 12, 0, 1, tzinfo=UTC), "leak", id="a second later"),
        pytest.param(NOON, None, id="the same instant"),
        pytest.param(datetime(2026, 11, 1, tzinfo=UTC), None, id="earlier"),
    ],
)
def test_seeds_of_the_future_are_refused(published: datetime | None, words: str | None) -> None:
    reason = seed_failure("fans", None if published is None else {"as_of": published}, NOON)
    assert reason is None if words is None else reason is not None and words in reason
