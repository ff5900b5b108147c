"""One block's features: tallies to freeze a schema with, and the matrix of a frozen schema."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from plateia.clock import instant_of, local_date, local_midnight
from plateia.tables import BLOCK_SIZE
from transforms.features.columns import EventColumns, trait_groups
from transforms.features.measures import Groups, Ints
from transforms.features.plan import Feature, FeaturePlan
from transforms.features.scales import scale
from transforms.features.schema import FrozenSchema, Tally

Matrix = npt.NDArray[np.float32]


class Reader(Protocol):
    """What a worker reads its block with, from one pinned version of the warehouse."""

    def people(self, columns: Sequence[str]) -> pa.Table: ...

    def events(self, event: str, columns: Sequence[str], start: int | None, end: int) -> pa.Table: ...


@dataclass(frozen=True)
class BlockPeople:
    """The alive people of a block: their ordinals, ascending, and the row of each block position (-1: nobody)."""

    table: pa.Table
    ordinals: npt.NDArray[np.int32]
    row_of: Ints

    @classmethod
    def read(cls, reader: Reader, traits: Sequence[str]) -> BlockPeople:
        table = reader.people(["ordinal", "alive", *traits])
        table = table.filter(table["alive"]).sort_by("ordinal")  # null is not alive
        ordinals = table["ordinal"].to_numpy().astype(np.int32)
        row_of = np.full(BLOCK_SIZE, -1, np.int64)
        row_of[ordinals % BLOCK_SIZE] = np.arange(len(ordinals))
        return cls(table, ordinals, row_of)


def tally_block(plan: FeaturePlan, reader: Reader) -> tuple[int, list[Tally]]:
    """How many people are alive in the block, and what each feature's values look like among them."""
    people = BlockPeople.read(reader, plan.traits)
    tallies = [
        tally for index, _, groups, names in _measured(plan, people, reader) for tally in _tallies(index, groups, names)
    ]
    return len(people.ordinals), tallies


def matrix_block(plan: FeaturePlan, schema: FrozenSchema, reader: Reader) -> tuple[npt.NDArray[np.int32], Matrix]:
    """The alive people's ordinals and their matrix, one row a person and one column a column of the schema."""
    people = BlockPeople.read(reader, plan.traits)
    matrix = np.zeros((len(people.ordinals), len(schema.columns)), np.float32)
    places: dict[str, list[int]] = {}
    for place, column in enumerate(schema.columns):
        places.setdefault(column.feature, []).append(place)
    for index, part, groups, names in _measured(plan, people, reader):
        if index < 0:
            matrix[groups.people, 0] = groups.numbers
            continue
        code_of = {name: code for code, name in enumerate(names)}
        for place in places.get(part.name, ()):
            column = schema.columns[place]
            chosen = groups.values == code_of.get(column.value, -1)
            numbers = np.full(len(people.ordinals), column.fill)
            numbers[groups.people[chosen]] = groups.numbers[chosen]
            matrix[:, place] = scale(numbers, part.scale, mean=column.mean, deviation=column.deviation)
    return people.ordinals, matrix


_ACTIVITY = Feature("activity", "count")


def _measured(
    plan: FeaturePlan, people: BlockPeople, reader: Reader
) -> Iterator[tuple[int, Feature, Groups, list[str | None]]]:
    """Each feature's groups and the names of their values; index -1 is the activity, event types added up."""
    active = np.zeros(len(people.ordinals))
    for event in plan.events:
        columns = _read_events(plan, event, people, reader)
        active += np.bincount(columns.people, minlength=len(active))
        for index, part in enumerate(plan.parts):
            if part.event == event:
                yield (index, part, *columns.measure(part, as_of_us=plan.as_of_us))
    rows = np.arange(len(active))
    yield -1, _ACTIVITY, Groups(rows, np.zeros_like(rows), active), [None]
    for index, part in enumerate(plan.parts):
        if part.trait in people.table.column_names:
            yield (index, part, *trait_groups(part, people.table[part.trait]))


def _read_events(plan: FeaturePlan, event: str, people: BlockPeople, reader: Reader) -> EventColumns:
    parts = [part for part in plan.parts if part.event == event]
    starts = [part.start_us for part in parts]
    start = None if None in starts else min(at for at in starts if at is not None)
    properties = sorted({name for part in parts for name in part.properties})
    end = max(part.end_us for part in parts)
    table = reader.events(event, ["ordinal", "at", *properties], start, end)
    if "at" not in table.column_names:  # the warehouse has no event of this type yet
        return EventColumns.none(properties)
    return EventColumns.of(table, people.row_of, start_us=start, end_us=end, midnights_us=_midnights(plan, table))


def _midnights(plan: FeaturePlan, table: pa.Table) -> Ints:
    """The first instants of the local days that the events fall on, in microseconds."""
    if table.num_rows == 0 or not any(part.kind == "days" for part in plan.parts):
        return np.empty(0, np.int64)
    zone = ZoneInfo(plan.zone)
    instants = table["at"].cast(pa.int64()).to_numpy()
    first = local_date(instant_of(int(instants.min())), zone)
    last = local_date(instant_of(int(instants.max())), zone)
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return np.array([round(local_midnight(day, zone).timestamp()) * 1_000_000 for day in days], np.int64)


def _tallies(index: int, groups: Groups, names: Sequence[str | None]) -> list[Tally]:
    if index < 0:
        return []
    size = len(names)
    people = np.bincount(groups.values, minlength=size)
    totals = np.bincount(groups.values, weights=groups.numbers, minlength=size)
    squares = np.bincount(groups.values, weights=groups.numbers**2, minlength=size)
    largest = np.full(size, -np.inf)
    np.maximum.at(largest, groups.values, groups.numbers)
    return [
        Tally(index, name, int(people[code]), float(totals[code]), float(squares[code]), float(largest[code]))
        for code, name in enumerate(names)
        if people[code]
    ]
