"""Rows find the ordinals of their people by a hash where that tells all people apart, else by site and id."""

from __future__ import annotations

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.warehouse import staging
from jobs.warehouse.placing import kept_frames
from transforms.warehouse.tables.ordinals import PERSON_HASH, by_hash, with_ordinals

ORDINALS = [("us", "a", 0), ("us", "ñ", 1), ("br", "a", 0), ("us", None, 2), ("br", None, 1)]
NAMED = [("us", "a"), ("us", "ñ"), ("br", "a"), ("us", "a"), ("us", "gone")]


@pytest.mark.parametrize("is_shared", [False, True], ids=["all apart", "two share a hash"])
def test_everyone_is_found(spark: SparkSession, monkeypatch: pytest.MonkeyPatch, is_shared: bool) -> None:
    def one_hash_a_site(ordinals: DataFrame) -> DataFrame:
        return by_hash(ordinals).withColumn(PERSON_HASH, F.lit(7).cast("long"))

    if is_shared:
        monkeypatch.setattr(staging, "by_hash", one_hash_a_site)
    ordinals = spark.createDataFrame(ORDINALS, "site string, person_id string, ordinal int")
    rows = spark.createDataFrame(NAMED, "site string, person_id string")
    with kept_frames() as keep:
        whole = staging._for_joins(ordinals, len(ORDINALS), keep)
        assert (PERSON_HASH in whole.columns) is not is_shared
        found = with_ordinals(rows, whole).select("site", "person_id", "ordinal").collect()
    assert sorted(map(tuple, found)) == [("br", "a", 0), ("us", "a", 0), ("us", "a", 0), ("us", "ñ", 1)]
