"""Lists keep ids as exact text."""

from __future__ import annotations

from pathlib import Path

import pytest

from plateia.errors import InputError
from plateia.lists import read_list


def written(folder: Path, data: bytes) -> str:
    file = folder / "list.csv"
    file.write_bytes(data)
    return str(file)


@pytest.mark.parametrize(
    ("data", "ids"),
    [
        pytest.param(b"person_id\n007\n7\n", {"007", "7"}, id="leading zeros"),
        pytest.param(b'person_id,note\n"a,b",x\n a,y\n', {"a,b", " a"}, id="quotes and spaces"),
        pytest.param("\ufeffperson_id\nJosé\n".encode(), {"José"}, id="byte order mark, non-ASCII"),
        pytest.param(b"person_id\n\n1\n1\n", {"1"}, id="empty line, repeated id"),
        pytest.param(b"person_id\n", set(), id="nobody"),
    ],
)
def test_reads_ids(tmp_path: Path, data: bytes, ids: set[str]) -> None:
    assert read_list(written(tmp_path, data)) == ids


@pytest.mark.parametrize("data", [b"", b"id\n1\n", b"person_id\n\xff\n"], ids=["empty", "no such column", "not UTF-8"])
def test_refuses_what_is_no_list(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(InputError):
        read_list(written(tmp_path, data))


def test_refuses_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        read_list(str(tmp_path / "none.csv"))
