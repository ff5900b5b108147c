"""Gates: which audiences of a site may be published, judged from what was written. Pure; no reading, no clock."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from plateia.records import Verdict, VerdictName
from plateia.rules.tree import Guards


@dataclass(frozen=True, slots=True)
class Previous:
    """What the pointer of an audience said before: whose members, and how many."""

    run_id: str
    size: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a run knows of an audience beside its rows.

    Attributes:
        references: The audiences that it names.
        failure: Why it could not be computed; None if it was.
        refusal: Why a model's guards hold it back before it is computed; None if they do not.
        previous: Its pointer before; None if it was never published.
    """

    key: str
    definition_hash: str
    guards: Guards
    references: tuple[str, ...] = ()
    failure: str | None = None
    refusal: str | None = None
    previous: Previous | None = None
    core_ms: float | None = None
    leaves: int | None = None


@dataclass(frozen=True, slots=True)
class _Written:
    """What was written of one audience: members, changes, and (block, hash) of each block in order."""

    size: int = 0
    entered: int = 0
    left: int = 0
    content: bytes = b""


def judge(
    candidates: Sequence[Candidate],
    *,
    site: str,
    as_of: datetime,
    members: pa.Table,
    changes: pa.Table,
    published: pa.Table,
    accepted: Collection[str] = (),
) -> list[Verdict]:
    """Judge every audience of a run on one site.

    Args:
        candidates: In topological order: who refers to another comes after it.
        members: Staged rows of the site: ``audience, block, size, hash``.
        changes: Staged rows of the site: ``audience, block, n_entered, n_left``.
        published: Rows of what the pointers said before: ``audience, block, hash``.
        accepted: Keys whose ``max_change`` is waived (``--accept-change``).

    Returns:
        One verdict a candidate, in the same order. Failed beats held beats unchanged; a failure or a hold passes on
        to who refers to it, by name.
    """
    written = _written(members, changes)
    before = _contents(published)
    verdicts: dict[str, Verdict] = {}
    for candidate in candidates:
        found = written.get(candidate.key, _Written())
        name, reasons = _verdict(candidate, found, verdicts, before.get(candidate.key, b""), candidate.key in accepted)
        computed = name != "failed" and candidate.refusal is None
        verdicts[candidate.key] = Verdict(
            site=site,
            audience=candidate.key,
            verdict=name,
            as_of=as_of,
            reasons=reasons,
            size=found.size if computed else None,
            entered=found.entered if computed else None,
            left=found.left if computed else None,
            previous_run_id=candidate.previous.run_id if candidate.previous else None,
            core_ms=candidate.core_ms,
            leaves=candidate.leaves,
            definition_hash=candidate.definition_hash,
        )
    return list(verdicts.values())


def _verdict(
    candidate: Candidate, found: _Written, verdicts: Mapping[str, Verdict], before: bytes, accepted: bool
) -> tuple[VerdictName, tuple[str, ...]]:
    if candidate.failure is not None:
        return "failed", (candidate.failure,)
    named = [(ref, verdicts[ref].verdict) for ref in candidate.references if ref in verdicts]
    failed = tuple(f"refers to `{ref}`, which failed" for ref, verdict in named if verdict == "failed")
    if failed:
        return "failed", failed
    if candidate.refusal is not None:
        return "held", (candidate.refusal,)
    change = _change(candidate, found)
    held = [*_size(candidate.guards, found.size), *([change] if change and not accepted else [])]
    held += [f"refers to `{ref}`, which was held" for ref, verdict in named if verdict == "held"]
    if held:
        return "held", tuple(held)
    if candidate.previous is not None and found.content == before:
        return "unchanged", ()
    return "published", (f"accepted: {change}",) if change else ()


def _size(guards: Guards, size: int) -> list[str]:
    reasons = []
    if guards.min_size is not None and size < guards.min_size:
        reasons.append(f"{size:,} members are fewer than min_size {guards.min_size:,}")
    if guards.max_size is not None and size > guards.max_size:
        reasons.append(f"{size:,} members are more than max_size {guards.max_size:,}")
    return reasons


def _change(candidate: Candidate, found: _Written) -> str | None:
    """How ``max_change`` is broken, if it is; a first publication or a previous size of 0 never breaks it."""
    limit, previous = candidate.guards.max_change, candidate.previous
    if limit is None or previous is None or not previous.size:
        return None
    changed = found.entered + found.left
    if changed <= limit * previous.size:
        return None
    share = Decimal(100 * changed) / previous.size
    return (
        f"{found.entered:,} entered and {found.left:,} left, {share:.1f} % of the {previous.size:,} published members; "
        f"max_change is {(limit * 100).normalize():f} %"
    )


def _written(members: pa.Table, changes: pa.Table) -> dict[str, _Written]:
    sizes, contents = _sums(members, "size"), _contents(members)
    entered, left = _sums(changes, "n_entered"), _sums(changes, "n_left")
    return {
        key: _Written(sizes.get(key, 0), entered.get(key, 0), left.get(key, 0), contents.get(key, b""))
        for key in sizes.keys() | entered.keys()
    }


def _sums(rows: pa.Table, column: str) -> dict[str, int]:
    totals = rows.group_by("audience").aggregate([(column, "sum")])
    return dict(zip(totals["audience"].to_pylist(), totals[f"{column}_sum"].to_pylist(), strict=True))


def _contents(rows: pa.Table) -> dict[str, bytes]:
    """Each audience's (block, hash) pairs in the order of the blocks; equal bytes are equal members."""
    if not rows.num_rows:
        return {}
    rows = rows.select(["audience", "block", "hash"]).sort_by([("audience", "ascending"), ("block", "ascending")])
    pairs: npt.NDArray[np.int64] = np.stack([rows["block"].to_numpy(), rows["hash"].to_numpy()], axis=1)
    runs = pc.run_end_encode(rows["audience"].combine_chunks())
    ends = runs.run_ends.to_pylist()
    return {
        key: pairs[start:end].tobytes()
        for key, start, end in zip(runs.values.to_pylist(), [0, *ends], ends, strict=False)
    }
