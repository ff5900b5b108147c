"""What a resolution counts and how much is what an explanation says of it."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from pyspark.sql import SparkSession

from plateia.tables import IDENTITY_EDGES
from plateia.workspace import load_workspace
from tests.identity.worlds import KINDS, START, Company
from transforms.identity.evidence.live import live_edges
from transforms.identity.explaining import known_edges
from transforms.identity.rules import Rules


def test_scores_are_those_that_are_told(tmp_path: Path, spark: SparkSession) -> None:
    company, dice = Company(tmp_path, seed=1, worlds=1), random.Random(3)
    identity = load_workspace(company.root / "configs").identity
    assert identity is not None
    rules, kinds = Rules.of(identity), [*KINDS, "nothing of ours"]
    as_of = START + timedelta(days=400)
    rows = []
    for number in range(500):
        age = timedelta(microseconds=dice.choice((-1, 0, 1, dice.randrange(500 * 86_400 * 10**6))))
        if number % 5 == 0:
            age = (KINDS[dice.choice(("device", "cookie"))].window or timedelta()) + timedelta(
                microseconds=dice.choice((0, 1))
            )
        rows.append(
            {
                "type_a": dice.choice(kinds), "token_a": b"a%d" % number, "type_b": dice.choice(kinds),
                "token_b": b"b%d" % number, "source": f"s{number}", "purpose": None, "first_seen": as_of - age,
                "last_seen": as_of - age, "count": dice.randrange(1, 50), "verified": dice.random() < 0.5,
                "confidence": dice.random(),
            }
        )  # fmt: skip
    edges = spark.createDataFrame(pa.Table.from_pylist(rows, schema=IDENTITY_EDGES.schema))
    told = {edge.source: edge.score for edge in known_edges(rows, rules, as_of=as_of)}
    counted = {row["source"]: row["score"] for row in live_edges(edges, rules, as_of=as_of, salt=0).collect()}
    assert 50 < len(told) < len(rows)
    assert counted == {source: pytest.approx(score, rel=1e-12) for source, score in told.items()}
