"""What a user would take instead, each in its best known form; equal answers before any time."""
