"""The kernel: configuration, the audience language, the lake's contract. Imports nothing of the other layers."""

__version__ = "0.1.0"
