"""What the rules of a site may name beside the audiences that are built."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from plateia.rules import tree


@dataclass(frozen=True, slots=True)
class Known:
    """What rules may name beside the audiences that are built."""

    site: str
    audiences: Mapping[str, tree.Audience]
    published: frozenset[str]
    absent: frozenset[str]
    scores: frozenset[str]
    lists: Mapping[str, Collection[str]]

    def is_elsewhere(self, reference: str) -> bool:
        """Whether an audience is known not to run on this site."""
        key = tree.owner(reference)
        found = self.audiences.get(key)
        return key in self.absent or (found is not None and self.site not in found.sites)
