"""``plateia explain`` on the demo's lake: what it says is what is published, and it says it fast."""

from __future__ import annotations

import json
import time
from argparse import Namespace
from random import Random

import pytest

from jobs import explain
from jobs.building import Build, closure
from jobs.options import Context
from jobs.questions import question_of
from plateia.clock import AsOf
from plateia.lake import BlockReader
from plateia.trace import new_run
from plateia.workspace import load_workspace
from tests.lakes import BuiltLake
from tests.published import person_ids, published_members
from transforms.audience.explaining import explain_person

_GOAL_MS = 200.0


def disagreements(demo_lake: BuiltLake, *, n_people: int) -> tuple[list[str], list[float]]:
    """Audiences that are explained otherwise than published, for some people; and what each answer took, ms."""
    published, ids = published_members(demo_lake.lake), person_ids(demo_lake.lake)["us"]
    workspace = load_workspace(demo_lake.configs, lake=str(demo_lake.lake))
    wrong: list[str] = []
    took_ms: list[float] = []
    random = Random(4)
    for key in sorted(workspace.audiences):
        context = Context(Namespace(), "explain", workspace, new_run("explain", AsOf.parse(demo_lake.as_of)))
        build = Build(context, closure(workspace.audiences, [key]), ("us",), outlined=frozenset([key]))
        task, inputs = build.tasks[0], build.inputs["us"]
        for ordinal in random.sample(sorted(ids), n_people):
            began = time.process_time()
            question = question_of(build, "us", key, ids[ordinal])
            found = explain_person(question, BlockReader(inputs, task, ordinal=ordinal), ordinal)
            took_ms.append((time.process_time() - began) * 1_000)
            if found["truth"] is not (ids[ordinal] in published["us", key]):
                wrong.append(key)
    return wrong, sorted(took_ms)


def test_what_is_explained_is_published(demo_lake: BuiltLake) -> None:
    wrong, _ = disagreements(demo_lake, n_people=3)
    assert wrong == []


@pytest.mark.nightly
def test_what_is_explained_is_published_for_many(demo_lake: BuiltLake) -> None:
    wrong, took_ms = disagreements(demo_lake, n_people=220)
    assert wrong == []
    assert took_ms[len(took_ms) * 95 // 100] < _GOAL_MS


def test_the_command_tells_events_nearest_miss_and_flip(
    demo_lake: BuiltLake, capsys: pytest.CaptureFixture[str]
) -> None:
    options = [*demo_lake.options, "--site", "us", "--person", "1"]
    assert explain.main(["lapsed-cosmetics", *options]) == 0
    assert "member of lapsed-cosmetics" in capsys.readouterr().out
    assert explain.main(["lapsed-cosmetics", *options, "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["results"]
    assert {
        "text",
        "truth",
        "value",
        "events",
        "n_events",
        "run",
        "nearest",
        "flips",
        "fixed",
        "children",
    } <= row.keys()
