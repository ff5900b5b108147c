"""Every kind of node in plain English: the golden file holds rules and what is said of them."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from plateia.config import Plain, load_documents
from plateia.rules.describe import describe
from tests.unit.rules.shop import rule_of

GOLDEN = Path(__file__).parent / "golden" / "descriptions.yml"
CASES = cast(list[dict[str, Plain]], load_documents(GOLDEN, GOLDEN.name)[0][0].value["rules"])


@pytest.mark.parametrize("case", [pytest.param(case, id=str(case["says"])) for case in CASES])
def test_a_node_in_one_line(case: dict[str, Plain], tmp_path: Path) -> None:
    assert describe(rule_of(case["rule"], tmp_path)) == case["says"]
