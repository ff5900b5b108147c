"""Worlds of a few identifiers each, as files of a company: many random cases in one resolution."""
