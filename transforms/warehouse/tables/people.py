"""People: one row a person a site from each source, then one row an ordinal with the traits of all sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from plateia.catalogue import Attribute
from plateia.declarations.sources import PeopleSource
from plateia.tables import BLOCK_BITS
from transforms.warehouse.rows.casts import fitted, spark_type
from transforms.warehouse.rows.normalise import LATEST, REASONS
from transforms.warehouse.rows.tally import is_accepted
from transforms.warehouse.tables.winners import RANK, count_keys, ranked

PERSON = ("site", "person_id")
_SECOND = "the person has a greater row"


def one_row_a_person(normalised: DataFrame, source: PeopleSource) -> DataFrame:
    """The normalised rows of a people source with ``row_rank``: 1 for the row of a person that counts, else more.

    With ``latest_by`` the greatest counts whole, missing ones last, then the greater row; without it the greater row
    counts and the others are refused. Refused rows have rank 0.
    """
    order = ((LATEST,) if source.latest_by else ()) + tuple(source.traits)
    accepted = ranked(normalised.where(is_accepted()), same=PERSON, by=order or PERSON)
    if source.latest_by is None:
        second = F.when(F.col(RANK) > 1, F.array(F.lit(_SECOND))).otherwise(F.col(REASONS))
        accepted = accepted.withColumn(REASONS, second)
    refused = normalised.where(~is_accepted()).withColumn(RANK, F.lit(0))
    return accepted.unionByName(refused)


def names_twice(normalised: DataFrame) -> bool:
    """Whether two accepted rows name one person."""
    found = count_keys(normalised.where(is_accepted()), PERSON)
    return found.distinct < found.rows


def each_person_once(normalised: DataFrame) -> DataFrame:
    """What ``one_row_a_person`` makes of rows that name nobody twice, without sorting them."""
    return normalised.withColumn(RANK, F.when(is_accepted(), F.lit(1)).otherwise(F.lit(0)))


def universe(accepted: Sequence[DataFrame]) -> DataFrame:
    """``site, person_id`` of everyone whom an accepted row names, each once."""
    return reduce(DataFrame.union, (rows.select(*PERSON) for rows in accepted)).distinct()


def people_rows(
    ordinals: DataFrame, alive: DataFrame | None, sources: Mapping[str, DataFrame], traits: Mapping[str, Attribute]
) -> DataFrame:
    """The rows of ``people``: one an ordinal; without any data where nobody names the person any more.

    Args:
        ordinals: ``site, person_id, ordinal``, each ordinal of a site once.
        alive: ``site, person_id`` of the universe; None: everyone who has an ordinal.
        sources: Name -> one row a person a site with that source's traits. A trait of several sources takes the first
            that is not missing, by the sources' names.
        traits: The catalogue's traits; one that no source delivers (yet) is missing.
    """
    is_alive = F.lit(True)
    people = (
        ordinals.withColumn("alive", is_alive)
        if alive is None
        else ordinals.join(alive.withColumn("alive", is_alive), on=list(PERSON), how="left")
    )
    for name, rows in sorted(sources.items()):
        renamed = [fitted(t, rows, traits[t].type).alias(f"{name}.{t}") for t in rows.columns if t in traits]
        people = people.join(rows.select(*PERSON, *renamed), on=list(PERSON), how="left")
    living = F.coalesce(F.col("alive"), F.lit(False))
    columns = []
    for trait, attribute in sorted(traits.items()):
        found = [F.col(f"`{name}.{trait}`") for name, rows in sorted(sources.items()) if trait in rows.columns]
        value = F.coalesce(*found) if found else F.lit(None).cast(spark_type(attribute.type))
        columns.append(value.alias(trait))
    return people.select(
        "site",
        F.shiftright("ordinal", BLOCK_BITS).alias("block"),
        "ordinal",
        living.alias("alive"),
        F.when(living, F.col("person_id")).alias("person_id"),
        *columns,
    )


def newcomer_rows(coming: DataFrame, traits: Mapping[str, Attribute]) -> DataFrame:
    """The rows of ``people`` for persons of whom no people source says anything.

    Args:
        coming: ``site, person_id, ordinal``.
    """
    return coming.select(
        "site",
        F.shiftright("ordinal", BLOCK_BITS).alias("block"),
        "ordinal",
        F.lit(True).alias("alive"),
        "person_id",
        *(F.lit(None).cast(spark_type(trait.type)).alias(name) for name, trait in sorted(traits.items())),
    )
