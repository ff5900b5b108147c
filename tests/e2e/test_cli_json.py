"""A script that drives the whole chain through ``--json``: each command says one object on stdout and nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.files import write_files

_FILES = {
    "configs/sites.yml": "us: {zone: America/New_York, country: US}\nmla: {zone: America/Argentina/Buenos_Aires}\n",
    "configs/environments/local.yml": "lake: lake\nvariables: {data: data}\n",
    "configs/sources/people.yml": """
        source: members
        kind: people
        read: {format: csv, path: "${data}/people.csv", options: {header: true}}
        site: us
        person: {column: id}
        traits: {tier: {type: string}}
    """,
    "configs/sources/orders.yml": """
        source: orders
        kind: events
        event: order
        read: {format: json, path: "${data}/orders.jsonl"}
        site: {column: country, map: {US: us, AR: mla}}
        person: {column: buyer}
        at: {column: at}
        id: [order]
        properties: {amount: {type: double}}
    """,
    "configs/audiences/golden.yml": """
        audience: golden
        title: Gold members
        owner: growth
        sites: [us]
        rule: {trait: tier, is: gold}
    """,
    "configs/audiences/spenders.yml": """
        audience: spenders
        title: Spent ten or more
        owner: growth
        sites: all
        rule: {event: order, window: {last: 30d}, sum: {of: amount, is: {gte: 10}}}
        exclude: [golden]
    """,
    "data/people.csv": "id,tier\nana,gold\nbo,\nÉva,silver\n",
    "data/orders.jsonl": "".join(
        json.dumps(dict(zip(("country", "buyer", "at", "order", "amount"), row, strict=True))) + "\n"
        for row in (
            ("US", "bo", "2018-01-01T00:00:00", 1, 9.99),
            ("US", "bo", "2018-01-02T00:00:00", 2, 0.01),
            ("US", "Éva", "2018-01-02T00:00:00", 3, 10),
            ("US", "ana", "2018-01-02T00:00:00", 4, 99),
            ("AR", "zoe", "2018-01-02T00:00:00", 1, 20),
            ("BR", "lia", "2018-01-02T00:00:00", 1, 20),
        )
    ),
}


@dataclass
class Said:
    """What one command did."""

    exit: int
    stdout: str
    stderr: str

    @property
    def answer(self) -> dict[str, Any]:
        """Its one JSON object, of the shape that scripts rely on."""
        assert self.stdout.count("\n") == 1, self.stdout
        answer: dict[str, Any] = json.loads(self.stdout)
        assert list(answer) == ["command", "run_id", "as_of", "exit", "results", "errors"]
        assert answer["exit"] == self.exit, self.stderr
        assert all(isinstance(row, dict) for row in answer["results"])
        assert all(list(error) == ["file", "line", "path", "got", "expected", "hint"] for error in answer["errors"])
        return answer


@pytest.fixture
def company(tmp_path: Path) -> Path:
    write_files(tmp_path, _FILES)
    return tmp_path


def _plateia(company: Path, *words: str) -> Said:
    done = subprocess.run(
        [sys.executable, "-m", "jobs.cli", *words, "--as-of", "2018-01-10", "--json"],
        cwd=company,
        capture_output=True,
        check=False,
        encoding="utf-8",
        timeout=280,
    )
    return Said(done.returncode, done.stdout, done.stderr)


def test_a_script_drives_the_whole_chain(company: Path) -> None:
    checked = _plateia(company, "validate").answer
    assert (checked["command"], checked["exit"], checked["errors"]) == ("validate", 0, [])

    refreshed = _plateia(company, "refresh-warehouse").answer
    assert (refreshed["exit"], refreshed["errors"]) == (0, [])
    assert refreshed["run_id"]

    built = _plateia(company, "build-audiences").answer
    verdicts = {(row["site"], row["audience"]): (row["verdict"], row["size"]) for row in built["results"]}
    assert verdicts == {
        ("mla", "spenders"): ("published", 1),
        ("us", "golden"): ("published", 1),
        ("us", "spenders"): ("published", 2),
    }
    assert {row["run_id"] for row in built["results"]} == {built["run_id"]}

    members = _plateia(company, "members", "spenders", "--site", "us").answer
    assert members["results"] == [{"person_id": "bo"}, {"person_id": "Éva"}]  # UTF-8 byte order

    slip = _plateia(company, "members", "spendrs", "--site", "us").answer
    assert (slip["exit"], slip["results"]) == (2, [])
    assert "'spenders'" in slip["errors"][0]["hint"]


def test_every_mistake_is_said_at_once_with_its_place(company: Path) -> None:
    (company / "configs" / "audiences" / "broken.yml").write_text(
        "audience: broken\ntitle: Broken\nowner: growth\nsites: [uss]\nrule:\n  trait: teir\n  is: gold\n",
        encoding="utf-8",
    )
    answer = _plateia(company, "validate").answer
    assert answer["exit"] == 2
    assert [(Path(e["file"]).name, e["line"], e["path"]) for e in answer["errors"]] == [
        ("broken.yml", 4, "sites[0]"),
        ("broken.yml", 6, "rule.trait"),
    ]
    assert ["'us'" in answer["errors"][0]["hint"], "'tier'" in answer["errors"][1]["hint"]] == [True, True]
