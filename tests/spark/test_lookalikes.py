"""The demo's lookalike from YAML to published members, checked from the outside: tables, MLflow, brute force."""

from __future__ import annotations

import json
import shutil
import sqlite3
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from pyroaring import BitMap

from jobs import score_lookalikes, train_lookalikes
from tests.lakes import BuiltLake
from tests.oracle import demo
from tests.oracle.query import connect
from tests.published import person_ids, published_members
from transforms.tickets import hash_people, salted

KEY = "cosmetics-alikes"
SIZES = {f"{KEY}-1": 0.01, f"{KEY}-5": 0.05, f"{KEY}-10": 0.10}


@dataclass(frozen=True)
class Outside:
    """What a stranger reads of a scored lake."""

    built: BuiltLake

    @cached_property
    def members(self) -> dict[str, frozenset[str]]:
        return {audience: members for (_, audience), members in published_members(self.built.lake).items()}

    @cached_property
    def people(self) -> list[str]:
        """Person ids by ordinal."""
        return [person for _, person in sorted(person_ids(self.built.lake)["us"].items())]

    @cached_property
    def features(self) -> pd.DataFrame:
        """The newest matrix, its columns named by the schema in the pack, one row a person."""
        row = pl.read_delta(self.built.uri("people_features")).sort("run_id").row(-1, named=True)
        schema = json.loads(self.pack["schemas"][row["schema_hash"]])
        names = [c["feature"] + (f"[{c['value']}]" if c["value"] else "") for c in schema["columns"]]
        ordinals = np.frombuffer(row["ordinals"], "<i4")
        vectors = np.frombuffer(row["vectors"], "<f4").reshape(len(ordinals), -1)
        return pd.DataFrame(vectors, columns=names, index=[self.people[ordinal] for ordinal in ordinals])

    @cached_property
    def pack(self) -> dict[str, dict[str, str]]:
        found = sorted(self.built.root.rglob("pack.json"), key=lambda path: path.stat().st_mtime)
        content: dict[str, dict[str, str]] = json.loads(found[-1].read_text())
        return content

    def tracked(self, query: str) -> list[tuple[object, ...]]:
        with sqlite3.connect(self.built.root / ".plateia" / "mlflow.db") as store:
            return store.execute(query).fetchall()


@pytest.fixture(scope="module")
def outside(lookalike_lake: BuiltLake) -> Outside:
    return Outside(lookalike_lake)


def test_both_commands_succeed(lookalike_lake: BuiltLake) -> None:
    assert lookalike_lake.exits == {"train-lookalikes": 0, "score-lookalikes": 0}


def test_features_equal_the_raw_files(outside: Outside) -> None:
    connection = connect()
    demo.load(connection)
    rows = connection.execute(
        """
        select p.person_id, count(*), count(distinct basket_id),
            sum(case when department = 'DELI' and "at" >= timestamp '2017-01-01 05:00' then amount else 0 end)
        from us.people p join us.event_purchase e using (person_id)
        where "at" < timestamp '2018-01-01 05:00' group by all
        """
    ).fetchall()
    features = outside.features
    assert len(rows) == len(features)
    for person, lines, baskets, deli in rows:
        mine = features.loc[person]
        assert mine["baskets"] == np.float32(np.log1p(baskets))
        assert mine["spend[DELI]"] == pytest.approx(np.log1p(deli), rel=1e-6, abs=1e-6)
        assert mine["activity"] >= lines  # coupons count, too


