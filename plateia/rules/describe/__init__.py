"""Rules in plain English."""

from plateia.rules.describe.nodes import describe

__all__ = ["describe"]
