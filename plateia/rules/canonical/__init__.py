"""One form for rules that mean the same."""

from plateia.rules.canonical.leaves import canonical_filter, canonical_window
from plateia.rules.canonical.nodes import canonical, canonical_text

__all__ = ["canonical", "canonical_filter", "canonical_text", "canonical_window"]
