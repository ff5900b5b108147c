"""What of a source must be read: nothing, its new files, or everything."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from plateia.records import SourceFile

Extent = Literal["nothing", "new", "everything"]
# Spark takes a path that is handed to it for a pattern, and folders named a=b for columns.
_NOT_ALONE = re.compile(r"[][{}*?\\=]")


@dataclass(frozen=True, slots=True)
class Reading:
    """``files`` are what to read of a source whose extent is ``new``."""

    extent: Extent
    files: tuple[SourceFile, ...] = ()


def choose_reading(
    now: Collection[SourceFile] | None, before: Collection[SourceFile] | None, *, is_same: bool, keeps_history: bool
) -> Reading:
    """What to read of a source.

    Args:
        now: Its files; None if its rows do not come from plain files.
        before: The files behind the rows that were accepted last; None if that is not known.
        is_same: Whether everything else that the accepted rows depend on is as it was.
        keeps_history: Whether rows stay when their file goes (``load: append``).

    A file is the one of before only if its size and time are, too: one that was written again may have changed rows,
    and which of them came from it is not known, so everything is read.
    """
    if now is None or before is None or not is_same:
        return Reading("everything")
    added, gone = set(now) - set(before), set(before) - set(now)
    rewritten = {file.path for file in added} & {file.path for file in gone}
    if not added and (keeps_history or not gone):
        return Reading("nothing")
    if keeps_history and not rewritten and not any(_NOT_ALONE.search(file.path) for file in added):
        return Reading("new", tuple(sorted(added)))
    return Reading("everything")
