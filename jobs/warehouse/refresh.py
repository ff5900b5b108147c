"""A refresh from end to end: open, deliver, accept, stage, judge, flip."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from jobs.warehouse.acceptance import accept, judge
from jobs.warehouse.deliveries import Delivery, OpenSource, open_source
from jobs.warehouse.flip import flip
from jobs.warehouse.report import Report
from jobs.warehouse.scope import Judgement, Scope, record
from jobs.warehouse.staging import Staging, name_people
from plateia.errors import InputError, Problem
from plateia.lake import Lake
from plateia.trace import Progress
from transforms.warehouse.rows.normalise import PersonSource

_TOGETHER = {"people", "person_ordinals"}  # without them no other table can be published


def check(scope: Scope) -> Report:
    """A dry run: every source is read and judged, nothing is written."""
    report = Report()
    for opened in _open_all(scope, report):
        delivery = _deliver(scope, opened)
        delivery.count_duplicates()
        judgement = judge(
            scope, delivery, delivery.accepted, scope.pinned(f"accepted_{delivery.source.source}"), version=None
        )
        delivery.release()
        report.add_source(delivery, judgement)
    return report


def refresh(scope: Scope, lake: Lake) -> Report:
    """Bring the warehouse up to date with its sources.

    Raises:
        InputError: A source cannot be read; nothing is pinned.
        LakeError: The lake cannot be written; nothing is pinned.
    """
    report = Report()
    opened = _open_all(scope, report)
    judgements: list[Judgement] = []
    accepted = {
        name: pin for name in scope.workspace.sources if (pin := scope.run.pins.get(f"accepted_{name}")) is not None
    }
    unique: set[str] = set()
    with Progress("refresh-warehouse", len(opened) + 2) as progress:
        for source in opened:
            delivery = _deliver(scope, source)
            judgement = accept(scope, lake, delivery)
            delivery.release()
            judgements.append(judgement)
            report.add_source(delivery, judgement)
            name = delivery.source.source
            if not judgement.reasons and judgement.version is not None:
                accepted[name] = judgement.version
                unique |= _unique(scope, delivery)
            progress.advance()
        if any(name_people(scope.workspace.sources[name]) for name in accepted):
            judgements += _publish(Staging(scope, lake, accepted, unique), report, progress)
    record(scope, judgements)
    return report


def _publish(staging: Staging, report: Report, progress: Progress) -> list[Judgement]:
    """Stage and judge the tables, and pin them; a table whose suite fails keeps what is pinned, but people."""
    versions = staging.stage()
    progress.advance()
    judged = staging.judge(versions)
    held = {judgement.table for judgement in judged if judgement.reasons}
    if held and not held & _TOGETHER:
        staging = _without(staging, held)
        versions = staging.stage()
        judged = [*(j for j in judged if j.table in held), *staging.judge(versions)]
    is_sound = not any(judgement.reasons for judgement in judged if judgement.table not in staging.held)
    if is_sound:
        flip(staging.lake, staging.scope.run, versions)
    for judgement in judged:
        rows = staging.rows(judgement.table, judgement.version or 0)
        report.add_table(judgement, rows=rows, is_pinned=is_sound, ignored=staging.ignored.get(judgement.table))
    progress.advance()
    return judged


def _without(staging: Staging, held: Collection[str]) -> Staging:
    """The staging with the last accepted rows of the sources that feed the held tables."""
    pins, sources = staging.scope.run.pins, staging.scope.workspace.sources
    accepted = dict(staging.accepted)
    for name in staging.accepted:
        if sources[name].feeds in held:
            del accepted[name]
            if (pin := pins.get(f"accepted_{name}")) is not None:
                accepted[name] = pin
    return replace(staging, accepted=accepted, held=frozenset(held))


def _open_all(scope: Scope, report: Report) -> list[OpenSource]:
    """Every source, looked at before a row is read.

    Raises:
        InputError: What is wrong with any of them.
    """
    opened: list[OpenSource] = []
    problems: list[Problem] = []
    for source in scope.sources.values():
        try:
            opened.append(open_source(scope.spark, source))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    for name, other in sorted(scope.workspace.sources.items()):
        if not isinstance(other, PersonSource):
            report.add_unread(name, other.kind)
    return opened


def _deliver(scope: Scope, opened: OpenSource) -> Delivery:
    return opened.deliver(zones=scope.zones, sites=scope.sites, token=scope.token)


def _unique(scope: Scope, delivery: Delivery) -> set[str]:
    """The source, if its accepted rows name no event twice: they are merged on append, and counted otherwise."""
    source = delivery.source
    alone = scope.only_sites is None and delivery.duplicates == 0
    return {source.source} if source.load == "append" or alone else set()
