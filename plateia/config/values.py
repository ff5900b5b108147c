"""What YAML holds here: text, lists and mappings; and the paths that lead to a value."""

from __future__ import annotations

import hashlib
import json
import re

from plateia.errors import echo

Plain = str | list["Plain"] | dict[str, "Plain"]  # scalars are the author's text
KeyPath = tuple[str | int, ...]

_BARE_KEY = re.compile(r"[\w-]+")


def canonical_json(value: Plain) -> str:
    """JSON with sorted keys and no spaces: equal for equal definitions, whatever their layout."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def definition_hash(value: Plain) -> str:
    """The SHA-256 (hex) of the canonical JSON."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def key_path(path: KeyPath) -> str:
    """``rule.all[0].is``; a key that is more than letters, digits, ``_`` and ``-`` is quoted in brackets."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif _BARE_KEY.fullmatch(part):
            text += f".{part}" if text else part
        else:
            text += f"[{echo(part)}]"
    return text
