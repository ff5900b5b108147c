"""What brute force says of persons keeps what is promised to those who are not asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.identity.worlds import KINDS, TOKEN_KEY, Company
from tests.oracle.identity import Naive

DAYS = (1, 1, 3, 20, 1, 45, 1, 2, 7, 1)


@pytest.mark.parametrize("silence", [True, False])
@pytest.mark.parametrize("seed", range(6))
def test_an_erasure_changes_nobody_else(tmp_path: Path, seed: int, silence: bool) -> None:
    company = Company(tmp_path, seed=seed, worlds=60)
    naive = Naive(KINDS, TOKEN_KEY.encode(), silence=silence)
    for days in DAYS:
        company.live(days)
        naive.day(company.signals, company.words, company.as_of)
        before = dict(naive.owner)
        asked = company.random.sample(sorted(before), 6)
        naive.erase(asked, company.signals, company.words, company.as_of)
        assert set(asked) <= naive.stones
        assert naive.owner == {value: person for value, person in before.items() if value not in naive.stones}
