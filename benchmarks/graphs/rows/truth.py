"""How well made-up people are told apart, hubs and shared devices among them: by the guard rails, and without."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout

import numpy as np

from benchmarks.graphs.company import DAYS, Company
from benchmarks.graphs.files import FOLDER
from benchmarks.graphs.mistakes import is_shared, people_of_several_accounts, people_over_a_cap
from benchmarks.graphs.partition import components
from benchmarks.graphs.people import Numbers, person_of, seen, together
from benchmarks.graphs.rows.told import Options, Told
from benchmarks.labels.evaluation import Evaluation, Labels, evaluate
from benchmarks.measuring import Row, measured
from jobs import resolve_identities
from jobs.identity.state import read_state
from plateia.lake import Lake
from plateia.session import spark_session
from plateia.tables import IDENTITY_MEMBERS

_PRECISION, _RECALL = 0.999, 0.995
_LAKE = "truth"


def run(options: Options) -> Told:
    """Resolve, read the persons as others read them, and compare pairs of values that are one person's alone."""
    people = options.size
    company = Company(FOLDER.absolute() / f"truth-{people}")
    whole = together(seen(people, hubs=True))
    rows = company.write([whole])
    codes, least = components(whole.a, whole.b)
    spark_session()
    with redirect_stdout(sys.stderr):
        words = company.resolve_options(_LAKE, day=DAYS - 1)
        code, *cost = measured(lambda: resolve_identities.main(words))
    if code:
        raise SystemExit(f"resolve-identities: exit {code}")
    persons = _persons(company, codes)
    is_own = ~is_shared(whole, codes)
    truth = person_of(codes[is_own])
    ours, bare = evaluate(persons[is_own], truth), evaluate(least[is_own], truth)
    what = f"resolve-identities, {people:,} people, {rows:,} rows, {int(is_own.sum()):,} values of one person each"
    wall_s, core_s, rss_mb = cost
    told = [
        Row(what, wall_s, core_s, rss_mb),
        _level("pair precision", ours.pairwise.precision, _PRECISION),
        _level("pair recall", ours.pairwise.recall, _RECALL),
        _none("people over a cap", people_over_a_cap(codes, persons)),
        _none(
            "people of several accounts that somebody has logged in to",
            people_of_several_accounts(whole, codes, persons),
        ),
        Row(f"components without guard rails: pair precision {bare.pairwise.precision:.5f}", 0, 0, 0),
    ]
    return told, {"with guard rails": _told(ours), "components alone": _told(bare)}


def _persons(company: Company, codes: Numbers) -> Labels:
    """The person of each value as it is published; a value that is nobody's is alone."""
    lake = Lake.open(str(company.lake(_LAKE)))
    rows = lake.rows(IDENTITY_MEMBERS, version=read_state(lake).pins[IDENTITY_MEMBERS.name])
    known = dict(zip(rows["token"].to_pylist(), rows["person_id"].to_pylist(), strict=True))
    found = zip(company.tokens(codes), codes.tolist(), strict=True)
    return np.array([known.get(token, f"nobody-{code}") for token, code in found])


def _level(what: str, reached: float, least: float) -> Row:
    return Row(f"{what}: {reached:.5f}", 0, 0, 0, f"≥ {least}", reached >= least)


def _none(what: str, count: int) -> Row:
    return Row(f"{what}: {count:,}", 0, 0, 0, "0", count == 0)


def _told(found: Evaluation) -> str:
    named = zip(found._fields, found, strict=True)
    return "; ".join(f"{name} P {one.precision:.5f} R {one.recall:.5f} F1 {one.f1:.5f}" for name, one in named)
