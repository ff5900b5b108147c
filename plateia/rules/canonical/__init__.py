"""One form for rules that mean the same."""

from plateia.rules.canonical.nodes import canonical

__all__ = ["canonical"]
