"""The persons of a company by ``resolve-identities``, read as others read them: from the published table."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout

import numpy as np

from benchmarks.labels.company import Company
from benchmarks.labels.evaluation import Labels
from jobs import resolve_identities
from jobs.identity.state import read_state
from plateia.lake import Lake
from plateia.tables import IDENTITY_MEMBERS

_AS_OF = "2031-01-01T00:00:00Z"


def resolved_clusters(company: Company) -> Labels:
    """The cluster of each record; one that no edge names is alone.

    Raises:
        SystemExit: The command failed.
    """
    with redirect_stdout(sys.stderr):
        code = resolve_identities.main(["--configs", str(company.configs), "--as-of", _AS_OF, "--quiet"])
    if code:
        raise SystemExit(f"resolve-identities: exit {code} on {company.dataset.name}")
    lake = Lake.open(str(company.folder / "lake"))
    rows = lake.rows(IDENTITY_MEMBERS, version=read_state(lake).pins[IDENTITY_MEMBERS.name])
    persons = dict(zip(rows["token"].to_pylist(), rows["person_id"].to_pylist(), strict=True))
    named = zip(company.dataset.values, company.inner_tokens, strict=True)
    return np.array([persons.get(company.keys.wrap(inner), value) for value, inner in named])
