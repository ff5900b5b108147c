"""Files of identifiers that a person hands in: each row is checked before any is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from plateia.errors import InputError, UsageError, did_you_mean, echo, one_of
from plateia.workspace import Workspace

ASKED = ("site", "identifier", "value")


@dataclass(frozen=True, slots=True)
class Request:
    """A row: whom it is about."""

    request: str
    site: str
    identifier: str
    value: str


def read_requests(path: Path, workspace: Workspace) -> list[Request]:
    """The requests of a file with the columns ``request, site, identifier, value``.

    Raises:
        InputError: It does not exist or cannot be read.
        UsageError: It lacks a column, or names a site or a type that does not exist.
    """
    rows = read_rows(path, ("request", *ASKED), workspace)
    return [Request(row["request"], row["site"], row["identifier"], row["value"]) for row in rows]


def read_rows(path: Path, columns: Sequence[str], workspace: Workspace) -> list[dict[str, str]]:
    """The rows of a .csv or .parquet file as texts, empty where missing; see ``read_requests``."""
    rows = [{name: value or "" for name, value in row.items()} for row in _read(path, columns).to_pylist()]
    types = () if workspace.identity is None else workspace.identity.identifiers
    for number, row in enumerate(rows, start=1):
        for name, known in (("site", workspace.sites), ("identifier", types)):
            if row[name] not in known:
                got = f"{path}: row {number}: the {name} {echo(row[name])}"
                raise UsageError.because(got, expected=one_of(known), hint=did_you_mean(row[name], known))
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
        kind = "Parquet" if path.suffix == ".parquet" else "CSV in UTF-8, separated by commas"
        raise InputError.because(f"{path} cannot be read", expected=kind) from None
    for name in columns:
        if (n := table.column_names.count(name)) != 1:
            got = f"{path} {'without the column' if n == 0 else f'with {n} columns'} {name}"
            raise UsageError.because(got, expected=", ".join(columns), hint="A CSV file is separated by commas.")
    try:
        return table.select(list(columns)).cast(pa.schema(list(texts.items())))
    except pa.ArrowException:
        raise InputError.because(f"{path}: a column of another type than text") from None
