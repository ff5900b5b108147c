"""What the sources declare, put together: several may feed one event type, if they agree on its properties' types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from pydantic import ValidationError

from plateia.catalogue import Attribute, Catalogue, EventType, Relation
from plateia.config import Document, Plain
from plateia.declarations.columns import Column
from plateia.declarations.sources import ConsentsSource, End, EventsSource, PeopleSource, RelationSource, Source
from plateia.errors import Location, Problem, echo


@dataclass(slots=True)
class _Attributes:
    """Traits, or the properties of one event type or relation, and where each was declared first."""

    of: str
    known: dict[str, Attribute] = field(default_factory=dict)
    places: dict[str, Location] = field(default_factory=dict)

    def add(self, document: Document, key: str, columns: Mapping[str, Column]) -> list[Problem]:
        problems = []
        for name, column in columns.items():
            new, old = column.attribute(name), self.known.get(name)
            if old is None:
                self.known[name] = new
                self.places[name] = document.locate((key, name))
            elif old.type != new.type:
                place = self.places[name]
                expected = f"{old.type}, as in {place.file}:{place.line}"
                problems.append(
                    document.problem((key, name, "type"), f"type {new.type} for {echo(name)}{self.of}", expected)
                )
            else:
                self.known[name] = _joined(old, new)
        return problems


def _joined(old: Attribute, new: Attribute) -> Attribute:
    """Both declarations hold: sets of values add up, an open one opens the other, and privacy takes the stricter."""
    both = old.values is not None and new.values is not None
    return replace(
        old,
        values=tuple(dict.fromkeys((*(old.values or ()), *(new.values or ())))) if both else None,
        unit=old.unit or new.unit,
        pii="direct" if "direct" in (old.pii, new.pii) else old.pii or new.pii,
        sensitive=old.sensitive or new.sensitive,
    )


@dataclass(slots=True)
class CatalogueBuilder:
    """Takes the sources one by one; each ``add`` returns what is wrong with it beside those before."""

    sites: Mapping[str, str]
    _traits: _Attributes = field(default_factory=lambda: _Attributes(""))
    _events: dict[str, _Attributes] = field(default_factory=dict)
    _relations: dict[str, tuple[End, End, _Attributes, Document]] = field(default_factory=dict)
    _keys: dict[str, tuple[int, Document]] = field(default_factory=dict)  # entity type -> columns of its key
    _purposes: list[frozenset[str] | None] = field(default_factory=list)

    def add(self, document: Document, source: Source) -> list[Problem]:
        match source:
            case PeopleSource():
                return self._traits.add(document, "traits", source.traits)
            case EventsSource():
                event = self._events.setdefault(source.event, _Attributes(f" of {source.event}"))
                return event.add(document, "properties", source.properties)
            case RelationSource():
                return self._add_relation(document, source)
            case ConsentsSource():
                values = source.purpose.values
                self._purposes.append(frozenset(values) if values is not None else None)
        return []

    def salvage(self, document: Document) -> None:
        """Take what can be told of a broken source, lest every rule that uses it be called wrong, too."""
        of_people = document.value.get("kind") == "people"
        event = document.value.get("event")
        if not of_people and not isinstance(event, str):
            return
        key = "traits" if of_people else "properties"
        attributes = self._traits if of_people else self._events.setdefault(str(event), _Attributes(f" of {event}"))
        parts = document.value.get(key)
        for name, part in parts.items() if isinstance(parts, dict) else ():
            column = _column_of(part)
            if column is not None:
                attributes.add(document, key, {name: column})

    def _add_relation(self, document: Document, source: RelationSource) -> list[Problem]:
        fresh = (source.origin, source.target, _Attributes(f" of {source.relation}"), document)
        origin, target, attributes, first = self._relations.setdefault(source.relation, fresh)
        if (_end(origin), _end(target)) != (_end(source.origin), _end(source.target)):
            got = f"the relation {echo(source.relation)} from {_end(source.origin)} to {_end(source.target)}"
            return [document.problem(("relation",), got, f"from {_end(origin)} to {_end(target)}, as in {first.file}")]
        return [*self._key_problems(document, source), *attributes.add(document, "properties", source.properties)]

    def _key_problems(self, document: Document, source: RelationSource) -> list[Problem]:
        """An entity's key has as many columns wherever it stands, or no row would ever be found by it."""
        problems = []
        for side, end in (("from", source.origin), ("to", source.target)):
            if end.entity is not None and end.key is not None:
                n_columns, first = self._keys.setdefault(end.entity, (len(end.key), document))
                if n_columns != len(end.key):
                    got = f"a key of {len(end.key)} columns for {echo(end.entity)}"
                    problems.append(document.problem((side, "key"), got, f"{n_columns}, as in {first.file}"))
        return problems

    def build(self, scores: frozenset[str]) -> Catalogue:
        """Everything that a rule may name."""
        closed = [purposes for purposes in self._purposes if purposes is not None]
        return Catalogue(
            sites=self.sites,
            traits=self._traits.known,
            events={name: EventType(name, event.known) for name, event in self._events.items()},
            relations={
                name: Relation(name, _end(origin), _end(target), attributes.known)
                for name, (origin, target, attributes, _) in self._relations.items()
            },
            purposes=frozenset().union(*closed) if closed and len(closed) == len(self._purposes) else None,
            has_consents=bool(self._purposes),
            scores=scores,
        )


def _column_of(part: Plain) -> Column | None:
    written = part.get("type") if isinstance(part, dict) else None
    for attempt in (part, {"type": written}):
        try:
            return Column.model_validate(attempt)
        except ValidationError:
            continue
    return None


def _end(end: End) -> str:
    return "person" if end.person is not None else str(end.entity)
