"""Random sound documents are sound, and what is said of them holds for all of them."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, given, settings

from plateia.config import Document
from plateia.rules.canonical import canonical
from plateia.rules.describe import describe
from plateia.rules.tree import AudienceNode, EventNode, Group, SequenceNode, TraitNode, walk
from tests.unit.rules.shop import CATALOGUE, parse, rule_of
from tests.unit.rules.strategies import SHARED_PASS, Rule, audiences_for, rules_for

HERE = Path(__file__).parent
RULES = rules_for(CATALOGUE, audiences=["others", "more-others"], lists=[Path(__file__).name])
MANY = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@MANY
@given(audiences_for(CATALOGUE, RULES))
def test_documents_are_sound(value: Rule) -> None:
    audience, problems = parse(Document("random.yml", 0, value), HERE)
    assert problems == []
    assert audience is not None


@MANY
@given(RULES)
def test_canonical_rules_are_canonical(rule: Rule) -> None:
    once = canonical(rule_of(rule, HERE))
    assert canonical(once) == once


@MANY
@given(RULES)
def test_every_node_is_described_in_one_line(rule: Rule) -> None:
    for node in walk(rule_of(rule, HERE)):
        text = describe(node)
        assert text == text.strip()
        assert "\n" not in text
        assert "(kind" not in text


@settings(MANY, max_examples=60)
@given(rules_for(CATALOGUE, constructs={"trait", "all", "eq"}))
def test_only_the_chosen_constructs_occur(rule: Rule) -> None:
    for node in walk(rule_of(rule, HERE)):
        assert isinstance(node, TraitNode) or (isinstance(node, Group) and node.op == "all")


@settings(MANY, max_examples=60)
@given(rules_for(CATALOGUE, constructs=SHARED_PASS, audiences=["others"]))
def test_the_shared_pass_knows_counts_and_sums(rule: Rule) -> None:
    for node in walk(rule_of(rule, HERE)):
        assert not isinstance(node, SequenceNode)
        assert not isinstance(node, EventNode) or node.measure.kind in ("count", "sum")
        assert not isinstance(node, AudienceNode) or node.entered is None
