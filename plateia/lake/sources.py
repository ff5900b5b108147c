"""Reading a company's own files and tables with Spark: the edge where foreign formats become rows.

What a format cannot say is settled here: CSV and JSON are read as text (so that no id and no amount passes through a
float), an empty CSV field is missing, and a row that cannot be parsed is kept and marked.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from plateia.declarations.reading import FILE_OPTIONS, Read, Readable
from plateia.errors import InputError, PlateiaError
from plateia.records import SourceFile

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, Row, SparkSession
    from pyspark.sql.types import StructField, StructType

_UNPARSED = "plateia_unparsed_row"
_PLAIN = ("parquet", "csv", "json")
_GONE = re.compile(
    r"PATH_NOT_FOUND|PATH_DOES_NOT_EXIST|UNABLE_TO_INFER_SCHEMA|TABLE_OR_VIEW_NOT_FOUND|TABLE_NOT_FOUND|"
    r"MISSING_DELTA_TABLE|NOT_A_DELTA_TABLE|FileNotFoundException|FILE_NOT_EXIST|SCHEMA_NOT_FOUND"
)
_CONDITION = re.compile(r"\[([A-Z][A-Z0-9_]+(?:\.[A-Z0-9_]+)*)\]")


@dataclass(frozen=True)
class RawRows:
    """Rows as they are delivered, a name for messages, and whether a row could not be parsed (None: all can)."""

    frame: DataFrame
    shown: str
    unparsed: Column | None = None

    @property
    def delivered(self) -> list[StructField]:
        """The columns as they were delivered."""
        return [field for field in self.frame.schema.fields if field.name != _UNPARSED]


def read_rows(
    spark: SparkSession, origin: Readable, *, source: str, wanted: Sequence[str], only: Sequence[str] = ()
) -> RawRows:
    """The rows of a source or a look-up; nothing is computed but what tells the columns.

    Args:
        wanted: The columns that will be asked for; an empty JSON delivery is taken to have them.
        only: Some of its plain files, in place of all of them.

    Raises:
        InputError: It does not exist or cannot be read.
    """
    shown = shown_name(origin)
    with input_errors(source, shown):
        if origin.table is not None:
            return RawRows(spark.table(origin.table), shown)
        read = origin.read
        assert read is not None  # a Readable has one of the two
        if read.format == "jdbc":
            return RawRows(_read_jdbc(spark, read), shown)
        if read.format == "delta":
            return RawRows(spark.read.format("delta").options(**read.options).load(read.path), shown)
        paths = list(only) or [read.path]
        if read.format == "csv":
            return _read_csv(spark, read, paths, shown)
        if read.format == "json":
            return _read_json(spark, read, paths, shown, wanted)
        return RawRows(spark.read.format(read.format).options(**read.options).load(paths), shown)


def listed_files(spark: SparkSession, origin: Readable, *, source: str) -> list[SourceFile] | None:
    """The files that a source or a look-up is read from, sorted; None where rows do not come from plain files.

    Raises:
        InputError: There is nothing at its path.
    """
    from pyspark.sql import functions as F

    columns = [F.col("path"), F.col("length"), F.unix_millis("modificationTime").alias("modified_ms")]
    rows = _listed(spark, origin, columns, source=source)
    return None if rows is None else sorted(SourceFile(row["path"], row["length"], row["modified_ms"]) for row in rows)


def look_up_files(
    spark: SparkSession, look_ups: Mapping[str, Readable], *, source: str
) -> dict[str, list[tuple[str, int, int]]] | None:
    """Look-up -> path, bytes and time of each of its files; None where the rows of one do not come from plain files.

    Raises:
        InputError: There is nothing at a path.
    """
    found: dict[str, list[tuple[str, int, int]]] = {}
    for name, look_up in look_ups.items():
        files = listed_files(spark, look_up, source=source)
        if files is None:
            return None
        found[name] = [(file.path, file.bytes, file.modified_ms) for file in files]
    return found


def delivery_of() -> Column:
    """What tells a plain file, as it was written once, from every other: 16 hex digits, beside its rows."""
    from pyspark.sql import functions as F

    written = F.unix_millis("_metadata.file_modification_time").cast("string")
    parts = (F.col("_metadata.file_path"), F.col("_metadata.file_size").cast("string"), written)
    return F.substring(F.sha2(F.concat_ws("\n", *parts), 256), 1, 16)


def listed_deliveries(spark: SparkSession, origin: Readable, *, source: str) -> dict[str, str] | None:
    """Delivery -> path of its file, as ``_metadata`` names it; None where rows do not come from plain files.

    Raises:
        InputError: There is nothing at its path.
    """
    from pyspark.sql import functions as F

    columns = [delivery_of().alias("delivery"), F.col("_metadata.file_path")]
    rows = _listed(spark, origin, columns, source=source)
    return None if rows is None else {row["delivery"]: row["file_path"] for row in sorted(rows)}


def is_of_plain_files(origin: Readable) -> bool:
    """Whether rows come from files that are read as they lie."""
    return origin.read is not None and origin.read.format in _PLAIN


def _listed(spark: SparkSession, origin: Readable, columns: Sequence[Column], *, source: str) -> list[Row] | None:
    """What is asked of every plain file of an origin; None where rows do not come from plain files."""
    read = origin.read
    if read is None or not is_of_plain_files(origin):
        return None
    options = {name: value for name, value in read.options.items() if name in FILE_OPTIONS}
    with input_errors(source, shown_name(origin)):
        # Without its content a binary file costs one look at the file system, and globs and options mean the same.
        return spark.read.format("binaryFile").options(**options).load(read.path).select(*columns).collect()


def shown_name(origin: Readable) -> str:
    """What a message calls the origin: its path or its table."""
    return origin.table or (origin.read.table or origin.read.path if origin.read else "")


@contextmanager
def input_errors(source: str, shown: str) -> Iterator[None]:
    """Raise what Spark says of unreadable input as an InputError of one sentence, without any value of a row."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JError) as error:
        text = str(error)
        if _GONE.search(text):
            hint: str | None = "Look at its path or name."
            got = f"{shown} does not exist, or there is nothing in it"
        else:
            # Spark's own sentence may quote a row; its condition does not.
            found = _CONDITION.search(text)
            says = f"Spark says {found[1]}." if found else None
            nanos = "It holds times in nanoseconds, which Spark does not read: write them in microseconds."
            got, hint = f"{shown} cannot be read", nanos if "TIMESTAMP(NANOS" in text else says
        raise InputError.because(f"source {source}: {got}", hint=hint) from error


