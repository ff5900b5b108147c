"""Why two values are one person, or are not, in rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from jobs.identity.asking import Asking, Stored
from plateia.tables import IDENTITY_EDGES, IDENTITY_EDGES_REFUSED
from transforms.identity.explaining import Known, known_edges, strongest_path, value_of
from transforms.identity.rules import Rules


@dataclass(frozen=True)
class Asked:
    """A value that is asked about: as it was written, its token, whose it is, whether several share it."""

    text: str
    stored: Stored | None
    person: str | None
    is_shared: bool


def explain(asking: Asking, one: Asked, other: Asked) -> dict[str, object]:
    """One row: the verdict, both persons, the path between the values with its weakest edge, and what was refused."""
    names = {asked.stored: asked.text for asked in (one, other) if asked.stored is not None}
    path = _path(asking, one, other) if one.person is not None and one.person == other.person else None
    shown = None if path is None else [_shown(edge, names) for edge in path]
    weakest = None if not path else _shown(min(path, key=lambda edge: edge.score), names)
    return {
        "verdict": _verdict(one, other),
        "persons": [one.person, other.person],
        "path": shown,
        "weakest": weakest,
        "refused": [] if path is not None else _refused(asking, one, other, names),
    }


def _verdict(one: Asked, other: Asked) -> str:
    for asked in (one, other):
        if asked.is_shared:
            return f"not one person: {asked.text} is shared by several"
        if asked.person is None:
            return f"nobody knows: {asked.text} is unknown"
    return "one person" if one.person == other.person else "not one person"


def _path(asking: Asking, one: Asked, other: Asked) -> list[Known]:
    assert one.person is not None
    assert one.stored is not None
    assert other.stored is not None
    members = asking.members([one.person])
    tokens = pa.array(sorted(token for _, token in members), pa.binary())
    rows = asking.rows(IDENTITY_EDGES, {"token_a": tokens}).to_pylist()
    assert asking.state.as_of is not None
    live = known_edges(rows, Rules.of(asking.identity), as_of=asking.state.as_of)
    inside = [edge for edge in live if edge.a in members and edge.b in members]
    return strongest_path(inside, one.stored, other.stored) or []


def _refused(asking: Asking, one: Asked, other: Asked, names: Mapping[Stored, str]) -> list[dict[str, object]]:
    """The refused edges between both, and those to shared values that both were seen beside."""
    sides = []
    for asked in (one, other):
        if asked.stored is None:
            return []
        sides.append({asked.stored} if asked.person is None else set(asking.members([asked.person])))
    tokens = pa.array(sorted(token for side in sides for _, token in side), pa.binary())
    rows = asking.rows(IDENTITY_EDGES_REFUSED, {"token_a": tokens, "token_b": tokens}).to_pylist()
    between = []
    reached: list[set[Stored]] = [set(), set()]
    for row in rows:
        ends = (value_of(row, "a"), value_of(row, "b"))
        if any(ends[first] in sides[0] and ends[1 - first] in sides[1] for first in (0, 1)):
            between.append(row)
        for side, members in enumerate(sides):
            reached[side] |= {ends[1 - place] for place in (0, 1) if ends[place] in members}
    common = reached[0] & reached[1]
    between += [row for row in rows if {value_of(row, "a"), value_of(row, "b")} & common]
    return [_refusal(row, names) for row in sorted(between, key=lambda row: -float(str(row["score"])))]


def _refusal(row: dict[str, object], names: Mapping[Stored, str]) -> dict[str, object]:
    ends = [_name(value_of(row, end), names) for end in ("a", "b")]
    return {"between": ends, "source": row["source"], "score": row["score"], "rule": row["rule"]}


def _shown(edge: Known, names: Mapping[Stored, str]) -> dict[str, object]:
    return {
        "between": [_name(edge.a, names), _name(edge.b, names)],
        "source": edge.source,
        "first_seen": edge.first_seen,
        "last_seen": edge.last_seen,
        "count": edge.count,
        "verified": edge.verified,
        "score": edge.score,
    }


def _name(value: Stored, names: Mapping[Stored, str]) -> str:
    """What was asked about by its own words; any other value by its type and the end of its token."""
    return names.get(value) or f"{value[0]} #{value[1][-3:].hex()}"
