"""The audience language: what documents say, what that means, and in which order audiences depend on each other."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plateia.rules.parse import parse_audience, parse_filter, parse_valued_event, parse_window
    from plateia.rules.references import check_references

__all__ = ["check_references", "parse_audience", "parse_filter", "parse_valued_event", "parse_window"]


def __getattr__(name: str) -> object:
    """Load the parser when it is asked for: workers that only read trees start without pydantic."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = "references" if name == "check_references" else "parse"
    found: object = getattr(import_module(f"{__name__}.{home}"), name)
    return found
