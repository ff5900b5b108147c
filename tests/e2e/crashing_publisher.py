"""A process that publishes a second run over a first one, to be killed on the way: ``crashing_publisher LAKE``."""

from __future__ import annotations

import sys

from plateia.lake import Lake, publish
from plateia.lake.published import current
from plateia.records import Verdict
from plateia.trace import Run
from tests.unit.lake.building import a_run, stage, verdict

FAR = 3 << 18
BEFORE = {"a": {0, 1, FAR}, "b": {2, FAR}, "c": {3}}
AFTER = {"a": {0, FAR + 1}, "b": {2, FAR}, "c": {3, 4}, "d": {5}}


def judged(runs: dict[str, Run]) -> list[Verdict]:
    """a and d are published, b is unchanged, c is held."""
    return [
        verdict("us", "a", "published", size=2, previous=runs.get("a")),
        verdict("us", "b", "unchanged", size=2, previous=runs.get("b")),
        verdict("us", "c", "held", size=2, previous=runs.get("c")),
        verdict("us", "d", "published", size=1, previous=runs.get("d")),
    ]


def publish_second(lake: Lake) -> Run:
    """What a job does: lease, stage, publish."""
    run = a_run()
    with lake.lease("build-audiences", run.run_id):
        previous = {key: Run(str(row["run_id"]), run.command, run.as_of, run.started)
                    for key, row in current(lake, "us").items()}  # fmt: skip
        publish(lake, run=run, staged=stage(lake, run, "us", AFTER, BEFORE), verdicts=judged(previous))
    return run


if __name__ == "__main__":
    publish_second(Lake.open(sys.argv[1]))
