"""Types of configured values, read from the author's text, and pydantic's errors in an author's words.

The loader keeps every scalar as text; these types give it meaning: numbers follow JSON's grammar, booleans are
``true`` and ``false``, quotes make no difference. Each type has the JSON Schema of what an author writes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Self, TypeVar
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from plateia.config import Document, KeyPath
from plateia.errors import Problem, did_you_mean, echo, one_of

NAME = re.compile(r"[a-z][a-z0-9_]{0,62}", re.ASCII)
NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
INTEGER = re.compile(r"-?(?:0|[1-9]\d*)", re.ASCII)
DURATION = re.compile(r"([1-9]\d{0,8})(min|h|d|w)", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MAX_LONG = 2**63 - 1
_MAX_EXPONENT = 308  # beyond it no double holds the number, and its digits would fill the memory

# Parts of a pydantic location that name a member of a union start so; they are no part of the author's key path.
UNION_TAG = "\0"

T = TypeVar("T")


def wrong(got: str, expected: str, hint: str | None = None, path: KeyPath = ()) -> PydanticCustomError:
    """What a validator raises: the words of a Problem, and the path below the value that is validated."""
    return PydanticCustomError(
        "wrong",
        "got {got}; expected {expected}",
        {"got": got, "expected": expected, "hint": hint, "path": path},
    )


def shown(value: object) -> str:
    """What was got, as it is shown: text is quoted, a list or a mapping is only named."""
    if isinstance(value, dict):
        return "a mapping" if value else "an empty mapping"
    if isinstance(value, list | tuple):
        return "a list" if value else "an empty list"
    return echo(value) if value != "" else "nothing"


def parse_number(text: str) -> Decimal | None:
    """The number that a text is in JSON's grammar, or None; None, too, beyond what a double can hold."""
    if not NUMBER.fullmatch(text):
        return None
    number = Decimal(text)
    return number if -_MAX_EXPONENT <= number.adjusted() <= _MAX_EXPONENT or not number else None


def parse_integer(text: str) -> int | None:
    """The 64-bit integer that a text is in JSON's grammar (without fraction and exponent), or None."""
    if not INTEGER.fullmatch(text) or len(text) > 20:
        return None
    number = int(text)
    return number if -_MAX_LONG - 1 <= number <= _MAX_LONG else None


def parse_percent(text: str) -> Decimal | None:
    """``30%`` as the fraction 0.3, or None."""
    number = parse_number(text[:-1]) if text.endswith("%") else None
    return number / 100 if number is not None else None


def parse_date(text: str) -> date | None:
    """A ``YYYY-MM-DD`` date, or None."""
    try:
        return date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None


def parse_boolean(text: str) -> bool | None:
    """``true`` or ``false``, or None."""
    return {"true": True, "false": False}.get(text)


def reader(parse: Callable[[str], T | None], expected: str) -> BeforeValidator:
    """A validator that parses text and says what it expected instead."""

    def read(value: object) -> object:
        parsed = parse(value) if isinstance(value, str) else None
        if parsed is None:
            raise wrong(shown(value), expected)
        return parsed

    return BeforeValidator(read)


def pattern(expression: str, expected: str) -> BeforeValidator:
    """A validator of text that matches as a whole."""
    compiled = re.compile(expression, re.ASCII)
    return reader(lambda text: text if compiled.fullmatch(text) else None, expected)


def _zone(value: object, expected: str = "an IANA time zone, such as America/New_York") -> str:
    if isinstance(value, str):
        try:
            return ZoneInfo(value).key
        except (ValueError, OSError, KeyError):
            raise wrong(shown(value), expected, did_you_mean(value, available_timezones())) from None
    raise wrong(shown(value), expected)


def _zone_or_site(value: object) -> str:
    return "site" if value == "site" else _zone(value, "an IANA time zone, such as America/New_York, or site")


