"""The day of the yardstick, extrapolated: what a person, a leaf and an audience cost, from three measured sizes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from benchmarks.measuring import Row
from benchmarks.phases.job import cost_of
from benchmarks.phases.stage import Stage
from benchmarks.phases.timing import Bar, Cost

PEOPLE, AUDIENCES, LEAVES = 415e6, 180_000, 225_000
SITE_SHARES = (0.42, 0.20, 0.14, 0.08, 0.06, 0.04, 0.03, 0.02, 0.01)  # of people, audiences and leaves alike


def run(stages: Sequence[Stage], *, runs: int) -> tuple[list[Row], dict[str, object]]:
    """Solve for the three constants and price the day with them.

    Args:
        stages: Three, that differ in audiences and leaves.
    """
    costs = [cost_of(stage, runs=runs) for stage in stages]
    sizes = np.array([_sizes(stage) for stage in stages])
    constants = np.linalg.solve(sizes, [cost.core_s for cost in costs])
    pairs_share = sum(share * share for share in SITE_SHARES)
    day = np.array([PEOPLE, PEOPLE * LEAVES * pairs_share, PEOPLE * AUDIENCES * pairs_share])
    hours = [float(part) for part in constants * day / 3600]
    rows = [
        Row(f"job to committed members, {stage.mix.name}", *cost) for stage, cost in zip(stages, costs, strict=True)
    ]
    whole = Cost(sum(hours) * 3600, sum(hours) * 3600, 0.0)
    rows.append(Bar(core_s=20 * 3600).judge("the day of 415 M people and 180,000 audiences, extrapolated", whole))
    person, leaf, audience = constants.tolist()
    return rows, {
        "core-hours of the day": round(sum(hours), 2),
        "of them for people, leaves, audiences": ", ".join(f"{part:.2f}" for part in hours),
        "microseconds a person (rows read, fixed costs)": round(person * 1e6, 4),
        "nanoseconds a leaf and person": round(leaf * 1e9, 4),
        "nanoseconds an audience and person (bits, bytes, files, commit)": round(audience * 1e9, 4),
        "assumed": f"{LEAVES:,} distinct leaves; nine sites of {SITE_SHARES}, whose people, audiences and leaves go "
        "together; ten events a person in 90 days; one run a day for all; object storage not counted",
    }


def _sizes(stage: Stage) -> list[float]:
    """People; pairs of a leaf and a person; pairs of an audience and a person of its site."""
    audiences = Counter(rule.site for rule in stage.rules)
    leaves = {site: len(plan.leaves) for site, plan in stage.build().plans.items()}
    people = {site: stage.shape.people_of(site) for site in stage.shape.sites}
    return [
        float(sum(people.values())),
        float(sum(leaves[site] * n for site, n in people.items())),
        float(sum(audiences[site] * n for site, n in people.items())),
    ]
