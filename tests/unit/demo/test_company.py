"""The supermarket with identities: a sound configuration, keys of its own, lists of persons."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from jobs import lookup, resolve_identities
from jobs.demo.company import Company, set_keys
from jobs.demo.identities import show_identities
from plateia.workspace import load_workspace
from tests.lakes import REPOSITORY

VARIABLES = ("PLATEIA_DEMO_TOKEN_KEY", "PLATEIA_DEMO_WRAP_KEY")


@pytest.fixture
def company(tmp_path: Path) -> Company:
    written = Company(tmp_path)
    written.write(REPOSITORY / "configs")
    return written


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.setenv(name, "")  # remembered, so that what the code sets is taken back
        monkeypatch.delenv(name)


def test_its_configuration_is_sound_and_has_the_demos_audiences(company: Company) -> None:
    workspace, demo = load_workspace(company.configs), load_workspace(REPOSITORY / "configs")
    assert [str(problem) for problem in (*workspace.problems, *workspace.warnings)] == []
    assert workspace.audiences.keys() == demo.audiences.keys()
    assert demo.identity is None, "whoever works with the repository's configuration needs no keys"


def test_only_what_is_named_generated_is_added(company: Company) -> None:
    sources, demo = load_workspace(company.configs).sources, load_workspace(REPOSITORY / "configs").sources
    added = set(sources) - set(demo)
    assert len(added) == 5
    assert all(name.startswith("generated_") for name in added)


def test_writing_anew_leaves_nothing_of_before(company: Company) -> None:
    for path in (company.lake / "lake.json", company.configs / "sources" / "old.yml", company.generated / "old.csv"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    company.write(REPOSITORY / "configs")
    assert not company.lake.exists()
    assert not company.generated.exists()
    assert not (company.configs / "sources" / "old.yml").exists()


def test_keys_are_the_demos_where_there_are_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = "a key of my own, of many bytes"
    monkeypatch.setenv(VARIABLES[0], mine)
    set_keys()
    assert os.environ[VARIABLES[0]] == mine
    assert os.environ[VARIABLES[1]].startswith("published-with-the-demo")


def test_without_keys_a_command_says_which_variable_it_lacks(
    company: Company, capsys: pytest.CaptureFixture[str]
) -> None:
    assert lookup.main(["account", "1", *company.options]) == 2
    assert f"{VARIABLES[1]}, which is not set" in capsys.readouterr().err


def test_lists_name_persons(company: Company) -> None:
    path = company.configs / "audiences" / "us" / "lists" / "tasting-panel.csv"
    before = path.read_text("utf-8").splitlines()
    company.translate_lists({before[1]: "a person"})
    assert path.read_text("utf-8").splitlines() == [before[0], "a person", *before[2:]]


def test_what_is_held_ends_the_story(
    company: Company, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def hold(words: Sequence[str]) -> int:
        assert words[-4:] == company.options, "the company's own folder and lake win over options of the demo"
        sys.stdout.write('{"errors": [], "results": []}')
        return 3

    monkeypatch.setattr(resolve_identities, "main", hold)
    accounts = [str(number) for number in range(100)]
    assert show_identities(company, REPOSITORY / "configs", accounts, ["--quiet", "--lake", "another"]) == 3
    assert capsys.readouterr().out == ""
