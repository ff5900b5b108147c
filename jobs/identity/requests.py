"""Files of identifiers that a person hands in: each row is checked before any is looked at."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from plateia.errors import InputError, UsageError, did_you_mean, echo, one_of

ASKED = ("site", "identifier", "value")


@dataclass(frozen=True, slots=True)
class Request:
    """A row: whom it is about."""

    request: str
    site: str
    identifier: str
    value: str


def read_requests(path: Path, sites: Collection[str]) -> list[Request]:
    """The requests of a file with the columns ``request, site, identifier, value``.

    Raises:
        InputError: It does not exist or cannot be read.
        UsageError: It lacks a column, or names a site that does not exist.
    """
    rows = read_rows(path, ("request", *ASKED), sites)
    return [Request(row["request"], row["site"], row["identifier"], row["value"]) for row in rows]


def read_rows(path: Path, columns: Sequence[str], sites: Collection[str]) -> list[dict[str, str]]:
    """The rows of a .csv or .parquet file as texts, empty where missing; see ``read_requests``."""
    rows = [{name: value or "" for name, value in row.items()} for row in _read(path, columns).to_pylist()]
    for number, row in enumerate(rows, start=1):
        if row["site"] not in sites:
            got = f"{path}: row {number}: the site {echo(row['site'])}"
            raise UsageError.because(got, expected=one_of(sites), hint=did_you_mean(row["site"], sites))
    return rows


def _read(path: Path, columns: Sequence[str]) -> pa.Table:
    texts = dict.fromkeys(columns, pa.string())
    try:
        if path.suffix == ".parquet":
            table = pq.read_table(path)
        else:
            table = pa_csv.read_csv(path, convert_options=pa_csv.ConvertOptions(column_types=texts))
    except FileNotFoundError:
        raise InputError.because(f"{path} does not exist", hint="Look at its name.") from None
    except (OSError, pa.ArrowException):
        raise InputError.because(f"{path} cannot be read as {path.suffix or 'CSV'}") from None
    if missing := [name for name in columns if name not in table.column_names]:
        raise UsageError.because(f"{path} without the column {missing[0]}", expected=", ".join(columns))
    return table.select(list(columns)).cast(pa.schema(list(texts.items())))
