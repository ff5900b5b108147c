"""The model is scikit-learn's, its evaluation that of a brute-force ranking, and the same rows give the same bytes."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from models.lookalike.evaluation import Pool, evaluate, found_share
from models.lookalike.guards import Limits, judge_model, judge_seed
from models.lookalike.logistic import score_rows
from models.lookalike.training import TrainingSet, held_out, join_blocks, sample_block, strongest, train
from transforms.tickets import drawn, hash_people, salted


def _company(people: int = 1_500) -> TrainingSet:
    draw = np.random.default_rng(11)
    features = draw.normal(size=(people, 6)).astype(np.float32)
    features[:, 0] = draw.poisson(20, people)  # activity, unrelated to the seed
    features[:, 5] = 4.0  # constant: tells nothing
    taste = features[:, 1] + 0.5 * features[:, 2] + draw.normal(size=people)
    seed = taste > np.quantile(taste, 0.8)
    return TrainingSet(features, seed, hash_people(f"p{i}" for i in range(people)), np.ones(people))


USED = np.array([False, True, True, True, True, True])


def test_model_equals_scikit_learn() -> None:
    rows = _company()
    trained = train(rows, key="alike", used=USED, activity=0)
    assert trained is not None
    known = rows.seed & ~held_out(rows.hashes, key="alike")
    peer = make_pipeline(
        StandardScaler(),
        LogisticRegression(C=trained.inverse_regularisation, class_weight="balanced", max_iter=1_000, tol=1e-8),
    )
    peer.fit(rows.features[:, 1:].astype(np.float64), known)
    expected = peer.decision_function(rows.features[:, 1:].astype(np.float64))
    model = trained.model
    found = score_rows(rows.features, model.weights[:, None], np.array([model.intercept]))[:, 0]
    np.testing.assert_allclose(found, expected, atol=1e-4)
    assert model.weights[0] == 0 and model.weights[5] == 0
    assert [name for name, _ in strongest(model, list("abcdef"))][:2] == ["b", "c"]


def test_evaluation_equals_a_brute_force_ranking() -> None:
    rows = _company()
    trained = train(rows, key="alike", used=USED, activity=0)
    assert trained is not None
    hidden = rows.seed & held_out(rows.hashes, key="alike")
    pool = [i for i in range(len(rows.seed)) if hidden[i] or not rows.seed[i]]
    model, tickets = trained.model, salted(rows.hashes, "alike")
    scores = score_rows(rows.features, model.weights[:, None], np.array([model.intercept]))[:, 0]
    expected = {}
    for name, values in (("model", scores), ("activity", rows.features[:, 0])):
        ranked = sorted(((values[i], tickets[i], i) for i in pool), reverse=True)
        top = [i for *_, i in ranked[: int(len(pool) * 0.10 + 0.5)]]
        expected[name] = sum(bool(hidden[i]) for i in top) / int(hidden.sum())
    found = trained.evaluation
    assert found.recall == pytest.approx(expected["model"], abs=1e-12)
    assert found.activity_recall == pytest.approx(expected["activity"], abs=1e-12)
    assert found.lift == pytest.approx(expected["model"] * 10)
    assert found.gain == pytest.approx(expected["model"] / expected["activity"] - 1)
    assert found.curve[-1] == (100, 1.0)
    assert (trained.seed_fitted + trained.seed_held_out, trained.seed_held_out) == (rows.seed.sum(), hidden.sum())
    assert found.recall > 2 * found.activity_recall  # the taste can be learnt, and activity does not tell it


def test_same_rows_give_same_bytes() -> None:
    first, second = (train(_company(), key="alike", used=USED, activity=0) for _ in range(2))
    assert first is not None and second is not None
    assert first.model.weights.tobytes() == second.model.weights.tobytes()
    assert (first.model.intercept, first.evaluation) == (second.model.intercept, second.evaluation)


def test_a_sampled_row_stands_for_several_people() -> None:
    scores = np.array([9.0, 8.0, 7.0, 6.0, 5.0, 4.0])
    pool = Pool(
        np.array([True, False, True, False, False, False]),
        np.arange(6, dtype=np.uint64),
        np.array([1.0, 4.0, 1.0, 4.0, 5.0, 5.0]),
    )
    assert found_share(scores, pool, top=0.05) == 0.5  # 1 of 20 people: the first row alone
    assert found_share(scores, pool, top=0.30) == 1.0  # 6 of 20: the first three rows
    assert found_share(scores, pool, top=0.25) == 0.5  # 5 of 20: the third row's middle lies beyond


def test_sampling_keeps_rows_by_hash_and_weighs_them() -> None:
    rows = _company(20_000)
    part = sample_block(rows.features, rows.seed, rows.hashes, key="k", seed_share=1.0, outside_share=0.25)
    assert part.seed.sum() == rows.seed.sum()
    outside = ~part.seed
    assert outside.sum() == pytest.approx(0.25 * (~rows.seed).sum(), rel=0.05)
    assert set(part.weights[outside]) == {4.0} and set(part.weights[part.seed]) == {1.0}
    halves = [
        sample_block(
            rows.features[half], rows.seed[half], rows.hashes[half], key="k", seed_share=1.0, outside_share=0.25
        )
        for half in (slice(0, 9_000), slice(9_000, None))
    ]
    assert join_blocks(halves).hashes.tobytes() == part.hashes.tobytes()  # whatever the blocks are


def test_too_little_to_learn_from_is_no_model() -> None:
    rows = _company(40)
    alone = TrainingSet(rows.features, np.arange(40) == 3, rows.hashes, rows.weights)
    assert train(alone, key="alike", used=USED, activity=0) is None


def test_draws_are_of_the_promised_share_and_independent() -> None:
    hashes = hash_people(f"person {i}" for i in range(20_000))
    assert int(hashes[7]) == int.from_bytes(blake2b(b"person 7", digest_size=8).digest(), "little")
    one, other = held_out(hashes, key="a"), held_out(hashes, key="b")
    assert one.mean() == pytest.approx(0.20, abs=0.01)
    assert (one & other).mean() == pytest.approx(0.04, abs=0.01)
    assert drawn(hashes, 1.0).all() and not drawn(hashes, 0.0).any()


@pytest.mark.parametrize(
    ("seed", "people", "word"),
    [
        pytest.param(49, 1_000, "min_seed", id="one too few"),
        pytest.param(501, 1_000, "max_seed", id="one too many"),
        pytest.param(50, 1_000, None, id="just enough"),
        pytest.param(500, 1_000, None, id="just not too many"),
    ],
)
def test_seed_guards(seed: int, people: int, word: str | None) -> None:
    reason = judge_seed(seed, people, Limits())
    assert reason is None if word is None else reason is not None and word in reason


def test_a_model_no_better_than_activity_is_refused() -> None:
    scores = np.arange(200.0)
    pool = Pool(np.arange(200) % 10 == 0, np.arange(200, dtype=np.uint64), np.ones(200))
    same = evaluate(scores, scores, pool)
    assert same.gain == 0
    assert judge_model(same, Limits(min_gain=0.0)) is None  # 0 % asks for no less than activity
    refusal = judge_model(same, Limits(min_gain=0.01))
    assert refusal is not None and "min_gain_over_activity" in refusal
    worse = evaluate(-(np.abs(scores - 100)), pool.held_out.astype(float), pool)
    assert worse.gain < 0 and judge_model(worse, Limits(min_gain=0.0)) is not None
    assert judge_model(worse, Limits()) is None  # nobody asked
