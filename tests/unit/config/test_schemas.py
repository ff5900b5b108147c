"""The JSON Schemas equal their files, and judge documents as the loader's models do."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from plateia.schemas import schemas

ROOT = Path(__file__).parents[3]
SCHEMAS = schemas()
VALIDATORS = {
    name.removesuffix(".json"): jsonschema.Draft202012Validator(json.loads(text)) for name, text in SCHEMAS.items()
}
FOLDERS = {
    "environments": "environment",
    "sources": "source",
    "audiences": "audience",
    "features": "features",
    "lookalikes": "lookalike",
    "propensities": "propensity",
}


class _EditorLoader(yaml.SafeLoader):
    """The scalars of YAML 1.2, which editors read: dates are text, and `on` is no boolean."""


_EditorLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":timestamp", ":bool"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_EditorLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("true|false"), ["t", "f"])


def _documents() -> list[tuple[str, str, object]]:
    found: list[tuple[str, str, object]] = []
    for home in (ROOT, ROOT / "jobs" / "starter", ROOT / "jobs" / "demo" / "overlay"):
        files = [(path, path.stem) for name in ("sites", "identity") for path in home.glob(f"configs/{name}.yml")]
        files += [(path, kind) for name, kind in FOLDERS.items() for path in home.glob(f"configs/{name}/**/*.yml")]
        files += [(path, "suite") for path in home.glob("expectations/*.yml")]
        for path, kind in sorted(files):
            parts = yaml.load_all(path.read_text("utf-8"), Loader=_EditorLoader)
            found += [(f"{path.relative_to(ROOT)} {number}", kind, part) for number, part in enumerate(parts)]
    return found


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_the_files_are_what_the_models_say(name: str) -> None:
    written = (ROOT / "configs" / "schema" / name).read_text("utf-8")
    assert written == SCHEMAS[name], "python -m plateia.schemas writes them anew"


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_every_schema_is_one(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(VALIDATORS[name.removesuffix(".json")].schema)


@pytest.mark.parametrize(("kind", "document"), [pytest.param(k, d, id=name) for name, k, d in _documents()])
def test_an_editor_accepts_what_plateia_accepts(kind: str, document: object) -> None:
    VALIDATORS[kind].validate(document)


@pytest.mark.parametrize(
    ("kind", "document"),
    [
        pytest.param("sites", {"us": {"zone": "UTC", "cuntry": "US"}}, id="unknown key"),
        pytest.param("environment", {"variables": {}}, id="missing key"),
        pytest.param("source", {"source": "a", "kind": "peple"}, id="unknown kind"),
        pytest.param(
            "audience", {"audience": "abc", "sites": "us", "rule": {"trait": "a", "is": 1}}, id="text for list"
        ),
        pytest.param("audience", {"audience": "abc", "sites": ["us"], "rule": {"tait": "a"}}, id="unknown node"),
        pytest.param("audience", {"audience": "abc", "sites": ["us"], "rule": {"trait": "a", "is": None}}, id="null"),
    ],
)
def test_an_editor_marks_what_plateia_refuses(kind: str, document: object) -> None:
    assert not VALIDATORS[kind].is_valid(document)
