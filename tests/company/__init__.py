"""A second company, made up from a seed: nine sites, untidy files in five formats, and the truth about them.

The truth comes from what the generator meant to write and from plain Python; nothing of the product is asked.
"""
