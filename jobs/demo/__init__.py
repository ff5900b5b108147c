"""The demo: a year of a real supermarket, from its files to published audiences; then whose its signals are."""
