"""Files of rows that a command hands out: CSV or Parquet, by their names."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from plateia.errors import PlateiaError, UsageError, echo

_WRITERS = {".csv": pa_csv.write_csv, ".parquet": pq.write_table}


def out_file(text: str | None) -> Path | None:
    """The file that ``--out`` names; None without one.

    Raises:
        UsageError: Its name does not say in which format.
    """
    out = None if text is None else Path(text)
    if out is not None and out.suffix not in _WRITERS:
        raise UsageError.because(f"--out {echo(out)}", expected="a file that ends with .csv or .parquet")
    return out


def write_rows(table: pa.Table, out: Path) -> None:
    """Write rows to a file of ``out_file``.

    Raises:
        PlateiaError: It cannot be written.
    """
    try:
        _WRITERS[out.suffix](table, out)
    except OSError as error:
        raise PlateiaError.because(f"{echo(out)} cannot be written: {error.strerror or error}") from None
