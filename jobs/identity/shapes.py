"""What workers must know of a source's rows, and a digest of everything that its pairs depend on."""

from __future__ import annotations

import hashlib
import json

import plateia
from jobs.identity.scope import Scope
from plateia.declarations.sources import ConsentsSource, SignalsSource
from plateia.identity.normalising import Canon
from plateia.lake.sources import look_up_files
from transforms.identity.evidence.pairs import Shape
from transforms.identity.vaulting import Sealing
from transforms.warehouse.rows.normalise import PersonSource

AnyOrigin = SignalsSource | PersonSource


def kinds_of(scope: Scope, source: AnyOrigin) -> tuple[str, ...]:
    """The types of the identifiers of a row."""
    if isinstance(source, SignalsSource):
        return tuple(identifier.type for identifier in source.identifiers)
    named = source.person_identifier
    return (scope.identity.kind_or_strongest(None if named is None else named[1]),)


def shape_of(scope: Scope, source: AnyOrigin) -> Shape:
    """The shape of a source of signals, or of people and events."""
    kinds = kinds_of(scope, source)
    canons = {kind: Canon.of(scope.identity.identifiers[kind]).canonical for kind in kinds}
    strength = {kind: scope.rules.place(kind) for kind in kinds}
    asks = isinstance(source, SignalsSource) and source.purpose is not None
    subjects = frozenset(_consenting(scope)) if asks else frozenset()
    return Shape(source.source, kinds, canons, strength, scope.workspace.countries, scope.keys, subjects)


def shape_of_words(scope: Scope, source: ConsentsSource) -> Shape:
    """The shape of a log of consents."""
    kind = scope.identity.kind_or_strongest(source.person.identifier)
    canonical = {kind: Canon.of(scope.identity.identifiers[kind]).canonical}
    return Shape(source.source, (kind,), canonical, {kind: 0}, scope.workspace.countries, scope.keys)


def sealing_of(scope: Scope, source: AnyOrigin) -> Sealing | None:
    """How a source's values are sealed for the vault; None if no destination wants any."""
    shape = shape_of(scope, source)
    spellings = {
        kind: Canon.of(scope.identity.identifiers[kind]).spelling
        for kind in shape.kinds
        if kind in scope.identity.vaulted
    }
    return None if scope.vault is None or not spellings else Sealing(shape, spellings, scope.vault)


def digest_of_source(scope: Scope, source: AnyOrigin) -> str:
    """Everything but its files that a source's pairs depend on; the order of types decides which end comes first.

    Where it cannot be told whether a look-up has changed it is another each time.

    Raises:
        InputError: There is nothing at the path of a look-up.
    """
    kinds = sorted(set(kinds_of(scope, source)))
    canons = [repr(Canon.of(scope.identity.identifiers[kind])) for kind in kinds]
    vaulted = [kind for kind in kinds if kind in scope.identity.vaulted]
    order = [kind.name for kind in scope.rules.kinds]
    sites = {name: (site.zone, site.country) for name, site in scope.workspace.sites.items()}
    key = hashlib.sha256(scope.keys.fresh("digest", b"")).hexdigest()
    filters = (repr(source), repr(source.row_filter))
    of_scope = [scope.keys.by_site, sorted(_consenting(scope))]
    look_ups = look_up_files(scope.spark, source.joins, source=source.source)
    of_files = scope.run.run_id if look_ups is None else look_ups
    parts = [plateia.__version__, *filters, canons, vaulted, order, sites, key, *of_scope, of_files]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _consenting(scope: Scope) -> list[str]:
    return [scope.identity.kind_or_strongest(consents.person.identifier) for consents in scope.consents.values()]
