"""Where rows come from: files, catalog tables and databases, and the look-ups joined to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, WithJsonSchema, model_validator

from plateia.errors import did_you_mean, echo, one_of
from plateia.scalars import AnyText, Boolean, StrictModel, Text, VariableName, pattern, wrong

Format = Literal["parquet", "delta", "csv", "json", "jdbc"]

FILE_OPTIONS = ("modifiedAfter", "modifiedBefore", "recursiveFileLookup")
# Nothing that names a path, a driver, a credential or a statement; nothing that changes which rows are refused.
OPTIONS: Mapping[str, tuple[str, ...]] = {
    "parquet": ("datetimeRebaseMode", "int96RebaseMode", "mergeSchema", *FILE_OPTIONS),
    "delta": ("timestampAsOf", "versionAsOf"),
    "csv": (
        "charToEscapeQuoteEscaping", "comment", "encoding", "escape", "header", "ignoreLeadingWhiteSpace",
        "ignoreTrailingWhiteSpace", "lineSep", "maxCharsPerColumn", "maxColumns", "multiLine", "nullValue", "quote",
        "sep", "unescapedQuoteHandling", *FILE_OPTIONS,
    ),
    "json": (
        "allowBackslashEscapingAnyCharacter", "allowComments", "allowNonNumericNumbers", "allowNumericLeadingZeros",
        "allowSingleQuotes", "allowUnquotedControlChars", "allowUnquotedFieldNames", "encoding", "lineSep",
        "multiLine", *FILE_OPTIONS,
    ),
    "jdbc": ("fetchsize", "lowerBound", "numPartitions", "partitionColumn", "queryTimeout", "upperBound"),
}  # fmt: skip

_TABLE = r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*){0,2}"
TableName = Annotated[
    str,
    pattern(_TABLE, "a table: catalog.schema.name, in letters, digits and underscores"),
    WithJsonSchema({"type": "string", "pattern": f"^{_TABLE}$"}),
]


class Read(StrictModel):
    """Files of a format under a path, or, with ``jdbc``, a database's table whose address is in a variable."""

    format: Format
    path: Annotated[
        Text, Field(description="Relative paths start beside the folder configs; ${name} is a variable.")
    ] = ""
    url: Annotated[VariableName, Field(description="jdbc: the environment variable that holds the address.")] | None = (
        None
    )
    table: Annotated[TableName, Field(description="jdbc: schema.name")] | None = None
    options: dict[Text, AnyText] = Field(
        default_factory=dict, description="Spark's reader options, from an allow-list."
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        needed, foreign = (("url", "table"), ("path",)) if self.format == "jdbc" else (("path",), ("url", "table"))
        for key in needed:
            if not getattr(self, key):
                raise wrong(f"no key {echo(key)}", f"it: {self.format} needs the key", path=(key,))
        for key in foreign:
            if getattr(self, key):
                raise wrong(f"the key {echo(key)}", f"{' and '.join(needed)} alone for {self.format}", path=(key,))
        allowed = OPTIONS[self.format]
        for option in self.options:
            if option not in allowed:
                same = next((f"Did you mean {a!r}?" for a in allowed if a.lower() == option.lower()), None)
                hint = same or did_you_mean(option, allowed)
                raise wrong(f"the option {echo(option)}", one_of(allowed, limit=40), hint, path=("options", option))
        return self


class Readable(StrictModel):
    """What rows are read from: exactly one of ``read`` and ``table``."""

    read: Read | None = None
    table: Annotated[TableName, Field(description="A table of the catalog, in place of `read`.")] | None = None

    @model_validator(mode="after")
    def _check_one_origin(self) -> Self:
        if (self.read is None) == (self.table is None):
            got = "neither 'read' nor 'table'" if self.read is None else "both 'read' and 'table'"
            raise wrong(got, "exactly one of them")
        return self


class Join(Readable):
    """A look-up, joined left: ``on`` maps columns here to columns there, where they must be unique."""

    on: Annotated[dict[Text, Text], Field(min_length=1)]
    required: Annotated[Boolean, Field(description="Rows whose key does not exist there go to quarantine.")] = False
