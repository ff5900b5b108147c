"""``plateia diff``: who enters and leaves, by two definitions or between two runs; Python's sets are the oracle."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from jobs import diff
from plateia.clock import AsOf
from plateia.lake import Lake, publish, retire
from plateia.tables import BLOCK_BITS, INSTANT, PERSON_ORDINALS, WAREHOUSE_CURRENT
from plateia.trace import Run
from tests.files import write_files
from tests.unit.lake.building import AS_OF, stage, verdict

Row = dict[str, Any]
FILES = {
    "sites.yml": "us: {zone: America/New_York}\nbr: {zone: America/Sao_Paulo}\n",
    "environments/local.yml": "lake: lake\n",
    "sources/people.yml": "source: people\nkind: people\nread: {format: csv, path: p.csv}\nsite: {column: site}\n"
    "person: {column: id, identifier: account}\nload: snapshot\ntraits: {tier: {type: string}}\n",
    "sources/orders.yml": "source: orders\nkind: events\nevent: order\nread: {format: csv, path: o.csv}\n"
    "site: {column: site}\nperson: {column: id, identifier: account}\nat: {column: at, zone: UTC}\nid: [n]\n"
    "load: snapshot\nproperties: {amount: {type: double}}\n",
    "audiences/saved.yml": "audience: silvers\nsites: [us]\nrule: {trait: tier, is: silver}\n",
}
OLD = "audience: buyers\nsites: [us]\nrule: {all: [{trait: tier, is: gold}, {event: order, window: {last: 30d}}]}\n"
NEW = """audience: buyers
sites: [us]
rule:
  all:
    - any: [{trait: tier, is: gold}, {audience: silvers}]
    - {event: order, window: {last: 30d}, count: {gte: 2}}
