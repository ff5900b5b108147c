"""What moves a pointer, what leaves it, and that the rest stays untouched; read back by strangers."""

from __future__ import annotations

import pyarrow as pa
import pytest

from plateia.errors import LakeError, UsageError
from plateia.lake import Lake, members, publish, retire, runs
from plateia.tables import AUDIENCE_CURRENT, AUDIENCE_MEMBERS, QUALITY_RESULTS
from plateia.trace import Run
from tests.unit.lake.building import a_run, duckdb_rows, name_people, published_sets, stage, verdict

FAR = 3 << 18  # an ordinal of another block


@pytest.fixture
def first(lake: Lake) -> Run:
    """A first publication: a, b and c on us, a on br."""
    run = a_run()
    staged = stage(lake, run, "us", {"a": {0, 1, FAR}, "b": {2, FAR}, "c": {3}}) + stage(lake, run, "br", {"a": {9}})
    sizes = {("us", "a"): 3, ("us", "b"): 2, ("us", "c"): 1, ("br", "a"): 1}
    verdicts = [verdict(site, key, "published", size=size) for (site, key), size in sizes.items()]
    publish(lake, run=run, staged=staged, verdicts=verdicts)
    return run


def pointer(lake: Lake, site: str, audience: str) -> dict[str, object]:
    rows = lake.rows(AUDIENCE_CURRENT).to_pylist()
    return next(row for row in rows if (row["site"], row["audience"]) == (site, audience))


def rows_of(lake: Lake, table: str, run: Run) -> set[tuple[str, int]]:
    """(audience, block) of a run in a table, through DuckDB."""
    query = "SELECT audience, block FROM {t} WHERE run_id = '" + run.run_id + "'"
    return {(str(audience), int(str(block))) for audience, block in duckdb_rows(query, t=lake.table_uri(table))}


def test_a_first_publication_is_read_by_strangers(lake: Lake, first: Run) -> None:
    expected = {("us", "a"): {0, 1, FAR}, ("us", "b"): {2, FAR}, ("us", "c"): {3}, ("br", "a"): {9}}
    assert published_sets(lake) == expected
    assert rows_of(lake, "audience_changes", first) == {("a", 0), ("a", 3), ("b", 0), ("b", 3), ("c", 0)}


def test_each_verdict_does_what_it_says(lake: Lake, first: Run) -> None:
    second = a_run()
    before = {"a": {0, 1, FAR}, "b": {2, FAR}, "c": {3}}
    staged = stage(lake, second, "us", {"a": {0}, "b": {2, FAR}, "c": {3, 4}, "d": {5}}, before)
    verdicts = [
        verdict("us", "a", "published", size=1, previous=first),
        verdict("us", "b", "unchanged", size=2, previous=first),
        verdict("us", "c", "held", size=2, previous=first),
        verdict("us", "d", "published", size=1),
        verdict("us", "e", "failed"),
    ]
    publish(lake, run=second, staged=staged, verdicts=verdicts)

    expected = {("us", "a"): {0}, ("us", "b"): {2, FAR}, ("us", "c"): {3}, ("us", "d"): {5}, ("br", "a"): {9}}
    assert published_sets(lake) == expected
    moved = {key: (pointer(lake, "us", key)["run_id"], pointer(lake, "us", key)["published_run"]) for key in "abcd"}
    assert moved == {
        "a": (second.run_id, second.run_id),
        "b": (first.run_id, second.run_id),
        "c": (first.run_id, first.run_id),
        "d": (second.run_id, second.run_id),
    }
    assert pointer(lake, "br", "a")["published_run"] == first.run_id
    # Neither the unchanged nor the held are left among the committed rows, whatever files they were staged in.
    assert rows_of(lake, "audience_members", second) == {("a", 0), ("d", 0)}
    assert rows_of(lake, "audience_changes", second) == {("a", 0), ("a", 3), ("d", 0)}
    history = {row["audience"]: (row["verdict"], row["reasons"]) for row in runs(lake, run_id=second.run_id)}
    assert history == {
        "a": ("published", []), "b": ("unchanged", []), "c": ("held", ["too small"]), "d": ("published", []),
        "e": ("failed", ["too small"]),
    }  # fmt: skip


def test_everything_unchanged_commits_no_members_and_leaves_no_files(lake: Lake, first: Run) -> None:
    version = lake.version("audience_members")
    second = a_run()
    staged = stage(lake, second, "br", {"a": {9}}, {"a": {9}})
    publish(lake, run=second, staged=staged, verdicts=[verdict("br", "a", "unchanged", size=1, previous=first)])
    assert lake.version("audience_members") == version
    assert not lake.store.listing("audience_members", "site=br", f"run_id={second.run_id}")
    assert pointer(lake, "br", "a")["run_id"] == first.run_id
    assert pointer(lake, "br", "a")["published_run"] == second.run_id


