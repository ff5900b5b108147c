"""A resolution from end to end: take signals in, solve, name, stage, judge, flip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from jobs.identity.evidence import all_evidence, changed_evidence, digest_of_rules
from jobs.identity.judging import judge, problems, take_back
from jobs.identity.scope import Scope
from jobs.identity.signals import TakenIn, take_in
from jobs.identity.solving import solve_all, solve_changed
from jobs.identity.staging import stage
from jobs.identity.state import State, write_state
from jobs.identity.vault import dropped_types, shred, stage_vault
from plateia.errors import Problem
from plateia.rules.windows import microseconds
from plateia.tables import IDENTITY_MEMBERS, IDENTITY_SIGNALS
from plateia.trace import log
from transforms.identity.components import Keep
from transforms.identity.components.contraction import FINISH_EDGES
from transforms.identity.health import Measure
from transforms.identity.persons.values import CollisionError

_log = log("identity")


@dataclass
class Report:
    """What a resolution says at its end."""

    sources: list[dict[str, object]] = field(default_factory=list)
    people: list[dict[str, object]] = field(default_factory=list)
    health: Sequence[Measure] = ()
    refusals: list[Problem] = field(default_factory=list)


def resolve(scope: Scope, keep: Keep, *, full: bool = False, finish_edges: int = FINISH_EDGES) -> Report:
    """Bring the identity tables up to date with their sources.

    What is only tried is published where it was staged, sound or not.

    Args:
        full: Solve everything from all evidence, rather than what the changes touch. The outcome is the same.
        finish_edges: See ``contract``.

    Raises:
        InputError: A source cannot be read; nothing is published.
        LakeError: The lake cannot be read or written; nothing is published.
    """
    if scope.state.facts.get("shreds") and not scope.is_tried:
        shred(scope.lake, scope.state)  # the run that published it may have been killed before it did
    if scope.state.as_of is not None and scope.as_of < scope.state.as_of:
        at = scope.state.as_of.isoformat()
        _log.warning("as_of is before %s, that of the last run: ids that are not known yet then go, for good", at)
    taken = take_in(scope, keep)
    facts, digest = scope.state.facts, digest_of_rules(scope)
    salt = int(facts.get("salt", 0))
    is_anew = full or not scope.state.pins or facts.get("rules") != digest
    evidence = all_evidence(scope, taken) if is_anew else changed_evidence(scope, taken, keep, salt=salt)
    solved = None
    if evidence.touched is not None:
        try:
            solved = solve_changed(scope, evidence, taken, keep, salt=salt, finish_edges=finish_edges)
        except CollisionError:
            _log.warning("two identifiers have one number: everything is solved anew with other numbers")
    if solved is None:
        solved, salt = solve_all(scope, evidence, taken, keep, salt=salt, finish_edges=finish_edges)
    versions = {**evidence.versions, **stage(scope, solved), IDENTITY_SIGNALS.name: taken.version}
    members = scope.staged(IDENTITY_MEMBERS, versions[IDENTITY_MEMBERS.name])
    versions |= stage_vault(scope, taken, members, keep)
    is_urgent = scope.stands_still and not scope.is_tried  # who asks to be forgotten does not wait
    health = [] if is_urgent else judge(scope, versions)
    report = Report(taken.rows, [dict(solved.solution.counts)], health, problems(health))
    if report.refusals and not scope.is_tried:
        take_back(scope, versions)
    else:
        new_facts = _facts(scope, taken, digest=digest, salt=salt)
        state = State(versions, scope.as_of, new_facts)
        write_state(scope.stage, state, run_id=scope.run.run_id)
        if new_facts["shreds"] and not scope.is_tried:
            shred(scope.lake, state)
    return report


def _facts(scope: Scope, taken: TakenIn, *, digest: str, salt: int) -> dict[str, object]:
    kids = scope.state.facts.get("kids", []) if scope.state.pins else []
    return {
        "signals": dict(taken.deliveries),
        "rules": digest,
        "salt": salt,
        "tombstones": taken.tombstones,
        "vaulted": sorted(scope.identity.vaulted),
        "shreds": taken.torn is not None or bool(dropped_types(scope)),
        "kid": scope.keys.current,
        "checks": scope.keys.checks,
        "kids": sorted({scope.keys.current, *kids}),
        "as_of_us": {site: microseconds(as_of) for site, as_of in scope.as_of_by_site.items()},
    }
