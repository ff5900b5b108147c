"""The starter configuration from its first build through ordinary and bad days.

Expected members are worked out by hand from the starter's data: customers 1001 to 1004, of whom 1001 and 1003 are
gold; books were ordered by 1001 (20 December 2025) and 1002 (28 December), games by 1002 (30 December) and 1003
(2 September). Customer 1004 never ordered.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from jobs import build_audiences, init, members, refresh_warehouse, retire, runs
from tests.published import published_members

NEW_YEAR = "2026-01-01"
BOOKS, QUIET = "recent-book-buyers", "gold-gone-quiet"
pytestmark = pytest.mark.usefixtures("spark")
Rows = list[dict[str, object]]
Command = Callable[..., tuple[int, Rows, Rows]]


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    assert init.main([str(tmp_path / "mine")]) == 0
    return tmp_path / "mine"


@pytest.fixture
def run(mine: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    def command(job: Callable[[list[str]], int], *argv: str, as_of: str = NEW_YEAR) -> tuple[int, Rows, Rows]:
        capsys.readouterr()
        code = job([*argv, "--configs", str(mine / "configs"), "--as-of", as_of, "--json", "--quiet"])
        said = json.loads(capsys.readouterr().out)
        assert said["exit"] == code
        return code, said["results"], said["errors"]

    return command


def verdicts(results: Rows) -> dict[object, object]:
    return {row["audience"]: row["verdict"] for row in results}


def rewrite(mine: Path, old: str, new: str) -> None:
    file = mine / "configs" / "audiences" / "first.yml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_from_the_first_day_to_the_last(mine: Path, run: Command) -> None:
    lake = mine / ".plateia" / "lake"

    def published() -> dict[str, set[str]]:
        return {audience: set(ids) for (_, audience), ids in published_members(lake).items()}

    code, _, errors = run(build_audiences.main)
    assert code == 1, "without a lake there is nothing to build from"
    assert "refresh-warehouse" in str(errors[0]["hint"])

    assert run(refresh_warehouse.main)[0] == 0
    code, results, _ = run(build_audiences.main)
    assert (code, verdicts(results)) == (0, {BOOKS: "published", QUIET: "published"})
    assert published() == {BOOKS: {"1001", "1002"}, QUIET: {"1003"}}
    assert run(members.main, BOOKS, "--site", "us")[1] == [{"person_id": "1001"}, {"person_id": "1002"}]

    code, results, _ = run(build_audiences.main)
    assert (code, verdicts(results)) == (0, {BOOKS: "unchanged", QUIET: "unchanged"})

    history = run(runs.main)[1]
    code, results, _ = run(build_audiences.main, "--dry-run", as_of="2026-03-15")
    assert (code, verdicts(results)) == (3, {BOOKS: "published", QUIET: "held"}), "a dry run judges"
    assert run(runs.main)[1] == history, "and writes nothing"
    assert published()[BOOKS] == {"1001", "1002"}

    code, results, _ = run(build_audiences.main, as_of="2026-03-15")
    assert (code, verdicts(results)) == (3, {BOOKS: "published", QUIET: "held"})
    assert "1 entered and 0 left" in str([row["reasons"] for row in results])
    assert published() == {BOOKS: set(), QUIET: {"1003"}}, "a held audience keeps its last version"

    code, results, _ = run(build_audiences.main, "--only", QUIET, "--accept-change", QUIET, as_of="2026-03-15")
    assert (code, verdicts(results)) == (0, {QUIET: "published"})
    assert published()[QUIET] == {"1001", "1003"}
    assert "accepted" in str(results[0]["reasons"])

    rewrite(mine, "trait: tier", "trait: teir")
    code, results, _ = run(build_audiences.main)
    assert (code, verdicts(results)) == (3, {BOOKS: "published", QUIET: "failed"})
    assert "Did you mean 'tier'?" in str([row["reasons"] for row in results])
    assert published()[QUIET] == {"1001", "1003"}, "a broken audience keeps its last version"

    rewrite(mine, "trait: teir", "trait: tier")
    rewrite(mine, "  event: order\n", "  event: ordr\n")
    code, results, _ = run(build_audiences.main)
    assert (code, verdicts(results)) == (3, {BOOKS: "failed", QUIET: "failed"}), "and so does who refers to it"

    (mine / "configs" / "audiences" / "first.yml").unlink()
    code, _, errors = run(retire.main, "recent-book-byers")
    assert code == 2
    assert errors[0]["hint"] == f"Did you mean '{BOOKS}'?"
    assert run(build_audiences.main)[0] == 0, "an orphan is reported and stays"
    assert set(published()) == {BOOKS, QUIET}
    assert run(retire.main, BOOKS)[0] == 0
    assert set(published()) == {QUIET}


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        pytest.param(["--only", "gold-gone-quite"], f"Did you mean '{QUIET}'?", id="an unknown audience"),
        pytest.param(["--site", "uk"], "one of: us", id="an unknown site"),
        pytest.param(["--environment", "lokal"], "local", id="an unknown environment"),
    ],
)
def test_what_does_not_exist_is_refused(run: Command, argv: list[str], says: str) -> None:
    code, results, errors = run(build_audiences.main, *argv)
    assert (code, results) == (2, [])
    assert says in json.dumps(errors, ensure_ascii=False)


def test_who_entered_comes_from_the_history_and_from_this_very_run(mine: Path, run: Command) -> None:
    entered = "---\naudience: new-readers\nsites: [us]\nrule: {audience: recent-book-buyers, entered: {last: 7d}}\n"
    file = mine / "configs" / "audiences" / "new.yml"
    file.write_text(entered, encoding="utf-8")

    def newcomers() -> set[str]:
        return set(published_members(mine / ".plateia" / "lake")["us", "new-readers"])

    assert run(refresh_warehouse.main)[0] == 0
    # On 21 December 1001 has just bought; 1002 buys on the 28th, when 1001 has been a member for a week and more.
    assert run(build_audiences.main, as_of="2025-12-21")[0] == 0
    assert newcomers() == {"1001"}, "a first publication is an entry, and today counts"
    assert run(build_audiences.main, as_of="2025-12-28")[0] == 0
    assert newcomers() == {"1001"}, "1002 buys later that day"
    assert run(build_audiences.main, as_of="2025-12-29")[0] == 0
    assert newcomers() == {"1002"}
    assert run(build_audiences.main, "--only", "new-readers", as_of="2026-01-05")[0] == 0
    assert newcomers() == {"1002"}, "read as published"
    assert run(build_audiences.main, "--only", "new-readers", as_of="2026-01-06")[0] == 0
    assert newcomers() == set()


def test_only_the_due_are_built(mine: Path, run: Command) -> None:
    rewrite(mine, "rule:\n  event", "refresh: {every: 2d}\nrule:\n  event")
    assert run(refresh_warehouse.main)[0] == 0
    assert set(verdicts(run(build_audiences.main, "--due")[1])) == {BOOKS, QUIET}
    assert set(verdicts(run(build_audiences.main, "--due", as_of="2026-01-02")[1])) == {QUIET}
    assert set(verdicts(run(build_audiences.main, "--due", as_of="2026-01-03")[1])) == {BOOKS, QUIET}
