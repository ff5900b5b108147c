"""Night after night, builds with kept totals equal builds from all events, and the changes add up to the members.

Between two nights people buy, are found to have bought long ago, events are deleted, people merged, audiences edited.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from plateia.lake import Lake
from plateia.records import DataFile
from plateia.rules import tree
from tests.unit.lake.building import published_sets
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


def totals(lake: Lake) -> list[DataFile]:
    return lake.files("event_totals")
