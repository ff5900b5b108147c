"""Judging staged identities by what was written; what is out of its band is taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jobs.identity.scope import Scope
from plateia.declarations.identity import COUNTS
from plateia.errors import Location, Problem
from plateia.tables import IDENTITY_EDGES, IDENTITY_EDGES_REFUSED, IDENTITY_MEMBERS, IDENTITY_PEOPLE
from transforms.identity.evidence.live import is_live
from transforms.identity.health import Measure, measures


def judge(scope: Scope, versions: Mapping[str, int]) -> list[Measure]:
    """The health of staged tables."""
    tables = {
        name: scope.staged(table, versions[table.name])
        for name, table in (
            ("people", IDENTITY_PEOPLE),
            ("members", IDENTITY_MEMBERS),
            ("edges", IDENTITY_EDGES),
            ("refused", IDENTITY_EDGES_REFUSED),
        )
    }
    tables["edges"] = tables["edges"].where(is_live(scope.rules, as_of=scope.as_of))
    identity = scope.identity
    return measures(identity.health, anchor_type=identity.anchor_type, as_of=scope.as_of, **tables)


def take_back(scope: Scope, versions: Mapping[str, int]) -> None:
    """Make what readers see the newest version of every table again."""
    for table, version in versions.items():
        pin = scope.state.pins.get(table)
        if pin is not None and pin != version:
            scope.lake.rewind(table, pin)


def problems(found: Sequence[Measure]) -> list[Problem]:
    """What is out of its band, one problem each."""
    return [_problem(measure) for measure in found if not measure.is_sound]


def rows_of(found: Sequence[Measure]) -> list[dict[str, object]]:
    """One row a measure."""
    return [{"measure": m.name, "value": m.value, "verdict": "sound" if m.is_sound else "held"} for m in found]


def shown(measure: Measure, value: float | None = None) -> str:
    """A count as it is, a share in percent: what a measure found, or a bound of it."""
    found = measure.value if value is None else value
    return f"{found:,.0f}" if measure.name in COUNTS else f"{found:.3%}"


def _problem(measure: Measure) -> Problem:
    assert measure.band is not None
    low, high = measure.band.min, measure.band.max
    words = [
        f"{word} {shown(measure, float(bound))}"
        for word, bound in (("at least", low), ("at most", high))
        if bound is not None
    ]
    hint = "Nothing was published. docs/runbook.md says how to look into it."
    where = Location(path=f"health.{measure.name}")
    return Problem(where, shown(measure), " and ".join(words), hint)
