"""What binding an audience depends on beside its own file: the catalogue, and the code that binds."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterator
from dataclasses import asdict
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from importlib.resources.abc import Traversable

from plateia.catalogue import Catalogue

# Their bytes decide what a document means; nobody has to remember to count up a number.
_SOURCES = ("catalogue.py", "config", "errors.py", "rules", "scalars.py", "workspace")
_LIBRARIES = ("croniter", "google-re2", "pydantic", "PyYAML")


def binding_digest(catalogue: Catalogue) -> bytes:
    """SHA-256 over the catalogue, the code of the audience language and the versions of what it stands on."""
    declared = json.dumps(asdict(catalogue), default=sorted)
    return hashlib.sha256("\0".join((_code(), declared)).encode()).digest()


@cache
def _code() -> str:
    digest = hashlib.sha256()
    for name in _SOURCES:
        for content in _contents(files("plateia").joinpath(name)):
            digest.update(hashlib.sha256(content).digest())
    return " ".join((digest.hexdigest(), platform.python_version(), *map(_version, _LIBRARIES)))


def _contents(place: Traversable) -> Iterator[bytes]:
    if place.is_dir():
        for inner in sorted(place.iterdir(), key=lambda found: found.name):
            yield from _contents(inner)
    elif place.name.endswith(".py"):
        yield place.read_bytes()


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return ""
