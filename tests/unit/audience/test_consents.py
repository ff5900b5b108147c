"""Consent: the latest word before as_of counts, and what an audience makes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pyarrow as pa
import pytest
from pyroaring import BitMap

from plateia.records import Change
from plateia.rules import tree
from plateia.rules.windows import microseconds
from tests.unit.audience.asking import below, explained
from tests.unit.audience.table_reader import AS_OF, TableReader, audience, compiled, people, trait
from tests.unit.audience.test_worker import members
from transforms.audience.usage import Reading, uses
from transforms.audience.worker import evaluate_block

Word = tuple[int, str, datetime, bool]
GRANT, WITHDRAWAL = True, False
EVERYONE = tree.Group("none", (trait("tier", "nobody has it"),))
ADS = tree.Consent("ads")
MOMENT, DAY = timedelta(microseconds=1), timedelta(days=1)


def words(*rows: Word) -> pa.Table:
    schema = pa.schema(
        {"ordinal": pa.int32(), "purpose": pa.string(), "at": pa.timestamp("us", tz="UTC"), "granted": pa.bool_()}
    )
    return pa.Table.from_pylist([dict(zip(schema.names, row, strict=True)) for row in rows], schema=schema)


def three_people(consents: pa.Table | None) -> TableReader:
    return TableReader(people(3, tier=pa.array(["gold", "gold", "iron"])), words=consents)


@pytest.mark.parametrize(
    ("said", "consent"),
    [
        pytest.param([], [], id="silence is not consent"),
        pytest.param([(0, "ads", AS_OF - DAY, GRANT)], [0], id="a grant"),
        pytest.param([(0, "mail", AS_OF - DAY, GRANT)], [], id="a grant of something else"),
        pytest.param([(0, "ads", AS_OF - DAY, WITHDRAWAL)], [], id="a withdrawal of nothing"),
        pytest.param(
            [(0, "ads", AS_OF - DAY, WITHDRAWAL), (0, "ads", AS_OF - 2 * DAY, GRANT)], [], id="the latest word counts"
        ),
        pytest.param(
            [(0, "ads", AS_OF - DAY, GRANT), (0, "ads", AS_OF - 2 * DAY, WITHDRAWAL)], [0], id="who comes round"
        ),
        pytest.param(
            [(0, "ads", AS_OF - DAY, word) for word in (WITHDRAWAL, GRANT)], [], id="a withdrawal beats a grant"
        ),
        pytest.param([(0, "ads", AS_OF, GRANT)], [], id="nothing at as_of is seen"),
        pytest.param([(0, "ads", AS_OF - MOMENT, GRANT)], [0], id="the moment before is"),
        pytest.param(
            [(0, "ads", AS_OF - DAY, GRANT), (0, "ads", AS_OF, WITHDRAWAL)],
            [0],
            id="a withdrawal that is still to come",
        ),
        pytest.param([(7, "ads", AS_OF - DAY, GRANT), (1, "ads", AS_OF - DAY, GRANT)], [1], id="a stranger's word"),
    ],
)
@pytest.mark.parametrize("order", [1, -1])
def test_the_latest_word_counts(said: list[Word], consent: list[int], order: int) -> None:
    plan = compiled([audience("a", EVERYONE, consent=ADS)])
    outcome = evaluate_block(plan, three_people(words(*said[::order])), block=0)
    assert members(outcome).get("a", []) == consent


def test_consent_comes_after_the_rule_and_exclude_and_holds_for_who_refers() -> None:
    plan = compiled(
        [
            audience("asked", EVERYONE, exclude=("iron",), consent=ADS),
            audience("iron", trait("tier", "iron")),
            audience("refers", tree.AudienceNode("asked")),
            audience("others", tree.Group("none", (tree.AudienceNode("asked"),))),
        ]
    )
    said = words((1, "ads", AS_OF - DAY, GRANT), (2, "ads", AS_OF - DAY, GRANT))
    found = members(evaluate_block(plan, three_people(said), block=0))
    assert found == {"asked": [1], "iron": [2], "refers": [1], "others": [0, 2]}


def test_a_withdrawal_beats_the_shortest_stay() -> None:
    stays = tree.Membership(min_stay=tree.Duration(30, "d"))
    plan = compiled([audience("a", trait("tier", "nobody has it"), consent=ADS, membership=stays)], published={"a"})
    everyone = BitMap([0, 1, 2]).serialize()
    history = {"a": [Change(microseconds(AS_OF - DAY), everyone, BitMap().serialize())]}
    said = words((0, "ads", AS_OF - DAY, GRANT), (1, "ads", AS_OF - DAY, GRANT), (1, "ads", AS_OF - MOMENT, WITHDRAWAL))
    reader = replace(three_people(said), published={"a": everyone}, history=history)
    assert members(evaluate_block(plan, reader, block=0)) == {"a": [0]}


def test_without_a_refresh_of_consents_only_who_asks_fails() -> None:
    plan = compiled([audience("asked", EVERYONE, consent=ADS), audience("free", trait("tier", "iron"))])
    outcome = evaluate_block(plan, three_people(None), block=0)
    assert outcome.failures == {
        "asked": "the consent to `ads`: the warehouse holds no consents yet: run refresh-warehouse"
    }
    assert members(outcome) == {"free": [2]}


def test_an_explanation_and_a_plan_name_the_consent() -> None:
    plan = compiled([audience("a", EVERYONE, consent=ADS), audience("b", EVERYONE, consent=ADS)], outlined={"a"})
    granted = three_people(words((0, "ads", AS_OF - DAY, GRANT)))
    told = explained([audience("a", EVERYONE, consent=ADS)], granted)
    assert [(child["text"], child["truth"]) for child in below(told)][1:] == [("consent to ads", True)]
    (use,) = [use for use in uses(plan, "a") if use.text == "consent to ads"]
    assert use.shared_with == 1
    assert use.readings == (Reading("consents", ("purpose", "granted"), None, microseconds(AS_OF)),)
