"""Edges between records as a company's signals, and what the guard rails leave of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from benchmarks.labels.company import Company
from benchmarks.labels.comparing import same_partition
from benchmarks.labels.dataset import Dataset, read_labelled, same
from benchmarks.labels.replaying import replayed_clusters
from models.splink_edges.matching import Matching
from plateia.workspace import load_workspace

_NOTHING = Matching(comparisons=(), blocking=(), certain=(), recall=1, training=())
_ONE_A_YEAR = {f"record_{year}": {"normalise": "text", "max_per_person": 1} for year in (2020, 2030)}


def _company(folder: Path, edges: list[tuple[str, str, float]]) -> tuple[Company, pa.Table]:
    """Two records of 2020 and four of 2030, of which the last two say the same in full."""
    names = ["2020-1", "2020-2", "2030-1", "2030-2", "2030-3", "2030-4"]
    dataset = Dataset(
        name="tiny",
        records=pa.table({"record": names}),
        truth=np.array(names),
        matching=_NOTHING,
        at_least=0.5,
        identifiers=_ONE_A_YEAR,
        kinds=[f"record_{name[:4]}" for name in names],
        values=[*names[:4], "twice", "twice"],
        ends=("record_2020", "record_2030"),
    )
    company = Company(folder, dataset)
    columns = zip(*edges, strict=True)
    table = dataset.identified(pa.table(dict(zip(("record_a", "record_b", "confidence"), columns, strict=True))))
    company.write(table)
    return company, table


def test_what_is_written_is_a_sound_configuration(tmp_path: Path) -> None:
    _company(tmp_path, [("2020-1", "2030-1", 0.9)])
    assert load_workspace(tmp_path / "configs").problems == ()


@pytest.mark.parametrize(
    ("edges", "clusters"),
    [
        pytest.param([("2020-1", "2030-1", 0.9)], [0, 1, 0, 3, 4, 4], id="one edge, and a record counted twice"),
        pytest.param(
            [("2020-1", "2030-1", 0.6), ("2020-2", "2030-1", 0.7), ("2020-1", "2030-2", 0.55)],
            [0, 1, 1, 0, 4, 4],
            id="the stronger edge, then whom it leaves",
        ),
        pytest.param([("2020-2", "2030-3", 0.9)], [0, 1, 2, 3, 1, 1], id="an edge of one who is counted twice"),
    ],
)
def test_a_person_has_one_record_a_year(
    tmp_path: Path, edges: list[tuple[str, str, float]], clusters: list[int]
) -> None:
    company, table = _company(tmp_path, edges)
    assert same_partition(replayed_clusters(company, table), np.array(clusters))


@pytest.mark.parametrize(
    ("other", "is_same"),
    [
        pytest.param([5, 5, 9], True, id="other names"),
        pytest.param([1, 1, 1], False, id="coarser"),
        pytest.param([1, 2, 3], False, id="finer"),
        pytest.param([1, 2, 1], False, id="as many, but others"),
    ],
)
def test_partitions_are_the_same_whatever_their_names(other: list[int], is_same: bool) -> None:
    assert same_partition(np.array(["a", "a", "b"]), np.array(other)) is is_same


def test_an_empty_cell_is_null_and_a_person_may_be_called_null(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("record,person,name\n1,7,\n2,7,null\n", "utf-8")
    records, truth = read_labelled(path)
    assert records.to_pylist() == [{"record": "1", "name": None}, {"record": "2", "name": "null"}]
    assert truth.tolist() == ["7", "7"]


def test_a_blocking_rule_names_what_is_the_same() -> None:
    assert same("a", "b", also="l.y <> r.y") == "l.a = r.a and l.b = r.b and l.y <> r.y"
