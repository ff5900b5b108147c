"""A change of 0.1 % of rows deleted and 0.5 % inserted: resolved by itself, and with everything anew beside it."""

from __future__ import annotations

import shutil
import sys
from contextlib import redirect_stdout

from benchmarks.graphs.change import Change
from benchmarks.graphs.company import DAYS, Company
from benchmarks.graphs.files import FOLDER
from benchmarks.graphs.people import people_with, seen
from benchmarks.graphs.published import contents, ids_changed, ids_without_a_lead, merged_ids_that_resolve
from benchmarks.graphs.rows.told import Options, Told
from benchmarks.measuring import Row, measured
from benchmarks.phases.timing import Cost, median_of
from jobs import resolve_identities
from plateia.session import spark_session
from plateia.trace import log

_BEFORE = "before"
_SHARE = 0.2
_FULL = {"changes": [], "anew": ["--full"]}  # lake -> words of the command


def run(options: Options) -> Told:
    """The first resolution, everything again, and the change in two lakes, which must publish the same rows."""
    people = people_with(options.size)
    company = Company(FOLDER.absolute() / f"company-{people}")
    rows = company.write(seen(people))
    spark_session()
    first = _resolved(company, _BEFORE, day=DAYS - 1)
    again, kept = _again(company)
    change = Change(company, people, rows)
    gone, came = change.deliver()
    costs = _both(company, options.runs)
    change.bring_back()
    back = _resolved(company, "changes", day=DAYS + 1)
    changed, anew = (median_of(costs[lake]) for lake in _FULL)
    share = changed.wall_s / anew.wall_s
    what = f"{gone:,} rows deleted, {came:,} inserted"
    told = [
        Row(f"resolve-identities, {rows:,} rows of signals, the first time", *first),
        again,
        Row(f"{what}: everything anew (--full)", *anew),
        Row(
            f"{what}: what changes touch",
            *changed,
            f"≤ {_SHARE:.0%} of --full, the same rows: {share:.1%}",
            share <= _SHARE,
        ),
        *_leads(company, back),
    ]
    facts: dict[str, object] = {
        "compared": "eight tables, by count and sum of hashes, run ids aside, after every run",
        "ids kept": kept,
    }
    facts |= {f"wall of {lake}": ", ".join(f"{cost.wall_s:.1f}" for cost in costs[lake]) + " s" for lake in _FULL}
    return told, facts


def _again(company: Company) -> tuple[Row, str]:
    """Everything from the same evidence: nobody's id may be another."""
    _copy(company, "again")
    cost = _resolved(company, "again", "--full", day=DAYS - 1)
    changed, values = ids_changed(company.lake(_BEFORE), company.lake("again"))
    row = Row("everything again, the same rows (--full)", *cost, f"no id changed: {changed:,}", changed == 0)
    return row, f"{values - changed:,} of {values:,} values are the same person's after --full"


def _both(company: Company, runs: int) -> dict[str, list[Cost]]:
    """The change in both lakes so many times, another first each time.

    Raises:
        SystemExit: They publish different rows.
    """
    costs: dict[str, list[Cost]] = {lake: [] for lake in _FULL}
    for number in range(runs):
        lakes = list(_FULL) if number % 2 == 0 else list(_FULL)[::-1]
        for lake in lakes:
            _copy(company, lake)
            costs[lake].append(_resolved(company, lake, *_FULL[lake], day=DAYS))
        one, other = (contents(company.lake(lake)) for lake in lakes)
        different = [table for table in one if one[table] != other[table]]
        if different:
            raise SystemExit(f"{', '.join(different)}: what changes touch and everything anew are not the same rows")
    return costs


def _leads(company: Company, cost: Cost) -> list[Row]:
    """The rows that were deleted come back, and make one person of two again: where the ids of those lead."""
    lake = company.lake("changes")
    resolve, merged = merged_ids_that_resolve(lake)
    astray = ids_without_a_lead(lake)
    what = f"the deleted rows come back: {resolve:,} of {merged:,} merged ids lead to a living person in one step"
    is_met = 0 < merged == resolve and not astray
    return [Row(what, *cost, f"100 %, and no id without a lead: {astray:,}", is_met)]


def _copy(company: Company, lake: str) -> None:
    """The lake as it was before."""
    shutil.rmtree(company.lake(lake), ignore_errors=True)
    shutil.copytree(company.lake(_BEFORE), company.lake(lake))


def _resolved(company: Company, lake: str, *words: str, day: int) -> Cost:
    """What the command costs, its session apart.

    Raises:
        SystemExit: It failed.
    """
    with redirect_stdout(sys.stderr):
        options = [*company.resolve_options(lake, day=day), *words]
        code, *cost = measured(lambda: resolve_identities.main(options))
    if code:
        raise SystemExit(f"resolve-identities in the lake {lake!r}: exit {code}")
    log("bench").info("resolve-identities %s in the lake %s: %.1f s", " ".join(words), lake, cost[0])
    return Cost(*cost)
