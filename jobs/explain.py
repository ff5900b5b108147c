"""``plateia explain``: why a person is in an audience, or is not, without Spark. Reads only; safe to repeat."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import pyarrow.compute as pc

from jobs.building import Build, closure
from jobs.explained import print_explanation
from jobs.options import Context, command_parser, run_command
from jobs.questions import question_of
from plateia.errors import ConfigError, PlateiaError, UsageError
from plateia.lake import BlockReader
from plateia.tables import BLOCK_BITS, PERSON_ORDINALS
from plateia.trace import Outcome
from transforms.audience.explaining import Explanation, explain_person


def main(argv: Sequence[str] | None = None) -> int:
    """Print the truth of every condition for one person, what it rests on, what it lacks and when it flips."""
    parser = command_parser("explain", "Why a person is in an audience, or is not, and when that changes.")
    parser.add_argument("key", metavar="KEY", help="the audience")
    parser.add_argument("--person", metavar="ID", required=True, help="the person_id")
    return run_command(argv, parser, _run, render=False)


def _run(context: Context) -> Outcome:
    key, workspace = context.args.key, context.workspace
    workspace.require_sound()
    context.known_keys([key], {*workspace.audiences, *workspace.broken}, "KEY")
    if key in workspace.broken:
        raise ConfigError(workspace.broken[key])
    site = context.one_site
    if site not in workspace.audiences[key].sites:
        raise UsageError.because(f"{key} does not run on {site}", hint="Its definition lists its sites.")
    build = Build(context, closure(workspace.audiences, [key]), (site,), outlined=frozenset([key]))
    found = _explain(context, build, site)
    if not context.args.json:
        print_explanation(found, build.zone(site))
    return context.outcome([found])


def _explain(context: Context, build: Build, site: str) -> Explanation:
    plan, key, ordinal = build.plans[site], context.args.key, _ordinal(context, build, site)
    if key in plan.failed:
        raise PlateiaError.because(f"{key} cannot be evaluated: {plan.failed[key]}")
    task = next(task for task in build.tasks if task.block == ordinal >> BLOCK_BITS)
    question = question_of(build, site, key, context.args.person)
    return explain_person(question, BlockReader(build.inputs[site], task, ordinal=ordinal), ordinal)


def _ordinal(context: Context, build: Build, site: str) -> int:
    version = build.pins.get(PERSON_ORDINALS.name)
    rows = context.lake.rows(
        PERSON_ORDINALS, version=version, columns=("person_id", "ordinal"), partition={"site": [site]}
    )
    mine = rows.filter(pc.equal(rows["person_id"], context.args.person))["ordinal"].to_pylist()
    if not mine:
        # The id itself is personal data: it is not repeated.
        raise UsageError.because(f"a person who is not known on {site}", expected="a person_id of the site")
    return int(mine[0])


if __name__ == "__main__":
    sys.exit(main())