def test_an_audience_without_members_is_published(lake: Lake) -> None:
    publish(lake, run=a_run(), staged=[], verdicts=[verdict("us", "nobody", "published")])
    assert published_sets(lake) == {("us", "nobody"): set()}
    assert members(lake, "us", "nobody").to_pylist() == []


def test_a_pointer_that_moved_meanwhile_is_not_overwritten(lake: Lake, first: Run) -> None:
    late = a_run()
    staged = stage(lake, late, "us", {"a": {7}})
    publish(lake, run=(other := a_run()), staged=[], verdicts=[verdict("us", "a", "published", previous=first)])
    with pytest.raises(LakeError, match="another run has published it meanwhile"):
        publish(lake, run=late, staged=staged, verdicts=[verdict("us", "a", "published", size=1, previous=first)])
    assert pointer(lake, "us", "a")["run_id"] == other.run_id


def test_a_run_publishes_once(lake: Lake) -> None:
    run = a_run()
    publish(lake, run=run, staged=[], verdicts=[verdict("us", "a", "published")])
    with pytest.raises(LakeError, match="has published already"):
        publish(lake, run=run, staged=[], verdicts=[verdict("us", "b", "published")])


def test_a_replayed_commit_of_files_is_no_second_commit(lake: Lake) -> None:
    run = a_run()
    staged = stage(lake, run, "us", {"a": {1}})
    version = lake.commit_files(AUDIENCE_MEMBERS, staged, run_id=run.run_id)
    assert lake.commit_files(AUDIENCE_MEMBERS, staged, run_id=run.run_id) == version
    assert rows_of(lake, "audience_members", run) == {("a", 0)}


def test_quality_results_are_kept_with_the_run(lake: Lake) -> None:
    run = a_run()
    row = {"run_id": run.run_id, "table": "audience_members", "suite": "s", "expectation": "e", "success": True}
    quality = pa.Table.from_pylist([row], schema=QUALITY_RESULTS.schema)
    publish(lake, run=run, staged=[], verdicts=[verdict("us", "a", "held")], quality=quality)
    assert lake.rows(QUALITY_RESULTS).to_pylist() == quality.to_pylist()
    assert published_sets(lake) == {}


def test_members_are_sorted_by_utf8_bytes_without_the_retired(lake: Lake) -> None:
    # UTF-16 order would put the emoji before the full-width tilde, and a locale would put é beside e.
    ids = ["z", "é", "\N{FULLWIDTH TILDE}", "\N{GRINNING FACE}", "10", "9", None, "Z", "not a member"]
    name_people(lake, "us", ids)
    name_people(lake, "br", ["somebody else"])
    run = a_run()
    staged = stage(lake, run, "us", {"a": range(8)})
    publish(lake, run=run, staged=staged, verdicts=[verdict("us", "a", "published", size=8)])
    expected = sorted((name for name in ids[:8] if name), key=lambda name: name.encode())
    assert members(lake, "us", "a").to_pylist() == expected


def test_one_audience_among_many_is_found(lake: Lake) -> None:
    name_people(lake, "us", [f"{number:04d}" for number in range(1000)])
    run = a_run()
    staged = stage(lake, run, "us", {f"audience-{number:03d}": {number} for number in range(300)})
    verdicts = [verdict("us", f"audience-{number:03d}", "published", size=1) for number in range(300)]
    publish(lake, run=run, staged=staged, verdicts=verdicts)
    assert members(lake, "us", "audience-217").to_pylist() == ["0217"]


@pytest.mark.usefixtures("first")
def test_members_of_what_is_not_published_is_a_users_mistake(lake: Lake) -> None:
    with pytest.raises(UsageError, match=r"'aa' has no published members on us; expected one of: a, b, c"):
        members(lake, "us", "aa")


@pytest.mark.usefixtures("first")
def test_retire_takes_the_pointer_on_every_site_and_nothing_else(lake: Lake) -> None:
    history = runs(lake)
    assert retire(lake, "a", run_id="r") == ["br", "us"]
    assert published_sets(lake) == {("us", "b"): {2, FAR}, ("us", "c"): {3}}
    assert runs(lake) == history
    assert retire(lake, "a", run_id="r") == []


def test_runs_are_newest_first_and_filtered(lake: Lake, first: Run) -> None:
    second = a_run()
    publish(lake, run=second, staged=[], verdicts=[verdict("us", "a", "held", previous=first)])
    newest = max(first.run_id, second.run_id)
    assert [row["run_id"] for row in runs(lake, limit=1)] == [newest]
    assert {(row["site"], row["run_id"]) for row in runs(lake, sites=["br"])} == {("br", first.run_id)}
    assert {row["audience"] for row in runs(lake, audiences=["b", "c"])} == {"b", "c"}
    assert runs(lake, run_id="nobody's") == []
