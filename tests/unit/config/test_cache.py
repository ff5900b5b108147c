"""A load through the cache finds what a load without it finds, whatever was edited, deleted, damaged or moved."""

from __future__ import annotations

import hashlib
import os
import pickle
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plateia.workspace import load_workspace
from plateia.workspace.bound import binders, packs
from plateia.workspace.bound.values import Values
from tests.company.configs import write_configs
from tests.unit.config.cached import TEXTS, cached, caching, forget, plain, write

Change = Callable[[bytes], bytes]
FILES = {f"audiences/{n:02}.yml": text for n, text in enumerate(TEXTS)}


@pytest.fixture
def configs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files of ``TEXTS``, with both lists there."""
    caching(monkeypatch)
    for name in ("configs/audiences/near.csv", "raw/far.csv", "elsewhere/far.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("person_id\n1\n", "utf-8")
    return write(tmp_path, FILES)


@pytest.fixture
def bound(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are bound afresh, as they are."""
    names: list[str] = []
    bind = binders.bind_file

    def noting(path: Path, *args: object) -> object:
        names.append(path.name)
        return bind(path, *args)  # type: ignore[arg-type]  # passed on as they come

    monkeypatch.setattr(binders, "bind_file", noting)
    return names


def packs_in(configs: Path) -> list[Path]:
    return sorted((configs.parent / ".plateia" / "cache").iterdir())


