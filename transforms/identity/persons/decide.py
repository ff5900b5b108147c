"""From the evidence of whole groups, and whose their values were, to the rows that tell who is who now.

A group holds whole components of evidence, and whole persons of before: nothing outside it is asked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from plateia.identity.tokens import TokenKeys
from plateia.rules.windows import microseconds
from transforms.identity.grouped import whole_groups
from transforms.identity.persons.before import before_of
from transforms.identity.persons.caps import told_apart
from transforms.identity.persons.claims import claims_of, holders
from transforms.identity.persons.fresh import fresh_id
from transforms.identity.persons.outcome import COLLISION, Naming, batch_of
from transforms.identity.persons.values import CollisionError, values_of
from transforms.identity.rules import Rules

EDGE, HELD, PERSON = range(3)  # what a row of a group is


@dataclass(frozen=True)
class Decision:
    """What a worker needs to decide; ``taken`` are ids that a fresh person may not get."""

    rules: Rules
    keys: TokenKeys
    as_of: datetime
    taken: Collection[str] = ()

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Decide about groups, sorted by ``group``; two values with one number are told of, and nothing else is."""
        for table, _ in whole_groups(batches, "group"):
            try:
                yield from list(self._decided(table))
            except CollisionError:
                yield COLLISION

    def _decided(self, table: pa.Table) -> Iterator[pa.RecordBatch]:
        edges, held, people = (table.filter(pc.equal(table["what"], what)) for what in (EDGE, HELD, PERSON))
        values, refused = told_apart(values_of(edges), edges, self.rules, self.keys)
        before = before_of(held, people, values)
        claims = claims_of(values, before, self.rules)
        holder = holders(claims, values, before, self.keys)
        least = values.least(holder < 0, self.keys)
        ids = [
            before.persons[person] if person >= 0 else self._fresh(least[component])
            for component, person in enumerate(holder.tolist())
        ]
        naming = Naming(values, before, claims, ids, holder, microseconds(self.as_of))
        yield batch_of("member", naming.members(self.rules))
        yield batch_of("person", naming.people())
        yield batch_of("event", naming.events())
        yield batch_of("refused", refused)

    def _fresh(self, least: bytes) -> str:
        return fresh_id(least, self.keys, as_of=self.as_of, taken=self.taken)
