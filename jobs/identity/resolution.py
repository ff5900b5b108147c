"""A resolution from end to end: take signals in, solve, name, stage, judge, flip."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.identity.evidence import Evidence, all_evidence, changed_evidence, digest_of_rules
from jobs.identity.judging import judge, problems, take_back
from jobs.identity.scope import Scope
from jobs.identity.signals import TakenIn, take_in
from jobs.identity.staging import Named, stage
from jobs.identity.state import State, write_state
from plateia.errors import Problem
from plateia.rules.windows import microseconds
from plateia.tables import (
    IDENTITY_EDGES_REFUSED,
    IDENTITY_MEMBERS,
    IDENTITY_PEOPLE,
    IDENTITY_REDIRECTS,
    IDENTITY_SHARED,
    IDENTITY_SIGNALS,
)
from plateia.trace import log
from transforms.identity.components import Keep, contract
from transforms.identity.components.contraction import FINISH_EDGES
from transforms.identity.evidence.changes import beside, is_of_caps, touched
from transforms.identity.evidence.live import live_edges, vertex
from transforms.identity.evidence.tombstones import alone
from transforms.identity.guard.sharing import beside_shared, shared_vertices
from transforms.identity.health import Measure
from transforms.identity.naming.fresh import fresh_ids, least_tokens
from transforms.identity.naming.inherit import claims_of, inherited
from transforms.identity.naming.people import moves
from transforms.identity.solve import REFUSED, CollisionError, Solution, solve

_log = log("identity")
_SALTS = 8


@dataclass
class Report:
    """What a resolution says at its end."""

    sources: list[dict[str, object]] = field(default_factory=list)
    people: list[dict[str, object]] = field(default_factory=list)
    health: Sequence[Measure] = ()
    refusals: list[Problem] = field(default_factory=list)


def resolve(scope: Scope, keep: Keep, *, full: bool = False, finish_edges: int = FINISH_EDGES) -> Report:
    """Bring the identity tables up to date with their sources.

    Args:
        full: Solve everything from all evidence, rather than what the changes touch. The outcome is the same.
        finish_edges: See ``contract``.

    Raises:
        InputError: A source cannot be read; nothing is published.
        LakeError: The lake cannot be read or written; nothing is published.
    """
    taken = take_in(scope)
    digest = digest_of_rules(scope)
    facts = scope.state.facts
    salt = int(facts.get("salt", 0))
    resolved = None
    if not full and scope.state.pins and facts.get("rules") == digest:
        try:
            evidence = changed_evidence(scope, taken, keep, salt=salt)
            resolved = _changed(scope, evidence, taken, keep, salt=salt, finish_edges=finish_edges)
        except CollisionError:
            _log.warning("two identifiers have one number: everything is solved anew with other numbers")
    if resolved is None:
        evidence = all_evidence(scope, taken, _inside("full", keep))
        resolved, salt = _all(scope, evidence, taken, _inside("full", keep), salt=salt, finish_edges=finish_edges)
    versions = stage(scope, evidence, resolved)
    versions[IDENTITY_SIGNALS.name] = taken.version
    health = [] if scope.stands_still else judge(scope, versions)  # who asks to be forgotten does not wait
    report = Report(taken.rows, [resolved.counts()], health, problems(health))
    if report.refusals:
        take_back(scope, versions)
        return report
    facts = {
        "signals": dict(taken.deliveries),
        "rules": digest,
        "salt": salt,
        "tombstones": taken.tombstones,
        "kid": scope.keys.current,
        "kids": sorted({scope.keys.current, *(facts.get("kids", []) if scope.state.pins else [])}),
        "as_of_us": {site: microseconds(as_of) for site, as_of in scope.as_of_by_site.items()},
    }
    write_state(scope.lake, State(versions, scope.as_of, facts), run_id=scope.run.run_id)
    return report


def _inside(prefix: str, keep: Keep) -> Keep:
    def keep_inside(frame: DataFrame, name: str) -> DataFrame:
        return keep(frame, f"{prefix}-{name}")

    return keep_inside


def _all(
    scope: Scope, evidence: Evidence, taken: TakenIn, keep: Keep, *, salt: int, finish_edges: int
) -> tuple[Named, int]:
    """Everybody, from all evidence."""
    for tried in range(salt, salt + _SALTS):
        mine = _inside(str(tried), keep)
        live = live_edges(evidence.edges, scope.rules, as_of=scope.as_of, salt=tried)
        kept = mine(_kept(scope, taken, salt=tried), "kept")
        shared = mine(shared_vertices(live, scope.rules).unionAll(kept.select("vertex")).distinct(), "shared")
        try:
            solution = _solved(scope, live, shared, mine, finish_edges)
        except CollisionError:
            continue
        before = scope.pinned(IDENTITY_MEMBERS).where(F.col("valid_to").isNull())
        named = _name(scope, solution, before, scope.pinned(IDENTITY_PEOPLE), mine, salt=tried)
        return _with_refused(named, live, shared, kept, solution, scope), tried
    raise ArithmeticError(f"{_SALTS} hashes in a row give two identifiers one number")


def _changed(scope: Scope, evidence: Evidence, taken: TakenIn, keep: Keep, *, salt: int, finish_edges: int) -> Named:
    """The persons whom changes touch, and those with refusals, whose order changes with age."""
    assert evidence.touched is not None
    live = live_edges(evidence.edges, scope.rules, as_of=scope.as_of, salt=salt)
    stars = beside(live, evidence.touched)
    now_shared = keep(shared_vertices(stars, scope.rules).join(evidence.touched, on="vertex", how="left_semi"), "now")
    kept = keep(_kept(scope, taken, salt=salt), "kept")
    old_shared = scope.pinned(IDENTITY_SHARED).select(vertex("identifier_type", "token", salt).alias("vertex"))
    stay = old_shared.join(evidence.touched, on="vertex", how="left_anti")
    shared = keep(stay.unionAll(now_shared).unionAll(kept.select("vertex")).distinct(), "shared")
    turned = keep(shared.exceptAll(old_shared).unionAll(old_shared.exceptAll(shared)), "turned")
    around = evidence.touched.unionAll(touched(beside(live, turned))).distinct()
    current = scope.pinned(IDENTITY_MEMBERS).where(F.col("valid_to").isNull())
    numbered = current.withColumn("vertex", vertex("identifier_type", "token", salt))
    caps = scope.pinned(IDENTITY_EDGES_REFUSED).where(is_of_caps())
    ends = [vertex(f"type_{end}", f"token_{end}", salt).alias("vertex") for end in ("a", "b")]
    hold = caps.select(ends[0]).unionAll(caps.select(ends[1]))
    start = keep(around.unionAll(hold).distinct(), "start")
    persons = keep(numbered.join(start, on="vertex", how="left_semi").select("person_id").distinct(), "persons")
    before = keep(numbered.join(persons, on="person_id", how="left_semi"), "before")
    vertices = start.unionAll(before.select("vertex")).distinct().join(shared, on="vertex", how="left_anti")
    part = keep(beside(live, vertices), "part")
    solution = _solved(scope, part, shared, keep, finish_edges)
    people = scope.pinned(IDENTITY_PEOPLE).join(persons, on="person_id", how="left_semi")
    named = _name(scope, solution, before, people, keep, salt=salt)
    return _with_refused(named, live, shared, kept, solution, scope)


def _kept(scope: Scope, taken: TakenIn, *, salt: int) -> DataFrame:
    """``vertex, identifier_type, token`` of shared values that stay so, as one of those who shared them was erased.

    Otherwise an erasure could make one person of two others.
    """
    shared = scope.pinned(IDENTITY_SHARED)
    is_kept = F.col("kept")
    if taken.torn is not None:
        ends = alone(taken.torn, "a").unionAll(alone(taken.torn, "b")).select("token_a").distinct()
        marked = shared.join(ends.select(F.col("token_a").alias("token"), F.lit(True).alias("torn")), "token", "left")
        shared, is_kept = marked, F.col("kept") | F.col("torn").isNotNull()
    living = shared.where(is_kept).join(scope.tombstones, on="token", how="left_anti")
    number = vertex("identifier_type", "token", salt).alias("vertex")
    return living.select(number, "identifier_type", "token")


def _solved(scope: Scope, live: DataFrame, shared: DataFrame, keep: Keep, finish_edges: int) -> Solution:
    engine: Callable[[DataFrame, Keep], DataFrame] = partial(_contract, finish_edges=finish_edges)
    return solve(live, shared, scope.rules, scope.keys, engine=engine, keep=keep)


def _contract(edges: DataFrame, keep: Keep, *, finish_edges: int) -> DataFrame:
    return contract(edges, keep=keep, finish_edges=finish_edges)


def _name(scope: Scope, solution: Solution, before: DataFrame, people: DataFrame, keep: Keep, *, salt: int) -> Named:
    """Whose values they are now.

    Args:
        before: Rows of ``identity_members`` of the persons in question, all of them and current.
        people: Rows of ``identity_people`` of these persons.
    """
    values, keys = solution.values, scope.keys
    previous = before.select(vertex("identifier_type", "token", salt).alias("vertex"), "person_id")
    claims = keep(claims_of(values, previous, scope.rules), "all-claims")

    def least(components: DataFrame) -> DataFrame:
        return least_tokens(values.join(components, on="component", how="left_semi"), keys)

    kept = inherited(claims, people, least=least, keep=keep)
    unnamed = values.select("component").distinct().join(kept, on="component", how="left_anti")
    issued = scope.pinned(IDENTITY_REDIRECTS)
    fresh = keep(fresh_ids(keep(least(unnamed), "unnamed"), issued, keys, as_of=scope.as_of), "fresh")
    given = keep(kept.unionByName(fresh), "given")
    alive = people.where(F.col("retired_at").isNull())
    now = values.join(given, on="component", how="inner").select(
        scope.rules.name(F.col("kind")).alias("identifier_type"), "token", "person_id", "confidence"
    )
    happened = moves(claims, given, fresh, alive)
    columns = scope.pinned(IDENTITY_MEMBERS).columns
    return Named(keep(now, "named"), before.select(*columns), people, happened, fresh)


def _with_refused(
    named: Named, live: DataFrame, shared: DataFrame, kept: DataFrame, solution: Solution, scope: Scope
) -> Named:
    """With the refused edges and the shared values of everybody."""
    of_shared = beside_shared(live, shared, scope.rules).select(*REFUSED)
    tokens = live.select(
        F.col("a").alias("vertex"), F.col("type_a").alias("identifier_type"), F.col("token_a").alias("token")
    )
    others = live.select("b", "type_b", "token_b")
    told = tokens.unionAll(others).join(shared, on="vertex", how="left_semi").select("identifier_type", "token")
    marked = (
        told.distinct().withColumn("kept", F.lit(False)).unionAll(kept.select("identifier_type", "token", F.lit(True)))
    )
    rows = marked.groupBy("identifier_type", "token").agg(F.max("kept").alias("kept"))
    return named.with_refused(of_shared.unionByName(solution.refused), rows)
