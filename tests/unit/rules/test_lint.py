"""What sound rules are warned about: each golden YAML file has beside it the warnings that it gives, and no more."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path
from random import Random
from time import process_time

import pytest

from plateia.catalogue import Attribute, Catalogue, EventType, Relation, ValueType
from plateia.config import Document, Plain, key_path, load_documents
from plateia.errors import Location, Problem
from plateia.rules import parse_audience, tree
from plateia.rules.canonical import canonical_text
from plateia.rules.lint import lint
from plateia.rules.tree import Audience
from plateia.workspace.doubts import located
from tests.unit.rules.shop import CATALOGUE, parse

GOLDEN = Path(__file__).parents[2] / "golden" / "lint"
TODAY = date(2018, 7, 1)


@pytest.mark.parametrize("name", sorted(path.stem for path in GOLDEN.glob("*.yml")))
def test_every_warning_of_a_file_is_told(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(GOLDEN)
    warnings: list[Problem] = []
    documents, problems = load_documents(Path(f"{name}.yml"), f"{name}.yml")
    audiences = {}
    for document in documents:
        audience, found = parse(document, tmp_path, warnings)
        problems += found
        assert audience is not None, problems
        audiences[audience.key] = audience
    told = [str(doubt) for doubt in located(lint(audiences, CATALOGUE, today=TODAY))]
    expected = (GOLDEN / f"{name}.txt").read_text("utf-8").splitlines()
    assert [*map(str, warnings), *told] == expected


def closed(*values: str) -> Attribute:
    return Attribute("kind", ValueType("string"), values=values)


SHELVES = Catalogue(
    sites={"us": "UTC"},
    traits={"likes": Attribute("likes", ValueType("array"), values=("tea", "milk"))},
    events={
        "buy": EventType("buy", {"kind": closed("tea", "Milk")}),
        "see": EventType("see", {"kind": closed("shoe", "Milk")}),
        "wear": EventType("wear", {"kind": closed("shoe")}),
    },
    relations={"owns": Relation("owns", "person", "shop", {"kind": closed("bar")})},
)
NOBODY = "a condition that none of the values that its source declares can meet"


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        pytest.param({"event": "buy", "where": {"kind": "shoe"}}, "rule.where", id="eq"),
        pytest.param({"event": "buy", "where": {"kind": ["shoe", "sock"]}}, "rule.where", id="in"),
        pytest.param({"event": "buy", "where": {"kind": {"ends_with": "EA"}}}, "rule.where", id="ends_with"),
        pytest.param({"event": "buy", "where": {"kind": {"matches": "m.*"}}}, "rule.where", id="matches"),
        pytest.param({"event": "buy", "where": {"none": [{"kind": {"missing": "true"}}, {"kind": ["tea", "Milk"]}]}},
                     "rule.where", id="none of all there are"),
        pytest.param({"event": "buy", "where": {"any": [{"kind": "tea"}, {"kind": "sock"}]}}, "rule.where.any[1]",
                     id="one branch"),
        pytest.param({"trait": "likes", "is": {"any_of": ["tee", "mylk"]}}, "rule.is", id="any_of"),
        pytest.param({"trait": "likes", "is": {"all_of": ["tea", "mylk"]}}, "rule.is", id="all_of"),
        pytest.param({"event": "buy", "distinct": {"of": "kind", "is": {"gte": "3"}}}, "rule.distinct", id="distinct"),
        pytest.param({"sequence": [{"event": "buy", "as": "b"}, {"event": "wear", "same": {"kind": "b.kind"}}]},
                     "rule.sequence", id="same"),
        pytest.param({"sequence": [{"event": "see"}, {"event": "buy", "where": {"kind": "shoe"}}]},
                     "rule.sequence[1].where", id="a step"),
        pytest.param({"related": [{"relation": "owns", "where": {"kind": "inn"}}]}, "rule.related[0].where",
                     id="a hop"),
        pytest.param({"related": ["owns"], "every": {"kind": "inn"}}, "rule.every", id="every row"),
    ],
)  # fmt: skip
def test_values_that_there_never_are(rule: Plain, path: str, tmp_path: Path) -> None:
    audience = bound(rule, tmp_path)
    found = lint({"tested": audience}, SHELVES, today=TODAY)
    assert [(key_path(one.path), one.got) for one in found if one.got == NOBODY] == [(path, NOBODY)]


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param({"event": "buy", "where": {"kind": {"eq": "MILK", "ignore_case": "true"}}}, id="in any case"),
        pytest.param({"event": "buy", "where": {"kind": {"not_in": ["shoe"]}}}, id="not_in excludes nothing"),
        pytest.param({"trait": "likes", "is": {"none_of": ["mylk"]}}, id="none_of excludes nothing"),
        pytest.param({"trait": "likes", "is": {"any_of": ["mylk", "tea"]}}, id="one is known"),
        pytest.param({"sequence": [{"event": "buy", "as": "b"}, {"event": "see", "same": {"kind": "b.kind"}}]},
                     id="same values on both ends"),
        pytest.param({"sequence": [{"event": "buy"}, {"not": {"event": "buy", "where": {"kind": "tea"}}, "for": "1d"}]},
                     id="a step that must not happen"),
    ],
)  # fmt: skip
def test_values_that_there_are(rule: Plain, tmp_path: Path) -> None:
    assert lint({"tested": bound(rule, tmp_path)}, SHELVES, today=TODAY) == []


def bound(rule: Plain, folder: Path) -> Audience:
    document = Document("audiences.yml", 0, {"audience": "tested", "sites": "all", "rule": rule})
    audience, problems = parse_audience(document, SHELVES, lists_root=folder, variables={})
    assert audience is not None, problems
    return audience


def test_a_rule_of_thousands_of_leaves_is_judged() -> None:
    kind = ValueType("long")
    leaves = tuple(
        tree.TraitNode("visits", kind, tree.Condition((tree.Test("eq", number),))) for number in range(3_000)
    )
    several = tree.Group("all", (tree.Group("any", leaves[:1_500]), tree.Group("any", leaves[1_500:])))
    counted = tree.Group("none", (tree.NOf(1_500, leaves),))
    audiences = {
        key: tree.Audience(key, key, "", ("us",), rule, "", Location("a.yml", 1))
        for key, rule in {"several": several, "counted": counted}.items()
    }
    (found,) = lint(audiences, CATALOGUE, today=TODAY)
    assert (found.audience.key, found.path) == ("several", ("rule", "all"))


def marketplace_rule(random: Random) -> tree.Node:
    """Traits and purchases of the shop, hardly two leaves alike."""

    def trait() -> tree.Node:
        name, value = random.choice([("visits", random.randrange(300)), ("city", f"city {random.randrange(300)}")])
        op: tree.Op = "gte" if name == "visits" else "eq"
        return tree.TraitNode(name, CATALOGUE.traits[name].type, tree.Condition((tree.Test(op, value),)))

    def event() -> tree.Node:
        kinds = CATALOGUE.events["order"].properties
        product = tree.Condition((tree.Test("eq", f"product {random.randrange(2_000)}"),))
        amount = tree.Condition((tree.Test("gte", float(random.randrange(50))),))
        tests = (
            tree.PropertyTest("product", kinds["product"].type, product),
            tree.PropertyTest("amount", kinds["amount"].type, amount),
        )
        count = tree.Measure("count", tree.Condition((tree.Test("gte", random.randrange(1, 6)),)))
        window = tree.Last(tree.Duration(random.choice([7, 30, 90, 365]), "d"))
        return tree.EventNode("order", count, tree.FilterGroup("all", tests), window)

    quiet = tree.Group("none", (event(),))
    return tree.Group("all", (trait(), event(), random.choice([trait(), quiet, tree.Group("any", (event(), event()))])))


@pytest.mark.nightly
def test_180_000_audiences_are_judged_in_seconds() -> None:
    random = Random(5)
    audiences = {
        f"a-{number}": tree.Audience(
            f"a-{number}",
            "",
            "",
            (random.choice(["ar", "br", "us"]),),
            marketplace_rule(random),
            "",
            Location("a.yml", 1),
        )
        for number in range(180_000)
    }
    started = process_time()
    found = lint(audiences, CATALOGUE, today=TODAY)
    assert process_time() - started < 15
    by_text = Counter((canonical_text(audience.rule), audience.sites[0]) for audience in audiences.values())
    told = sum(1 for finding in found if "once more" in finding.got)
    assert told == sum(several - 1 for several in by_text.values())
