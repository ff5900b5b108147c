"""docs/data-contract.md names the columns of every table, in order."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from plateia import tables
from plateia.catalogue import EventType, Relation

PAGE = (Path(__file__).parents[3] / "docs" / "data-contract.md").read_text(encoding="utf-8")
FIXED = [value for value in vars(tables).values() if isinstance(value, tables.Table)]
ROWS = {
    match[1]: match[2].split(", ")
    for match in re.finditer(r"^\| `([a-z_<>]+|relation_<name>` between entities)`? \| ([^|]+) \|", PAGE, re.MULTILINE)
}


@pytest.mark.parametrize("table", FIXED, ids=lambda table: table.name)
def test_columns_are_documented(table: tables.Table) -> None:
    assert ROWS[table.name] == table.schema.names


def test_tables_that_depend_on_the_catalogue() -> None:
    assert ROWS["people"] == [*tables.people({}).schema.names, "one a trait"]
    assert ROWS["event_<type>"] == [*tables.events(EventType("any", {})).schema.names, "one a property"]
    of_people, of_entities = (tables.relation_table(Relation("any", of, "item", {})) for of in ("person", "shop"))
    assert ROWS["relation_<name>"] == [*of_people.schema.names, "one a property"]
    assert ROWS["relation_<name>` between entities"] == [*of_entities.schema.names, "one a property"]
