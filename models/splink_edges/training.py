"""A model of Splink, trained on the records that it is to score."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
from pyspark.sql import DataFrame

from models.splink_edges.matching import Matching
from plateia.errors import UsageError

if TYPE_CHECKING:
    from splink import Linker
    from splink.internals.splink_dataframe import SplinkDataFrame

_MAX_PAIRS = 1e7


def train(records: pa.Table | DataFrame, matching: Matching, *, record: str, seed: int) -> Linker:
    """Fellegi and Sunter's model (1969): u by random pairs, m by expectation maximisation.

    Args:
        records: One row a record: an Arrow table, which DuckDB scores in this process, or a frame, which Spark scores;
            comparisons by Jaro and Winkler need Splink's jar in its session (``splink.backends.spark``).
        matching: The model.
        record: The column that names a record; unique, never null.
        seed: Of the random pairs. The same records, model and seed give the same scores on DuckDB.

    Raises:
        UsageError: Splink is not installed; an Arrow table has no such column, or names a record twice or not at all.
    """
    linker = _linker(records, matching, record)
    linker.training.estimate_probability_two_random_records_match(list(matching.certain), recall=matching.recall)
    linker.training.estimate_u_using_random_sampling(max_pairs=_MAX_PAIRS, seed=seed)
    for rule in matching.training:
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    return linker


def _linker(records: pa.Table | DataFrame, matching: Matching, record: str) -> Linker:
    try:
        from splink import Linker, SettingsCreator
    except ImportError:
        raise UsageError.because(
            "splink is not installed", expected="Splink 5", hint="pip install 'plateia[splink]' brings it along."
        ) from None
    settings = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name=record,
        comparisons=list(matching.comparisons),
        blocking_rules_to_generate_predictions=[{"blocking_rule": rule} for rule in matching.blocking],
        retain_matching_columns=False,
    )
    return Linker(_registered(records, record), settings, log_level=None)


def _registered(records: pa.Table | DataFrame, record: str) -> SplinkDataFrame:
    if isinstance(records, DataFrame):
        from splink import SparkAPI

        # Splink's own choice asks for a checkpoint directory, which a session need not have.
        return SparkAPI(spark_session=records.sparkSession, break_lineage_method="persist").register(records)
    import duckdb
    from splink import DuckDBAPI

    _require_unique(records, record)
    # Sums of two threads differ in their last bits from run to run.
    connection = duckdb.connect(config={"threads": 1})
    return DuckDBAPI(connection).register(records.sort_by(record))


def _require_unique(records: pa.Table, record: str) -> None:
    if record not in records.column_names:
        raise UsageError.because(f"records without a column {record!r}", expected="one that names each record")
    distinct = records[record].drop_null().unique()
    if len(distinct) != records.num_rows:
        raise UsageError.because(
            f"{records.num_rows} records with {len(distinct)} distinct values of {record!r}",
            expected="one that is never null and no two rows share",
        )
