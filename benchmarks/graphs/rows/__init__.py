"""The rows of ``dev.py bench identity``; each runs alone, in a process of its own."""
