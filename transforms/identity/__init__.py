"""Identity resolution: who is one person. Frames or Arrow in, the same out."""