"""


@dataclass(frozen=True)
class Shop:
    """A lake with people of two blocks and their orders, and its configuration."""

    lake: Lake
    configs: Path
    tiers: Mapping[int, str | None]  # by ordinal, of who is alive
    recent: Mapping[int, int]  # ordinal -> orders in the last 30 days
    ids: Mapping[int, str]

    def members(self, tiers: Iterable[str], at_least: int) -> set[int]:
        return {o for o, tier in self.tiers.items() if tier in tiers and self.recent.get(o, 0) >= at_least}

    def file(self, name: str, text: str) -> str:
        path = self.configs.parent / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    def run(self, *words: str, code: int = 0, json_too: bool = True) -> int:
        options = ["--configs", str(self.configs), "--lake", self.lake.uri, "--as-of", AS_OF.isoformat(), "--quiet"]
        found = diff.main([*words, *options, *(["--json"] if json_too else [])])
        assert found == code
        return found


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    write_files(tmp_path / "configs", FILES)
    random = Random(11)
    lake = Lake.open(str(tmp_path / "lake"), create=True)
    ordinals = [*range(150), *(o + (1 << BLOCK_BITS) for o in range(90))]
    alive = [random.random() < 0.9 for _ in ordinals]
    tiers = [random.choice(["gold", "silver", "iron", None]) if lives else None for lives in alive]
    ids = [random.choice(["é", "Z", "a", "日"]) + str(number) if alive[number] else None for number in range(240)]
    days = [(random.choice(ordinals), AS_OF - timedelta(days=random.uniform(-2, 60))) for _ in range(700)]
    _write_people(lake, ordinals, alive, tiers, ids)
    _write_orders(lake, days)
    versions = [(name, lake.version(name)) for name in ("people", "event_order")]
    rows = [{"table": name, "version": version, "refresh_run": "r", "at": AS_OF} for name, version in versions]
    lake.append(WAREHOUSE_CURRENT, pa.Table.from_pylist(rows, schema=WAREHOUSE_CURRENT.schema), app="refresh")
    recent: dict[int, int] = {}
    for ordinal, at in days:
        if AS_OF - timedelta(days=30) <= at < AS_OF:
            recent[ordinal] = recent.get(ordinal, 0) + 1
    living = [(o, number) for number, o in enumerate(ordinals) if alive[number]]
    return Shop(
        lake,
        tmp_path / "configs",
        {o: tiers[number] for o, number in living},
        recent,
        {o: str(ids[number]) for o, number in living},
    )


def _write_people(
    lake: Lake, ordinals: list[int], alive: list[bool], tiers: list[str | None], ids: list[str | None]
) -> None:
    n = len(ordinals)
    site, column = ["us"] * n, pa.array(ordinals, pa.int32())
    blocks = pa.array([o >> BLOCK_BITS for o in ordinals], pa.int32())
    people = {"site": site, "block": blocks, "ordinal": column, "alive": alive, "person_id": ids, "tier": tiers}
    write_deltalake(lake.table_uri("people"), pa.table(people), partition_by=["site", "block"])
    given = {"site": site, "person_id": ids, "ordinal": column, "given_run": ["r"] * n,
             "retired_run": pa.array([None if id else "r" for id in ids], pa.string())}  # fmt: skip
    lake.append(PERSON_ORDINALS, pa.table(given, schema=PERSON_ORDINALS.schema), app="ordinals")


def _write_orders(lake: Lake, days: list[tuple[int, datetime]]) -> None:
    n = len(days)
    rows = {
        "site": ["us"] * n, "period": [at.date().replace(day=1) for _, at in days],
        "block": pa.array([o >> BLOCK_BITS for o, _ in days], pa.int32()),
        "ordinal": pa.array([o for o, _ in days], pa.int32()), "at": pa.array([at for _, at in days], INSTANT),
        "event_id": [str(number) for number in range(n)], "source_key": ["k"] * n, "amount": [1.5] * n,
    }  # fmt: skip
    write_deltalake(lake.table_uri("event_order"), pa.table(rows), partition_by=["site", "period", "block"])


def check(shop: Shop, row: Row, old: set[int], new: set[int], n: int = 10) -> None:
    """A row says what the sets say, ids in the order of their UTF-8 bytes."""
    groups = {"entered": new - old, "left": old - new, "stayed": old & new}
    assert (row["old_size"], row["new_size"], row["reason"]) == (len(old), len(new), None)
    assert {group: row[group] for group in groups} == {group: len(found) for group, found in groups.items()}
    for group, found in groups.items():
        names = sorted((shop.ids[o] for o in found if o in shop.ids), key=lambda name: name.encode())
        assert row["sample"][group] == names[:n]


def rows_of(capsys: pytest.CaptureFixture[str]) -> list[Row]:
    found: list[Row] = json.loads(capsys.readouterr().out)["results"]
    return found


def state(lake: Lake) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in Path(lake.uri).rglob("*")}


@pytest.mark.parametrize("n", [0, 3, 10, 1_000])
def test_two_definitions_of_one_audience(shop: Shop, n: int, capsys: pytest.CaptureFixture[str]) -> None:
    before, files = state(shop.lake), (shop.file("old.yml", OLD), shop.file("new.yml", NEW))
    shop.run(*files, "--site", "us", "--sample", str(n))
    (row,) = rows_of(capsys)
    old, new = shop.members(["gold"], 1), shop.members(["gold", "silver"], 2)
    assert min(len(new - old), len(old - new), len(old & new)) > 3
    check(shop, row, old, new, n)
    assert (row["site"], row["audience"], row["old"], row["new"]) == ("us", "buyers", *files)
    assert state(shop.lake) == before


def test_two_audiences_of_other_names(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    silvers = shop.file("silvers.yml", FILES["audiences/saved.yml"].replace("silver}", "[silver, iron]}"))
    shop.run(silvers, shop.file("new.yml", NEW), "--site", "us")
    (row,) = rows_of(capsys)
    check(shop, row, shop.members(["silver", "iron"], 0), shop.members(["gold", "silver"], 2))


def test_what_is_printed_names_who_changes(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.run(shop.file("old.yml", OLD), shop.file("new.yml", NEW), "--site", "us", "--sample", "2", json_too=False)
    printed = capsys.readouterr().out
    left = sorted(
        (shop.ids[o] for o in shop.members(["gold"], 1) - shop.members(["gold", "silver"], 2)), key=str.encode
    )
    assert f"buyers left: {left[0]}, {left[1]} …" in printed


@pytest.fixture
def runs(shop: Shop) -> list[str]:
    """Three runs: the second one changes a, holds b and leaves c as it is; the third one is about b alone."""
    ids = [f"20180101T05000{number}Z-abcde{number}" for number in range(3)]
    first, second, third = (Run(run_id, "build-audiences", AsOf(AS_OF), AS_OF) for run_id in ids)
    sets: list[dict[str, set[int]]] = [
        {"a": {0, 1, 1 << BLOCK_BITS}, "b": {2, 3}, "c": {4}},
        {"a": {1, 5}, "b": {2}, "c": {4}},
        {"b": {3, 6}},
    ]
    publish(
        shop.lake,
        run=first,
        staged=stage(shop.lake, first, "us", sets[0]),
        verdicts=[verdict("us", key, "published", size=len(found)) for key, found in sets[0].items()],
    )
    verdicts = [
        verdict("us", "a", "published", size=2, previous=first),
        verdict("us", "b", "held", size=1, previous=first),
        verdict("us", "c", "unchanged", size=1, previous=first),
        verdict("us", "d", "failed"),
    ]
    publish(shop.lake, run=second, staged=stage(shop.lake, second, "us", sets[1], sets[0]), verdicts=verdicts)
    publish(
        shop.lake,
        run=third,
        staged=stage(shop.lake, third, "us", sets[2], sets[0]),
        verdicts=[verdict("us", "b", "published", size=2, previous=first)],
    )
    return ids


@pytest.mark.parametrize(
    ("pair", "expected"),
    [
        pytest.param((0, 1), {"a": ({0, 1, 1 << BLOCK_BITS}, {1, 5}), "b": ({2, 3}, {2, 3}), "c": ({4}, {4}),
                              "d": (set(), set())}, id="a held audience stays as it was"),
        pytest.param((1, 2), {"a": ({1, 5}, {1, 5}), "b": ({2, 3}, {3, 6}), "c": ({4}, {4}), "d": (set(), set())},
                     id="what a run did not compute stays as it was"),
        pytest.param((2, 0), {"a": ({1, 5}, {0, 1, 1 << BLOCK_BITS}), "b": ({3, 6}, {2, 3}), "c": ({4}, {4})},
                     id="backwards"),
        pytest.param((1, 1), {"a": ({1, 5}, {1, 5}), "b": ({2, 3}, {2, 3}), "c": ({4}, {4}), "d": (set(), set())},
                     id="with itself"),
    ],
)  # fmt: skip
def test_two_runs(
    shop: Shop,
    runs: list[str],
    pair: tuple[int, int],
    expected: dict[str, tuple[set[int], set[int]]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    shop.run(*(runs[number] for number in pair), "--site", "us")
    found = {row["audience"]: row for row in rows_of(capsys)}
    assert found.keys() == expected.keys()
    for key, (old, new) in expected.items():
        check(shop, found[key], old, new)
    shop.run(*(runs[number] for number in pair), "--site", "us", "--audience", "a")
    assert rows_of(capsys) == [found["a"]]


def test_a_retired_audience_was_there_before(shop: Shop, runs: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    retire(shop.lake, "a", run_id="20180101T050009Z-abcdef")
    shop.run(runs[0], runs[1], "--site", "us", "--audience", "a")
    (row,) = rows_of(capsys)
    check(shop, row, {0, 1, 1 << BLOCK_BITS}, {1, 5})


@pytest.mark.parametrize(
    ("words", "says"),
    [
        pytest.param(["20180101T050000Z-abcde0", "20180101T050000Z-ffffff"], "is no run of us", id="unknown run"),
        pytest.param(["20180101T050000Z-abcde0", "new.yml"], "two files, or two run ids", id="a run and a file"),
        pytest.param(["nowhere.yml", "new.yml"], "cannot be read", id="no file"),
        pytest.param(["new.yml", "20180101"], "cannot be read", id="half a run id"),
        pytest.param(["both.yml", "new.yml"], "2 audiences in", id="two audiences"),
        pytest.param(["br.yml", "new.yml"], "does not run on us", id="another site"),
        pytest.param(["new.yml", "new.yml", "--sample", "-1"], "at least 0", id="a negative sample"),
        pytest.param(["new.yml", "new.yml", "--audience", "a"], "--audience beside files", id="an audience and files"),
        pytest.param(["20180101T050000Z-abcde0", "20180101T050001Z-abcde1", "--audience", "e"], "--audience 'e'",
                     id="an audience of neither run"),
        pytest.param(["new.yml", "slip.yml"], "unknown trait", id="a slip"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("runs")
def test_what_does_not_exist_is_refused(
    shop: Shop, words: list[str], says: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(shop.configs.parent)
    for name, text in {
        "new.yml": NEW,
        "both.yml": f"{NEW}---\n{OLD.replace('buyers', 'others')}",
        "br.yml": OLD.replace("[us]", "[br]"),
        "slip.yml": OLD.replace("tier", "tear"),
    }.items():
        shop.file(name, text)
    shop.run(*words, "--site", "us", code=2)
    said = json.loads(capsys.readouterr().out)
    assert said["results"] == []
    assert says in json.dumps(said["errors"])


def test_a_version_that_cannot_be_computed_is_said(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    lost = NEW.replace("{trait: tier, is: gold}", "{audience: elsewhere}")
    saved = shop.configs / "audiences" / "saved.yml"
    saved.write_text(
        saved.read_text("utf-8") + "---\naudience: elsewhere\nsites: [us]\nrule: {list: gone.csv}\n", "utf-8"
    )
    (saved.parent / "gone.csv").write_text("no header\n", "utf-8")
    shop.run(shop.file("old.yml", OLD), shop.file("new.yml", lost), "--site", "us", code=3)
    (row,) = rows_of(capsys)
    assert "elsewhere" in row["reason"]
    assert "sample" not in row
