"""Document numbers, checked by python-stdnum: their digits and check digits, without what separates them."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import import_module
from typing import cast

from stdnum.exceptions import ValidationError

# Name of the normaliser -> module of python-stdnum.
DOCUMENTS = {
    "cnpj": "stdnum.br.cnpj",
    "cpf": "stdnum.br.cpf",
    "cuit": "stdnum.ar.cuit",
    "curp": "stdnum.mx.curp",
    "dni": "stdnum.ar.dni",
    "rfc": "stdnum.mx.rfc",
    "rut": "stdnum.cl.rut",
}

# Well-formed, and nobody's: what is typed along the keys, and what Mexico's tax rules (Resolución Miscelánea Fiscal,
# claves genéricas) have written where a buyer has no RFC, or is abroad.
_NOBODYS = {
    "cpf": {"12345678909"},
    "rfc": {"XAXX010101000", "XEXX010101000"},
}

# Numbers that count people: files of a fixed width fill them up with zeros.
_PADDED = {"dni", "rut"}
_ZEROS = re.compile(r"^(?:CL)?[\s.-]*0[\s.0-]*", re.IGNORECASE)
_RFC_BARE = 10  # letters of a name and a day of birth alone: strangers have the same


def canonical_document(name: str, text: str) -> str | None:
    """The number in its compact form; None for one that cannot be, is nobody's, or is one digit over and over.

    Check digits alone let 111.111.111-11 pass.
    """
    validate = cast(Callable[[str], str], import_module(DOCUMENTS[name]).validate)
    try:
        compact = validate(_ZEROS.sub("", text.strip()) if name in _PADDED else text.strip())
    except ValidationError:
        return None
    if name == "rfc" and len(compact) == _RFC_BARE:
        return None
    return None if len(set(compact)) == 1 or compact in _NOBODYS.get(name, ()) else compact
