"""The tables beside people and events: consents and relations, from the accepted rows of their sources."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from pyspark.sql import DataFrame

from plateia.catalogue import Catalogue, Relation
from plateia.declarations.sources import Source
from plateia.tables import CONSENTS, Table, relation_table
from transforms.warehouse.tables.consents import WORD, consent_rows, words_of
from transforms.warehouse.tables.events import laid_out
from transforms.warehouse.tables.people import PERSON
from transforms.warehouse.tables.relations import by_key, person_rows, union_of_rows


@dataclass(frozen=True)
class OtherTable:
    """A table with its rows.

    Attributes:
        arrange: Lays its rows out in files.
        strangers: The rows left out since they name nobody of the universe.
    """

    table: Table
    rows: DataFrame
    arrange: Callable[[DataFrame], DataFrame]
    strangers: DataFrame | None = None


def other_tables(
    sources: Mapping[str, Source],
    catalogue: Catalogue,
    frames: Mapping[str, DataFrame],
    *,
    living: DataFrame,
    about: Callable[[str], int],
) -> Iterator[OtherTable]:
    """Every such table that a source feeds.

    Args:
        frames: Source -> its accepted rows.
        living: ``site, person_id, ordinal`` of the universe.
        about: How many accepted rows a source has.
    """
    feeding: dict[str, list[str]] = {}
    for name in frames:
        feeding.setdefault(sources[name].feeds, []).append(name)
    if CONSENTS.name in feeding:
        words = words_of([frames[name] for name in feeding[CONSENTS.name]])
        arrange = partial(laid_out, partition_by=CONSENTS.partition_by, sort_by=WORD[1:])
        yield OtherTable(CONSENTS, consent_rows(words, living), arrange, _strangers(words, living))
    for relation in catalogue.relations.values():
        names = feeding.get(relation_table(relation).name, [])
        if names:
            rows = union_of_rows([frames[name] for name in names], relation)
            yield _relation(relation, rows, living, sum(map(about, names)))


def _relation(relation: Relation, rows: DataFrame, living: DataFrame, about: int) -> OtherTable:
    table = relation_table(relation)
    if relation.source != "person":
        return OtherTable(table, rows.select(*table.schema.names), partial(by_key, about=about))
    arrange = partial(laid_out, partition_by=table.partition_by, sort_by=("ordinal", "to_key"))
    return OtherTable(table, person_rows(rows, living, relation), arrange, _strangers(rows, living))


def _strangers(rows: DataFrame, living: DataFrame) -> DataFrame:
    return rows.join(living, on=list(PERSON), how="left_anti")
