"""Reading a source: its rows typed, each with what is against it, and what the run says of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from plateia.declarations.sources import EventsSource, PeopleSource, Source
from plateia.errors import InputError
from plateia.lake.sources import input_errors, read_rows
from transforms.key_sums import KeySums
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
from transforms.warehouse.rows.normalise import Identify, PersonSource, Tokenise, inside, normalise
from transforms.warehouse.rows.quarantine import refused_rows, refused_texts
from transforms.warehouse.rows.tally import Tally, is_accepted, read_tally, tally_frame
from transforms.warehouse.tables.accepted import kept_columns
from transforms.warehouse.tables.events import EVENT
from transforms.warehouse.tables.people import each_person_once, names_twice, one_row_a_person
from transforms.warehouse.tables.winners import RANK, count_keys

_CARRIED = "row_text_"


@dataclass
class Delivery:
    """What a source delivers now.

    Attributes:
        shown: What messages call its origin.
        normalised: Its rows, evaluated anew by every action: files do not change under a frame, and reading them
            twice costs less than keeping all rows in memory. Rows of a database are kept until ``release``.
        as_texts: Makes the same rows with the texts that quarantine shows: so many columns that plain rows go without.
        outside: Rows that ``where`` keeps out.
        schema: Column -> Spark type, as delivered.
        texts: Name in quarantine -> carried column.
        duplicates: Accepted rows that another row of this delivery supersedes, once they are counted.
        keys: What the keys of events add up to, once they are counted; None where two are the same.
    """

    source: PersonSource
    shown: str
    normalised: DataFrame
    as_texts: Callable[[], DataFrame]
    tally: Tally
    outside: int
    schema: Mapping[str, str]
    texts: Mapping[str, str]
    kept: DataFrame | None = None
    duplicates: int = 0
    keys: KeySums | None = None

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
        return refused_rows(self.as_texts(), self.texts, run_id=run_id)

    def count_duplicates(self, written: DataFrame | None = None) -> None:
        """Count the duplicates of the delivery; ``written`` are its accepted rows where they can be read as stored."""
        rows = self.accepted if written is None else written
        if isinstance(self.source, EventsSource):
            found = count_keys(rows, EVENT)
            distinct, self.keys = found.distinct, found.sums
        elif isinstance(self.source, PeopleSource):
            distinct = rows.count()
        else:
            distinct = rows.select(*kept_columns(rows, self.source)).distinct().count()
        self.duplicates = self.tally.accepted - distinct

    def release(self) -> None:
        if self.kept is not None:
            self.kept.unpersist()


@dataclass(frozen=True)
class OpenSource:
    """A source whose columns are known to be there; no row has been read yet, but for keys that must be unique."""

    source: PersonSource
    shown: str
    rows: SourceRows
    look_ups: Mapping[str, LookUp]
    schema: Mapping[str, str]

    def deliver(
        self,
        *,
        zones: Mapping[str, str],
        sites: Collection[str],
        token: Tokenise | None,
        identify: Identify | None = None,
    ) -> Delivery:
        """Read the rows, once, and count what becomes of them.

        Args:
            zones: Site -> zone, of all sites.
            sites: The sites that are refreshed; rows of others are left out.
            token: Makes tokens of personal text; None where the environment has no key.
            identify: See ``normalise``.

        Raises:
            InputError: A file turns out to be unreadable, or a column can never be what it is declared to be.
        """
        source, joins = self.source, list(self.source.joins)
        with input_errors(source.source, self.shown):
            rows, outside = inside_rows(self.rows, source, self.look_ups, zones)
            kept = None if _is_of_files(source) else rows.frame.persist()
            texts = refused_texts(rows, source, token=token)
            carried = {f"{_CARRIED}{index}": text for index, text in enumerate(texts.values())}

            def typed(texts: Mapping[str, Column], *, repeated: bool) -> DataFrame:
                normalised = normalise(rows, source, zones=zones, carried=texts, token=token, identify=identify)
                if len(sites) < len(zones):
                    normalised = normalised.where(F.col("site").isNull() | F.col("site").isin(*sites))
                if isinstance(source, PeopleSource):
                    return one_row_a_person(normalised, source) if repeated else each_person_once(normalised)
                return normalised

            repeated = isinstance(source, PeopleSource) and names_twice(typed({}, repeated=False))
            normalised = typed({}, repeated=repeated)
            tally = read_tally(tally_frame(normalised, joins).collect()[0], joins)
            names = dict(zip(texts, carried, strict=True))
        as_texts = partial(typed, carried, repeated=repeated)
        return Delivery(source, self.shown, normalised, as_texts, tally, outside, self.schema, names, kept)


def open_source(spark: SparkSession, source: PersonSource, *, only: Sequence[str] = ()) -> OpenSource:
    """Look at a source, or at some of its files alone, and at its look-ups.

    Raises:
        InputError: One cannot be read, lacks a column, or a look-up's key is not unique.
    """
    own = [column for column in named_columns(source) if join_of(source, column) is None]
    raw = read_rows(spark, source, source=source.source, wanted=own, only=only)
    names = [field.name for field in raw.delivered]
    rows = own_rows(raw.frame, source, shown=raw.shown, delivered=names, unparsed=raw.unparsed)
    look_ups = {join: look_up(spark, source, join) for join in source.joins}
    schema = {field.name: field.dataType.simpleString() for field in raw.delivered}
    return OpenSource(source, raw.shown, rows, look_ups, schema)


def look_up(spark: SparkSession, source: Source, join: str) -> LookUp:
    """The other side of a join.

    Raises:
        InputError: It cannot be read, lacks a column, or its key is not unique.
    """
    raw = read_rows(spark, source.joins[join], source=source.source, wanted=list(source.joins[join].on.values()))
    names = [field.name for field in raw.delivered]
    found = look_up_rows(raw.frame, source, join, shown=raw.shown, delivered=names)
    with input_errors(source.source, raw.shown):
        repeated = not repeated_keys(found).isEmpty()
    if repeated:
        keys = ", ".join(source.joins[join].on.values())
        raise InputError.because(
            f"source {source.source}: {raw.shown} has rows with the same {keys}",
            expected=f"a key that is unique, which the join {join} needs",
        )
    return found


def inside_rows(
    rows: SourceRows, source: Source, look_ups: Mapping[str, LookUp], zones: Mapping[str, str]
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
