"""What other rules of identity change: people, their ids, and the sizes of audiences."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from dataclasses import replace

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs import build_audiences
from jobs.identity.judging import rows_of
from jobs.identity.resolution import Report
from jobs.identity.state import read_pinned, read_state
from jobs.options import Context
from jobs.warehouse.persons import Persons
from jobs.warehouse.refresh import refresh
from jobs.warehouse.scope import Scope as Refresh
from plateia.lake import Lake
from plateia.tables import IDENTITY_EDGES_REFUSED, IDENTITY_MEMBERS, IDENTITY_PEOPLE

_MOVED = 0.01  # of an audience's size: below it nobody need look


def compare(spark: SparkSession, lake: Lake, stage: Lake, report: Report) -> list[dict[str, object]]:
    """One row a measure: ``measure, before, after``.

    Args:
        lake: Where the published identities are.
        stage: Where the tried ones are.
        report: Of the trial.
    """
    old, new = ((place, read_state(place)) for place in (lake, stage))
    people = [read_pinned(spark, *at, IDENTITY_PEOPLE).where(F.col("retired_at").isNull()) for at in (old, new)]
    values = [read_pinned(spark, *at, IDENTITY_MEMBERS).where(F.col("valid_to").isNull()) for at in (old, new)]
    stays = people[0].join(people[1], on="person_id", how="left_semi")
    both = (
        values[0]
        .select("token", "person_id")
        .join(values[1].select("token", F.col("person_id").alias("now")), on="token", how="inner")
    )
    moved = both.where(F.col("person_id") != F.col("now"))
    rules = [_by_rule(read_pinned(spark, *at, IDENTITY_EDGES_REFUSED)) for at in (old, new)]
    rows: list[dict[str, object]] = [
        {"measure": "people", "before": people[0].count(), "after": people[1].count()},
        {"measure": "identifiers", "before": values[0].count(), "after": values[1].count()},
        {"measure": "ids kept", "before": None, "after": stays.count()},
        {"measure": "identifiers that change hands", "before": None, "after": moved.count()},
        *(
            {"measure": name, "before": None, "after": report.people[0][name]}
            for name in ("merged", "split", "created", "retired")
        ),
    ]
    refused = sorted(rules[0].keys() | rules[1].keys())
    rows += [{"measure": f"refused by {r}", "before": rules[0].get(r, 0), "after": rules[1].get(r, 0)} for r in refused]
    return [*rows, *_health(report)]


def audiences_by(context: Context, tried: Context, stage: Lake) -> list[dict[str, object]]:
    """One row an audience and site whose size would change by more than 1 %: ``audience, site, before, after, change``.

    Args:
        context: Of what is published.
        tried: The same with the tried rules.
        stage: Where the tried identities are; a warehouse is made there.
    """
    workspace = replace(tried.workspace, environment=replace(tried.workspace.environment, lake=stage.uri))
    persons = Persons.of(workspace, stage)
    refresh(Refresh(stage, context.spark, workspace, context.run.pinned({}), context.sites, persons), stage)
    before, after = _sizes(context), _sizes(replace(tried, workspace=workspace))
    rows: list[dict[str, object]] = []
    for audience, site in sorted(before.keys() | after.keys()):
        old, new = before.get((audience, site), 0), after.get((audience, site), 0)
        if abs(new - old) > _MOVED * old:
            change = (new - old) / old if old else None
            rows.append({"audience": audience, "site": site, "before": old, "after": new, "change": change})
    return rows


def _sizes(context: Context) -> Mapping[tuple[str, str], int]:
    options = {"only": [], "due": False, "accept_change": [], "dry_run": True, "site": None}
    args = Namespace(**{**vars(context.args), **options})
    rows = build_audiences.run(replace(context, args=args)).results
    return {(str(row["audience"]), str(row["site"])): int(str(row["size"])) for row in rows if row["size"] is not None}


def _health(report: Report) -> list[dict[str, object]]:
    return [
        {"measure": row["measure"], "before": None, "after": row["value"], "verdict": row["verdict"]}
        for row in rows_of(report.health)
    ]


def _by_rule(refused: DataFrame) -> dict[str, int]:
    return {row["rule"]: row["count"] for row in refused.groupBy("rule").count().collect()}
