"""A second, naive evaluator of the audience language: one DuckDB query an audience.

It shares nothing with the engine but the parsed tree (``plateia.rules.tree``): it has its own calendar, its own
comparisons and its own sums.
"""
