"""The five fields of a cron line, as far as a typing mistake can be told."""

from __future__ import annotations

import re

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS: tuple[tuple[str, int, int, tuple[str, ...]], ...] = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of the month", 1, 31, ()),
    ("month", 1, 12, _MONTHS),
    ("day of the week", 0, 7, _WEEKDAYS),
)
_ITEM = re.compile(r"(\*|[a-z0-9]+)(?:-([a-z0-9]+))?(?:/([0-9]{1,2}))?", re.ASCII)


def cron_fault(text: str) -> str | None:
    """What is wrong with a cron line (minute, hour, day, month, weekday), in words, or None."""
    fields = text.split()
    if len(fields) != len(_FIELDS):
        return f"{len(fields)} {'field' if len(fields) == 1 else 'fields'}"
    for field, (name, lowest, highest, words) in zip(fields, _FIELDS, strict=True):
        if not all(_is_item(item, lowest, highest, words) for item in field.lower().split(",")):
            return f"the {name} {field!r}, which is not within {lowest} to {highest}"
    return None


def _is_item(item: str, lowest: int, highest: int, words: tuple[str, ...]) -> bool:
    found = _ITEM.fullmatch(item)
    if not found or (found[3] and not 1 <= int(found[3]) <= highest):
        return False
    if found[1] == "*":
        return found[2] is None
    bounds = [_number(word, lowest, words) for word in (found[1], found[2]) if word]
    return all(bound is not None and lowest <= bound <= highest for bound in bounds) and bounds == sorted(bounds)


def _number(word: str, lowest: int, words: tuple[str, ...]) -> int:
    """Names count from the lowest number; -1 is no number of any field."""
    if word in words:
        return words.index(word) + lowest
    return int(word) if word.isdigit() and len(word) <= len("59") else -1
