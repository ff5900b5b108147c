"""E-mail addresses: trimmed, NFC, case folded, their domain in ASCII (IDNA), checked by email-validator.

RFC 5321 lets a server tell the cases of a local part apart; next to none does. Dots and a ``+suffix`` tell addresses
apart everywhere but at Gmail, where a configuration may drop them.
"""

from __future__ import annotations

import re
import unicodedata

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

from plateia.declarations.identity import Gmail

_GMAIL, _GOOGLEMAIL = "gmail.com", "googlemail.com"
_LONGEST = 254  # RFC 5321, the path without its brackets
_WORD = r"[a-z0-9_+-]+"
_LABEL = r"(?!..--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_PLAIN = re.compile(rf"{_WORD}(?:\.{_WORD})*@(?:{_LABEL}\.)+[a-z]{{2,63}}")
_SPECIAL = tuple(f"{before}{name}" for name in SPECIAL_USE_DOMAIN_NAMES for before in "@.")


def spelled_email(text: str) -> str | None:
    """The address as it is spelled, case and form of its characters aside; None for a text that is none.

    Domains that can never exist (``localhost``, ``.invalid``, ``.test`` and others of RFC 6761) are no addresses.
    """
    plain = text.strip().lower()
    if plain.isascii() and len(plain) <= _LONGEST and _PLAIN.fullmatch(plain) and not plain.endswith(_SPECIAL):
        return plain  # what checked_email returns, in a tenth of the time
    return checked_email(text)


def checked_email(text: str) -> str | None:
    """The same as ``spelled_email``, by email-validator alone."""
    local, at, domain = unicodedata.normalize("NFC", text.strip()).rpartition("@")
    # IDNA has its own folding: by Unicode's, straße.de would be strasse.de, which is another domain.
    folded = f"{unicodedata.normalize('NFC', local.casefold())}@{domain}"
    if not at or len(folded) > _LONGEST:
        return None
    try:
        found = validate_email(folded, check_deliverability=False)
    except EmailNotValidError:
        return None
    return f"{found.local_part}@{found.ascii_domain}"


def canonical_email(spelled: str, gmail: Gmail) -> str | None:
    """What all spellings of one mailbox have in common; None where nothing of the local part is left."""
    local, _, domain = spelled.rpartition("@")
    if domain == _GOOGLEMAIL and gmail.googlemail:
        domain = gmail.googlemail
    if domain == _GMAIL:
        local = local.partition("+")[0] if gmail.plus == "drop" else local
        local = local.replace(".", "") if gmail.dots == "drop" else local
    return f"{local}@{domain}" if local else None
