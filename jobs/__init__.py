"""Verbs: parse, read, transform, gate, publish. Each module is one command."""
