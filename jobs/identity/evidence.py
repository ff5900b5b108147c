"""The evidence of a run: all of it, and what of it is other than before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial, reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.identity.scope import Scope
from jobs.identity.shapes import shape_of_words
from jobs.identity.signals import TakenIn
from jobs.warehouse.deliveries import open_source
from plateia.clock import instant_of
from plateia.tables import IDENTITY_EDGES, IDENTITY_SIGNALS, IDENTITY_WORDS
from transforms.identity.components import Keep
from transforms.identity.evidence.changes import differing_pairs, has_aged, numbers_of, touched
from transforms.identity.evidence.consents import changed_words, consenting, latest, spoken
from transforms.identity.evidence.edges import PAIR, edges_of
from transforms.identity.evidence.live import live_edges
from transforms.identity.evidence.marks import among_deliveries
from transforms.warehouse.rows.tally import is_accepted


@dataclass(frozen=True)
class Evidence:
    """What is known at as_of.

    Attributes:
        edges: ``identity_edges``, as this run has written it.
        touched: ``vertex`` of the ends of pairs that count otherwise than before; None: nobody knows, take all.
        versions: Of the tables that it was written to.
    """

    edges: DataFrame
    touched: DataFrame | None
    versions: Mapping[str, int]


def digest_of_rules(scope: Scope) -> str:
    """Everything but evidence and as_of that decides who is one person."""
    sources = {name: (repr(source.purpose), repr(source.confidence)) for name, source in scope.sources.items()}
    parts = [repr(scope.rules), repr(scope.identity.consent), sorted(sources.items())]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def all_evidence(scope: Scope, taken: TakenIn) -> Evidence:
    """The evidence, made from all pairs."""
    of_words = scope.write(_words(scope), IDENTITY_WORDS)
    words = scope.staged(IDENTITY_WORDS, of_words)
    of_edges = scope.write(edges_of(_that_count(scope, _signals(scope, taken), words)), IDENTITY_EDGES)
    return _evidence(scope, of_words, of_edges, touched=None)


def changed_evidence(scope: Scope, taken: TakenIn, keep: Keep, *, salt: int) -> Evidence:
    """The evidence, made from that of before and the pairs whose rows have changed."""
    assert scope.state.as_of is not None  # there was a run before
    of_words = scope.write(_words(scope), IDENTITY_WORDS)
    words = scope.staged(IDENTITY_WORDS, of_words)
    signals = _signals(scope, taken)
    changed = keep(_changed_pairs(scope, taken, signals, words), "changed-pairs")
    before = scope.pinned(IDENTITY_EDGES)
    fresh = keep(
        edges_of(_that_count(scope, signals.join(changed, on=list(PAIR), how="left_semi"), words)), "changed-edges"
    )
    same = before.join(changed, on=list(PAIR), how="left_anti")
    of_edges = scope.write(same.select(*IDENTITY_EDGES.schema.names).unionByName(fresh), IDENTITY_EDGES)
    then, now = scope.state.as_of, scope.as_of
    is_changed = F.col("changed").isNotNull()
    marked = before.join(changed.withColumn("changed", F.lit(True)), on=list(PAIR), how="left")
    looked = keep(marked.where(is_changed | has_aged(scope.rules, before=then, now=now)), "looked")
    old, aged = looked.where(is_changed), looked.where(~is_changed)
    differing = differing_pairs(
        live_edges(old, scope.rules, as_of=then, salt=salt), live_edges(fresh, scope.rules, as_of=now, salt=salt)
    )
    pairs = differing.unionAll(numbers_of(aged, salt=salt))
    return _evidence(scope, of_words, of_edges, touched=keep(touched(pairs), "touched"))


def _evidence(scope: Scope, of_words: int, of_edges: int, *, touched: DataFrame | None) -> Evidence:
    versions = {IDENTITY_WORDS.name: of_words, IDENTITY_EDGES.name: of_edges}
    return Evidence(scope.staged(IDENTITY_EDGES, of_edges), touched, versions)


def _signals(scope: Scope, taken: TakenIn) -> DataFrame:
    return scope.current(scope.staged(IDENTITY_SIGNALS, taken.version))


def _changed_pairs(scope: Scope, taken: TakenIn, signals: DataFrame, words: DataFrame) -> DataFrame:
    """The pairs of rows that came, went, came before as_of, or whose subject has another word."""
    rows = [signals.where(_seen_between(scope))]
    if taken.added:
        rows.append(signals.where(among_deliveries(taken.added)))
    if taken.gone:
        rows.append(scope.pinned(IDENTITY_SIGNALS).where(among_deliveries(taken.gone)))
    if scope.purposes:
        other = changed_words(scope.pinned(IDENTITY_WORDS), words)
        names = [F.col("identifier_type").alias("subject_type"), F.col("token").alias("subject")]
        whose = other.select(*names).distinct()
        rows.append(signals.join(whose, on=["subject_type", "subject"], how="left_semi"))
    if taken.torn is not None:
        rows += [taken.torn, scope.without_erased(taken.torn.select(*IDENTITY_SIGNALS.schema.names))]
    pairs = [frame.select(*PAIR) for frame in rows]
    return reduce(DataFrame.unionAll, pairs).distinct()


def _seen_between(scope: Scope) -> Column:
    """Whether a row lies between the as_of of before and that of now, on its site."""
    before = scope.state.facts["as_of_us"]
    between = F.lit(False)
    for site, as_of in scope.as_of_by_site.items():
        start, end = (F.lit(at) for at in sorted((as_of, instant_of(before.get(site, 0)))))
        between = between | ((F.col("site") == site) & (F.col("at") >= start) & (F.col("at") < end))
    return between


def _before_as_of(scope: Scope) -> Column:
    seen = F.lit(False)
    for site, as_of in scope.as_of_by_site.items():
        seen = seen | ((F.col("site") == site) & (F.col("at") < F.lit(as_of)))
    return seen


def _that_count(scope: Scope, signals: DataFrame, words: DataFrame) -> DataFrame:
    """The pairs before as_of of those who have not withdrawn, with the purpose of their source."""
    rows = signals.where(F.col("at").isNull() | _before_as_of(scope)).withColumn("purpose", scope.purpose)
    if not scope.purposes:
        return rows
    return consenting(rows, words, silence=scope.identity.consent.missing == "allow")


def _words(scope: Scope) -> DataFrame:
    """The latest words on the purposes of the sources of signals; those of the erased are their last."""
    before = scope.pinned(IDENTITY_WORDS)
    if scope.stands_still:
        return before
    frames = []
    for source in scope.consents.values() if scope.purposes else ():
        opened = open_source(scope.spark, source)
        delivery = opened.deliver(zones=scope.zones, sites=tuple(scope.zones), token=None)
        rows = delivery.normalised.where(is_accepted() & F.col("purpose").isin(*scope.purposes))
        named = rows.where(_before_as_of(scope)).select(
            "site", "at", "purpose", "granted", F.col("person_id").alias("identifier")
        )
        said = named.mapInArrow(partial(spoken, shape=shape_of_words(scope, source)), _SPOKEN)
        frames.append(said.withColumn("stays", F.lit(source.load == "append")))
    last = before.join(scope.tombstones, on="token", how="left_semi").select(*IDENTITY_WORDS.schema.names)
    if not frames:
        return last
    # A word of a log that is only added to stays when its file goes.
    kept = before.where(F.col("stays") & (F.col("at") < F.lit(scope.as_of))).select(*IDENTITY_WORDS.schema.names)
    words = latest(reduce(DataFrame.unionByName, [kept, *frames])).join(scope.tombstones, on="token", how="left_anti")
    return last.unionByName(words)


_SPOKEN = "at timestamp, purpose string, identifier_type string, token binary, granted boolean"
