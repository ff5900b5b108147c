"""Fit, predict, explain: a numpy core and a Spark adapter, one folder a model."""