def _variable_name(value: object) -> str:
    if isinstance(value, str) and re.fullmatch(_VARIABLE, value):
        return value
    # What stands here instead may be the secret; it is not echoed.
    raise wrong("something else", "the name of an environment variable, such as PLATEIA_KEY (never the secret itself)")


def _site_names(value: object) -> tuple[str, ...]:
    if value == "all":
        return ("all",)
    if not isinstance(value, list) or not value:
        raise wrong(shown(value), "a list of sites, or all")
    for index, site in enumerate(value):
        if not isinstance(site, str):
            raise wrong(shown(site), "the name of a site", path=(index,))
        if site in value[:index]:
            raise wrong(f"{echo(site)} a second time", "each site once", path=(index,))
    return tuple(value)


def _words(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise wrong(shown(value), "a list of values")
    for index, word in enumerate(value):
        if not isinstance(word, str):
            raise wrong(shown(word), "a single value", path=(index,))
    return tuple(value)


_KEY = r"[a-z0-9-]{3,80}"
_VARIABLE = r"[A-Z][A-Z0-9_]*"
_SCALAR: dict[str, Any] = {"type": ["string", "number", "boolean"]}

Text = Annotated[str, reader(lambda text: text or None, "text"), WithJsonSchema({"type": "string", "minLength": 1})]
AnyText = Annotated[str, reader(lambda text: text, "text, a number or true or false"), WithJsonSchema(_SCALAR)]
Key = Annotated[
    str,
    pattern(_KEY, "3 to 80 small letters, digits and hyphens"),
    WithJsonSchema({"type": "string", "pattern": f"^{_KEY}$"}),
]
Name = Annotated[
    str,
    pattern(NAME.pattern, "a name: a small letter, then small letters, digits and underscores, at most 63"),
    WithJsonSchema({"type": "string", "pattern": f"^{NAME.pattern}$"}),
]
VariableName = Annotated[
    str,
    BeforeValidator(_variable_name),
    WithJsonSchema({"type": "string", "pattern": f"^{_VARIABLE}$"}),
]
Integer = Annotated[int, reader(parse_integer, "a whole number"), WithJsonSchema({"type": "integer"})]
Number = Annotated[Decimal, reader(parse_number, "a number, such as 12 or 0.5"), WithJsonSchema({"type": "number"})]
Boolean = Annotated[bool, reader(parse_boolean, "true or false"), WithJsonSchema({"type": "boolean"})]
Percent = Annotated[
    Decimal,
    reader(parse_percent, "a percentage, such as 30%"),
    WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?%$"}),
]
DateText = Annotated[
    date, reader(parse_date, "a date, such as 2026-01-31"), WithJsonSchema({"type": "string", "format": "date"})
]
DurationText = Annotated[
    str,
    pattern(DURATION.pattern, "a duration, such as 30min, 12h, 30d or 4w"),
    WithJsonSchema({"type": "string", "pattern": "^[1-9][0-9]*(min|h|d|w)$"}),
]
ZoneName = Annotated[str, BeforeValidator(_zone), WithJsonSchema({"type": "string"})]
ZoneOrSite = Annotated[
    str, BeforeValidator(_zone_or_site), WithJsonSchema({"type": "string"})
]  # "site": each site's own
# ``sites: all`` is the tuple ("all",); no site may have that name.
SiteNames = Annotated[
    tuple[str, ...],
    BeforeValidator(_site_names),
    WithJsonSchema({"anyOf": [{"const": "all"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}),
]
Values = Annotated[
    tuple[str, ...],
    BeforeValidator(_words),
    WithJsonSchema({"type": "array", "items": _SCALAR, "minItems": 1}),
]
Items = Annotated[tuple[T, ...], Field(strict=False, min_length=1)]


class StrictModel(BaseModel):
    """A part of a configuration: frozen, and a key that it does not know is an error that names those it does."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", allow_inf_nan=False)

    @model_validator(mode="wrap")
    @classmethod
    def _name_allowed_keys(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return handler(value)
        except ValidationError as error:
            keys = tuple(field.alias or name for name, field in cls.model_fields.items())
            details = [_detail(line, keys) for line in error.errors(include_url=False)]
            raise ValidationError.from_exception_data(error.title, details) from None


def _detail(line: Any, keys: tuple[str, ...]) -> InitErrorDetails:
    """The same error again; one at this model's own level learns which keys the model has."""
    kind, loc, context = line["type"], line["loc"], dict(line.get("ctx", {}))
    own = (kind == "extra_forbidden" and len(loc) == 1) or (kind in ("model_type", "model_attributes_type") and not loc)
    if own:
        kind, context = f"{kind}_of", {"keys": keys}
    if kind in _CUSTOM:
        return InitErrorDetails(type=PydanticCustomError(kind, line["msg"], context), loc=loc, input=line["input"])
    return InitErrorDetails(type=kind, loc=loc, input=line["input"], ctx=context)


_CUSTOM = ("wrong", "extra_forbidden_of", "model_type_of", "model_attributes_type_of")


def problems_of(error: ValidationError, document: Document, prefix: KeyPath = ()) -> list[Problem]:
    """Pydantic's errors as problems of a document, in its order; ``prefix`` leads to the value that was validated."""
    return [_problem(line, document, prefix) for line in error.errors(include_url=False) if not _is_echo(line)]


def _is_echo(line: Any) -> bool:
    """A list is too short only because its items, which are problems of their own, did not count."""
    return bool(line["type"] == "too_short" and len(line["input"]) >= line["ctx"]["min_length"])


def author_path(line: Any) -> KeyPath:
    """The key path of one of pydantic's errors: its location without the names of union members and marks of keys."""
    *above, last = line["loc"] or (UNION_TAG,)
    named = line["type"] in ("extra_forbidden_of", "missing")  # then the last part is the very key that was written
    parts = [*above, last] if not named else above
    kept = tuple(part for part in parts if part != "[key]" and not str(part).startswith(UNION_TAG))
    return (*kept, last) if named else kept


def _problem(line: Any, document: Document, prefix: KeyPath) -> Problem:
    kind, value, context = line["type"], line["input"], line.get("ctx", {})
    path = (*prefix, *author_path(line))
    if kind == "wrong":
        return document.problem((*path, *context["path"]), context["got"], context["expected"], context["hint"])
    if kind == "extra_forbidden_of":
        key = str(path[-1])
        hint = did_you_mean(key, context["keys"])
        return document.problem(path, f"the unknown key {echo(key)}", one_of(context["keys"], limit=40), hint)
    if kind == "missing":
        return document.problem(path, f"no key {echo(path[-1])}", "it: the key is required")
    if kind in ("model_type_of", "model_attributes_type_of"):
        return document.problem(path, shown(value), f"a mapping with keys of: {', '.join(context['keys'])}")
    if kind in ("literal_error", "enum"):
        allowed = re.findall(r"'([^']*)'", context["expected"])
        hint = did_you_mean(value, allowed) if isinstance(value, str) else None
        return document.problem(path, shown(value), one_of(allowed, limit=40), hint)
    return document.problem(path, *_plain_words(kind, value, context))


def _plain_words(kind: str, value: object, context: dict[str, Any]) -> tuple[str, str]:
    bounds = {"greater_than_equal": "ge", "greater_than": "gt", "less_than_equal": "le", "less_than": "lt"}
    words = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
    if kind in bounds:
        return shown(value), f"{words[bounds[kind]]} {context[bounds[kind]]}"
    if kind == "too_short":
        return shown(value), f"at least {context['min_length']}"
    if kind == "too_long":
        return f"{context['actual_length']} items", f"at most {context['max_length']}"
    expected = {
        "string_type": "text",
        "list_type": "a list",
        "tuple_type": "a list",
        "dict_type": "a mapping of keys to values",
        "mapping_type": "a mapping of keys to values",
    }
    return shown(value), expected.get(kind, "another value here")
