"""What is done to the members after the rule, in plain English."""

from __future__ import annotations

from plateia.rules.describe.conditions import duration_text
from plateia.rules.describe.nodes import rank_text
from plateia.rules.tree import Duration, Shape


def min_stay_text(stay: Duration) -> str:
    return f"a member for less than min_stay {duration_text(stay)}: stays"


def max_stay_text(stay: Duration) -> str:
    return f"a member for max_stay {duration_text(stay)} or longer: out"


def cooldown_text(wait: Duration) -> str:
    return f"left less than cooldown {duration_text(wait)} ago: out"


def shape_text(shape: Shape) -> str:
    order = "highest" if shape.order == "desc" else "lowest"
    per = "" if shape.per is None else f" of each {shape.per}"
    return f"among the {shape.limit:,} {order} by {rank_text(shape.rank_by)}{per}"


def priority_text(key: str, priority: str) -> str:
    return f"in {key}, which is higher in the priority list {priority}: out"
