"""A store answers as a plain dict does, before and after changes."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from plateia.lookup import Entry, LookupStore, Redirect, shards, sorting, write_overlay, write_snapshot
from tests.unit.lookup.worlds import MEMBERS, PURPOSES, World, changed, dump, members, redirects, world


def publish(folder: Path, whole: World, *, version: int = 1, shards: int = 1, order: int = 0) -> Path:
    """Write a snapshot; returns its folder."""
    rows = members(whole.entries, order=order), redirects(whole.redirects, order=order)
    return folder / write_snapshot(folder, *rows, version=version, purposes=PURPOSES, shards=shards).snapshot


def assert_answers(store: LookupStore, expected: World, *strangers: World) -> None:
    tokens = [*expected.entries, *(token for stranger in strangers for token in stranger.entries), b"nobody's"]
    assert store.find_many(tokens) == [expected.entries.get(token) for token in tokens]
    assert [store.find(token) for token in tokens[-20:]] == [expected.entries.get(token) for token in tokens[-20:]]
    for person in [*expected.redirects, *(person for stranger in strangers for person in stranger.redirects), "no"]:
        known = person in expected.redirects
        assert store.current(person) == (Redirect(expected.redirects[person]) if known else None)


@pytest.mark.parametrize("shards", [1, 7])
@pytest.mark.parametrize("tokens", [0, 1, 5, 300])
def test_a_snapshot_and_overlays_equal_a_dict(tmp_path: Path, shards: int, tokens: int) -> None:
    first, stranger = world(tokens, tokens), world(77, 30)
    publish(tmp_path, first, shards=shards)
    with LookupStore(tmp_path) as store:
        assert_answers(store, first, stranger)
        for version in (2, 3):
            now, fresh, removed = changed(first, version)
            rows = members(fresh.entries), redirects(fresh.redirects)
            write_overlay(tmp_path, *rows, removed, version=version, base=1)
            assert_answers(store, now, first, stranger)
            assert store.version == version
        publish(tmp_path, stranger, version=4, shards=3)
        assert_answers(store, stranger, first, now)
        assert store.version == 4
    assert len(list(tmp_path.iterdir())) == 3  # CURRENT, LOCK, the snapshot


@pytest.mark.parametrize("shards", [1, 7])
def test_the_order_of_rows_leaves_no_trace(tmp_path: Path, shards: int) -> None:
    whole = world(1, 300)
    one, two = (dump(publish(tmp_path / str(order), whole, shards=shards, order=order)) for order in (0, 1))
    assert one == two
    assert len(one) == len(whole.entries) + len(whole.redirects)


def test_a_shard_of_many_commits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = world(4, 400)
    monkeypatch.setattr(sorting, "ROWS_A_TABLE", 100)
    monkeypatch.setattr(shards, "_ROWS_A_SLICE", 30)
    small = dump(publish(tmp_path, whole, shards=2))
    with LookupStore(tmp_path) as store:
        assert_answers(store, whole)
    monkeypatch.undo()
    assert small == dump(publish(tmp_path, whole, shards=2))


def test_a_row_that_comes_twice_counts_once(tmp_path: Path) -> None:
    rows = list(members(world(1, 20).entries))
    write_snapshot(tmp_path, [*rows, *rows], [], version=1, purposes=PURPOSES, shards=2)
    with LookupStore(tmp_path) as store:
        assert_answers(store, World(world(1, 20).entries))


def test_nulls_say_nothing(tmp_path: Path) -> None:
    rows = pa.RecordBatch.from_pylist([{"token": b"a"}, {"token": b"b", "person_id": ""}], MEMBERS)
    write_snapshot(tmp_path, [rows], [], version=1, purposes=(), shards=1)
    with LookupStore(tmp_path) as store:
        assert store.find_many([b"a", b"b"]) == [Entry(None, True, 0.0, {}), Entry("", False, 0.0, {})]


def test_sixty_three_purposes(tmp_path: Path) -> None:
    purposes = [f"p{i}" for i in range(63)]
    row = {"token": b"a", "person_id": "x", "confidence": 1.0, "granted": 1 << 62 | 1, "withdrawn": 1 << 8}
    batch = pa.RecordBatch.from_pylist([row], MEMBERS)
    write_snapshot(tmp_path, [batch], [], version=1, purposes=purposes, shards=1)
    with LookupStore(tmp_path) as store:
        assert store.find(b"a") == Entry("x", False, 1.0, {"p0": True, "p62": True, "p8": False})


def test_a_token_and_a_person_of_the_same_bytes_are_apart(tmp_path: Path) -> None:
    publish(tmp_path, World({b"x": Entry("ana", False, 1.0, {})}, {"y": None}))
    with LookupStore(tmp_path) as store:
        assert store.find(b"y") is None
        assert store.current("x") is None
        assert store.current("\ud800") is None


def test_person_ids_of_any_length(tmp_path: Path) -> None:
    whole = World({bytes([i]): Entry("ñ" * length, False, 0.5, {}) for i, length in enumerate((1, 600, 3000, 90_000))})
    publish(tmp_path, whole)
    with LookupStore(tmp_path) as store:
        assert_answers(store, whole)
