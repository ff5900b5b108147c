"""What may be published: from rows that were written, never from the plan."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest

from plateia.records import Verdict
from plateia.rules.tree import Guards
from tests.unit.audience.table_reader import AS_OF
from transforms.audience.gates import Candidate, Previous, judge

_NO_GUARDS = Guards()


def candidate(key: str = "a", guards: Guards = _NO_GUARDS, before: int | None = None, **parts: object) -> Candidate:
    previous = None if before is None else Previous("r0", before)
    return Candidate(key, "hash", guards, previous=previous, **parts)  # type: ignore[arg-type]


def rows(kind: str, *values: tuple[object, ...]) -> pa.Table:
    names = {
        "members": ["audience", "block", "size", "hash"],
        "changes": ["audience", "block", "n_entered", "n_left"],
        "published": ["audience", "block", "hash"],
    }[kind]
    types = [pa.string(), pa.int32(), *[pa.int64()] * (len(names) - 2)]
    return pa.table([pa.array([row[i] for row in values], types[i]) for i in range(len(names))], names=names)


def verdicts(
    *candidates: Candidate,
    members: pa.Table | None = None,
    changes: pa.Table | None = None,
    published: pa.Table | None = None,
    accepted: tuple[str, ...] = (),
) -> dict[str, Verdict]:
    found = judge(
        candidates,
        site="mlb",
        as_of=AS_OF,
        members=rows("members") if members is None else members,
        changes=rows("changes") if changes is None else changes,
        published=rows("published") if published is None else published,
        accepted=accepted,
    )
    assert [verdict.audience for verdict in found] == [one.key for one in candidates]
    return {verdict.audience: verdict for verdict in found}


def test_sizes_and_changes_are_added_over_blocks() -> None:
    found = verdicts(
        candidate(before=150),
        members=rows("members", ("a", 0, 100, 1), ("a", 2, 60, 2), ("b", 0, 9, 9)),
        changes=rows("changes", ("a", 0, 20, 5), ("a", 2, 0, 5)),
    )["a"]
    assert (found.verdict, found.size, found.entered, found.left) == ("published", 160, 20, 10)
    assert found.previous_run_id == "r0"


def test_an_audience_without_members_is_published_with_size_0() -> None:
    found = verdicts(candidate())["a"]
    assert (found.verdict, found.size, found.entered, found.left) == ("published", 0, 0, 0)


@pytest.mark.parametrize(
    ("published", "verdict"),
    [
        pytest.param([("a", 1, 8), ("a", 0, 7)], "unchanged", id="the same blocks in another order"),
        pytest.param([("a", 0, 7)], "published", id="one block more"),
        pytest.param([("a", 0, 7), ("a", 1, 9)], "published", id="another hash"),
        pytest.param([("a", 0, 7), ("a", 1, 8), ("a", 2, 8)], "published", id="one block less"),
        pytest.param([("b", 0, 7), ("b", 1, 8)], "published", id="of another audience"),
    ],
)
def test_unchanged_means_the_same_blocks_with_the_same_hashes(
    published: list[tuple[object, ...]], verdict: str
) -> None:
    found = verdicts(
        candidate(before=5),
        members=rows("members", ("a", 0, 2, 7), ("a", 1, 3, 8)),
        published=rows("published", *published),
    )
    assert found["a"].verdict == verdict


def test_empty_before_and_empty_now_is_unchanged_but_the_first_time_is_published() -> None:
    found = verdicts(candidate("a", before=0), candidate("b"))
    assert (found["a"].verdict, found["b"].verdict) == ("unchanged", "published")


@pytest.mark.parametrize(
    ("guards", "size", "reason"),
    [
        pytest.param(Guards(min_size=100), 99, "99 members are fewer than min_size 100", id="one too few"),
        pytest.param(Guards(min_size=100), 100, None, id="min_size itself passes"),
        pytest.param(Guards(max_size=1000), 1001, "1,001 members are more than max_size 1,000", id="one too many"),
        pytest.param(Guards(max_size=1000), 1000, None, id="max_size itself passes"),
        pytest.param(Guards(min_size=1), 0, "0 members are fewer than min_size 1", id="empty"),
    ],
)
def test_sizes_are_guarded(guards: Guards, size: int, reason: str | None) -> None:
    written = rows("members", ("a", 0, size, 1)) if size else None
    found = verdicts(candidate(guards=guards), members=written)["a"]
    assert found.verdict == ("held" if reason else "published")
    assert found.reasons == ((reason,) if reason else ())
    assert found.size == size


@pytest.mark.parametrize(
    ("before", "changed", "verdict"),
    [
        pytest.param(None, (1000, 0), "published", id="a first publication passes"),
        pytest.param(0, (1000, 0), "published", id="a previous size of 0 passes"),
        pytest.param(1000, (200, 100), "published", id="30 % passes 30 %"),
        pytest.param(1000, (200, 101), "held", id="one person more"),
    ],
)
def test_change_is_guarded(before: int | None, changed: tuple[int, int], verdict: str) -> None:
    found = verdicts(
        candidate(guards=Guards(max_change=Decimal("0.30")), before=before),
        members=rows("members", ("a", 0, 1000, 1)),
        changes=rows("changes", ("a", 0, *changed)),
    )["a"]
    assert found.verdict == verdict
    if verdict == "held":
        assert found.reasons == ("200 entered and 101 left, 30.1 % of the 1,000 published members; max_change is 30 %",)


def test_an_accepted_change_is_published_and_recorded_but_sizes_still_hold() -> None:
    guards = Guards(min_size=10, max_change=Decimal("0.1"))
    found = verdicts(
        candidate("a", guards, before=20),
        candidate("b", guards, before=20),
        members=rows("members", ("a", 0, 20, 1), ("b", 0, 5, 1)),
        changes=rows("changes", ("a", 0, 9, 9), ("b", 0, 0, 15)),
        accepted=("a", "b"),
    )
    assert found["a"].verdict == "published"
    assert found["a"].reasons[0].startswith("accepted: 9 entered and 9 left, 90.0 %")
    assert (found["b"].verdict, found["b"].reasons) == ("held", ("5 members are fewer than min_size 10",))


def test_failures_and_holds_pass_on_by_name() -> None:
    found = verdicts(
        candidate("failing", failure="its sum is too large"),
        candidate("small", Guards(min_size=1)),
        candidate("uses-failing", references=("failing",)),
        candidate("uses-small", references=("not-in-this-run", "small")),
        candidate("uses-both", references=("small", "uses-failing")),
        candidate("third", references=("uses-small",)),
        candidate("alone"),
    )
    assert {key: (verdict.verdict, verdict.reasons) for key, verdict in found.items()} == {
        "failing": ("failed", ("its sum is too large",)),
        "small": ("held", ("0 members are fewer than min_size 1",)),
        "uses-failing": ("failed", ("refers to `failing`, which failed",)),
        "uses-small": ("held", ("refers to `small`, which was held",)),
        "uses-both": ("failed", ("refers to `uses-failing`, which failed",)),
        "third": ("held", ("refers to `uses-small`, which was held",)),
        "alone": ("published", ()),
    }
    assert (found["failing"].size, found["failing"].entered) == (None, None)
