"""Which audiences a build is about, and what the gates are told of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast
from zoneinfo import ZoneInfo

from jobs.building import Build
from jobs.options import Context
from plateia.lake.published import current
from plateia.rules.tree import Guards, owner, published_keys
from plateia.schedule import is_due
from transforms.audience.deciding import Decisions
from transforms.audience.gates import Candidate, Previous
from transforms.audience.meter import shares
from transforms.audience.plan import SitePlan
from transforms.audience.tasks import BlockReport


def chosen(context: Context) -> frozenset[str]:
    """The audiences that are asked for: all, the named, or the due; broken ones included.

    Raises:
        UsageError: A key that no file defines.
    """
    defined = context.workspace.written
    context.known_keys(context.args.accept_change, defined, "--accept-change")
    keys = frozenset(context.known_keys(context.args.only, defined, "--only") or defined)
    return keys & _due(context) if context.args.due else keys


def _due(context: Context) -> frozenset[str]:
    workspace = context.workspace
    due = set(workspace.broken.keys() & workspace.written)
    for site in context.sites:
        zone = ZoneInfo(workspace.sites[site].zone)
        published = current(context.lake, site)
        for key, audience in workspace.audiences.items():
            last = cast(datetime, published[key]["as_of"]) if key in published else None
            if site in audience.sites and is_due(
                audience.refresh, last=last, as_of=context.run.as_of.at(zone), zone=zone
            ):
                due.add(key)
    return frozenset(due)


def orphans(build: Build) -> list[str]:
    """Published audiences that no file defines any more."""
    workspace = build.context.workspace
    published = {key for pointers in build.current.values() for key in pointers}
    defined = {name for audience in workspace.audiences.values() for name in published_keys(audience)}
    return sorted(key for key in published - defined - {*workspace.scored} if owner(key) not in workspace.broken)


def candidates_of(
    build: Build, reports: Sequence[BlockReport], decisions: Mapping[str, Decisions]
) -> dict[str, list[Candidate]]:
    """What the gates need beside the written rows, by site: the computed, then those that failed before."""
    return {
        site: [
            *_computed(build, plan, [r for r in reports if r.site == site], decisions.get(site, Decisions())),
            *_failed(build, plan),
        ]
        for site, plan in build.plans.items()
    }


def _computed(build: Build, plan: SitePlan, reports: Sequence[BlockReport], decided: Decisions) -> list[Candidate]:
    costs = sum((report.core_ms for report in reports), shares(plan, decided.costs(plan)))
    failures = {key: reason for report in reversed(reports) for key, reason in report.failures.items()}
    return [
        Candidate(
            key=key,
            definition_hash=build.context.workspace.audiences[owner(key)].definition_hash,
            guards=build.context.workspace.audiences[key].guards if owner(key) == key else Guards(),
            references=plan.references[key],
            failure=failures.get(key),
            previous=_previous(build, plan.site, key),
            core_ms=float(costs[index]),
            leaves=plan.leaf_counts[index],
        )
        for index, key in enumerate(plan.keys)
    ]


def _failed(build: Build, plan: SitePlan) -> list[Candidate]:
    workspace = build.context.workspace
    reasons = {key: [reason] for key, reason in plan.failed.items()}
    for key in build.keys & workspace.broken.keys():
        if plan.site in _sites_of_broken(build, key):
            reasons[key] = [str(problem) for problem in workspace.broken[key]]
    hashes = {key: audience.definition_hash for key, audience in workspace.audiences.items()}
    return [
        Candidate(
            key=key,
            definition_hash=hashes.get(owner(key), ""),
            guards=Guards(),
            failure="; ".join(reasons[key]),
            previous=_previous(build, plan.site, key),
        )
        for key in sorted(reasons)
    ]


def _sites_of_broken(build: Build, key: str) -> list[str]:
    """Where a broken definition counts: its own word on sites is not to be trusted, so where it is published."""
    return [site for site in build.sites if key in build.current[site]] or list(build.sites)


def _previous(build: Build, site: str, key: str) -> Previous | None:
    pointer = build.current[site].get(key)
    return None if pointer is None else Previous(str(pointer["run_id"]), int(str(pointer["size"])))
