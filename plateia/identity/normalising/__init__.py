"""Canonical values of identifiers: every spelling of one value is one value."""

from plateia.identity.normalising.canon import Canon, known_names

__all__ = ["Canon", "known_names"]
