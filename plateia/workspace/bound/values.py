"""Values of a tree as nested tuples of texts and whole numbers, and back; equal ones become one value.

The first item of a tuple tells what it is: a class of the tree, a kind of scalar, ``()`` or ``{}`` for a mapping.
Reading can make nothing else, and calls nothing that a file names.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from plateia.catalogue import ValueType
from plateia.rules import tree

Plain = Any  # str, int, None, or a tuple of a tag and more of these

_CLASSES: dict[str, Any] = {
    name: found for name, found in (*vars(tree).items(), ("ValueType", ValueType)) if is_dataclass(found)
}
_FIELDS = {found: tuple(f.name for f in fields(found) if f.init) for found in _CLASSES.values()}
# As text, or as a number: True and 1 and 1.0 are equal, and would be taken for each other.
_WRITERS: dict[type, Callable[[Any], str | int]] = {
    bool: int,
    float: float.hex,
    Decimal: str,
    date: date.isoformat,
    datetime: datetime.isoformat,
}
_READERS: dict[str, Callable[[Any], Any]] = {
    "bool": bool,
    "float": float.fromhex,
    "Decimal": Decimal,
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
}
_TUPLE, _MAPPING = "()", "{}"


class Values:
    """Writes values as plain ones, and reads plain ones; what was seen before is the same object again."""

    def __init__(self) -> None:
        self._plain: dict[Plain, Plain] = {}
        self._built: dict[Plain, Any] = {}

    def plain(self, value: object) -> Plain:
        """The nested tuples of a value of a tree.

        Raises:
            TypeError: It is none.
        """
        kind = type(value)
        if kind is str or kind is int or value is None:
            return value
        if names := _FIELDS.get(kind):
            written: Plain = (kind.__name__, *[self.plain(getattr(value, name)) for name in names])
        elif isinstance(value, tuple):
            written = (_TUPLE, *[self.plain(item) for item in value])
        elif isinstance(value, dict):
            written = (_MAPPING, *[self.plain(item) for item in value.items()])
        elif write := _WRITERS.get(kind):
            written = (kind.__name__, write(value))
        else:
            raise TypeError(f"a {kind.__name__} in a rule")
        return self._plain.setdefault(written, written)

    def value(self, plain: Plain) -> Any:
        """The value of nested tuples.

        Raises:
            KeyError: A tag that nothing has.
        """
        if type(plain) is not tuple:
            return plain
        found = self._built.get(plain)
        if found is None:
            found = self._built[plain] = self._build(*plain)
        return found

    def _build(self, tag: str, *parts: Plain) -> Any:
        if tag in _READERS:
            return _READERS[tag](*parts)
        values = [self.value(part) for part in parts]
        if tag == _TUPLE:
            return tuple(values)
        return dict(values) if tag == _MAPPING else _CLASSES[tag](*values)
