"""Readers meet the old answer or the new one while a writer flips, in threads, in other processes and in children."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from plateia.lookup import Entry, LookupStore, Redirect, generation, manifest, write_overlay, write_snapshot
from tests.unit.lookup.worlds import PURPOSES, members, redirects

TOKENS = [bytes([i]) for i in range(30)]
FLIPS = 20


def flip(folder: Path, version: int) -> None:
    """Publish a map that says its version everywhere; every fifth one whole, the others as an overlay."""
    entries = {token: Entry(f"v{version}", False, float(version), {"ads": version % 2 == 0}) for token in TOKENS}
    rows = members(entries), redirects({"old": f"v{version}"})
    if version % 5 == 0:
        write_snapshot(folder, *rows, version=version, purposes=PURPOSES, shards=1 + version % 3)
    else:
        write_overlay(folder, *rows, [], version=version, base=version - version % 5)


def read(store: LookupStore, seen: list[int], last: int) -> None:
    """Read until the last version is seen; what is read together is of one version, and none is older than before."""
    while not seen or seen[-1] != last:
        least = store.version
        (version,) = {entry and entry.confidence for entry in store.find_many(TOKENS)}
        assert version is not None
        assert store.find(TOKENS[0]) is not None
        assert isinstance(store.current("old"), Redirect)
        assert least <= version <= store.version
        seen.append(int(version))
    assert seen == sorted(seen)


def test_threads_and_a_process_read_through_flips(tmp_path: Path) -> None:
    flip(tmp_path, 0)
    code = "import sys; from pathlib import Path; from tests.unit.lookup.test_swaps import *\n"
    code += "seen = []; store = LookupStore(Path(sys.argv[1])); print('open', flush=True); read(store, seen, FLIPS)"
    other = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    failures: list[BaseException] = []
    with LookupStore(tmp_path) as store:

        def reader() -> None:
            try:
                read(store, [], FLIPS)
            except BaseException as error:  # noqa: BLE001 - whatever it is, the test is to show it
                failures.append(error)

        threads = [threading.Thread(target=reader, daemon=True) for _ in range(2)]
        for thread in threads:
            thread.start()
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        for version in range(1, FLIPS + 1):
            flip(tmp_path, version)
        for thread in threads:
            thread.join(20)
        assert not failures
        assert not any(thread.is_alive() for thread in threads)
    other.communicate(timeout=20)
    assert other.returncode == 0


def test_a_child_reads_on_and_sees_flips(tmp_path: Path) -> None:
    flip(tmp_path, 0)
    with LookupStore(tmp_path) as store:
        before = store.find(TOKENS[0])
        child = os.fork()
        if child == 0:
            code = 1
            try:
                if store.find(TOKENS[0]) == before:
                    flip(tmp_path, 5)
                    flip(tmp_path, 6)
                    code = 0 if store.version == 6 and store.find(TOKENS[0]) != before else 2
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert store.version == 6


def test_the_time_of_current_grows_with_every_flip_even_where_the_clock_stands_or_goes_back(tmp_path: Path) -> None:
    flip(tmp_path, 0)
    current, path = manifest.read_manifest(tmp_path), tmp_path / "CURRENT"
    later_ns = path.stat().st_mtime_ns + 3_600 * 10**9
    os.utime(path, ns=(later_ns, later_ns))
    for count in (1, 2):
        manifest.flip(tmp_path, current)
        assert path.stat().st_mtime_ns == later_ns + count


def test_what_was_flipped_while_it_was_opened_is_opened_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flip(tmp_path, 0)
    later = iter((5, 6, 7))

    def outpaced(folder: Path) -> manifest.Manifest:
        found = manifest.read_manifest(folder)
        for version in later:
            flip(folder, version)
            break
        return found

    monkeypatch.setattr(generation, "read_manifest", outpaced)
    with LookupStore(tmp_path) as store:
        assert store.version == 7
        assert store.find(TOKENS[0]) == Entry("v7", False, 7.0, {"ads": False})


def test_nothing_of_a_former_snapshot_stays_open(tmp_path: Path) -> None:
    flip(tmp_path, 0)
    with LookupStore(tmp_path) as store:
        for version in (1, 2, 5, 6):
            flip(tmp_path, version)
            assert store.find(TOKENS[0]) is not None
        assert _mapped(tmp_path) == {path.name for path in tmp_path.iterdir() if path.is_dir()}
    assert not _mapped(tmp_path)


def test_a_closed_store_says_so(tmp_path: Path) -> None:
    flip(tmp_path, 0)
    with LookupStore(tmp_path) as store:
        pass
    with pytest.raises(ValueError, match="closed"):
        store.find(b"x")


def _mapped(folder: Path) -> set[str]:
    """The folders of a store that this process has files of in its memory."""
    lines = Path("/proc/self/maps").read_text("utf-8").splitlines()
    return {line.rpartition(f"{folder}/")[2].partition("/")[0] for line in lines if f"{folder}/" in line}
