"""What of a source is read again: nothing, its new files, or everything."""

from __future__ import annotations

import pytest

from plateia.records import SourceFile
from transforms.warehouse.changes.readings import Extent, choose_reading

ONE, TWO = SourceFile("file:/data/1.csv", 10, 1), SourceFile("file:/data/2.csv", 20, 2)
REWRITTEN = SourceFile("file:/data/1.csv", 10, 9)
IN_A_FOLDER = SourceFile("file:/data/day=2/2.csv", 20, 2)


@pytest.mark.parametrize(
    ("now", "before", "is_same", "keeps_history", "extent"),
    [
        pytest.param([ONE], [ONE], True, True, "nothing", id="the same file of a history"),
        pytest.param([ONE], [ONE], True, False, "nothing", id="the same file of a snapshot"),
        pytest.param([ONE], [ONE], False, True, "everything", id="another declaration"),
        pytest.param([ONE, TWO], [ONE], True, True, "new", id="a new file of a history"),
        pytest.param([TWO], [ONE], True, True, "new", id="a new file, the old one put away"),
        pytest.param([], [ONE], True, True, "nothing", id="history stays when its file goes"),
        pytest.param([ONE, TWO], [ONE], True, False, "everything", id="a new file of a snapshot"),
        pytest.param([], [ONE], True, False, "everything", id="rows that are gone disappear from a snapshot"),
        pytest.param([REWRITTEN], [ONE], True, True, "everything", id="written again with the same size"),
        pytest.param([ONE, IN_A_FOLDER], [ONE], True, True, "everything", id="a folder that is a column"),
        pytest.param(None, None, True, True, "everything", id="a database"),
        pytest.param([ONE], None, True, True, "everything", id="the first time"),
    ],
)
def test_what_is_read(
    now: list[SourceFile] | None,
    before: list[SourceFile] | None,
    is_same: bool,
    keeps_history: bool,
    extent: Extent,
) -> None:
    reading = choose_reading(now, before, is_same=is_same, keeps_history=keeps_history)
    assert reading.extent == extent
    assert list(reading.files) == ([TWO] if extent == "new" else [])
