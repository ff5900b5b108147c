"""What an engine keeps between its rounds."""

from __future__ import annotations

from typing import Protocol

from pyspark.sql import DataFrame


class Keep(Protocol):
    """Writes a frame under a name and reads it again: lineage ends there, and what is lost is an error."""

    def __call__(self, frame: DataFrame, name: str) -> DataFrame:
        """The same rows, as they were written.

        Raises:
            LakeError: They cannot be written, or not all of them can be read again.
        """
        ...
