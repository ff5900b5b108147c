"""MLflow as Plateia uses it: quiet, aliases that move, models without pickle, failures in one sentence."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models import lookalike
from models.lookalike.pack import Entry, Pack
from plateia.errors import PlateiaError
from plateia.registry import ModelFiles, Registry, TrackedRun

CODE = Path(lookalike.__path__[0]) / "pack_model.py"
URI = "sqlite:///mlflow.db"


def _pack(*weights: float) -> Pack:
    entries = {
        key: Entry(key, "shopping", "d", "s", "run", "2018-01-01T05:00:00Z", np.array(weights) * sign, 0.5)
        for key, sign in (("a", 1), ("b", -1))
    }
    return Pack("us", entries, {"s": "{}"})


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mlflow")


def _record(root: Path, folder: Path, name: str, pack: Pack) -> int | None:
    folder.mkdir()
    model = ModelFiles(name, CODE, pack.save(folder), ["numpy"], {"lookalike": "a"})
    child = TrackedRun(
        "a", {"seed": "fans"}, {"recall": 0.5}, {"recall_by_percent": [(1, 0.1), (10, 0.5)]}, {"x": "y"},
        {"card.json": {"dropped": []}},
    )  # fmt: skip
    batch = TrackedRun("batch", {"site": "us"})
    return Registry(URI, root).record(name, batch, [child, TrackedRun("b")], model)


def test_champions_move_and_say_nothing(root: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert Registry(URI, root).champion("moving") is None
    assert _record(root, tmp_path / "one", "moving", _pack(1.0, 2.0)) == 1
    assert _record(root, tmp_path / "two", "moving", _pack(3.0, 4.0)) == 2
    found = Registry(URI, root).champion("moving")
    assert found is not None
    assert Pack.load(found).entries["b"].weights.tolist() == [-3.0, -4.0]
    assert capfd.readouterr() == ("", "")
    with sqlite3.connect(root / "mlflow.db") as store:
        aliases = store.execute("select alias, version from registered_model_aliases where name = 'moving'").fetchall()
        names = store.execute(
            "select r.name from runs r join experiments e using (experiment_id) where e.name = 'moving' order by 1"
        ).fetchall()
        curve = store.execute("select distinct step, value from metrics where key = 'recall_by_percent'").fetchall()
    assert dict(aliases) == {"champion": 2, "previous": 1}
    assert [name for (name,) in names] == ["a", "a", "b", "b", "batch", "batch"]
    assert sorted(curve) == [(1, 0.1), (10, 0.5)]


def test_the_registered_model_scores_without_pickle(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
    _record(root, tmp_path / "one", "plain", _pack(1.0, 2.0))
    import mlflow

    model = mlflow.pyfunc.load_model("models:/plain@champion")
    features = pd.DataFrame([[1.0, 1.0], [0.0, 10.0]])
    assert model.predict(features, params={"lookalike": "b"}).tolist() == [-2.5, -19.5]
    assert model.predict(features).tolist() == [3.5, 20.5]


def test_packs_keep_what_was_not_trained_again_and_forget_unused_schemas(tmp_path: Path) -> None:
    trained = Entry("b", "shopping", "d", "t", "later", "2018-02-01T05:00:00Z", np.array([9.0]), 0.0, "too small")
    pack = _pack(1.0).updated([trained], {"t": "{1}", "u": "{2}"})
    assert sorted(pack.schemas) == ["s", "t"]
    (tmp_path / "again").mkdir()
    first, second = ({n: p.read_bytes() for n, p in pack.save(f).items()} for f in (tmp_path, tmp_path / "again"))
    assert first == second
    again = Pack.load(tmp_path)
    assert again.entries["a"].trained_run == "run" and again.entries["b"].refusal == "too small"
    assert again.entries["a"].weights.tolist() == [1.0]
    assert json.loads(first["description"])["site"] == "us"


def test_a_store_that_cannot_be_used_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    (tmp_path / "broken.db").write_text("not a database " * 100)
    with pytest.raises(PlateiaError, match="MLflow store cannot be used"):
        Registry("sqlite:///file/mlflow.db", tmp_path)
    with pytest.raises(PlateiaError, match="MLflow store cannot be used"):
        Registry("sqlite:///broken.db", tmp_path).champion("lookalike-pack-us")
