"""MLflow, quietly: runs, registered models and their champion. The only place of the kernel that knows it."""

from __future__ import annotations

import logging
import os
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from plateia.errors import PlateiaError, echo

if TYPE_CHECKING:
    from mlflow import MlflowClient

CHAMPION, PREVIOUS = "champion", "previous"
_QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SKIP_PIP_REQUIREMENTS_CHECK": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "GIT_PYTHON_REFRESH": "quiet",
}
_NOT_THERE = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")  # no such model; no such alias
_SQLITE = re.compile(r"sqlite:///(?P<path>[^?]+)")


@dataclass(frozen=True)
class TrackedRun:
    """What one run leaves behind. ``curves`` are metrics with steps."""

    name: str
    params: Mapping[str, str | int | float] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    curves: Mapping[str, Sequence[tuple[int, float]]] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    documents: Mapping[str, dict[str, object]] = field(default_factory=dict)  # JSON file name -> what it holds


@dataclass(frozen=True)
class ModelFiles:
    """A model from code: a Python file that sets the model, and data files by name. No pickle.

    ``params`` are what ``predict`` may be asked with, and their defaults.
    """

    name: str
    code: Path
    files: Mapping[str, Path]
    requirements: Sequence[str]
    params: Mapping[str, str] = field(default_factory=dict)


class Registry:
    """Tracking and registry of one MLflow store; a new SQLite store keeps its artifacts beside itself."""

    def __init__(self, uri: str | None, root: Path) -> None:
        """Open the store at an MLflow URI; relative SQLite paths start at ``root``.

        None means ``MLFLOW_TRACKING_URI`` where it is set, else ``.plateia/mlflow.db``.
        """
        given = uri or os.environ.get("MLFLOW_TRACKING_URI") or "sqlite:///.plateia/mlflow.db"
        self.uri, self._artifacts = _located(given, root)

    def record(
        self, experiment: str, batch: TrackedRun, children: Sequence[TrackedRun], model: ModelFiles | None
    ) -> int | None:
        """Track a batch with one nested run a child; register the model as the new champion. Returns its version."""
        with self._mlflow() as client:
            import mlflow

            mlflow.set_experiment(experiment_id=self._experiment(client, experiment))
            with mlflow.start_run(run_name=batch.name):
                _log(batch)
                for child in children:
                    with mlflow.start_run(run_name=child.name, nested=True):
                        _log(child)
                return None if model is None else _register(client, model)

    def champion(self, name: str) -> Path | None:
        """The data files of a registered model's champion, downloaded where they are remote; None if there is none."""
        with self._mlflow() as client:
            import mlflow
            from mlflow.exceptions import MlflowException

            try:
                found = client.get_model_version_by_alias(name, CHAMPION)
            except MlflowException as error:
                if error.error_code in _NOT_THERE:
                    return None
                raise
            return Path(mlflow.artifacts.download_artifacts(f"models:/{name}/{found.version}")) / "artifacts"

    def _experiment(self, client: MlflowClient, name: str) -> str:
        found = client.get_experiment_by_name(name)
        return found.experiment_id if found else client.create_experiment(name, artifact_location=self._artifacts)

    @contextmanager
    def _mlflow(self) -> Iterator[MlflowClient]:
        """A client of this store. MLflow warns and chats about things that users of Plateia cannot change."""
        os.environ.update({name: value for name, value in _QUIET.items() if name not in os.environ})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import mlflow
            from mlflow.exceptions import MlflowException
            from sqlalchemy.exc import SQLAlchemyError

            for chatty in ("mlflow", "alembic"):
                logging.getLogger(chatty).setLevel(logging.ERROR)
            try:
                mlflow.set_tracking_uri(self.uri)
                mlflow.set_registry_uri(self.uri)
                yield mlflow.MlflowClient()
            except (MlflowException, SQLAlchemyError, OSError) as error:
                raise _unusable(error) from error


def _located(uri: str, root: Path) -> tuple[str, str | None]:
    sqlite = _SQLITE.fullmatch(uri)
    if sqlite is None:
        return uri, None
    path = (root / sqlite["path"]).resolve()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable(error) from error
    return f"sqlite:///{path}", (path.parent / "mlflow-artifacts").as_uri()


def _unusable(error: Exception) -> PlateiaError:
    reason = (str(error).splitlines() or [type(error).__name__])[0]
    return PlateiaError.because(f"The MLflow store cannot be used: {echo(reason)[1:-1]}")


def _log(run: TrackedRun) -> None:
    import mlflow

    mlflow.log_params(dict(run.params))
    mlflow.log_metrics(dict(run.metrics))
    for name, points in run.curves.items():
        for step, value in points:
            mlflow.log_metric(name, value, step=step)
    mlflow.set_tags(dict(run.tags))
    for file, content in run.documents.items():
        mlflow.log_dict(content, file)


def _register(client: MlflowClient, model: ModelFiles) -> int:
    import mlflow

    # Requirements are named: to infer them MLflow would load the model in another process, for 16 seconds.
    logged = mlflow.pyfunc.log_model(
        name=model.name,
        python_model=str(model.code),
        artifacts={name: str(path) for name, path in model.files.items()},
        pip_requirements=list(model.requirements),
        signature=mlflow.models.infer_signature(params=dict(model.params)) if model.params else None,
    )
    if not client.search_registered_models(f"name = '{model.name}'"):
        client.create_registered_model(model.name)
    before = client.get_registered_model(model.name).aliases.get(CHAMPION)
    made = client.create_model_version(model.name, logged.model_uri, model_id=logged.model_id)
    if before is not None:
        client.set_registered_model_alias(model.name, PREVIOUS, str(before))
    client.set_registered_model_alias(model.name, CHAMPION, str(made.version))
    return int(made.version)
