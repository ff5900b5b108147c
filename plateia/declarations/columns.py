"""Columns of a source: how the company's own columns become traits, properties and instants."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from plateia.catalogue import Attribute, Pii, ValueType
from plateia.errors import did_you_mean, echo
from plateia.scalars import (
    Boolean,
    Name,
    StrictModel,
    Text,
    Values,
    ZoneOrSite,
    parse_boolean,
    parse_date,
    parse_integer,
    parse_number,
    shown,
    wrong,
)

_TYPES: Mapping[str, ValueType] = {
    "string": ValueType("string"),
    "long": ValueType("long"),
    "double": ValueType("double"),
    "boolean": ValueType("boolean"),
    "date": ValueType("date"),
    "timestamp": ValueType("timestamp"),
    "array<string>": ValueType("array"),
}
_DECIMAL = re.compile(r"decimal\(([1-9]\d?), ?(0|[1-9]\d?)\)", re.ASCII)
_TYPE_SCHEMA = {"anyOf": [{"enum": list(_TYPES)}, {"type": "string", "pattern": f"^{_DECIMAL.pattern}$"}]}
_OTHER_NAMES = {"int": "long", "integer": "long", "bigint": "long", "float": "double", "number": "double",
                "text": "string", "varchar": "string", "datetime": "timestamp", "array": "array<string>",
                "list": "array<string>", "decimal": "decimal(18,2)", "numeric": "decimal(18,2)"}  # fmt: skip
_LITERALS: Mapping[str, Callable[[str], object]] = {
    "long": parse_integer,
    "double": parse_number,
    "decimal": parse_number,
    "boolean": parse_boolean,
    "date": parse_date,
}


def parse_type(text: str) -> ValueType | None:
    """The type that a text names, or None; a decimal has 1 to 38 digits, and no more of them after the point."""
    if found := _DECIMAL.fullmatch(text):
        precision, scale = int(found[1]), int(found[2])
        return ValueType("decimal", precision, scale) if scale <= precision <= 38 else None
    return _TYPES.get(text)


def _read_type(value: object) -> ValueType:
    parsed = parse_type(value) if isinstance(value, str) else None
    if parsed is None:
        word = value.lower() if isinstance(value, str) else ""
        other = _OTHER_NAMES.get(word)
        hint = f"Did you mean {other!r}?" if other else did_you_mean(word, _TYPES)
        if re.fullmatch(r"decimal\(\d+", word):
            hint = "Between braces it needs quotes: {type: 'decimal(12,2)'}."
        raise wrong(shown(value), f"a type: {', '.join(_TYPES)} or decimal(p,s) with s <= p <= 38", hint)
    return parsed


TypeName = Annotated[ValueType, BeforeValidator(_read_type), WithJsonSchema(_TYPE_SCHEMA)]


class Column(StrictModel):
    """A trait or a property: its type, and the column it comes from (``""``: the one of the same name)."""

    type: TypeName
    column: Annotated[Text, Field(description="The source's column, where it has another name.")] = ""
    values: Annotated[Values, Field(description="A closed set; a value outside goes to quarantine.")] | None = None
    pii: Annotated[Pii, Field(description="direct identifiers are kept as tokens only.")] | None = None
    unit: Text | None = None
    sensitive: Annotated[Boolean, Field(description="Never a feature of a model.")] = False
    zone: Annotated[ZoneOrSite, Field(description="Zone of times without an offset.")] = "site"
    naive: Annotated[Boolean, Field(description="The UTC wall clock of the column is a local time of `zone`.")] = False

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.type.kind not in ("timestamp", "date") and self.model_fields_set & {"zone", "naive"}:
            key = "zone" if "zone" in self.model_fields_set else "naive"
            raise wrong(f"{echo(key)} beside type {self.type}", "it beside dates and timestamps only", path=(key,))
        parse = _LITERALS.get(self.type.kind)
        for index, value in enumerate(self.values or ()):
            if parse is not None and parse(value) is None:
                raise wrong(echo(value), f"a value of type {self.type}", path=("values", index))
        return self

    def attribute(self, name: str) -> Attribute:
        """What the catalogue says of it."""
        return Attribute(name, self.type, self.values, self.unit, self.pii, self.sensitive)


def _fill_columns(columns: dict[str, Column]) -> dict[str, Column]:
    return {
        name: column if column.column else column.model_copy(update={"column": name})
        for name, column in columns.items()
    }


def _not_reserved(reserved: frozenset[str]) -> AfterValidator:
    def check(columns: dict[str, Column]) -> dict[str, Column]:
        for name in columns:
            if name in reserved:
                raise wrong(f"the name {echo(name)}", "a name that Plateia does not use itself", path=(name,))
        return columns

    return AfterValidator(check)


_GROUPS = frozenset({"all", "any", "none"})  # the words of a FILTER
RESERVED_TRAITS = _GROUPS | {"site", "block", "ordinal", "alive", "person_id"}
RESERVED_PROPERTIES = _GROUPS | {"site", "period", "block", "ordinal", "at", "event_id", "source_key"}

RESERVED_OF_RELATIONS = RESERVED_PROPERTIES | {"person_id", "from_key", "to_key"}

# By name; after validation every column says where it comes from.
Traits = Annotated[dict[Name, Column], AfterValidator(_fill_columns), _not_reserved(RESERVED_TRAITS)]
Properties = Annotated[dict[Name, Column], AfterValidator(_fill_columns), _not_reserved(RESERVED_PROPERTIES)]

RelationProperties = Annotated[dict[Name, Column], AfterValidator(_fill_columns), _not_reserved(RESERVED_OF_RELATIONS)]


class Instant(StrictModel):
    """The column of an instant. Times with an offset keep it; naive ones are in ``zone`` (``site``: the site's own)."""

    column: Text
    zone: ZoneOrSite = "site"
    naive: Boolean = False


class Person(StrictModel):
    """The column of a person's id, and what kind of identifier it is."""

    column: Text
    identifier: Name | None = None
