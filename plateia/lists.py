"""Lists of people: CSV files with a header ``person_id``, ids as exact text."""

from __future__ import annotations

import csv
from pathlib import Path

from plateia.errors import InputError, echo

COLUMN = "person_id"


def read_list(file: str) -> frozenset[str]:
    """The ids of a list; empty cells are left out.

    Raises:
        InputError: The file is missing, is not UTF-8 text, or has no column ``person_id``.
    """
    try:
        with Path(file).open(encoding="utf-8-sig", newline="") as stream:
            rows = csv.DictReader(stream)
            if COLUMN not in (rows.fieldnames or ()):
                raise InputError.because(
                    f"the list has the columns {echo(', '.join(rows.fieldnames or ()))}",
                    expected=f"a header with {COLUMN}",
                    file=file,
                )
            return frozenset(row[COLUMN] for row in rows if row[COLUMN])
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not a CSV file in UTF-8"
        raise InputError.because(f"the list cannot be read: {reason}", file=file) from None
