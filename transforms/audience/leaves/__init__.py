"""Leaves: atomic conditions on traits and events, from their canonical form to one truth a person."""
