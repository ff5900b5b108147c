"""Pure: DataFrames and Arrow in, the same out. No reading, writing, clock or model tracking."""
