"""What is published of identities is compared, and followed, as DuckDB reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from benchmarks.graphs.published import TABLES, contents, ids_changed, ids_without_a_lead, merged_ids_that_resolve
from jobs.identity.state import State, write_state
from plateia.lake import Lake
from plateia.tables import IDENTITY_TABLES

DAY = datetime(2026, 1, 1, tzinfo=UTC)
Rows = Mapping[str, Sequence[Mapping[str, object]]]
Publish = Callable[[str, Rows], Path]


@pytest.fixture
def publish(tmp_path: Path) -> Publish:
    def publish(name: str, rows: Rows) -> Path:
        lake, pins = Lake.open(str(tmp_path / name), create=True), {}
        for table in IDENTITY_TABLES:
            if table.name in TABLES:
                content = pa.Table.from_pylist(list(rows.get(table.name, ())), schema=table.schema)
                lake.replace(table, content, app=name)
                pins[table.name] = lake.version(table.name) or 0
        write_state(lake, State(pins, DAY, {}), run_id=name)
        return tmp_path / name

    return publish


def member(token: bytes, person: str, *, until: datetime | None = None) -> Mapping[str, object]:
    row = {"identifier_type": "email", "token": token, "person_id": person, "valid_from": DAY, "valid_to": until}
    return {**row, "confidence": 1.0}


def refused(score: float, run_id: str) -> Mapping[str, object]:
    return {"type_a": "email", "token_a": b"a", "score": score, "rule": "r", "run_id": run_id}


def test_contents_are_equal_whatever_the_order_and_the_run(publish: Publish) -> None:
    rows = [refused(0.5, "x"), refused(0.25, "x")]
    one = publish("one", {"identity_edges_refused": rows})
    other = publish("other", {"identity_edges_refused": [{**row, "run_id": "y"} for row in rows[::-1]]})
    assert contents(one) == contents(other)
    assert set(contents(one)) == set(TABLES)


@pytest.mark.parametrize("rows", [[], [refused(0.5, "x")], [refused(0.5, "x"), refused(0.75, "x")]])
def test_contents_differ_with_any_row(publish: Publish, rows: Sequence[Mapping[str, object]]) -> None:
    one = publish("one", {"identity_edges_refused": [refused(0.5, "x"), refused(0.25, "x")]})
    other = publish("other", {"identity_edges_refused": rows})
    different = [table for table, content in contents(one).items() if contents(other)[table] != content]
    assert different == ["identity_edges_refused"]


def test_ids_change_where_a_value_is_anothers_or_nobodys(publish: Publish) -> None:
    before = publish("before", {"identity_members": [member(b"a", "p"), member(b"b", "p"), member(b"c", "q")]})
    now = [member(b"a", "p"), member(b"b", "p", until=DAY), member(b"b", "r"), member(b"n", "s")]
    assert ids_changed(before, publish("after", {"identity_members": now})) == (2, 3)
    assert ids_changed(before, before) == (0, 3)


def leads(**targets: str) -> list[Mapping[str, object]]:
    return [{"person_id": person, "current_person_id": target} for person, target in targets.items()]


def people(**is_living: bool) -> list[Mapping[str, object]]:
    return [{"person_id": person, "retired_at": None if living else DAY} for person, living in is_living.items()]


@pytest.mark.parametrize(
    ("targets", "resolve", "astray"),
    [
        pytest.param({"old": "new", "new": "new"}, 1, 0, id="one step"),
        pytest.param({"old": "gone", "gone": "new", "new": "new"}, 0, 1, id="two steps"),
        pytest.param({"old": "old", "new": "new"}, 0, 0, id="to itself"),
        pytest.param({"new": "new"}, 0, 1, id="no lead"),
    ],
)
def test_merged_ids_lead_to_the_living(publish: Publish, targets: dict[str, str], resolve: int, astray: int) -> None:
    lake = publish(
        "lake",
        {
            "identity_people": people(old=False, new=True, **({"gone": False} if "gone" in targets else {})),
            "identity_redirects": leads(**targets),
            "identity_events": [{"kind": "merged_into", "person_id": "old", "other_person_id": "new"}],
        },
    )
    assert merged_ids_that_resolve(lake) == (resolve, 1)
    assert ids_without_a_lead(lake) == astray
