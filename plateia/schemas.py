"""JSON Schemas of every kind of configuration file; ``python -m plateia.schemas`` writes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from plateia.declarations.environments import EnvironmentForm
from plateia.declarations.features import FeatureSetForm
from plateia.declarations.identity import Identity
from plateia.declarations.lookalikes import LookalikeForm
from plateia.declarations.priorities import Priorities
from plateia.declarations.propensities import PropensityForm
from plateia.declarations.sites import Sites
from plateia.declarations.sources import Source
from plateia.declarations.suites import SuiteForm
from plateia.rules.grammar.document import AudienceDocument

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_KINDS: dict[str, Any] = {
    "sites": Sites,
    "identity": Identity,
    "priorities": Priorities,
    "environment": EnvironmentForm,
    "source": Annotated[Source, Field(discriminator="kind")],
    "audience": AudienceDocument,
    "features": FeatureSetForm,
    "lookalike": LookalikeForm,
    "propensity": PropensityForm,
    "suite": SuiteForm,
}


class _AsWritten(GenerateJsonSchema):
    """What an author writes: a key that may be missing is left out, never null."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])


def schemas() -> dict[str, str]:
    """The JSON Schema of each kind of document, as the text of its file, by the file's name."""
    return {
        f"{kind}.json": _text(TypeAdapter(model).json_schema(schema_generator=_AsWritten), kind)
        for kind, model in _KINDS.items()
    }


def write_schemas(folder: Path) -> None:
    """Write every schema into a folder, which is created if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in schemas().items():
        (folder / name).write_text(text, encoding="utf-8")


def _text(schema: dict[str, Any], kind: str) -> str:
    named = {"$schema": _DIALECT, **schema, "title": f"Plateia: {kind}"}
    return json.dumps(named, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    write_schemas(Path("configs/schema"))
