"""What a resolution of identities does, step by step: signals, evidence, persons, tables, one flip."""
