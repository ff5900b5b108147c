"""Writers that are killed, writers that meet, rows that cannot be, and files that are not whole."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import lmdb
import pyarrow as pa
import pytest

from plateia.errors import LakeError
from plateia.lookup import Entry, LookupStore, shards, write_overlay, write_snapshot
from tests.unit.lookup.worlds import MEMBERS, PURPOSES, REDIRECTS, members, redirects

TOKENS = [bytes([i]) for i in range(40)]
OLD, NEW = (dict.fromkeys(TOKENS, Entry(name, False, 1.0, {"ads": True})) for name in ("old", "new"))


def snapshot(folder: Path, entries: dict[bytes, Entry], *, version: int = 1) -> None:
    write_snapshot(folder, members(entries), redirects({}), version=version, purposes=PURPOSES, shards=2)


def overlay(folder: Path, entries: dict[bytes, Entry]) -> None:
    write_overlay(folder, members(entries), redirects({}), [], version=2, base=1)


def killed(write: Callable[[], None], *, after_lines: int) -> bool:
    """Write in a child that ends without a word after so many lines of Plateia's code; whether it came that far."""
    child = os.fork()
    if child == 0:
        left = after_lines

        def count(frame: FrameType, event: str, _: object) -> Callable[..., object] | None:
            nonlocal left
            if f"{os.sep}lookup{os.sep}" not in frame.f_code.co_filename or "tests" in frame.f_code.co_filename:
                return None
            left -= event == "line"
            if left < 0:
                os._exit(9)
            return count

        try:
            sys.settrace(count)
            write()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


@pytest.mark.parametrize("write", [snapshot, overlay])
def test_a_killed_writer_leaves_the_old_state_or_the_new_one(tmp_path: Path, write: Callable[..., None]) -> None:
    snapshot(tmp_path, OLD)
    lines, found = 1, []
    while killed(lambda: write(tmp_path, NEW), after_lines=lines):
        with LookupStore(tmp_path) as store:
            (answer,) = {entry and entry.person_id for entry in store.find_many(TOKENS)}
            found.append(answer)
        lines += 17 if answer == "old" else 5
    assert found == sorted(found, reverse=True)
    assert set(found) == {"old", "new"}
    snapshot(tmp_path, OLD, version=3)
    assert len([path for path in tmp_path.iterdir() if path.is_dir()]) == 1


def test_a_shard_that_cannot_be_written_is_one_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot(tmp_path, OLD)
    monkeypatch.setattr(shards, "_PAGES", 8192)
    monkeypatch.setattr(shards, "_most_bytes", lambda _: 0)
    with pytest.raises(LakeError, match="cannot be written"):
        snapshot(tmp_path, NEW, version=2)
    with LookupStore(tmp_path) as store:
        assert store.find_many(TOKENS) == list(OLD.values())


def test_two_writers_are_refused(tmp_path: Path) -> None:
    snapshot(tmp_path, OLD)
    with (tmp_path / "LOCK").open("ab") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        for write in (snapshot, overlay):
            with pytest.raises(LakeError, match="another process is writing; expected one writer at a time"):
                write(tmp_path, NEW)
    snapshot(tmp_path, NEW)


@pytest.mark.parametrize("length", [0, 1, 4096, 5000, 8192, -4096, -1])
@pytest.mark.parametrize("of", ["snapshot", "overlay"])
def test_a_file_cut_short_is_one_error(tmp_path: Path, length: int, of: str) -> None:
    snapshot(tmp_path, OLD)
    overlay(tmp_path, NEW)
    (path,) = tmp_path.glob(f"{of}*/0000.mdb")
    os.truncate(path, length if length >= 0 else path.stat().st_size + length)
    for _ in range(2):
        with pytest.raises(LakeError, match="missing, cut short, or of another store"):
            LookupStore(tmp_path)


def test_a_damaged_flip_is_an_error_until_it_is_mended(tmp_path: Path) -> None:
    snapshot(tmp_path, OLD)
    with LookupStore(tmp_path) as store:
        overlay(tmp_path, NEW)
        (path,) = tmp_path.glob("overlay*/0000.mdb")
        path.rename(tmp_path / "kept")
        for _ in range(2):
            with pytest.raises(LakeError, match="missing"):
                store.find(TOKENS[0])
        (tmp_path / "kept").rename(path)
        assert store.find(TOKENS[0]) == NEW[TOKENS[0]]


def test_files_of_others_are_refused(tmp_path: Path) -> None:
    for name in ("one", "two"):
        snapshot(tmp_path / name, OLD)
    (one,), (two,) = (list((tmp_path / name).glob("snapshot*/0001.mdb")) for name in ("one", "two"))
    shutil.copy(two, one)
    with pytest.raises(LakeError, match="of another store"):
        LookupStore(tmp_path / "one")
    one.write_bytes(b"# not a database" * 1000)
    with pytest.raises(LakeError, match="of another store"):
        LookupStore(tmp_path / "one")


