"""The kinds of configuration files besides audiences: sites, environments, sources, features, models and suites."""
