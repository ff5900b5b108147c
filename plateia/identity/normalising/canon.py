"""The rules of one type of identifier: from a value to what all its spellings have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import entry_points

from plateia.declarations.identity import Gmail, IdentifierType
from plateia.errors import ConfigError, did_you_mean, echo, one_of
from plateia.identity.normalising.blocked import is_dummy, is_dummy_email
from plateia.identity.normalising.documents import DOCUMENTS, canonical_document
from plateia.identity.normalising.emails import canonical_email, spelled_email
from plateia.identity.normalising.phones import parse_phone

Normaliser = Callable[[str, str | None], str | None]
"""From a value and the country (ISO 3166 alpha-2) where it was written to its canonical text; None: nobody's."""

PLUGINS = "plateia.normalisers"  # the group of entry points
_BUILT_IN = ("email", "phone", "text", *DOCUMENTS)


def known_names() -> tuple[str, ...]:
    """Every normaliser: the built-in ones, and those of installed packages."""
    return tuple(sorted({*_BUILT_IN, *(point.name for point in entry_points(group=PLUGINS))}))


@dataclass(frozen=True)
class Canon:
    """How values of a type become canonical. Picklable; equal rules have equal texts (``repr``) in every process."""

    normalise: str
    gmail: Gmail
    block: tuple[str, ...]
    _blocked: dict[str | None, frozenset[str]] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def of(cls, kind: IdentifierType) -> Canon:
        """The rules of a configured type.

        Raises:
            ConfigError: No built-in normaliser and no installed package has its name.
        """
        if kind.normalise not in _BUILT_IN:
            _plugin(kind.normalise)
        return cls(kind.normalise, kind.gmail, tuple(sorted(set(kind.block))))

    def canonical(self, value: str, country: str | None) -> str | None:
        """The canonical value; None for one that is invalid, blocked in any spelling, or missing."""
        if is_dummy(value) or value in self.block:
            return None
        found = self._normalised(value, country)
        return None if found is None or is_dummy(found) or found in self._blocked_in(country) else found

    def spelling(self, value: str, country: str | None) -> str | None:
        """The value as destinations take it: an e-mail with its dots, a phone number as it is dialled."""
        if self.canonical(value, country) is None:
            return None
        if self.normalise == "email":
            return spelled_email(value)
        if self.normalise == "phone":
            phone = parse_phone(value, country)
            return None if phone is None else phone.dialled
        return self._normalised(value, country)

    def _blocked_in(self, country: str | None) -> frozenset[str]:
        """What the blocked values are where they are written as in a country."""
        if country not in self._blocked:
            found = (self._normalised(word, country) for word in self.block)
            self._blocked[country] = frozenset({*self.block, *(text for text in found if text is not None)})
        return self._blocked[country]

    def _normalised(self, value: str, country: str | None) -> str | None:
        match self.normalise:
            case "text":
                return value
            case "email":
                spelled = spelled_email(value)
                return None if spelled is None or is_dummy_email(spelled) else canonical_email(spelled, self.gmail)
            case "phone":
                phone = parse_phone(value, country)
                return None if phone is None else phone.canonical
            case name if name in DOCUMENTS:
                return canonical_document(name, value)
            case name:
                return _plugin(name)(value, country)


@cache
def _plugin(name: str) -> Normaliser:
    points = entry_points(group=PLUGINS)
    if name not in points.names:
        known = known_names()
        got, hint = f"the unknown normaliser {echo(name)}", did_you_mean(name, known)
        raise ConfigError.because(got, expected=one_of(known, limit=40), hint=hint)
    found: Normaliser = points[name].load()
    return found
