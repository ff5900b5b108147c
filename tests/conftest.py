"""One Spark session serves all Spark tests: those are marked spark."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytest_plugins = ("tests.lakes", "tests.lookalike_lake")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "spark" in getattr(item, "fixturenames", ()) or item.path.parent.name == "spark":
            item.add_marker("spark")


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    from plateia.session import spark_session

    session = spark_session({"spark.sql.shuffle.partitions": "2"})
    yield session
    session.stop()
