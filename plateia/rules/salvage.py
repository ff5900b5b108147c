"""What is left of a broken document, so that its sound parts can be checked, too, and every mistake shows at once."""

from __future__ import annotations

import copy
from itertools import pairwise
from typing import Any

from pydantic import ValidationError

from plateia.config import KeyPath, Plain
from plateia.rules.grammar.document import AudienceDocument
from plateia.scalars import author_path

# Binding finds nothing wrong with these: whether the audience exists is asked of sound documents only.
_SOUND_NODE: Plain = {"audience": "left-out"}
_SOUND_FIELDS: dict[str, Plain] = {"audience": "left-out", "sites": "all", "rule": _SOUND_NODE}
_LISTS_OF_NODES = ("all", "any", "none", "xor", "of")


def soundest_part(value: dict[str, Plain], error: ValidationError) -> AudienceDocument | None:
    """The document without its unknown keys, broken nodes and broken fields; every other key path stays as it is."""
    left: dict[str, Any] = copy.deepcopy(value)
    lines = error.errors(include_url=False)
    for line in lines:
        if line["type"] == "extra_forbidden_of":
            _remove(left, author_path(line))
    for path in [author_path(line) for line in lines if line["type"] != "extra_forbidden_of"]:
        _replace(left, path)
    try:
        return AudienceDocument.model_validate(left)
    except ValidationError:
        return None


def _remove(left: dict[str, Any], path: KeyPath) -> None:
    holder: Any = left
    for part in path[:-1]:
        holder = holder[part]
    holder.pop(path[-1], None)


def _replace(left: dict[str, Any], path: KeyPath) -> None:
    """Put something sound in place of the smallest node around the path, or of the field that it lies in."""
    field = str(path[0]) if path else ""
    if field != "rule":
        left.pop(field, None)
        if field in _SOUND_FIELDS:
            left[field] = _SOUND_FIELDS[field]
        return
    holder: Any = left
    key: str | int = "rule"
    node: Any = left.get("rule")
    for part, following in pairwise(path[1:]):
        held: Any = node
        node = held[part] if _holds(held, part) else None
        if part in _LISTS_OF_NODES and isinstance(node, list) and isinstance(following, int):
            holder, key = node, following
    holder[key] = _SOUND_NODE


def _holds(held: Any, part: str | int) -> bool:
    return (isinstance(held, dict) and part in held) or (isinstance(held, list) and isinstance(part, int))
