"""Conditions as the sets of values that meet them, as far as that can be told without data and without an instant."""
