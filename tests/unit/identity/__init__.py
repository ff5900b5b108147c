"""Identifiers: canonical values, tokens."""
