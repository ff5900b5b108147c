"""The lookup store and SQLite on the same identities: built, asked in random order, and asked through flips.

A find is one call of one thread from a warm page cache, timed alone; both answer with the same entries, compared before
any time is taken. Three in four tokens asked for are known; 1 % of all have changed since the snapshot.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks.lookup_rows import PURPOSES, SCHEMA, asked, generated
from benchmarks.lookup_sqlite import Table
from benchmarks.measuring import RESULTS, Row, measured, versions, write_results
from plateia.lookup import Entry, LookupStore, write_overlay, write_snapshot
from plateia.trace import configure_logging

_KEYS = 10_000_000
_SHARDS = 8
_MOST_US = 50.0
_SWAP_SECONDS = 0.5

Find = Callable[[bytes], Entry | None]


def main(argv: Sequence[str] | None = None) -> int:
    """Write the rows, build, compare, measure, and write ``results/lookup.json``."""
    parser = argparse.ArgumentParser(prog="python3 dev.py bench lookup", description=__doc__)
    parser.add_argument("--keys", type=int, default=_KEYS, help=f"tokens of the map ({_KEYS:,})")
    parser.add_argument("--finds", type=int, default=1_000_000, help="of each measurement (1,000,000)")
    parser.add_argument("--seconds", type=float, default=10.0, help="of finds while another process flips (10)")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--swap", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    configure_logging()
    if args.swap:
        return _swap(args.swap, args.seconds)
    with tempfile.TemporaryDirectory() as root:
        rows = _rows(Path(root), args.keys, args.finds, args.seconds, args.seed)
    for row in rows:
        sys.stdout.write(f"{row.what}: {row.wall_s:.2f} s, {row.core_s:.2f} core-s, {row.rss_mb:,.0f} MB")
        sys.stdout.write(f"; bar {row.bar}: {'met' if row.met else 'missed'}\n" if row.bar else "\n")
    folder = RESULTS if args.keys == _KEYS else RESULTS.parents[1] / ".plateia" / "bench" / f"lookup-{args.keys}"
    told = versions("lmdb", "pyarrow", "numpy")
    sys.stdout.write(f"{write_results('lookup', seed=args.seed, rows=rows, versions=told, folder=folder)}\n")
    return 0


def _rows(root: Path, keys: int, finds: int, seconds: float, seed: int) -> list[Row]:
    """Build and measure both; raises where they do not answer alike."""
    for name, batches in generated(keys, seed).items():
        with pa.ipc.new_file(str(root / name), SCHEMA) as file:
            for batch in batches:
                file.write_batch(batch)
    folder, table = root / "store", Table(root / "sqlite")
    tokens = asked(keys, finds, seed)
    write = partial(write_snapshot, folder, _read(root / "snapshot"), [], version=0, purposes=PURPOSES, shards=_SHARDS)
    found = [
        _built("LMDB", keys, write, lambda: sum(path.stat().st_size for path in folder.rglob("*.mdb"))),
        _built("SQLite", keys, lambda: table.build(_read(root / "snapshot")), lambda: table.size_bytes),
    ]
    with LookupStore(folder) as store:
        for version in (1, 2):
            flip(folder, root, version)
            table.change(_read(root / f"overlay{version}"))
            if store.find_many(tokens[:20_000]) != [table.find(token) for token in tokens[:20_000]]:
                raise SystemExit("the store and SQLite do not answer alike")
        found += [_timed("LMDB", store.find, tokens, bar=True), _timed("SQLite", table.find, tokens)]
        table.close()
        found.append(_while_flipping(store, root, tokens[:100_000], seconds))
    return found


def _built(what: str, keys: int, build: Callable[[], object], size_bytes: Callable[[], int]) -> Row:
    _, wall_s, core_s, rss_mb = measured(build)
    return Row(f"build of {what}, {keys:,} keys: {size_bytes() / keys:.1f} bytes a key", wall_s, core_s, rss_mb)


def _timed(what: str, find: Find, tokens: Sequence[bytes], *, bar: bool = False) -> Row:
    """Percentiles of single finds, and how many a second are answered without a clock beside them."""
    for token in tokens:
        find(token)
    taken_ns = np.empty(len(tokens), np.int64)
    clock = time.perf_counter_ns

    def each() -> None:
        for place, token in enumerate(tokens):
            started = clock()
            find(token)
            taken_ns[place] = clock() - started

    def all_() -> None:
        for token in tokens:
            find(token)

    each()
    _, wall_s, core_s, rss_mb = measured(all_)
    said, p99_us = _percentiles(taken_ns)
    what = f"{what}, {len(tokens):,} finds: {said}; {len(tokens) / wall_s:,.0f} a second"
    return Row(what, wall_s, core_s, rss_mb, *((f"p99 ≤ {_MOST_US:g} µs", p99_us <= _MOST_US) if bar else (None, None)))


def _while_flipping(store: LookupStore, root: Path, tokens: Sequence[bytes], seconds: float) -> Row:
    """Finds while another process writes overlays; each must be as it is with the one overlay or with the other."""
    allowed = []
    for version in (1, 2):
        flip(root / "store", root, version)
        allowed.append(store.find_many(tokens))
    taken_ns: list[int] = []
    errors, first = 0, store.version
    command = [sys.executable, "-m", "benchmarks.lookup", "--swap", str(root), "--seconds", str(seconds)]
    swapper = subprocess.Popen(command, stdout=subprocess.DEVNULL)

    def ask() -> None:
        nonlocal errors
        while swapper.poll() is None:
            for place, token in enumerate(tokens[:20_000]):
                started = time.perf_counter_ns()
                try:
                    entry = store.find(token)
                except Exception:  # noqa: BLE001 - any error is one too many, and counted
                    errors += 1
                    continue
                taken_ns.append(time.perf_counter_ns() - started)
                errors += entry != allowed[0][place] and entry != allowed[1][place]

    _, wall_s, core_s, rss_mb = measured(ask)
    if swapper.returncode:
        raise SystemExit("the process that flips has failed")
    said, p99_us = _percentiles(np.array(taken_ns))
    what = f"LMDB through {store.version - first} flips, {len(taken_ns):,} finds, {errors} errors: {said}"
    is_met = p99_us <= _MOST_US and not errors
    return Row(what, wall_s, core_s, rss_mb, f"p99 ≤ {_MOST_US:g} µs, no error", is_met)


def flip(folder: Path, root: Path, version: int) -> None:
    """Write the one overlay or the other, by the version."""
    rows = _read(root / f"overlay{2 - version % 2}")
    write_overlay(folder, rows, [], [], version=version, base=0)


def _swap(root: Path, seconds: float) -> int:
    started = time.monotonic()
    version = 2
    while time.monotonic() < started + seconds:
        version += 1
        flip(root / "store", root, version)
        time.sleep(max(0.0, started + (version - 2) * _SWAP_SECONDS - time.monotonic()))
    return 0


def _percentiles(taken_ns: np.ndarray[tuple[int], np.dtype[np.int64]]) -> tuple[str, float]:
    """What to say of them, and the 99th in microseconds."""
    p50, p99, p999 = (float(found) / 1_000 for found in np.percentile(taken_ns, (50, 99, 99.9)))
    return f"p50 {p50:.1f}, p99 {p99:.1f}, p99.9 {p999:.1f} µs", p99


def _read(path: Path) -> Iterator[pa.RecordBatch]:
    with pa.OSFile(str(path)) as file:
        reader = pa.ipc.open_file(file)
        for place in range(reader.num_record_batches):
            yield reader.get_batch(place)


if __name__ == "__main__":
    sys.exit(main())
