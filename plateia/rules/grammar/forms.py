"""Unions whose members are told apart by the key that each must have; a misfit is told which keys there are."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BeforeValidator, Discriminator

from plateia.errors import did_you_mean, echo
from plateia.scalars import UNION_TAG, shown, wrong


class Forms:
    """The forms that a part of the language may take: ``keys`` maps each telling key to its member of the union.

    A union is annotated with ``discriminator`` and ``check``, its members with ``Tag(forms.tag(member))``.
    """

    def __init__(self, kind: str, keys: Mapping[str, str]) -> None:
        self._kind = kind
        self._tags = {key: UNION_TAG + member for key, member in keys.items()}
        self.discriminator = Discriminator(self._tag_of)
        self.check = BeforeValidator(self._check)

    def _tag_of(self, value: object) -> str | None:
        return next((self._tags[key] for key in value if key in self._tags), None) if type(value) is dict else None

    def _check(self, value: object) -> object:
        """Raises the words for anything but a map with the key of one member, and of no other."""
        if type(value) is dict:
            tags = [self._tags[key] for key in value if key in self._tags]
            if len(tags) == 1 or (tags and tags.count(tags[0]) == len(tags)):
                return value
        raise wrong(_keys_of(value), f"{self._kind} with exactly one of: {', '.join(self._tags)}", self._hint(value))

    def _hint(self, value: object) -> str | None:
        words = value if isinstance(value, dict) and not self._tags.keys() & value.keys() else ()
        return next((hint for word in words if (hint := did_you_mean(word, self._tags))), None)


def _keys_of(value: object) -> str:
    if not isinstance(value, dict):
        return shown(value)
    if not value:
        return "an empty mapping"
    return f"the {'key' if len(value) == 1 else 'keys'} {', '.join(echo(key)[1:-1] for key in value)}"