def test_published_members_are_the_best_scores_outside_the_seed(
    outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
    import mlflow

    store = f"sqlite:///{outside.built.root}/.plateia/mlflow.db"
    mlflow.set_tracking_uri(store)
    mlflow.set_registry_uri(store)  # the store of a job that ran in this process before would still be set
    model = mlflow.pyfunc.load_model("models:/lookalike-pack-us@champion")
    seed = outside.members["cosmetics-fans"]
    scores = model.predict(outside.features, params={"lookalike": KEY})
    people = outside.features.index
    ties = salted(hash_people(people), KEY) >> np.uint64(32)
    ranked = sorted(
        ((score, tie, person) for score, tie, person in zip(scores, ties, people, strict=True) if person not in seed),
        reverse=True,
    )
    assert len(ranked) == len(people) - len(seed)
    for audience, share in SIZES.items():
        best = {person for *_, person in ranked[: int(share * len(ranked) + 0.5)]}
        assert outside.members[audience] == best, audience


def test_sizes_are_nested_and_hold_nobody_of_the_seed(outside: Outside) -> None:
    one, five, ten = (outside.members[audience] for audience in SIZES)
    assert one < five < ten
    assert not ten & outside.members["cosmetics-fans"]


def test_scores_have_deciles_and_the_values_of_the_best(outside: Outside) -> None:
    pointer = pl.read_delta(outside.built.uri("scores_current")).row(0, named=True)
    row = pl.read_delta(outside.built.uri("scores")).filter(pl.col("run_id") == pointer["run_id"]).row(0, named=True)
    assert (pointer["score"], row["score"]) == (KEY, KEY)
    deciles = np.frombuffer(row["deciles"], np.uint8)
    seed = outside.members["cosmetics-fans"]
    beyond = np.array([person not in seed for person in outside.people])
    counts = np.bincount(deciles[beyond], minlength=11)[1:]
    assert counts.sum() == beyond.sum() and counts.max() - counts.min() <= 1
    best = BitMap.deserialize(row["kept"])
    assert set(best) == set(np.flatnonzero(deciles == 1))
    assert {outside.people[i] for i in best} - seed == outside.members[f"{KEY}-10"]
    assert len(np.frombuffer(row["values"], "<f4")) == len(best)


def test_mlflow_tells_what_was_trained(outside: Outside) -> None:
    metrics = dict(
        outside.tracked(  # type: ignore[arg-type]
            f"select key, value from latest_metrics join runs using (run_uuid) where name = '{KEY}'"
        )
    )
    assert metrics["recall_top_tenth"] > metrics["activity_recall_top_tenth"] > 0.1
    assert metrics["lift_top_tenth"] == pytest.approx(10 * metrics["recall_top_tenth"])
    assert metrics["gain_over_activity"] > 0.1
    params = dict(outside.tracked("select key, value from params"))  # type: ignore[arg-type]
    assert params["columns_dropped"] == "1" and params["seed"] == "cosmetics-fans"
    assert int(params["seed_people"]) == len(outside.members["cosmetics-fans"])
    nested = outside.tracked("select value from tags where key = 'mlflow.parentRunId'")
    assert len(nested) == 1
    assert outside.tracked("select name, alias, version from registered_model_aliases") == [
        ("lookalike-pack-us", "champion", 1)
    ]


def test_the_model_is_plain_data_with_named_requirements(outside: Outside) -> None:
    files = [path for path in (outside.built.root / ".plateia" / "mlflow-artifacts").rglob("*") if path.is_file()]
    assert not [path for path in files if path.suffix in (".pkl", ".pickle", ".skops", ".joblib")]
    requirements = next(path for path in files if path.name == "requirements.txt").read_text().split()
    assert [line.partition("==")[0] for line in requirements] == ["mlflow", "numpy", "pandas"]
    card = json.loads(next(path for path in files if path.name == "card.json").read_text())
    assert card["dropped"] == ["spend[COSMETICS]"]
    assert "spend[DRUG GM]" in [name for name, _ in card["strongest"]]


@pytest.fixture
def copy(lookalike_lake: BuiltLake, tmp_path: Path) -> BuiltLake:
    root = tmp_path / "again"
    shutil.copytree(lookalike_lake.root / "configs", root / "configs")
    shutil.copytree(lookalike_lake.lake, root / ".plateia" / "lake")
    return BuiltLake(root, root / ".plateia" / "lake", lookalike_lake.as_of)


def _rows(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = json.loads(capsys.readouterr().out)["results"]
    return rows


def test_a_second_run_gives_the_same_bytes(
    copy: BuiltLake, lookalike_lake: BuiltLake, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train_lookalikes.main([*copy.options, "--json"]) == 0
    capsys.readouterr()
    first, second = (
        [blake2b(path.read_bytes()).hexdigest() for path in built.root.rglob("pack.npz")]
        for built in (lookalike_lake, copy)
    )
    assert first == second and len(first) == 1
    assert score_lookalikes.main([*copy.options, "--json"]) == 0
    assert {row["verdict"] for row in _rows(capsys)} == {"unchanged"}


def test_guards_hold_a_lookalike_back_and_keep_what_is_published(
    copy: BuiltLake, capsys: pytest.CaptureFixture[str]
) -> None:
    before = published_members(copy.lake)
    config = copy.configs / "lookalikes" / "cosmetics.yml"
    config.write_text(config.read_text().replace("min_gain_over_activity: 0%", "min_gain_over_activity: 900%"))
    assert train_lookalikes.main([*copy.options, "--json"]) == 3
    (row,) = _rows(capsys)
    assert row["verdict"] == "held" and "min_gain_over_activity" in str(row["reasons"])
    assert score_lookalikes.main([*copy.options, "--json"]) == 3
    assert {row["verdict"] for row in _rows(capsys)} == {"held"}
    history = pl.read_delta(copy.uri("audience_runs")).filter(pl.col("audience").is_in(list(SIZES)))
    assert history.filter(pl.col("verdict") == "held").height == 6  # three audiences, two commands
    assert published_members(copy.lake) == before


def test_a_seed_or_a_model_of_the_future_is_refused(copy: BuiltLake, capsys: pytest.CaptureFixture[str]) -> None:
    earlier = [*copy.options, "--json"]
    earlier[earlier.index("--as-of") + 1] = "2017-12-31"
    for job in (train_lookalikes, score_lookalikes):
        assert job.main(earlier) == 3
        for row in _rows(capsys):
            assert row["verdict"] == "failed" and "leak the future" in str(row["reasons"])


def test_without_a_model_nothing_is_scored(copy: BuiltLake, capsys: pytest.CaptureFixture[str]) -> None:
    assert score_lookalikes.main([*copy.options, "--json"]) == 3
    assert {str(row["reasons"]) for row in _rows(capsys)} == {
        "['it has no model on this site: run `plateia train-lookalikes` first']"
    }
    assert score_lookalikes.main([*copy.options, "--json", "--only", "cosmetics-alike"]) == 2
    assert "Did you mean" in json.loads(capsys.readouterr().out)["errors"][0]["hint"]
