"""Benchmarks: ``python3 dev.py bench NAME`` runs one and writes ``benchmarks/results/NAME.json``."""
