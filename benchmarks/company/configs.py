"""A marketplace's configuration folders: sites, sources, environment, and one folder of audiences a mix."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from benchmarks.company.rules import Atom, Mix, Rule, Term, TraitAtom
from benchmarks.company.shape import COUNTRIES, ZONES, Shape
from benchmarks.company.traits import TRAITS

_A_FILE = 100


def configs_at(folder: Path, shape: Shape, mix: Mix) -> Path:
    """The configuration folder of a mix on a shape's lake; always written anew."""
    configs = folder / "mixes" / mix.name / "configs"
    for old in configs.rglob("*.yml"):
        old.unlink()
    _dump(configs / "sites.yml", [{s: {"zone": ZONES[s], "country": COUNTRIES[s]} for s in shape.sites}])
    environment = {"lake": str(folder / "lake"), "variables": {"data": str(folder / "raw")}}
    _dump(configs / "environments" / "local.yml", [environment])
    for source in sources(shape):
        _dump(configs / "sources" / f"{source['source']}.yml", [source])
    rules = mix.rules()
    for start in range(0, len(rules), _A_FILE):
        _dump(configs / "audiences" / f"{start:06d}.yml", map(document, rules[start : start + _A_FILE]))
    return configs


def sources(shape: Shape) -> list[dict[str, Any]]:
    """The sources over the raw files."""
    return [_people(shape), *(_events(shape, event) for event in shape.types)]


def _people(shape: Shape) -> dict[str, Any]:
    return {
        "source": "accounts",
        "kind": "people",
        "read": {"format": "parquet", "path": "${data}/accounts"},
        **_who(shape),
        "traits": {name: {"type": trait.kind} for name, trait in TRAITS.items()},
    }


def _events(shape: Shape, event: str) -> dict[str, Any]:
    return {
        "source": f"{event}s",
        "kind": "events",
        "event": event,
        "read": {"format": "parquet", "path": f"${{data}}/{event}"},
        **_who(shape),
        "at": {"column": "happened_at", "zone": "UTC"},
        "id": ["event_id"],
        "load": "append",
        "properties": {"amount": {"type": "double"}, "category": {"type": "string"}, "device": {"type": "string"}},
    }


def _who(shape: Shape) -> dict[str, Any]:
    countries = {COUNTRIES[site]: site for site in shape.sites}
    return {
        "site": {"column": "country", "map": countries},
        "person": {"column": "account_id", "identifier": "account"},
    }


def document(rule: Rule) -> dict[str, Any]:
    """A rule as one document of the audience language."""
    groups = [{"any": [_term(each) for each in group]} for group in rule.groups]
    return {
        "audience": rule.key,
        "title": f"Benchmark audience {rule.key}",
        "owner": "benchmarks",
        "sites": [rule.site],
        "rule": {"all": groups},
    }


def _term(term: Term) -> dict[str, Any]:
    node = _node(term.atom)
    return {"none": [node]} if term.negated else node


def _node(atom: Atom) -> dict[str, Any]:
    if isinstance(atom, TraitAtom):
        values = [value.isoformat() if isinstance(value, date) else value for value in atom.values]
        return {"trait": atom.trait, "is": {atom.op: values if atom.op in ("in", "between") else values[0]}}
    condition = {"gte": atom.at_least}
    measured: dict[str, Any] = (
        {"count": condition} if atom.measure == "count" else {"sum": {"of": "amount", "is": condition}}
    )
    window = {"last": f"{atom.days}d"}
    return {"event": atom.event, "where": {"category": atom.category}, "window": window, **measured}


def _dump(path: Path, documents: Iterable[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # JSON is YAML, and a hundred times quicker to write; sources stay readable.
    if path.parent.name == "audiences":
        text = "---\n".join(json.dumps(each, ensure_ascii=False) + "\n" for each in documents)
    else:
        text = yaml.safe_dump_all(documents, allow_unicode=True, sort_keys=False)
    path.write_text(text, encoding="utf-8")
