"""The columns that a source names, found in its rows and in those of its joins."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from plateia.declarations.sources import Source
from plateia.errors import InputError, Location, Problem, did_you_mean, echo, one_of
from plateia.rules.tree import Filter, FilterGroup, PropertyTest

# Raw columns are renamed at once: theirs may hold dots, backticks or our own names.
_OWN, _JOINED = "own_", "joined_"
UNPARSED = "row_unparsed"


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """A raw column: its name in the frame at hand, and its Spark type there."""

    name: str
    type: T.DataType

    @property
    def value(self) -> Column:
        return F.col(self.name)


@dataclass(frozen=True, slots=True)
class SourceRows:
    """Rows with the columns that a source names, under the names it gives them (``amount``, ``products.brand``)."""

    frame: DataFrame
    columns: Mapping[str, SourceColumn]

    def __getitem__(self, name: str) -> SourceColumn:
        return self.columns[name]


@dataclass(frozen=True, slots=True)
class LookUp:
    """The other side of a join: its renamed rows, key columns and the columns that the source names."""

    frame: DataFrame
    keys: Sequence[str]
    columns: Mapping[str, SourceColumn]


def join_of(source: Source, column: str) -> str | None:
    """The join that a named column belongs to; None for the source's own."""
    join, dot, _ = column.partition(".")
    return join if dot and join in source.joins else None


def named_columns(source: Source) -> list[str]:
    """Every column that a source names, each once."""
    named = [column for _, column in source.columns()]
    return list(dict.fromkeys((*named, *filter_columns(source.row_filter))))


def filter_columns(where: Filter | None) -> tuple[str, ...]:
    """The columns that a filter looks at, each once."""

    return tuple(dict.fromkeys(test.property for test in tests_of(where))) if where is not None else ()


def tests_of(where: Filter) -> Iterator[PropertyTest]:
    """The tests of a filter, depth first."""
    if isinstance(where, FilterGroup):
        for item in where.items:
            yield from tests_of(item)
    else:
        yield where


def own_rows(
    frame: DataFrame,
    source: Source,
    *,
    shown: str,
    delivered: Sequence[str],
    unparsed: Column | None,
    beside: Sequence[Column] = (),
) -> SourceRows:
    """The source's own columns, and ``row_unparsed``: whether a row could not be parsed.

    Args:
        beside: Further columns of the frame, under names of their own.

    Raises:
        InputError: Named columns do not exist; each is one sentence with those that do.
    """
    wanted = [column for column in named_columns(source) if join_of(source, column) is None]
    require_columns(frame, wanted, source=source.source, shown=shown, delivered=delivered)
    flag = (unparsed if unparsed is not None else F.lit(False)).alias(UNPARSED)
    own = [_column(frame, column).alias(f"{_OWN}{i}") for i, column in enumerate(wanted)]
    selected = frame.select(flag, *beside, *own)
    pairs = _pairs(wanted, selected, skip=1 + len(beside))
    picked = {column: SourceColumn(field.name, field.dataType) for column, field in pairs}
    return SourceRows(selected, picked)


def look_up_rows(frame: DataFrame, source: Source, join: str, *, shown: str, delivered: Sequence[str]) -> LookUp:
    """The key columns and the named columns of a look-up.

    Raises:
        InputError: Named columns do not exist in the look-up.
    """
    keys = list(source.joins[join].on.values())
    wanted = [column.partition(".")[2] for column in named_columns(source) if join_of(source, column) == join]
    require_columns(frame, [*keys, *wanted], source=source.source, shown=shown, delivered=delivered)
    key_names = [f"{_JOINED}{join}_key_{i}" for i in range(len(keys))]
    selected = frame.select(
        *(_column(frame, key).alias(name) for key, name in zip(keys, key_names, strict=True)),
        *(_column(frame, column).alias(f"{_JOINED}{join}_{i}") for i, column in enumerate(wanted)),
    )
    picked = {
        f"{join}.{column}": SourceColumn(field.name, field.dataType)
        for column, field in _pairs(wanted, selected, skip=len(keys))
    }
    return LookUp(selected, key_names, picked)


def require_columns(
    frame: DataFrame, wanted: Iterable[str], *, source: str, shown: str, delivered: Sequence[str]
) -> None:
    """Check that columns exist, letter by letter; ``delivered`` are the names that an error offers.

    Raises:
        InputError: One problem a missing column.
    """
    if missing := [column for column in dict.fromkeys(wanted) if find_column(frame.schema, column) is None]:
        raise InputError(
            [
                Problem(
                    Location(path=f"source {source}"),
                    f"{shown} without a column {echo(column)}",
                    one_of(delivered, limit=30),
                    did_you_mean(column, delivered),
                )
                for column in missing
            ]
        )


def _column(frame: DataFrame, name: str) -> Column:
    """A column that is known to exist, by its exact name."""
    first, *fields = find_column(frame.schema, name) or [name]
    column = F.col(f"`{first.replace('`', '``')}`")
    for field in fields:
        column = column.getField(field)
    return column


def find_column(schema: T.StructType, name: str) -> list[str] | None:
    """Where a column is: at the top level, dots included, else inside structures; None if it is nowhere."""
    if name in schema.names:
        return [name]
    first, _, rest = name.partition(".")
    inner = schema[first].dataType if rest and first in schema.names else None
    path = find_column(inner, rest) if isinstance(inner, T.StructType) else None
    return None if path is None else [first, *path]


def _pairs(names: Sequence[str], frame: DataFrame, *, skip: int) -> Iterator[tuple[str, T.StructField]]:
    return zip(names, frame.schema.fields[skip:], strict=True)