def _read_jdbc(spark: SparkSession, read: Read) -> DataFrame:
    url = os.environ.get(read.url or "")
    if not url:
        raise PlateiaError.because(f"the variable {read.url} is not set", expected="a JDBC address in it")
    return spark.read.format("jdbc").options(**read.options, url=url, dbtable=str(read.table)).load()


def _read_csv(spark: SparkSession, read: Read, paths: list[str], shown: str) -> RawRows:
    from pyspark.sql import functions as F
    from pyspark.sql import types as T

    options = {"header": "true", "escape": '"', **read.options}
    header = spark.read.options(**options, inferSchema="false").csv(paths).schema
    schema = T.StructType([*_as_text(header.names), T.StructField(_UNPARSED, T.StringType())])
    checked = {
        **options,
        "mode": "PERMISSIVE",
        "columnNameOfCorruptRecord": _UNPARSED,
        "enforceSchema": "false",  # files whose header differs are refused, not read by position
        "columnPruning": "false",  # a row with too many fields is only noticed if all of them are looked at
    }
    rows = spark.read.options(**checked).schema(schema).csv(paths)
    missing = [F.when(_named(name) != "", _named(name)).alias(name) for name in header.names]
    return RawRows(rows.select(*missing, _UNPARSED), shown, F.col(_UNPARSED).isNotNull())


def _read_json(spark: SparkSession, read: Read, paths: list[str], shown: str, wanted: Sequence[str]) -> RawRows:
    from pyspark.sql import functions as F
    from pyspark.sql import types as T

    options = {**read.options, "mode": "PERMISSIVE", "columnNameOfCorruptRecord": _UNPARSED}
    found = spark.read.options(**options, primitivesAsString="true").json(paths).schema
    fields = [_leaves_as_text(field) for field in found.fields if field.name != _UNPARSED]
    if not fields:  # no rows, or none that can be parsed
        fields = list(_as_text(list(dict.fromkeys(wanted))))
    schema = T.StructType([*fields, T.StructField(_UNPARSED, T.StringType())])
    rows = spark.read.options(**options).schema(schema).json(paths)
    return RawRows(rows, shown, F.col(_UNPARSED).isNotNull())


def _leaves_as_text(field: StructField) -> StructField:
    """The field with everything in it but structures as text: Spark keeps the digits of numbers, arrays are JSON."""
    from pyspark.sql import types as T

    inner = field.dataType
    if isinstance(inner, T.StructType):
        return T.StructField(field.name, T.StructType([_leaves_as_text(part) for part in inner.fields]))
    return T.StructField(field.name, T.StringType())


def _as_text(names: Sequence[str]) -> StructType:
    from pyspark.sql import types as T

    return T.StructType([T.StructField(name, T.StringType()) for name in names])


def _named(name: str) -> Column:
    from pyspark.sql import functions as F

    return F.col(f"`{name.replace('`', '``')}`")