@pytest.mark.parametrize(
    "value",
    [b"", b"\x02", b"\x09" + bytes(40), b"\x02" + bytes(12), b"\x03" + bytes(10) + b"\xff"],
    ids=["empty", "too short", "no such tag", "no whole UUID", "no text"],
)
def test_a_damaged_record_is_an_error(tmp_path: Path, value: bytes) -> None:
    snapshot(tmp_path, OLD)
    for path in tmp_path.glob("snapshot*/*.mdb"):
        with lmdb.open(str(path), subdir=False, lock=False) as shard, shard.begin(write=True) as transaction:
            for key in [key for key, _ in transaction.cursor() if len(key) == 16]:
                transaction.put(key, value)
    with LookupStore(tmp_path) as store, pytest.raises(LakeError, match="damaged record"):
        store.find(TOKENS[0])


def test_a_second_store_of_a_folder_in_a_process_is_refused(tmp_path: Path) -> None:
    snapshot(tmp_path, OLD)
    with LookupStore(tmp_path) as store:
        with pytest.raises(LakeError, match="has open already; expected one `LookupStore`"):
            LookupStore(tmp_path)
        assert store.find(TOKENS[0]) == OLD[TOKENS[0]]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(None, "no lookup store", id="nothing"),
        pytest.param("{", "not JSON", id="half a file"),
        pytest.param("[]", "another kind", id="another kind"),
        pytest.param(json.dumps({"format": 2}), "format 1", id="another format"),
        pytest.param(json.dumps({"format": 1}), "lacks a key", id="no keys"),
        pytest.param(
            '{"format": 1, "snapshot": "../x", "overlay": null, "version": 1, "base": 1, "purposes": [], "shards": 1}',
            "names no folder",
            id="a path",
        ),
    ],
)
def test_another_current_is_refused(tmp_path: Path, text: str | None, words: str) -> None:
    if text is not None:
        (tmp_path / "CURRENT").write_text(text)
    with pytest.raises(LakeError, match=words):
        LookupStore(tmp_path)
    with pytest.raises(LakeError, match=words):
        overlay(tmp_path, NEW)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        pytest.param({"token": None}, "names nothing", id="no token"),
        pytest.param({"token": b"a", "granted": 8}, "mask", id="a purpose too many"),
        pytest.param({"token": b"a", "granted": -1}, "mask", id="a negative mask"),
        pytest.param({"token": b"a", "granted": 3, "withdrawn": 2}, "mask", id="granted and withdrawn"),
        pytest.param({"token": b"a", "person_id": "x"}, "two different records", id="two answers"),
    ],
)
def test_rows_that_cannot_be_leave_the_old_state(tmp_path: Path, row: dict[str, object], words: str) -> None:
    snapshot(tmp_path, OLD)
    rows = [pa.RecordBatch.from_pylist([{"token": b"a", "person_id": "y"}, row], MEMBERS)]
    with pytest.raises(LakeError, match=words):
        write_snapshot(tmp_path, rows, [], version=2, purposes=PURPOSES, shards=2)
    with pytest.raises(LakeError, match=words):
        write_overlay(tmp_path, rows, [], [], version=2, base=1)
    assert len(list(tmp_path.iterdir())) == 3
    with LookupStore(tmp_path) as store:
        assert store.version == 1


def test_what_cannot_be_asked_for_is_refused(tmp_path: Path) -> None:
    snapshot(tmp_path, OLD)
    with pytest.raises(LakeError, match="since version 7; expected since 1"):
        write_overlay(tmp_path, [], [], [], version=8, base=7)
    with pytest.raises(LakeError, match="two different records"):
        write_overlay(tmp_path, members(NEW), [], TOKENS[:1], version=2, base=1)
    with pytest.raises(LakeError, match="0 shards"):
        write_snapshot(tmp_path, [], [], version=2, purposes=PURPOSES, shards=0)
    with pytest.raises(LakeError, match="each once"):
        write_snapshot(tmp_path, [], [], version=2, purposes=("ads", "ads"), shards=1)
    with pytest.raises(LakeError, match="rows without token, confidence"):
        write_snapshot(tmp_path, [pa.RecordBatch.from_pylist([], REDIRECTS)], [], version=2, purposes=(), shards=1)


def test_a_file_in_its_place_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "store").touch()
    with pytest.raises(LakeError, match="no folder for a lookup store"):
        snapshot(tmp_path / "store", OLD)
