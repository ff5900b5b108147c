"""A catalogue in which no attribute has a closed set of values: what would be certain without them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from plateia.catalogue import Attribute, Catalogue


def opened(catalogue: Catalogue) -> Catalogue:
    """The same catalogue, every attribute open."""
    return replace(
        catalogue,
        traits=_open(catalogue.traits),
        events={name: replace(event, properties=_open(event.properties)) for name, event in catalogue.events.items()},
        relations={
            name: replace(relation, properties=_open(relation.properties))
            for name, relation in catalogue.relations.items()
        },
    )


def _open(attributes: Mapping[str, Attribute]) -> dict[str, Attribute]:
    return {name: replace(attribute, values=None) for name, attribute in attributes.items()}
