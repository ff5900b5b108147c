"""Lookalikes: from a seed audience, the people outside it who are most like it."""
