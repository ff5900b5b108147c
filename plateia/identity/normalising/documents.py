"""Document numbers, checked by python-stdnum: their digits and check digits, without what separates them."""

from __future__ import annotations

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


def canonical_document(name: str, text: str) -> str | None:
    """The number in its compact form; None for one that cannot be, or is one digit over and over.

    Check digits alone let 111.111.111-11 pass.
    """
    validate = cast(Callable[[str], str], import_module(DOCUMENTS[name]).validate)
    try:
        compact = validate(text.strip())
    except ValidationError:
        return None
    return None if len(set(compact)) == 1 else compact
