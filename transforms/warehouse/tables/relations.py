"""Relations: accepted rows of all sources, identical ones once, joined to ordinals where they name people."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from plateia.catalogue import Relation
from plateia.tables import BLOCK_BITS, relation_table
from transforms.warehouse.rows.casts import fitted
from transforms.warehouse.tables.people import PERSON

ROWS_A_FILE = 4_000_000


def union_of_rows(sources: Sequence[DataFrame], relation: Relation) -> DataFrame:
    """``site``, the two ends and the relation's properties, each distinct row once; what a source lacks is missing."""
    ends = ("person_id" if relation.source == "person" else "from_key", "to_key")

    def columns(rows: DataFrame) -> DataFrame:
        typed = [fitted(name, rows, attribute.type).alias(name) for name, attribute in relation.properties.items()]
        return rows.select("site", *ends, *typed)

    return reduce(DataFrame.unionByName, map(columns, sources)).distinct()


def person_rows(rows: DataFrame, living: DataFrame, relation: Relation) -> DataFrame:
    """The rows of ``relation_<name>`` that starts at people; rows about people outside the universe are left out.

    Args:
        rows: ``site, person_id, to_key`` and the properties.
        living: ``site, person_id, ordinal`` of the universe.
    """
    numbered = rows.join(living.select(*PERSON, "ordinal"), on=list(PERSON), how="inner")
    placed = numbered.withColumn("block", F.shiftright("ordinal", BLOCK_BITS))
    return placed.select(*relation_table(relation).schema.names)


def by_key(rows: DataFrame, *, about: int) -> DataFrame:
    """The rows of a relation between entities, each file sorted by ``from_key``; ``about``: how many rows.

    All rows of a key are in one file.
    """
    files = F.pmod(F.xxhash64("from_key"), F.lit(1 + about // ROWS_A_FILE))
    return rows.repartition("site", files).sortWithinPartitions("site", "from_key", "to_key")
