"""The demo's lake with its lookalike trained and scored: a copy, so that tests may go on working on it."""

from __future__ import annotations

import shutil

import pytest

from tests.lakes import BuiltLake


@pytest.fixture(scope="session")
def lookalike_lake(demo_lake: BuiltLake, tmp_path_factory: pytest.TempPathFactory) -> BuiltLake:
    """Copied after the audiences were built; MLflow's store lies in ``root/.plateia/mlflow.db``."""
    from jobs import score_lookalikes, train_lookalikes

    root = tmp_path_factory.mktemp("lookalikes")
    shutil.copytree(demo_lake.root, root, symlinks=True, dirs_exist_ok=True)
    built = BuiltLake(root, root / ".plateia" / "lake", demo_lake.as_of)
    built.exits["train-lookalikes"] = train_lookalikes.main(built.options)
    built.exits["score-lookalikes"] = score_lookalikes.main(built.options)
    return built
