"""A shop's catalogue with every type, and rules written as YAML, for the tests of the language."""

from __future__ import annotations

from pathlib import Path

from plateia.catalogue import Attribute, Catalogue, EventType, Kind, Relation, ValueType
from plateia.config import Document, Plain, load_documents
from plateia.errors import Problem
from plateia.rules import parse_audience
from plateia.rules.tree import Audience, Node


def _attributes(**kinds: Kind) -> dict[str, Attribute]:
    return {name: Attribute(name, ValueType(kind)) for name, kind in kinds.items()}


TRAITS = {
    **_attributes(city="string", visits="long", spend="double", vip="boolean", born="date", seen="timestamp"),
    "tags": Attribute("tags", ValueType("array")),
    "credit": Attribute("credit", ValueType("decimal", 9, 2)),
    "tier": Attribute("tier", ValueType("string"), values=("gold", "silver")),
}
CATALOGUE = Catalogue(
    priorities={"spring": ("first", "second", "whole", "last"), "autumn": ("first",)},
    sites={"ar": "America/Buenos_Aires", "br": "America/Sao_Paulo", "us": "America/New_York"},
    traits=TRAITS,
    events={
        "order": EventType(
            "order",
            {
                **_attributes(product="string", units="long", amount="double", due="date", gift="boolean"),
                "labels": Attribute("labels", ValueType("array")),
                "fee": Attribute("fee", ValueType("decimal", 9, 2)),
            },
        ),
        "view": EventType("view", _attributes(product="string", seconds="long", at_least="timestamp")),
    },
    relations={
        "owns": Relation("owns", "person", "shop", _attributes(role="string")),
        "sells": Relation("sells", "shop", "item", _attributes(price="double", title="string")),
    },
    purposes=frozenset({"ads", "mail"}),
    has_consents=True,
    scores=frozenset({"fit"}),
)


def read(text: str, folder: Path) -> list[Document]:
    """The documents of a YAML text, through the loader."""
    file = folder / "audiences.yml"
    file.write_text(text, "utf-8")
    documents, problems = load_documents(file, "audiences.yml")
    assert problems == []
    return documents


def parse(
    document: Document, folder: Path, warnings: list[Problem] | None = None
) -> tuple[Audience | None, list[Problem]]:
    """An audience of the shop; its lists lie in ``folder`` or under ``${data}``, the folder ``data`` beside it."""
    variables = {"data": str(folder.parent / "data"), "bucket": "s3://bucket/lists"}
    return parse_audience(document, CATALOGUE, lists_root=folder, variables=variables, warnings=warnings)


def rule_of(plain: Plain, folder: Path) -> Node:
    """The tree of a rule that has to be sound."""
    value: dict[str, Plain] = {"audience": "tested", "sites": "all", "rule": plain}
    audience, problems = parse(Document("audiences.yml", 0, value), folder)
    assert audience is not None, "\n".join(map(str, problems))
    return audience.rule


def written(text: str, folder: Path) -> Node:
    """The tree of a rule in YAML that has to be sound."""
    (document,) = read(f"rule: {text}", folder)
    return rule_of(document.value["rule"], folder)
