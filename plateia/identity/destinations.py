"""What ad platforms take in place of a value: a SHA-256 of the value as each of them spells it.

The platforms' rules differ, so that no one stored hash can serve all of them. A hash of an e-mail or a phone number is
no protection of it: it is made when it is sent, from the vault, and kept nowhere.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from plateia.declarations.identity import Encoding

_GMAIL = ("gmail.com", "googlemail.com")


def _as_spelled(text: str) -> str:
    return text


def _digits(text: str) -> str:
    return text.removeprefix("+")


def _without_gmail_dots(text: str) -> str:
    local, _, domain = text.rpartition("@")
    return f"{local.replace('.', '')}@{domain}" if domain in _GMAIL else text


def _as_uid2(text: str) -> str:
    local, _, domain = text.rpartition("@")
    return f"{local.partition('+')[0].replace('.', '')}@{domain}" if domain == "gmail.com" else text


@dataclass(frozen=True)
class Platform:
    """How a platform spells an e-mail (given trimmed, in small letters) and a phone number (given in E.164)."""

    encoding: Encoding
    email: Callable[[str], str]
    phone: Callable[[str], str]


PLATFORMS: Mapping[str, Platform] = {
    # Google Ads API, Customer Match: trimmed, small letters, dots of Gmail need not go; E.164 with its plus.
    "google": Platform("sha256-hex", _as_spelled, _as_spelled),
    # Campaign Manager 360, enhanced conversions: also without the dots before gmail.com and googlemail.com.
    "cm360": Platform("sha256-hex", _without_gmail_dots, _as_spelled),
    # Meta, Conversions API, customer information parameters: digits with the country code.
    "meta": Platform("sha256-hex", _as_spelled, _digits),
    # IABTechLab/uid2docs, normalization and encoding: Gmail without dots and suffix; Base64 of the 32 bytes themselves.
    "uid2": Platform("sha256-base64", _as_uid2, _as_spelled),
    # Snap, Conversions API, parameters: digits with the country code.
    "snap": Platform("sha256-hex", _as_spelled, _digits),
    # TikTok, Ads Manager, customer file: small letters without spaces; E.164 with its plus, as it recommends.
    "tiktok": Platform("sha256-hex", _as_spelled, _as_spelled),
}


def destination_hash(platform: str, normaliser: str, spelling: str) -> str | None:
    """What a platform takes for a value; None for one of which its spelling leaves nothing, as that is everybody's.

    Args:
        normaliser: ``email`` and ``phone`` are spelled as the platform does, anything else as it is.
        spelling: The value as ``Canon.spelling`` gives it.
    """
    rules = PLATFORMS[platform]
    spell = {"email": rules.email, "phone": rules.phone}.get(normaliser, _as_spelled)
    text = spell(spelling)
    if text in ("", "+") or text.startswith("@"):
        return None
    digest = hashlib.sha256(text.encode()).digest()
    return digest.hex() if rules.encoding == "sha256-hex" else base64.b64encode(digest).decode("ascii")