def test_cold_warm_and_in_one_process_find_the_same(
    configs: Path, bound: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = plain(configs)
    assert cached(configs) == expected
    assert len(bound) == len(FILES)
    assert len(packs_in(configs)) > 1
    bound.clear()
    assert cached(configs) == expected
    forget(monkeypatch)
    assert cached(configs) == expected
    assert bound == []


def test_every_value_of_the_language_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    caching(monkeypatch)
    configs = write_configs(tmp_path)
    expected = plain(configs)
    assert len(expected) > 400
    assert cached(configs) == expected
    forget(monkeypatch)
    assert cached(configs) == expected


def test_an_edited_file_alone_is_bound_again(configs: Path, bound: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    cached(configs)
    for fresh in (False, True):
        bound.clear()
        with (configs / "audiences/02.yml").open("a", encoding="utf-8") as file:
            file.write(f"owner: {fresh}\n")
        if fresh:
            forget(monkeypatch)
        assert cached(configs) == plain(configs)
        assert bound == ["02.yml"]


def test_a_deleted_file_vanishes_from_the_packs_too(configs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = cached(configs)
    (configs / "audiences/00.yml").unlink()
    assert cached(configs) == plain(configs) != before
    (configs / "audiences/01.yml").write_text("audience: new\nsites: all\nrule: {audience: gold}\n", "utf-8")
    forget(monkeypatch)
    cached(configs)
    digests = {hashlib.sha256(path.read_bytes()).digest() for path in (configs / "audiences").glob("*.yml")}
    held = [packs.read_pack(path.read_bytes(), digest_of(path), Values()) for path in packs_in(configs)]
    assert {content for pack in held if pack for content in pack.contents} == digests


def digest_of(path: Path) -> bytes:
    start = len(packs._MAGIC)
    return path.read_bytes()[start : start + 32]


def smuggled(data: bytes) -> bytes:
    """A pack with everything right, but that its body would call a function."""

    class Call:
        def __reduce__(self) -> tuple[object, ...]:
            return os._exit, (3,)

    body = pickle.dumps(({b"": Call()}, ()))
    head = data[: len(packs._MAGIC) + 32]
    return head + hashlib.sha256(body).digest() + body


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda data: data[: len(data) // 2], id="half"),
        pytest.param(lambda data: data[:0], id="empty"),
        pytest.param(lambda data: data[:-9] + b"x" + data[-8:], id="another byte"),
        pytest.param(lambda data: data.replace(b"audiences 1", b"audiences 0"), id="another format"),
        pytest.param(smuggled, id="calls a function"),
    ],
)
def test_a_damaged_pack_is_ignored_and_written_again(
    configs: Path, damage: Change, bound: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = cached(configs)
    damaged = packs_in(configs)[0]
    whole = damaged.read_bytes()
    damaged.write_bytes(damage(whole))
    bound.clear()
    forget(monkeypatch)
    assert cached(configs) == expected
    assert 0 < len(bound) < len(FILES)
    bound.clear()
    forget(monkeypatch)
    assert cached(configs) == expected
    assert bound == []


@pytest.mark.parametrize("fresh", [pytest.param(True, id="fresh process"), pytest.param(False, id="same process")])
def test_other_sources_and_other_code_make_every_file_new(
    configs: Path, fresh: bool, bound: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = cached(configs)
    people = configs / "sources/people.yml"
    people.write_text(people.read_text("utf-8").replace("gold, silver", "gold, silver, bronze"), "utf-8")
    bound.clear()
    if fresh:
        forget(monkeypatch)
    assert cached(configs) == plain(configs) != before
    assert len(bound) == len(FILES)
    monkeypatch.setattr("plateia.workspace.bound.digest._code", lambda: "newer")
    bound.clear()
    cached(configs)
    assert len(bound) == len(FILES)


@pytest.mark.parametrize("fresh", [pytest.param(True, id="fresh process"), pytest.param(False, id="same process")])
def test_a_list_that_comes_or_goes_or_lies_elsewhere_is_noticed(
    configs: Path, fresh: bool, bound: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def check(environment: str = "local") -> None:
        bound.clear()
        if fresh:
            forget(monkeypatch)
        assert cached(configs, environment) == plain(configs, environment)
        assert bound == ["07.yml"]

    cached(configs)
    check("other")  # ${data} is another folder there
    (configs.parent / "elsewhere/far.csv").unlink()
    check("other")
    check()
    (configs / "audiences/near.csv").unlink()
    check()
    (configs / "audiences/near.csv").write_text("person_id\n", "utf-8")
    check()


def test_a_moved_configuration_finds_its_new_places(configs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cached(configs)
    moved = configs.parent.with_name("moved")
    shutil.move(configs.parent, moved)
    forget(monkeypatch)
    assert cached(moved / "configs") == plain(moved / "configs")


def test_a_crash_while_writing_leaves_no_half_pack(configs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = plain(configs)

    class CrashError(Exception):
        pass

    def crash(*paths: Path) -> Path:
        raise CrashError(paths)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", crash)
        with pytest.raises(CrashError):
            load_workspace(configs)
    assert [path.suffix for path in packs_in(configs)] == [".tmp"]
    forget(monkeypatch)
    assert cached(configs) == expected
    assert {path.suffix for path in packs_in(configs)} == {".pack"}


def test_where_nothing_can_be_kept_everything_is_bound(configs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (configs.parent / ".plateia").write_text("a file in its place", "utf-8")
    expected = plain(configs)
    assert cached(configs) == expected
    forget(monkeypatch)
    assert cached(configs) == expected


def test_a_small_configuration_leaves_no_cache(configs: Path) -> None:
    plain(configs)
    assert not (configs.parent / ".plateia").exists()


@pytest.mark.parametrize(
    "python",
    [
        pytest.param(sys.executable, id="sound"),
        pytest.param("/no/python", id="cannot start"),
        pytest.param("/bin/true", id="end at once"),
    ],
)
def test_several_processes_find_the_same(configs: Path, python: str, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = plain(configs)
    monkeypatch.setattr(binders, "_WORTH_A_PROCESS_BYTES", 1)
    monkeypatch.setattr(binders.os, "cpu_count", lambda: 2)
    monkeypatch.setattr(binders.sys, "executable", python)
    assert cached(configs) == expected


edits = st.tuples(
    st.sampled_from(sorted(FILES)),
    st.none() | st.sampled_from(TEXTS),
    st.booleans(),
    st.sampled_from(["local", "other"]),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(edits, min_size=1, max_size=4))
def test_any_edits_are_seen_as_without_a_cache(
    steps: list[tuple[str, str | None, bool, str]], configs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text, fresh, environment in steps:
        if text is None:
            (configs / name).unlink(missing_ok=True)
        else:
            (configs / name).write_text(text, "utf-8")
        if fresh:
            forget(monkeypatch)
        assert cached(configs, environment) == plain(configs, environment)
