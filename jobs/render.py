"""Outcomes as a person reads them: a table on stdout, each problem on a line of stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from plateia.clock import iso
from plateia.trace import Outcome

if TYPE_CHECKING:
    from transforms.audience.preview import Counted

_MOST_PROBLEMS = 1_000
_LEADING = ("site", "audience", "source", "table", "size", "entered", "left", "verdict")
_FOR_SCRIPTS = ("previous_run_id", "core_ms", "leaves")  # in --json, and more than a person wants to see
_UNCUT = 4_000  # characters: wider than any row


def render_outcome(outcome: Outcome, *, table: bool = True) -> None:
    """Print the results as a table (unless the command printed them itself) and the problems one a line."""
    if table and outcome.results:
        print_table(outcome.results)
    for problem in outcome.errors[:_MOST_PROBLEMS]:
        sys.stderr.write(f"error: {problem}\n")
    if len(outcome.errors) > _MOST_PROBLEMS:
        sys.stderr.write(f"error: and {len(outcome.errors) - _MOST_PROBLEMS:,} more\n")


def print_table(rows: Sequence[Mapping[str, object]], *, columns: Sequence[str] | None = None) -> None:
    """Print rows under the names of their columns, numbers to the right."""
    names = list(columns or _ordered(rows))
    grid = Table(box=None, pad_edge=False, header_style="bold")
    for name in names:
        numeric = any(isinstance(row.get(name), int | float) for row in rows)
        grid.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        grid.add_row(*(Text(_cell(row.get(name))) for name in names))
    console().print(grid, highlight=False)


def print_counts(root: Counted) -> None:
    """Print a tree of conditions: for how many people each holds."""
    print_tree(root, _counted)


def console() -> Console:
    """Writes to stdout; piped, no line is cut or wrapped."""
    return Console() if sys.stdout.isatty() else Console(width=_UNCUT)


def print_tree(root: Mapping[str, object], label: Callable[[Mapping[str, object]], Text]) -> None:
    """Print rows that are nested by their ``children``, each under its label."""

    def branch(node: Mapping[str, object], tree: Tree) -> Tree:
        children = node["children"]
        for child in children if isinstance(children, list) else []:
            branch(child, tree.add(label(child)))
        return tree

    console().print(branch(root, Tree(label(root))), highlight=False)


def _counted(node: Mapping[str, object]) -> Text:
    return Text.assemble((_cell(node["size"]) or "?", "bold"), f"  {node['text']}")


def _ordered(rows: Sequence[Mapping[str, object]]) -> list[str]:
    seen = [name for name in dict.fromkeys(name for row in rows for name in row) if name not in _FOR_SCRIPTS]
    return [n for n in _LEADING if n in seen] + [n for n in seen if n not in _LEADING]


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.1f}"
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, list | tuple):
        return "; ".join(str(item) for item in value)
    return str(value)
