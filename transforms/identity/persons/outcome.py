"""What becomes of the persons of whole groups: the rows of the identity tables that are about them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from plateia.tables import IDENTITY_EVENTS, IDENTITY_MEMBERS, IDENTITY_PEOPLE, INSTANT
from transforms.identity.persons.before import Before
from transforms.identity.persons.caps import REFUSED
from transforms.identity.persons.claims import Claims
from transforms.identity.persons.values import Numbers, Values
from transforms.identity.rules import Rules

MEMBERS, PEOPLE = IDENTITY_MEMBERS.schema, IDENTITY_PEOPLE.schema
EVENTS = pa.schema([field for field in IDENTITY_EVENTS.schema if field.name not in ("at", "run_id")])
STRONGEST = 0  # the place of the strongest type

PARTS: Mapping[str, pa.Schema] = {"member": MEMBERS, "person": PEOPLE, "event": EVENTS, "refused": REFUSED}
SCHEMA = pa.schema([*((name, pa.struct(list(schema))) for name, schema in PARTS.items()), ("is_collision", pa.bool_())])
COLLISION = pa.RecordBatch.from_arrays(
    [*(pa.nulls(1, SCHEMA.field(name).type) for name in PARTS), pa.array([True])], schema=SCHEMA
)


def batch_of(part: str, rows: pa.Table) -> pa.RecordBatch:
    """Rows of one table among those of others: each other column is null."""
    size = rows.num_rows
    columns = [rows[field.name].combine_chunks() for field in PARTS[part]]
    whole = pa.StructArray.from_arrays(columns, fields=list(PARTS[part]))
    mine = [whole if name == part else pa.nulls(size, SCHEMA.field(name).type) for name in PARTS]
    return pa.RecordBatch.from_arrays([*mine, pa.nulls(size, pa.bool_())], schema=SCHEMA)


@dataclass(frozen=True)
class Naming:
    """Who is who now.

    Attributes:
        ids: Of each component.
        holder: Whose id of before that is, by place; -1: it is new.
        as_of_us: The run's instant.
    """

    values: Values
    before: Before
    claims: Claims
    ids: Sequence[str]
    holder: Numbers
    as_of_us: int

    def members(self, rules: Rules) -> pa.Table:
        """The rows of ``identity_members`` that are current, or were until now.

        A value that stays with its person keeps ``valid_from``; one that changes hands has its row closed at as_of, and
        a new one from there on. What was opened and closed at one instant was never seen.
        """
        values, before, at = self.values, self.before, self.as_of_us
        here = np.flatnonzero(before.place >= 0)
        stays = np.zeros(len(before.place), np.bool_)
        stays[here] = self.holder[values.component[before.place[here]]] == before.person[here]
        since = np.full(len(values.number), at, np.int64)
        since[before.place[stays]] = before.since[stays]
        names = pa.array([kind.name for kind in rules.kinds], pa.string())
        ids, persons = pa.array(self.ids, pa.string()), pa.array(before.persons, pa.string())
        current = [
            names.take(pa.array(values.kind)),
            values.token,
            ids.take(pa.array(values.component)),
            _instants(since),
            pa.nulls(len(since), INSTANT),
            pa.array(values.confidence),
        ]
        closed = np.flatnonzero(~stays & (before.since < at))
        left = before.rows.take(pa.array(closed))
        past = [
            left["identifier_type"].combine_chunks(),
            left["token"].combine_chunks(),
            persons.take(pa.array(before.person[closed])),
            _instants(before.since[closed]),
            _instants(np.full(len(closed), at, np.int64)),
            left["confidence"].combine_chunks(),
        ]
        return pa.concat_tables(pa.Table.from_arrays(columns, schema=MEMBERS) for columns in (current, past))

    def people(self) -> pa.Table:
        """Their rows of ``identity_people``; one who ends has no identifiers."""
        values, gone = self.values, self._gone
        created = np.full(len(self.ids), self.as_of_us, np.int64)
        known = self.holder >= 0
        created[known] = self.before.created[self.holder[known]]
        counts = np.bincount(values.component, minlength=len(self.ids))
        anchors = np.bincount(values.component[values.kind == STRONGEST], minlength=len(self.ids))
        ends = [None] * len(self.ids) + [self.as_of_us] * len(gone)
        nothing = np.zeros(len(gone), np.int64)
        columns = [
            pa.array([*self.ids, *(self.before.persons[person] for person in gone.tolist())], pa.string()),
            _instants(np.concatenate([created, self.before.created[gone]])),
            pa.array(ends, pa.int64()).cast(INSTANT),
            pa.array(np.concatenate([counts, nothing]).astype(np.int32)),
            pa.array(np.concatenate([anchors, nothing]).astype(np.int32)),
        ]
        return pa.Table.from_arrays(columns, schema=PEOPLE)

    def events(self) -> pa.Table:
        """What happened to them: ``kind, person_id, other_person_id, evidence``, one row a person.

        - ``created``: an id given to values that were nobody's.
        - ``split_from``: an id given to values that were another's, with the one that most of their weight has left.
        - ``merged_into``: an id that ended, with the one that holds most of its weight.
        - ``retired``: an id that ended with nothing left; ``erased``: one whose values nobody may keep.

        ``evidence`` of a merge or a split is JSON: how many of the person's values the other has, and their weight.
        """
        return pa.Table.from_pylist([*self._begun(), *self._ended()], schema=EVENTS)

    @property
    def _gone(self) -> Numbers:
        """The persons whose ids have ended."""
        kept = np.zeros(len(self.before.persons), np.bool_)
        kept[self.holder[self.holder >= 0]] = True
        return np.flatnonzero(~kept)

    def _begun(self) -> Iterator[dict[str, object]]:
        persons, claims = self.before.persons, self.claims
        fresh = np.flatnonzero(self.holder < 0)
        most = self._most(claims.component, fresh, [persons[person] for person in claims.person.tolist()])
        for component in fresh.tolist():
            said = most.get(component, {"kind": "created"})
            yield {"kind": "split_from", "person_id": self.ids[component], **said}

    def _ended(self) -> Iterator[dict[str, object]]:
        claims, before = self.claims, self.before
        erased = set(before.person[before.erased].tolist())
        most = self._most(claims.person, self._gone, [self.ids[one] for one in claims.component.tolist()])
        for person in self._gone.tolist():
            said = most.get(person, {"kind": "erased" if person in erased else "retired"})
            yield {"kind": "merged_into", "person_id": before.persons[person], **said}

    def _most(self, side: Numbers, wanted: Numbers, others: Sequence[str]) -> dict[int, dict[str, object]]:
        """Of each wanted one of one side of the claims, the greatest of the other, and by how much."""
        found: dict[int, tuple[int, str, int]] = {}
        for claim in np.flatnonzero(np.isin(side, wanted)).tolist():
            mine = (int(self.claims.weight[claim]), others[claim], int(self.claims.identifiers[claim]))
            found[int(side[claim])] = max(mine, found.get(int(side[claim]), mine))
        return {
            one: {
                "other_person_id": other,
                "evidence": json.dumps({"identifiers": identifiers, "weight": weight}, separators=(",", ":")),
            }
            for one, (weight, other, identifiers) in found.items()
        }


def _instants(micros: Numbers) -> pa.Array:
    return pa.array(micros, pa.int64()).cast(INSTANT)
