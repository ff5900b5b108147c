"""Audiences that are always the same people."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b

from plateia.rules.canonical import canonical_text
from plateia.rules.lint.findings import Finding, Findings
from plateia.rules.tree import Audience


def twins(audiences: Mapping[str, Audience]) -> Findings:
    """Warn about each audience that has the members of an earlier one on a site, by key; of several, the first.

    Equal are the canonical rule and all that is done to members afterwards. Each rule is hashed once.
    """
    first: dict[tuple[bytes, str], Audience] = {}
    for key in sorted(audiences):
        audience = audiences[key]
        digest = _digest(audience)
        others = [first.setdefault((digest, site), audience) for site in audience.sites]
        other = next((other for other in others if other is not audience), None)
        if other is not None:
            yield _said(audience, other)


def _digest(audience: Audience) -> bytes:
    afterwards = (
        sorted(audience.exclude), audience.consent, audience.membership, audience.shape, audience.priority,
    )  # fmt: skip
    return blake2b(f"{canonical_text(audience.rule)} {afterwards}".encode(), digest_size=16).digest()


def _said(audience: Audience, other: Audience) -> Finding:
    place = f"{other.where.file}:{other.where.line}"
    got = f"the members of {other.key} ({place}) once more: the rules mean the same"
    return Finding(audience, ("rule",), got, "one audience for the same people", f"Use {{audience: {other.key}}}.")
