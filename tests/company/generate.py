"""Make the whole company from one seed."""

from __future__ import annotations

from pathlib import Path
from random import Random

from tests.company import orders, people, ties, visits
from tests.company.configs import write_configs
from tests.company.world import Truth

SEED = 20_181_108


def generate(root: Path) -> Truth:
    """Write ``root/data`` and ``root/configs``; returns what the warehouse must hold after one refresh."""
    chance, truth, data = Random(SEED), Truth(), root / "data"
    data.mkdir(parents=True)
    people.write_accounts(chance, data, truth)
    people.write_panel(chance, data, truth)
    orders.write_orders(chance, data, truth)
    orders.write_us_orders(chance, data, truth)
    visits.write_visits(chance, data, truth)
    visits.write_calls(chance, data, truth)
    ties.write_ties(chance, data, truth)
    write_configs(root)
    return truth
