"""An empty lake."""

from __future__ import annotations

from pathlib import Path

import pytest

from plateia.lake import Lake


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake.open(str(tmp_path / "a lake"), create=True)
