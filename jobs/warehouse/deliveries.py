"""Reading a source: its rows typed, each with what is against it, and what the run says of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from plateia.declarations.sources import EventsSource, PeopleSource
from plateia.errors import InputError
from plateia.lake.sources import input_errors, read_rows
from transforms.warehouse.rows.columns import (
    LookUp,
    SourceRows,
    filter_columns,
    join_of,
    look_up_rows,
    named_columns,
    own_rows,
)
from transforms.warehouse.rows.joins import join_all, repeated_keys
from transforms.warehouse.rows.normalise import PersonSource, Tokenise, inside, normalise
from transforms.warehouse.rows.quarantine import only_refused, refused_rows, refused_texts
from transforms.warehouse.rows.tally import Tally, is_accepted, read_tally, tally_frame
from transforms.warehouse.tables.accepted import kept_columns
from transforms.warehouse.tables.events import EVENT
from transforms.warehouse.tables.people import one_row_a_person
from transforms.warehouse.tables.winners import RANK, distinct_keys

_CARRIED = "row_text_"


@dataclass
class Delivery:
    """What a source delivers now.

    Attributes:
        shown: What messages call its origin.
        normalised: Its rows, evaluated anew by every action: files do not change under a frame, and reading them
            twice costs less than keeping all rows in memory. Rows of a database are kept until ``release``.
        outside: Rows that ``where`` keeps out.
        schema: Column -> Spark type, as delivered.
        texts: Name in quarantine -> carried column.
        duplicates: Accepted rows that another row of this delivery supersedes, once they are counted.
    """

    source: PersonSource
    shown: str
    normalised: DataFrame
    tally: Tally
    outside: int
    schema: Mapping[str, str]
    texts: Mapping[str, str]
    duplicates: int = 0

    @property
    def read(self) -> int:
        return self.tally.accepted + self.tally.refused + self.outside

    @property
    def accepted(self) -> DataFrame:
        """The accepted rows, duplicates included; of people those that count."""
        rows = self.normalised.where(is_accepted())
        return rows.where(F.col(RANK) == 1) if isinstance(self.source, PeopleSource) else rows

    def refused(self, run_id: str) -> DataFrame:
        """The refused rows, as ``quarantine_<source>`` holds them."""
        return refused_rows(self.normalised, self.texts, run_id=run_id)

    def count_duplicates(self, written: DataFrame | None = None) -> None:
        """Count the duplicates of the delivery; ``written`` are its accepted rows where they can be read as stored."""
        rows = self.accepted if written is None else written
        if isinstance(self.source, EventsSource):
            rows = distinct_keys(rows, EVENT)
        elif not isinstance(self.source, PeopleSource):
            rows = rows.select(*kept_columns(rows, self.source)).distinct()
        self.duplicates = self.tally.accepted - rows.count()

    def release(self) -> None:
        self.normalised.unpersist()


@dataclass(frozen=True)
class OpenSource:
    """A source whose columns are known to be there; no row has been read yet, but for keys that must be unique."""

    source: PersonSource
    shown: str
    rows: SourceRows
    look_ups: Mapping[str, LookUp]
    schema: Mapping[str, str]

    def deliver(self, *, zones: Mapping[str, str], sites: Collection[str], token: Tokenise | None) -> Delivery:
        """Read the rows, once, and count what becomes of them.

        Args:
            zones: Site -> zone, of all sites.
            sites: The sites that are refreshed; rows of others are left out.
            token: Makes tokens of personal text; None where the environment has no key.

        Raises:
            InputError: A file turns out to be unreadable, or a column can never be what it is declared to be.
        """
        source, joins = self.source, list(self.source.joins)
        with input_errors(source.source, self.shown):
            rows, outside = _inside(self.rows, source, self.look_ups, zones)
            texts = refused_texts(rows, source, token=token)
            carried = {f"{_CARRIED}{index}": text for index, text in enumerate(texts.values())}
            normalised = normalise(rows, source, zones=zones, carried=carried, token=token)
            if len(sites) < len(zones):
                normalised = normalised.where(F.col("site").isNull() | F.col("site").isin(*sites))
            if isinstance(source, PeopleSource):
                normalised = one_row_a_person(normalised, source)
            normalised = only_refused(normalised, carried)
            if not _is_of_files(source):
                normalised = normalised.persist()
            tally = read_tally(tally_frame(normalised, joins).collect()[0], joins)
            names = dict(zip(texts, carried, strict=True))
        return Delivery(source, self.shown, normalised, tally, outside, self.schema, names)


def open_source(spark: SparkSession, source: PersonSource) -> OpenSource:
    """Look at a source and its look-ups.

    Raises:
        InputError: One cannot be read, lacks a column, or a look-up's key is not unique.
    """
    own = [column for column in named_columns(source) if join_of(source, column) is None]
    raw = read_rows(spark, source, source=source.source, wanted=own)
    names = [field.name for field in raw.delivered]
    rows = own_rows(raw.frame, source, shown=raw.shown, delivered=names, unparsed=raw.unparsed)
    look_ups = {join: _look_up(spark, source, join) for join in source.joins}
    schema = {field.name: field.dataType.simpleString() for field in raw.delivered}
    return OpenSource(source, raw.shown, rows, look_ups, schema)


def _look_up(spark: SparkSession, source: PersonSource, join: str) -> LookUp:
    raw = read_rows(spark, source.joins[join], source=source.source, wanted=list(source.joins[join].on.values()))
    names = [field.name for field in raw.delivered]
    look_up = look_up_rows(raw.frame, source, join, shown=raw.shown, delivered=names)
    with input_errors(source.source, raw.shown):
        repeated = not repeated_keys(look_up).isEmpty()
    if repeated:
        keys = ", ".join(source.joins[join].on.values())
        raise InputError.because(
            f"source {source.source}: {raw.shown} has rows with the same {keys}",
            expected=f"a key that is unique, which the join {join} needs",
        )
    return look_up


def _inside(
    rows: SourceRows, source: PersonSource, look_ups: Mapping[str, LookUp], zones: Mapping[str, str]
) -> tuple[SourceRows, int]:
    """The joined rows that ``where`` lets in, and how many it keeps out."""
    if source.row_filter is None:
        return join_all(rows, source, look_ups), 0
    if any(join_of(source, column) for column in filter_columns(source.row_filter)):
        rows, look_ups = join_all(rows, source, look_ups), {}
    condition = inside(rows, source, zones=zones)
    outside = rows.frame.where(~condition).count()
    return join_all(SourceRows(rows.frame.where(condition), rows.columns), source, look_ups), outside


def _is_of_files(source: PersonSource) -> bool:
    return source.read is not None and source.read.format != "jdbc"
