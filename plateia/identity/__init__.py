"""Identifiers: canonical values, tokens, what destinations want. No Spark, no reading, no clock."""
