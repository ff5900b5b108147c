"""A lake that cannot be opened says why in one sentence."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from plateia.errors import LakeError
from plateia.lake import Lake
from plateia.tables import AUDIENCE_RUNS


def a_file(root: Path) -> str:
    (root / "file").write_text("x")
    return str(root / "file")


def below_a_file(root: Path) -> str:
    return a_file(root) + "/lake"


def marked(text: str) -> Callable[[Path], str]:
    def at(root: Path) -> str:
        (root / "lake.json").write_text(text)
        return str(root)

    return at


@pytest.mark.parametrize("create", [True, False])
@pytest.mark.parametrize(
    ("place", "words"),
    [
        pytest.param(a_file, "cannot be read: not a directory", id="a file"),
        pytest.param(below_a_file, "cannot be read: not a directory", id="below a file"),
        pytest.param(lambda _: "nosuch://host/lake", "cannot be opened: Unrecognized filesystem", id="unknown scheme"),
        pytest.param(lambda _: "s3://[", "cannot be opened", id="no URI"),
        pytest.param(marked('{"format": 2}'), "has format 2, and this Plateia knows formats up to 1", id="newer"),
        pytest.param(marked("[]"), "lake.json is damaged", id="not an object"),
        pytest.param(marked("{"), "lake.json is damaged", id="not JSON"),
    ],
)
def test_what_cannot_be_opened_is_one_sentence(
    tmp_path: Path, place: Callable[[Path], str], words: str, create: bool
) -> None:
    with pytest.raises(LakeError) as caught:
        Lake.open(place(tmp_path), create=create)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 1


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    # /proc takes no folders, not even from root, for whom permissions do not count.
    with pytest.raises(LakeError, match="'/proc/lake' cannot be written"):
        Lake.open("/proc/lake", create=True)
    (tmp_path / "lake").mkdir()
    lake = Lake.open(str(tmp_path / "lake"), create=True)
    (tmp_path / "lake" / "audience_runs").write_text("a file where the table belongs")
    with pytest.raises(LakeError, match="audience_runs"):
        lake.append(AUDIENCE_RUNS, AUDIENCE_RUNS.schema.empty_table(), app="r")


def test_a_lake_is_created_only_where_asked(tmp_path: Path) -> None:
    place = tmp_path / "a" / "lake"
    with pytest.raises(LakeError, match="There is no lake"):
        Lake.open(str(place))
    assert not place.exists()
    Lake.open(str(place), create=True)
    assert json.loads((place / "lake.json").read_text()) == {"format": 1}
    assert [path.name for path in place.iterdir()] == ["lake.json"]
    assert Lake.open(f"{place}/").uri == str(place)


def test_a_file_uri_is_the_same_lake(tmp_path: Path) -> None:
    Lake.open(str(tmp_path / "lake"), create=True)
    lake = Lake.open(f"file://{tmp_path}/lake")
    lake.append(AUDIENCE_RUNS, AUDIENCE_RUNS.schema.empty_table(), app="r")
    assert Lake.open(str(tmp_path / "lake")).exists("audience_runs")
