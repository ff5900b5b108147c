"""Priority lists: their order lies in one file, and list and audiences name each other."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from plateia.rules.tree import references
from plateia.workspace import Workspace, load_workspace
from tests.files import write_files

SOUND = {
    "sites.yml": "us: {zone: America/New_York}\n",
    "environments/local.yml": "lake: lake\n",
    "sources/people.yml": (
        "source: people\nkind: people\nread: {format: csv, path: people.csv}\nsite: us\nperson: {column: id}\n"
        "traits: {age: {type: long}}\n"
    ),
    "priorities.yml": "spring: [first, second, third]\n",
    "audiences/a.yml": "\n---\n".join(
        f"audience: {key}\nsites: [us]\nrule: {{trait: age, is: {{gte: {age}}}}}\npriority: spring"
        for key, age in (("third", 1), ("first", 3), ("second", 2))
    ),
}


def loaded(folder: Path, changed: Mapping[str, str]) -> Workspace:
    write_files(folder / "configs", {**SOUND, **changed})
    return load_workspace(folder / "configs")


def said(workspace: Workspace) -> list[str]:
    return [str(problem).replace(f"{workspace.root}/configs/", "") for problem in workspace.problems]


def test_the_order_is_that_of_the_list(tmp_path: Path) -> None:
    workspace = loaded(tmp_path, {})
    assert said(workspace) == []
    assert {key: audience.yields_to for key, audience in workspace.audiences.items()} == {
        "first": (),
        "second": ("first",),
        "third": ("first", "second"),
    }
    assert references(workspace.audiences["third"]) == ("first", "second")


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        pytest.param(
            {"priorities.yml": "sprung: [first, second, third]\n"},
            [
                *(
                    f"audiences/a.yml:{line}: priority: got the unknown priority list 'spring'; "
                    "expected one of: sprung. Did you mean 'sprung'?"
                    for line in (4, 9, 14)
                ),
            ],
            id="a list that is not there",
        ),
        pytest.param(
            {"priorities.yml": "spring: [first, second]\n"},
            [
                "audiences/a.yml:4: priority: got the priority list 'spring', which does not name third; "
                "expected a list of priorities.yml that does"
            ],
            id="an audience that its list does not name",
        ),
        pytest.param(
            {"priorities.yml": "spring: [first, fist, second, third]\n"},
            [
                *(
                    f"audiences/a.yml:{line}: priority: got audience 'fist'; expected an audience that is defined. "
                    "Did you mean 'first'?"
                    for line in (4, 14)
                ),
                "priorities.yml:1: spring[1]: got audience 'fist'; expected an audience that is defined. "
                "Did you mean 'first'?",
            ],
            id="a list that names nobody",
        ),
        pytest.param(
            {"audiences/b.yml": "audience: loner\nsites: [us]\nrule: {trait: age, is: 1}\n",
             "priorities.yml": "spring: [loner, first, second, third]\n"},
            [
                "priorities.yml:1: spring[0]: got audience 'loner', which does not say `priority: spring`; "
                "expected an audience that does"
            ],
            id="an audience that does not know of its list",
        ),
        pytest.param(
            {"priorities.yml": "spring: [first, second, third, first]\n"},
            ["priorities.yml:1: spring[3]: got 'first' a second time; expected each audience once"],
            id="an audience twice",
        ),
    ],
)  # fmt: skip
def test_list_and_audiences_name_each_other(tmp_path: Path, changed: Mapping[str, str], expected: list[str]) -> None:
    assert set(expected) <= set(said(loaded(tmp_path, changed)))


def test_a_rule_that_needs_a_lower_audience_goes_in_a_circle(tmp_path: Path) -> None:
    circle = "audience: first\nsites: [us]\nrule: {audience: third}\npriority: spring\n"
    others = SOUND["audiences/a.yml"].split("---\n")
    workspace = loaded(tmp_path, {"audiences/a.yml": "---\n".join([f"{others[0]}\n", circle, others[2]])})
    assert any("the cycle first → third → first" in problem for problem in said(workspace))
