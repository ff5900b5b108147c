"""Audiences that are always the same people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from hashlib import blake2b

from plateia.rules.canonical import canonical_text
from plateia.rules.lint.findings import Finding, Findings
from plateia.rules.lint.screening.atoms import atoms
from plateia.rules.tree import Audience


def twins(audiences: Mapping[str, Audience]) -> Findings:
    """Warn about each audience that has the members of an earlier one on a site, by key; of several, the first.

    Equal are the canonical rule and all that is done to members afterwards. Only audiences of the same names and
    values are brought into canonical form.
    """
    alike: dict[Hashable, list[Audience]] = defaultdict(list)
    for key in sorted(audiences):
        alike[hash((atoms(audiences[key].rule), *_afterwards(audiences[key])))].append(audiences[key])
    for several in alike.values():
        if len(several) > 1:
            yield from _equal(several)


def _equal(audiences: Iterable[Audience]) -> Findings:
    first: dict[tuple[bytes, str], Audience] = {}
    for audience in audiences:
        digest = _digest(audience)
        others = [first.setdefault((digest, site), audience) for site in audience.sites]
        other = next((other for other in others if other is not audience), None)
        if other is not None:
            yield _said(audience, other)


def _afterwards(audience: Audience) -> tuple[Hashable, ...]:
    exclude = tuple(sorted(audience.exclude))
    return exclude, audience.consent, audience.membership, audience.shape, audience.yields_to


def _digest(audience: Audience) -> bytes:
    text = f"{canonical_text(audience.rule)} {_afterwards(audience)}"
    return blake2b(text.encode(), digest_size=16).digest()


def _said(audience: Audience, other: Audience) -> Finding:
    place = f"{other.where.file}:{other.where.line}"
    got = f"the members of {other.key} ({place}) once more: the rules mean the same"
    return Finding(audience, ("rule",), got, "one audience for the same people", f"Use {{audience: {other.key}}}.")
