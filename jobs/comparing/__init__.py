"""Two versions of an audience, side by side."""
