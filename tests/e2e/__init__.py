"""Whole processes, as a user starts and loses them."""
