"""The pack as an MLflow model, from code: scores of features for anyone who loads ``models:/lookalike-pack-SITE``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import numpy.typing as npt
import pandas as pd
from mlflow.pyfunc.model import PythonModel, PythonModelContext


class LookalikePack(PythonModel):
    """Reads the files beside it, and needs nothing but numpy and pandas."""

    def predict(
        self, context: PythonModelContext, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> npt.NDArray[np.float32]:
        """Scores of one lookalike (parameter ``lookalike``; the first if not given) for rows of its feature schema."""
        entries = json.loads(Path(context.artifacts["description"]).read_text(encoding="utf-8"))["entries"]
        keys = [entry["lookalike"] for entry in entries]
        place = keys.index((params or {}).get("lookalike") or keys[0])
        with np.load(Path(context.artifacts["arrays"]), allow_pickle=False) as arrays:
            weights = arrays[f"weights_{place}"]
        features = model_input.to_numpy(dtype=np.float64)
        return np.asarray(features @ weights + entries[place]["intercept"], dtype=np.float32)


mlflow.models.set_model(LookalikePack())
