"""What a lookalike asks for and cannot have: told by name, before anything runs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from plateia.clock import iso
from plateia.declarations.lookalikes import Lookalike

_METHODS = ("auto", "logistic")


def unsupported(lookalike: Lookalike) -> str | None:
    """The first construct that cannot be evaluated yet, or None."""
    if lookalike.method not in _METHODS:
        return f"`method: {lookalike.method}` cannot be trained yet; use logistic or auto"
    if lookalike.seed is None:
        return "a seed from a `list` cannot be used yet; use an audience that names the list"
    if lookalike.weights is not None:
        return "`weights` of a seed cannot be used yet"
    if lookalike.consent is not None:
        return "`consent` cannot be asked yet"
    return None


def seed_failure(seed: str, pointer: Mapping[str, object] | None, as_of: datetime) -> str | None:
    """Why the seed, as it is published, cannot be used; ``pointer`` is its row of ``audience_current``."""
    if pointer is None:
        return f"the seed `{seed}` is not published on this site: run `plateia build-audiences` first"
    published = pointer["as_of"]
    if isinstance(published, datetime) and published > as_of:
        return f"the seed `{seed}` is published as of {iso(published)}, after {iso(as_of)}: it would leak the future"
    return None
