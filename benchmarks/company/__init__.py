"""A seeded marketplace of any size: people, events, sources and audiences, written as a lake or as raw files."""
