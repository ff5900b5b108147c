"""Block tasks over several blocks, staged through fakes, equal a brute-force ranking of everybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from pyroaring import BitMap

from models.lookalike.blocks import Access, Task
from models.lookalike.cuts import find_cuts
from models.lookalike.sampling import Request, sample_task
from models.lookalike.scoring import Model, Stage, digest_task, slice_task, stage_task
from plateia.records import BlockFiles, StagedFile
from plateia.tables import BLOCK_SIZE
from transforms import ranking
from transforms.tickets import hash_people, salted

N_PEOPLE = 700  # a block
BLOCKS = (0, 2)
SIZES: Mapping[str, Decimal | int] = {"alike-2": Decimal("0.02"), "alike-30": Decimal("0.3"), "alike-n": 7}


@dataclass(frozen=True)
class Company:
    """Two blocks: every third ordinal is retired, ids are text, features have two columns with many ties."""

    features: dict[int, npt.NDArray[np.float32]] = field(
        default_factory=lambda: {
            block: np.random.default_rng(block).integers(0, 4, (N_PEOPLE * 2 // 3 + 1, 2)).astype(np.float32)
            for block in BLOCKS
        }
    )

    def ordinals(self, block: int) -> npt.NDArray[np.int32]:
        every = np.arange(N_PEOPLE)
        return (block * BLOCK_SIZE + every[every % 3 != 1]).astype(np.int32)

    def seed(self) -> BitMap:
        return BitMap(int(ordinal) for block in BLOCKS for ordinal in self.ordinals(block) if ordinal % 5 == 0)

    def read(self, staged: StagedFile) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
        block = int(staged.path)
        return self.ordinals(block), self.features[block]


@dataclass(frozen=True)
class Reader:
    company: Company
    block: int

    def people(self, columns: Sequence[str]) -> pa.Table:
        every = self.block * BLOCK_SIZE + np.arange(N_PEOPLE)
        rows = {
            "ordinal": pa.array(every[::-1], pa.int32()),
            "alive": np.isin(every[::-1], self.company.ordinals(self.block)),
            "person_id": [f"person {ordinal}" for ordinal in every[::-1]],
        }
        return pa.table({name: rows[name] for name in columns})

    def members(self, audience: str) -> bytes | None:
        if audience != "seed":
            return None
        span = BitMap(range(self.block * BLOCK_SIZE, (self.block + 1) * BLOCK_SIZE))
        return (self.company.seed() & span).serialize()


@dataclass
class Writer:
    """Keeps what would be written."""

    members: dict[str, BitMap] = field(default_factory=dict)
    deciles: dict[int, npt.NDArray[np.uint8]] = field(default_factory=dict)
    kept: BitMap = field(default_factory=BitMap)
    values: int = 0

    def write(self, *given: object, **rows: object) -> list[StagedFile]:
        if "members" in rows:
            assert given[:2] == ("mla", "run")
            for row in rows["members"].to_pylist():  # type: ignore[attr-defined]
                self.members.setdefault(row["audience"], BitMap()).update(BitMap.deserialize(row["members"]))
        else:
            block = int(str(given[0]))
            self.deciles[block] = np.asarray(rows["deciles"])
            self.kept |= BitMap.deserialize(bytes(rows["kept"]))  # type: ignore[call-overload]
            self.values += len(rows["values"])  # type: ignore[arg-type]
        return []


def _task(block: int) -> Task:
    staged = StagedFile("people_features", "mla", "run", str(block), 0, 1, 0, "{}")
    return Task(BlockFiles("mla", block, (), {}), {"schema": staged})


@pytest.mark.parametrize("digest_keys", [4_096, 50], ids=["whole digests", "sampled digests"])
def test_members_and_deciles_equal_a_ranking_of_everybody(monkeypatch: pytest.MonkeyPatch, digest_keys: int) -> None:
    monkeypatch.setattr(ranking, "DIGEST_KEYS", digest_keys)
    company, writer = Company(), Writer()
    access = Access(lambda files: Reader(company, files.block), company)
    models = [Model("alike", "seed", "schema", np.array([1.0, -0.25]), 0.5)]
    tasks = [_task(block) for block in BLOCKS]
    cuts = find_cuts(
        {"alike": SIZES},
        [digest_task(models, access, task) for task in tasks],
        lambda brackets: [slice_task(models, brackets, access, task) for task in tasks],
    )
    stage = Stage("mla", "run", lambda: writer, writer)  # type: ignore[arg-type]
    for task in tasks:
        stage_task(models, cuts, stage, access, task)

    seed = company.seed()
    ranked = []
    for block in BLOCKS:
        ordinals = company.ordinals(block)
        scores = (company.features[block].astype(float) @ [1.0, -0.25] + 0.5).astype(np.float32)
        ties = salted(hash_people(f"person {ordinal}" for ordinal in ordinals), "alike") >> np.uint64(32)
        ranked += [(s, t, int(o)) for s, t, o in zip(scores, ties, ordinals, strict=True) if int(o) not in seed]
    best = [ordinal for *_, ordinal in sorted(ranked, reverse=True)]
    for audience, size in SIZES.items():
        count = size if isinstance(size, int) else int(float(size) * len(best) + 0.5)
        assert writer.members[audience] == BitMap(best[:count]), audience
    for place, ordinal in enumerate(best):
        block, position = divmod(ordinal, BLOCK_SIZE)
        tenth = next(t for t in range(1, 11) if place < int(t / 10 * len(best) + 0.5))
        assert writer.deciles[block][position] == tenth
    assert all(writer.deciles[block][1::3].tolist() == [255] * len(writer.deciles[block][1::3]) for block in BLOCKS)
    assert writer.kept - seed == BitMap(best[: int(len(best) / 10 + 0.5)]) and len(writer.kept) == writer.values


def test_samples_hold_the_seed_and_the_features_of_their_people() -> None:
    company = Company()
    access = Access(lambda files: Reader(company, files.block), company)
    request = Request("alike", "seed", "schema", seed_share=1.0, outside_share=0.5)
    for block in BLOCKS:
        rows = sample_task([request], access, _task(block))["alike"]
        ordinals = company.ordinals(block)
        in_seed = np.array([int(ordinal) in company.seed() for ordinal in ordinals])
        hashes = hash_people(f"person {ordinal}" for ordinal in ordinals)
        known = {
            int(h): (bool(s), f.tolist()) for h, s, f in zip(hashes, in_seed, company.features[block], strict=True)
        }
        assert [known[int(h)] for h in rows.hashes] == [
            (bool(s), f.tolist()) for s, f in zip(rows.seed, rows.features, strict=True)
        ]
        assert rows.seed.sum() == in_seed.sum()
        assert 0.35 < (~rows.seed).sum() / (~in_seed).sum() < 0.65


def test_features_of_other_people_are_refused() -> None:
    company = Company()
    access = Access(lambda _: Reader(company, 0), company)
    with pytest.raises(ValueError, match="other people"):
        digest_task([Model("alike", "seed", "schema", np.ones(2), 0.0)], access, _task(2))
