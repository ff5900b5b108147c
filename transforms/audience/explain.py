"""Why one person is, or is not, in an audience: the truth of every node of its rule and the value behind it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pyarrow as pa

from plateia.tables import BLOCK_BITS, INSTANT
from transforms.audience.behaviour import read_events
from transforms.audience.evaluation import Evaluation, people_columns
from transforms.audience.leaves.columns import Column, DoubleColumn, IntegerColumn
from transforms.audience.leaves.errors import LeafError
from transforms.audience.leaves.measures import measure
from transforms.audience.leaves.traits import PeopleTable
from transforms.audience.meter import Meter
from transforms.audience.plan import BlockReader, EventLeaf, Outline, SitePlan, TraitLeaf

Value = str | int | float | bool | list[str] | None
Explanation = dict[str, "str | bool | Value | list[Explanation]"]


def explain_person(plan: SitePlan, reader: BlockReader, ordinal: int, *, audience: str) -> Explanation:
    """Explain one person with the kernel that builds the audiences.

    Args:
        plan: Compiled with an outline of the audience.
        reader: Of the person's block.
        ordinal: The person.

    Returns:
        ``{text, truth, value, children}``, nested like the rule. The root is the audience: its truth is membership,
        after excludes. ``truth`` is None where a node could not be evaluated, ``value`` where a node has none.
    """
    block, place = ordinal >> BLOCK_BITS, ordinal & ((1 << BLOCK_BITS) - 1)
    truths = _truths(plan, reader, block, place)
    people = PeopleTable(reader.people(people_columns(plan)), block)
    values = {
        node: _value(leaf, reader, people, place, ZoneInfo(plan.zone))
        for node, leaf in enumerate(plan.leaves)
        if isinstance(leaf, TraitLeaf | EventLeaf) and people.has(place)
    }

    def told(outline: Outline) -> Explanation:
        return {
            "text": outline.text,
            "truth": truths[outline.node],
            "value": values.get(outline.node),
            "children": [told(child) for child in outline.children],
        }

    return told(plan.outlines[audience])


def _truths(plan: SitePlan, reader: BlockReader, block: int, place: int) -> list[bool | None]:
    word, bit = divmod(place, 64)
    return [
        None if words is None else word < words.size and bool(int(words[word]) >> bit & 1)
        for _, words in Evaluation(plan, reader, block, Meter(plan)).nodes()
    ]


def _value(leaf: TraitLeaf | EventLeaf, reader: BlockReader, people: PeopleTable, place: int, zone: ZoneInfo) -> Value:
    """The trait or measure that a leaf compares; None where it is missing or cannot be computed."""
    try:
        if isinstance(leaf, TraitLeaf):
            return _plain(people.value(leaf.trait, place))
        events = read_events(reader, leaf.event, [leaf], people)
        matches = events.matches(leaf).within(leaf.start, leaf.end)
        column = measure(leaf.measured, matches, people.population.alive, zone)
        return _measured(column, place, events.type_of(leaf.measured))
    except LeafError:
        return None


def _measured(column: Column, place: int, kind: pa.DataType | None) -> Value:
    """The value of a measure at a place, as text where it is a date, an instant or a decimal."""
    if not isinstance(column, IntegerColumn | DoubleColumn) or (column.valid is not None and not column.valid[place]):
        return None
    if isinstance(column, DoubleColumn):
        return float(column.values[place])
    number = int(column.values[place])
    if kind is not None and (pa.types.is_date(kind) or pa.types.is_timestamp(kind)):
        return _plain(pa.scalar(number, pa.date32() if pa.types.is_date(kind) else INSTANT).as_py())
    return str(Decimal(number).scaleb(-column.scale)) if column.scale else number


def _plain(value: object) -> Value:
    if isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, str | int | float | bool | list | None) else str(value)
