"""Graphs of identities in any size, and who finds their components how fast."""
