"""The demo's raw files hold what its description says, and its configuration is sound."""

from __future__ import annotations

import duckdb
import pytest

from plateia.workspace import load_workspace
from tests.lakes import REPOSITORY
from tests.oracle.demo import load
from tests.oracle.query import connect


@pytest.fixture(scope="module")
def raw() -> duckdb.DuckDBPyConnection:
    connection = connect()
    load(connection)
    return connection


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("SELECT count(*), count(age) FROM us.people", (2_469, 801)),
        ("SELECT count(*), count(DISTINCT person_id) FROM us.event_purchase", (1_469_307, 2_469)),
        ("SELECT count(*), count(DISTINCT person_id) FROM us.event_coupon_redeemed", (2_102, 410)),
        ("SELECT count(*), count(DISTINCT campaign_id) FROM us.event_campaign_received", (6_589, 27)),
        ('SELECT max("at")::VARCHAR FROM us.event_purchase', ("2018-01-01 04:01:20",)),
        (
            "SELECT DISTINCT \"at\"::VARCHAR FROM us.event_campaign_received WHERE campaign_id = '8'",
            ("2017-05-08 04:00:00",),
        ),
    ],
)
def test_facts(raw: duckdb.DuckDBPyConnection, query: str, answer: tuple[object, ...]) -> None:
    assert raw.execute(query).fetchone() == answer


def test_the_configuration_is_sound() -> None:
    workspace = load_workspace(REPOSITORY / "configs")
    assert [str(problem) for problem in (*workspace.problems, *workspace.warnings)] == []
