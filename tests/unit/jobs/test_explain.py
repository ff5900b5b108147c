"""``plateia explain`` on a lake of two people: what it prints, what ``--json`` holds, and what it never repeats."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from jobs import explain
from plateia.lake import Lake
from plateia.tables import INSTANT, PERSON_ORDINALS, WAREHOUSE_CURRENT
from tests.files import write_files

AS_OF = datetime(2018, 1, 1, 5, tzinfo=UTC)  # midnight in New York
FILES = {
    "sites.yml": "us: {zone: America/New_York}\n",
    "environments/local.yml": "lake: lake\n",
    "sources/people.yml": "source: people\nkind: people\nread: {format: csv, path: p.csv}\nsite: {column: site}\n"
    "person: {column: id, identifier: account}\nload: snapshot\ntraits: {tier: {type: string}}\n",
    "sources/orders.yml": "source: orders\nkind: events\nevent: order\nread: {format: csv, path: o.csv}\n"
    "site: {column: site}\nperson: {column: id, identifier: account}\nat: {column: at, zone: UTC}\nid: [n]\n"
    "load: snapshot\nproperties: {amount: {type: double}}\n",
    "audiences/regulars.yml": "audience: regulars\nsites: [us]\nrule:\n  all:\n    - {list: ids.csv}\n"
    "    - {event: order, window: {last: 30d}, count: {gte: 2}}\n",
    "audiences/ids.csv": "person_id\nana\nbob\n",
}


@pytest.fixture
def options(tmp_path: Path) -> list[str]:
    """Of a lake in which Ana has ordered 29 and 3 days ago, and tomorrow; Bob 12 days ago."""
    write_files(tmp_path / "configs", FILES)
    lake = Lake.open(str(tmp_path / "lake"), create=True)
    who = {"site": ["us"] * 2, "ordinal": pa.array([0, 1], pa.int32()), "person_id": ["ana", "bob"]}
    people = {**who, "block": pa.array([0, 0], pa.int32()), "alive": [True, True], "tier": ["gold", None]}
    write_deltalake(lake.table_uri("people"), pa.table(people), partition_by=["site", "block"])
    given = {**who, "given_run": ["r", "r"], "retired_run": pa.array([None, None], pa.string())}
    names = PERSON_ORDINALS.schema.names
    lake.append(PERSON_ORDINALS, pa.table(given).select(names).cast(PERSON_ORDINALS.schema), app="ordinals")
    at = [AS_OF - timedelta(days=days) for days in (29, 3, -1, 12)]
    orders = {
        "site": ["us"] * 4, "period": [each.date().replace(day=1) for each in at],
        "block": pa.array([0] * 4, pa.int32()), "ordinal": pa.array([0, 0, 0, 1], pa.int32()),
        "at": pa.array(at, INSTANT), "event_id": ["o1", "o2", "o3", "o4"], "source_key": ["k"] * 4, "amount": [1.5] * 4,
    }  # fmt: skip
    write_deltalake(lake.table_uri("event_order"), pa.table(orders), partition_by=["site", "period", "block"])
    rows = [
        {"table": name, "version": lake.version(name), "refresh_run": "r", "at": AS_OF}
        for name in ("people", "event_order")
    ]
    lake.append(WAREHOUSE_CURRENT, pa.Table.from_pylist(rows, schema=WAREHOUSE_CURRENT.schema), app="refresh")
    return ["--configs", str(tmp_path / "configs"), "--lake", lake.uri, "--as-of", AS_OF.isoformat(), "--site", "us"]


def answer(options: list[str], person: str, capsys: pytest.CaptureFixture[str]) -> Mapping[str, object]:
    assert explain.main(["regulars", *options, "--person", person, "--json", "--quiet"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["results"]
    assert isinstance(row, dict)
    return row


def test_a_member_until_the_oldest_order_leaves_the_window(
    options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    row = answer(options, "ana", capsys)
    assert (row["truth"], row["flips"], row["nearest"]) == (True, "2018-01-02T05:00:00.000001Z", None)
    listed, orders = row["children"][0]["children"]  # type: ignore[index]
    assert (listed["truth"], listed["fixed"]) == (True, True)
    assert (orders["value"], orders["n_events"]) == (2, 2)
    assert orders["events"] == [
        {"event": "order", "event_id": "o2", "at": "2017-12-29T05:00:00Z"},
        {"event": "order", "event_id": "o1", "at": "2017-12-03T05:00:00Z"},
    ]


def test_the_nearest_miss_of_who_is_out(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    row = answer(options, "bob", capsys)
    assert (row["truth"], row["flips"]) == (False, None)
    assert row["nearest"]["changes"] == [  # type: ignore[index]
        {
            "condition": "order: at least 2 times in the last 30 days",
            "text": "1 more order event, before 19 Jan 2018 00:00",
            "change": "1",
            "to": None,
            "before": "2018-01-19T05:00:00.000001Z",
        }
    ]


def test_the_tree_as_a_person_reads_it(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert explain.main(["regulars", *options, "--person", "bob", "--quiet"]) == 0
    lines = [line.strip("│├└─ ") for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        "✗ member of regulars (for the next ten years)",
        "nearest: 1 more order event, before 19 Jan 2018 00:00 (order: at least 2 times in the last 30 days)",
        "✗ all of 2 hold",
        "✓ in the list ids.csv (taken as it is now)",
        "✗ order: at least 2 times in the last 30 days — 1",
        "lacks: 1 more order event, before 19 Jan 2018 00:00",
        "order o4 on 20 Dec 2017 00:00",
    ]


def test_a_stranger_is_refused_and_not_repeated(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert explain.main(["regulars", *options, "--person", "carla"]) == 2
    said = capsys.readouterr()
    assert "carla" not in said.err + said.out
    assert "a person_id of the site" in said.err
