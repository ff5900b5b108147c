"""Taking in signals: the files that are new are read, the evidence of those that are gone goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial, reduce

from pyspark.accumulators import Accumulator
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import from_arrow_schema

from jobs.identity.scope import Scope
from jobs.identity.shapes import AnyOrigin, digest_of_source, kinds_of, sealing_of, shape_of
from jobs.warehouse.deliveries import inside_rows, look_up
from jobs.warehouse.scope import side_by_side
from plateia.declarations.sources import SignalsSource
from plateia.lake.sources import delivery_of, input_errors, is_of_plain_files, listed_deliveries, read_rows, shown_name
from plateia.tables import IDENTITY_SIGNALS, IDENTITY_TOMBSTONES, quarantine
from transforms.identity.components import Keep
from transforms.identity.evidence.edges import PAIR
from transforms.identity.evidence.pairs import paired
from transforms.identity.evidence.tombstones import of_erased
from transforms.identity.evidence.typed import DELIVERY, identifier_columns, typed_sightings, typed_signals
from transforms.identity.vaulting import SEALED, sealed
from transforms.warehouse.changes.partitions import inside
from transforms.warehouse.rows.columns import join_of, named_columns, own_rows
from transforms.warehouse.rows.normalise import REASONS
from transforms.warehouse.rows.tally import Tally, is_accepted, read_tally, tally_frame

_WHOLE = "whole-"


@dataclass(frozen=True)
class Delivered:
    """What a source has now, against what was taken in before.

    Attributes:
        digest: Of everything but its files that its pairs depend on.
        deliveries: Delivery -> path, of all that is there; rows that come from no plain files are one delivery.
        added: Those to be read.
        gone: Those whose pairs are to go.
    """

    source: AnyOrigin
    digest: str
    deliveries: Mapping[str, str]
    added: Sequence[str]
    gone: Sequence[str]


@dataclass
class TakenIn:
    """What became of the sources of signals.

    Attributes:
        version: Of ``identity_signals`` where the run writes.
        added, gone: (source, delivery) whose pairs have come and gone.
        tombstones: The version of ``identity_tombstones`` that the pairs know of; None: there is none.
        torn: The pairs of before that new tombstones change or drop, as ``of_erased`` has them; None: none is new.
        sealed: ``token, value``: new values for the vault, tokens more than once.
        rows: What is said of each source.
    """

    version: int
    added: Sequence[tuple[str, str]]
    gone: Sequence[tuple[str, str]]
    deliveries: Mapping[str, Mapping[str, object]]
    tombstones: int | None
    torn: DataFrame | None
    sealed: DataFrame
    rows: list[dict[str, object]] = field(default_factory=list)


def look(scope: Scope, source: AnyOrigin) -> Delivered:
    """What a source delivers; no row is read.

    Raises:
        InputError: There is nothing at its path.
    """
    known = scope.state.facts.get("signals", {}).get(source.source, {})
    digest = digest_of_source(scope, source)
    listed = listed_deliveries(scope.spark, source, source=source.source)
    deliveries = {_WHOLE + scope.run.run_id: shown_name(source)} if listed is None else listed
    before = known.get("deliveries", [])
    same = set(before) if known.get("digest") == digest else set()
    added = [delivery for delivery in deliveries if delivery not in same]
    stays = source.load == "append"  # of sources of the warehouse: their rows stay when a file goes
    gone = [one for one in before if (one not in same if one in deliveries else not stays)]
    deliveries = {**deliveries, **{one: "" for one in before if stays and one not in deliveries}}
    return Delivered(source, digest, deliveries, added, gone)


def _is_looked_at(scope: Scope, source: AnyOrigin) -> bool:
    """Where as_of stands still, only what other rules would read otherwise, if they are but tried."""
    known = scope.state.facts.get("signals", {}).get(source.source, {})
    is_read_otherwise = scope.is_tried and known.get("digest") != digest_of_source(scope, source)
    return not scope.stands_still or is_read_otherwise


def take_in(scope: Scope, keep: Keep) -> TakenIn:
    """Bring ``identity_signals`` up to date, as a version that nobody reads yet.

    Nothing is stored under a tombstone, and what was before it came goes.

    Raises:
        InputError: A source cannot be read.
        LakeError: The lake cannot be written.
    """
    origins: dict[str, AnyOrigin] = {**scope.sources, **scope.namers}
    wanted = [source for source in origins.values() if _is_looked_at(scope, source)]
    found = list(side_by_side(partial(look, scope), wanted))
    known = scope.state.facts.get("signals", {})
    strays = [name for name in known if name not in origins and not scope.stands_still]
    dropped = [(name, one) for name in strays for one in known[name]["deliveries"]]
    gone = [*dropped, *((one.source.source, delivery) for one in found for delivery in one.gone)]
    frames, values, counted = [], [], []
    rows: list[dict[str, object]] = []
    for delivered, (accepted, tally) in zip(found, side_by_side(partial(_read, scope), found), strict=True):
        if accepted is not None:
            invalid = scope.spark.sparkContext.accumulator(0)
            frames.append(_unsighted(scope, delivered, _pairs(scope, delivered.source, accepted, invalid)))
            counted.append((len(rows), invalid))
            values += _values(scope, delivered.source, accepted)
        rows.append(_said(delivered, tally))
    nothing = scope.spark.createDataFrame([], SEALED)
    kept = keep(reduce(DataFrame.unionAll, values), "sealed") if values else nothing
    added = reduce(DataFrame.unionByName, frames) if frames else None
    tombstones = scope.lake.version(IDENTITY_TOMBSTONES.name)
    if added is not None and tombstones is not None:
        added = scope.without_erased(added)
    torn = None
    if scope.is_forgetting:
        torn = of_erased(scope.pinned(IDENTITY_SIGNALS), scope.tombstones)
    version = _write(scope, added, gone, torn)
    for place, invalid in counted:
        rows[place]["invalid"] = invalid.value
    deliveries = {one.source.source: {"digest": one.digest, "deliveries": list(one.deliveries)} for one in found}
    deliveries = dict(known) if scope.stands_still else deliveries
    new = [(one.source.source, delivery) for one in found for delivery in one.added]
    return TakenIn(version, new, gone, deliveries, tombstones, torn, kept, rows)


def _write(scope: Scope, added: DataFrame | None, gone: Sequence[tuple[str, str]], torn: DataFrame | None) -> int:
    lake, pin, name = scope.lake, scope.state.pins.get(IDENTITY_SIGNALS.name), IDENTITY_SIGNALS.name
    rows = scope.spark.createDataFrame(IDENTITY_SIGNALS.schema.empty_table()) if added is None else added
    run_id = scope.run.run_id
    if pin is None or scope.is_tried:
        stay = scope.pinned(IDENTITY_SIGNALS)
        stay = stay.where(~inside(IDENTITY_SIGNALS.partition_by, gone)) if gone else stay
        stay = stay if torn is None else scope.without_erased(stay)
        return scope.write(stay.unionByName(rows), IDENTITY_SIGNALS)
    lake.rewind(name, pin)
    pin = pin if torn is None else _tear(scope, torn, pin)
    if added is None and not gone:
        return pin
    version = pin
    if gone:
        version = lake.delete_parts(IDENTITY_SIGNALS, gone)
    return lake.write_frame(rows, IDENTITY_SIGNALS, run_id=run_id, mode="append") if added is not None else version


def _tear(scope: Scope, torn: DataFrame, pin: int) -> int:
    """Write the deliveries anew that hold erased values."""
    parts = [tuple(row) for row in torn.select(*IDENTITY_SIGNALS.partition_by).distinct().collect()]
    if not parts:
        return pin
    whole = scope.pinned(IDENTITY_SIGNALS).where(inside(IDENTITY_SIGNALS.partition_by, parts))
    rows = scope.without_erased(whole)
    return scope.lake.write_frame(rows, IDENTITY_SIGNALS, run_id=scope.run.run_id, parts=parts)


def _read(scope: Scope, delivered: Delivered) -> tuple[DataFrame | None, Tally | None]:
    """The accepted rows of what a source has added, and what became of all of them; None if it has added nothing."""
    if not delivered.added:
        return None, None
    source, name = delivered.source, delivered.source.source
    shown = shown_name(source)
    with input_errors(name, shown):
        rows = _typed_rows(scope, delivered)
        tally = read_tally(tally_frame(rows, []).collect()[0], [])
        if tally.refused:
            reasons, at = F.col(REASONS).alias("reasons"), F.col("at").cast("string").alias("at")
            refused = rows.where(~is_accepted()).select(F.lit(scope.run.run_id).alias("run_id"), reasons, "site", at)
            scope.stage.write_frame(refused, quarantine(name, ("site", "at")), run_id=scope.run.run_id, mode="append")
    accepted = rows.where(is_accepted()).select(
        DELIVERY, "site", "at", "verified", "confidence", *identifier_columns(kinds_of(scope, source))
    )
    return accepted, tally


def _pairs(scope: Scope, source: AnyOrigin, accepted: DataFrame, invalid: Accumulator[int]) -> DataFrame:
    """Rows of ``identity_signals``; counts the identifiers that name nobody, those of a repeated task twice."""
    pairs = partial(paired, shape=shape_of(scope, source), count=invalid.add)
    return accepted.mapInArrow(pairs, from_arrow_schema(IDENTITY_SIGNALS.schema))


def _unsighted(scope: Scope, delivered: Delivered, pairs: DataFrame) -> DataFrame:
    """The pairs to be stored: where rows stay, and come all again each time, those that are not stored yet."""
    if delivered.source.load != "append" or not any(one.startswith(_WHOLE) for one in delivered.added):
        return pairs
    known = scope.pinned(IDENTITY_SIGNALS).where(F.col("source") == delivered.source.source).select(*PAIR).distinct()
    return pairs.join(known, on=list(PAIR), how="left_anti").select(*pairs.columns)


def _values(scope: Scope, source: AnyOrigin, accepted: DataFrame) -> list[DataFrame]:
    """``token, value`` for the vault, if the source has any."""
    sealing = sealing_of(scope, source)
    if sealing is None:
        return []
    texts = accepted.select("site", *identifier_columns(sealing.shape.kinds))
    return [texts.mapInArrow(partial(sealed, sealing=sealing), SEALED)]


def _typed_rows(scope: Scope, delivered: Delivered) -> DataFrame:
    source, name = delivered.source, delivered.source.source
    own = [column for column in named_columns(source) if join_of(source, column) is None]
    raw = read_rows(scope.spark, source, source=name, wanted=own)
    of_files = is_of_plain_files(source)
    delivery = delivery_of() if of_files else F.lit(_WHOLE + scope.run.run_id)
    frame = raw.frame
    if of_files and len(delivered.added) < len(delivered.deliveries):
        frame = frame.where(F.col("_metadata.file_path").isin([delivered.deliveries[one] for one in delivered.added]))
    names = [field.name for field in raw.delivered]
    rows = own_rows(
        frame, source, shown=raw.shown, delivered=names, unparsed=raw.unparsed, beside=[delivery.alias(DELIVERY)]
    )
    look_ups = {join: look_up(scope.spark, source, join) for join in source.joins}
    inside, _ = inside_rows(rows, source, look_ups, scope.zones)
    if isinstance(source, SignalsSource):
        return typed_signals(inside, source, zones=scope.zones)
    return typed_sightings(inside, source, zones=scope.zones)


def _said(delivered: Delivered, tally: Tally | None) -> dict[str, object]:
    row: dict[str, object] = {
        "source": delivered.source.source,
        "verdict": "unchanged" if tally is None and not delivered.gone else "accepted",
        "files": len(delivered.deliveries),
        "added": len(delivered.added),
        "gone": len(delivered.gone),
    }
    if tally is not None:
        row |= {"read": tally.accepted + tally.refused, "quarantined": tally.refused}
    return row
