"""What is asked: one audience of a site, as of an instant, with the definitions that it rests on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from plateia.rules import tree
from transforms.audience.choosing import Bounds
from transforms.audience.plan import Outline, SitePlan


@dataclass(frozen=True)
class Question:
    """Why one person is, or is not, in an audience.

    Attributes:
        audiences: Every sound definition, by key.
        compile_at: The plan of the audience, and of all that it refers to and that is built with it, as of an instant
            in UTC, with an outline of the audience.
        pointers: The run and as_of of what is published, by audience.
        history: As_of, in microseconds, and run of the changes that were published, by audience.
        bounds: Whom the selections of the plan as of ``as_of`` take, out of all people of the site.
    """

    audience: str
    audiences: Mapping[str, tree.Audience]
    as_of: datetime
    zone: ZoneInfo
    compile_at: Callable[[datetime], SitePlan]
    pointers: Mapping[str, tuple[str, datetime]] = field(default_factory=dict)
    history: Mapping[str, Sequence[tuple[int, str]]] = field(default_factory=dict)
    bounds: Mapping[int, Bounds | str] = field(default_factory=dict)

    @property
    def definition(self) -> tree.Audience:
        """The audience that is asked about."""
        return self.audiences[self.audience]


def written(node: tree.Node, outline: Outline) -> Iterator[tuple[tree.Node, Outline]]:
    """Every node of a rule with its outline, the node itself first, in the order they are written."""
    yield node, outline
    for child, below in zip(tree.children(node), outline.children, strict=True):
        yield from written(child, below)


def flat(outline: Outline) -> Iterator[Outline]:
    """An outline and all below it, in the order they are written."""
    yield outline
    for child in outline.children:
        yield from flat(child)
