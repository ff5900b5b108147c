"""Fuzzy matches as evidence: Splink scores pairs of records, and identity resolution decides who is one person."""
