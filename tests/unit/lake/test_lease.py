"""One holder at a time; the dead are told from the living."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from plateia import clock
from plateia.errors import LakeError
from plateia.lake import Lake, publish
from plateia.lake.holder import is_gone, this_process
from plateia.lake.lease import acquire, standing
from tests.unit.lake.building import a_run, published_sets, stage, verdict


def holders(lake: Lake) -> dict[str, str]:
    return {lease.run_id: lease.holder for lease in standing(lake.store)}


def test_a_lease_is_held_within_the_block_and_released_after_it(lake: Lake) -> None:
    with lake.lease("build-audiences", "r1"):
        assert holders(lake) == {"r1": this_process()}
    assert holders(lake) == {}


def test_a_second_holder_is_told_who_and_until_when(lake: Lake) -> None:
    with lake.lease("build-audiences", "r1", hours=2):
        until = standing(lake.store)[0].until.replace(microsecond=0)
        with pytest.raises(LakeError) as caught, lake.lease("build-audiences", "r2"):
            raise AssertionError
        assert holders(lake).keys() == {"r1"}
    words = str(caught.value)
    assert "\n" not in words
    for told in ("build-audiences", "r1", str(os.getpid()), clock.iso(until)):
        assert told in words


def test_other_work_has_other_leases(lake: Lake) -> None:
    with lake.lease("build-audiences", "r1"), lake.lease("refresh-warehouse", "r2"):
        assert holders(lake).keys() == {"r1", "r2"}


def test_a_failure_inside_releases_the_lease_and_removes_what_was_staged(lake: Lake) -> None:
    run = a_run()
    with pytest.raises(ZeroDivisionError), lake.lease("build-audiences", run.run_id):
        stage(lake, run, "us", {"a": {1}})
        _ = 1 / 0
    assert holders(lake) == {}
    assert not lake.store.listing("audience_members", "site=us")


def test_a_dry_run_leaves_nothing(lake: Lake) -> None:
    run = a_run()
    with lake.lease("build-audiences", run.run_id):
        stage(lake, run, "us", {"a": {1}})
    assert not lake.store.listing("audience_members", "site=us")
    assert lake.files("audience_members") == []


def test_a_lease_that_ran_out_is_taken_over_and_its_zombie_cannot_publish(lake: Lake) -> None:
    zombie, heir = a_run(), a_run()
    acquire(lake.store, "build-audiences", zombie.run_id, hours=0)
    staged = stage(lake, zombie, "us", {"a": {1}})
    with lake.lease("build-audiences", heir.run_id):
        assert holders(lake).keys() == {heir.run_id}
        assert not lake.store.listing("audience_members", "site=us")
        with pytest.raises(LakeError, match="was taken for dead"):
            publish(lake, run=zombie, staged=staged, verdicts=[verdict("us", "a", "published", size=1)])
        publish(lake, run=heir, staged=stage(lake, heir, "us", {"b": {2}}), verdicts=[verdict("us", "b", "published")])
    assert published_sets(lake) == {("us", "b"): {2}}


def test_the_gone_are_told_from_the_living() -> None:
    me = this_process()
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    assert not is_gone(me)
    assert is_gone(me.replace(f"process {os.getpid()} ", f"process {child.pid} "))
    # Our own pid, but another start: the number was given to a younger process.
    assert is_gone(me.replace("start ", "start 1"))
    # Elsewhere nothing can be proven.
    assert not is_gone(me.replace(f"process {os.getpid()} of ", f"process {child.pid} of another-host-than-"))
    assert not is_gone(me.replace(f"process {os.getpid()} ", f"process {child.pid} ").replace("space ", "space 1"))
    assert not is_gone("someone else's handwriting")


Race = Callable[[list[str]], list[subprocess.Popen[str]]]


@pytest.fixture
def race(lake: Lake, tmp_path: Path) -> Iterator[Race]:
    """Start one process a run, all waiting at the same line, and let them go; they live until the test ends."""
    gun, racers = tmp_path / "go", []

    def start(run_ids: list[str]) -> list[subprocess.Popen[str]]:
        command = [sys.executable, "-m", "tests.unit.lake.racing", lake.uri]
        for run_id in run_ids:
            racers.append(
                subprocess.Popen([*command, run_id, str(gun)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            )
        assert all(said(racer) == "ready" for racer in racers)
        gun.touch()
        return racers

    yield start
    for racer in racers:
        racer.communicate()


def test_a_dead_process_does_not_block_its_successor(lake: Lake, race: Race) -> None:
    (first,) = race(["r1"])
    assert said(first) == "got it"
    first.kill()
    first.wait()
    with lake.lease("build-audiences", "r2"):
        assert holders(lake).keys() == {"r2"}


def test_of_processes_that_ask_at_once_exactly_one_wins(lake: Lake, race: Race) -> None:
    words = {f"r{number}": said(racer) for number, racer in enumerate(race(["r1", "r2", "r3"]), start=1)}
    (winner,) = [run_id for run_id, word in words.items() if word == "got it"]
    assert holders(lake).keys() == {winner}
    refusal = f"refused: build-audiences is being run by {winner} "
    assert all(word.startswith(refusal) for run_id, word in words.items() if run_id != winner), words


def said(racer: subprocess.Popen[str]) -> str:
    assert racer.stdout is not None
    return racer.stdout.readline().strip()


def test_an_expired_lease_stays_in_the_books_until_it_is_settled(lake: Lake) -> None:
    acquire(lake.store, "build-audiences", "r1", hours=0)
    acquire(lake.store, "build-audiences", "r2", hours=1)
    assert [lease.run_id for lease in standing(lake.store)] == ["r1", "r2"]
    assert standing(lake.store)[1].until - standing(lake.store)[1].since == timedelta(hours=1)
