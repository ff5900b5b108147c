"""Night after night, builds with kept totals equal builds from all events, and the changes add up to the members.

Between two nights people buy, are found to have bought long ago, events are deleted, people merged, audiences edited.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from plateia.lake import BlockTotals, Lake, block_files, block_inputs, keep_totals
from plateia.lake.publishing.settle import sweep
from plateia.records import DataFile, FreshTotals, PackedTotals
from plateia.rules import tree
from tests.unit.lake.building import a_run, published_sets
from tests.unit.lake.nights import SITE, Shop, apply_changes, audience, build, members_of


@pytest.mark.parametrize("nights", [6, pytest.param(30, marks=pytest.mark.nightly)])
def test_nights(lake: Lake, nights: int) -> None:
    shop = Shop(lake, Random(nights))
    summed: dict[str, set[int]] = {}
    for _ in range(nights):
        shop.refresh()
        night = build(shop)
        for fast, slow in zip(night.with_totals, night.from_events, strict=True):
            assert fast.members.equals(slow.members)
            assert fast.changes.equals(slow.changes)
            assert fast.failures == slow.failures == {}
        summed = apply_changes(summed, night.with_totals)
        members = members_of(night.with_totals)
        assert {key: found for key, found in summed.items() if found} == members
        assert {key: set(found) for (site, key), found in published_sets(lake).items() if found} == members
        shop.live()
    assert {site for site, _ in published_sets(lake)} == {SITE}


def test_a_night_reads_the_events_of_periods_that_changed_and_no_others(lake: Lake) -> None:
    shop = Shop(lake, Random(1), hour=3)  # midnight in Santiago: the window has no ragged end
    window = tree.Last(tree.Duration(40, "d"))
    shop.audiences = {"buyers": audience("buyers", tree.EventNode("buy", tree.Measure("count"), None, window))}
    shop.refresh()
    first, second = build(shop), build(shop)
    assert first.rows_read[0] >= second.rows_read[1] > second.rows_read[0] == 0
    shop.events["late"] = next(iter(shop.events.values())) | {"at": datetime(2018, 4, 3, tzinfo=UTC), "ordinal": 3}
    shop.refresh()
    april = [e for e in shop.events.values() if str(e["at"]).startswith("2018-04") and int(str(e["ordinal"])) < 12]
    assert build(shop).rows_read[0] == len(april), "the late event's month, of its block alone"
    assert published_sets(lake)[SITE, "buyers"] >= {3}


def test_totals_of_deleted_periods_and_replaced_files_go(lake: Lake) -> None:
    shop = Shop(lake, Random(2))
    shop.audiences = {"buyers": audience("buyers", tree.EventNode("buy", tree.Measure("count")))}
    shop.refresh()
    build(shop)
    places = {(file.minimum["event"], file.minimum["period"], file.minimum["block"]) for file in totals(lake)}
    assert len(places) == len(totals(lake)) > 4
    gone = min(str(event["at"])[:7] for event in shop.events.values())
    shop.events = {key: event for key, event in shop.events.items() if not str(event["at"]).startswith(gone)}
    next(iter(shop.events.values()))["amount"] = 9.75
    shop.refresh()
    build(shop)
    after = totals(lake)
    assert {(file.minimum["event"], file.minimum["period"], file.minimum["block"]) for file in after} == {
        place for place in places if not str(place[1]).startswith(gone)
    }
    on_disk = {str(path) for path in Path(lake.table_uri("event_totals")).glob("site=*/**/*.parquet")}
    assert on_disk == {file.path for file in after}, "nothing is left of what was replaced"


def test_totals_that_a_dead_run_had_not_committed_are_swept(lake: Lake) -> None:
    shop, run = Shop(lake, Random(4)), a_run()
    shop.refresh()
    build(shop)
    kept = {file.path for file in totals(lake)}
    inputs = block_inputs(lake, SITE, events=["buy"], pins={})
    (first, *_) = block_files(lake, {SITE: inputs}, events=["buy"], pins={})
    store = BlockTotals(inputs, first)
    packed = {"a new filter": PackedTotals(1, b"...")}
    staged, replaced = store.write(run.run_id, "0", [FreshTotals(store.periods("buy")[0], packed)])
    path = Path(lake.store.path("event_totals", staged[0].path))
    assert path.exists()
    sweep(lake.store, run.run_id)
    assert not path.exists()
    assert kept == {file.path for file in totals(lake)}
    assert set(replaced) <= kept
    assert all(Path(file).exists() for file in kept)


def test_totals_that_nobody_asks_for_are_dropped_in_the_end(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plateia.lake.blocks.totals.MOST_IDLE", most_idle := 4)
    shop = Shop(lake, Random(5))
    shop.refresh()
    build(shop)
    inputs = block_inputs(lake, SITE, events=["buy"], pins={})
    known: list[set[str]] = []
    for number in range(most_idle + 1):
        (files, *_) = block_files(lake, {SITE: inputs}, events=["buy"], pins={})
        store, run = BlockTotals(inputs, files), a_run()
        period = store.periods("buy")[-1]
        known.append(set(store.kept(period)))
        fresh = FreshTotals(period, {f"key {number}": PackedTotals(1, b"")}, used={"key 0"})
        staged, replaced = store.write(run.run_id, "0", [fresh])
        keep_totals(lake, staged, replaced, run_id=run.run_id)
    asked_once = known[0]
    assert asked_once
    assert asked_once < known[most_idle - 1], "kept for long"
    assert known[most_idle] == {f"key {number}" for number in range(most_idle)}, "key 0 was used, the last ones are new"


def totals(lake: Lake) -> list[DataFile]:
    return lake.files("event_totals")
