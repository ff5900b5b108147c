"""Guard rails: what may not become one person, whatever the evidence says."""
