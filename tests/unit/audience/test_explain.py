"""Why in, why out: the truth of every node, what is behind it, what it lacks and when it flips."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pyarrow as pa
import pytest

from plateia.catalogue import ValueType
from plateia.records import Change
from plateia.rules import tree
from tests.properties.test_engine import roaring_bytes
from tests.unit.audience.asking import below, explained
from tests.unit.audience.table_reader import AS_OF, DOUBLE, LONG, TableReader, audience, count, people, trait
from transforms.audience.explaining import Explanation

_SPENT = tree.EventNode("buy", tree.Measure("sum", tree.Condition((tree.Test("gte", Decimal(100)),)), "amount", DOUBLE))
_RULE = tree.Group("all", (trait("age", 18, LONG, "gte"), tree.Group("any", (count("buy", 3), _SPENT))))
_BOUGHT = AS_OF.replace(year=2017)
_WEEK = tree.Last(tree.Duration(7, "d"))
_TICK = timedelta(microseconds=1)


def company() -> TableReader:
    return TableReader(
        people(3, age=pa.array([20, None, 30], pa.int64())),
        {"buy": bought([0, 0, 0, 2], [_BOUGHT] * 4, [33.33, 33.33, 33.34, 5.0])},
    )


def bought(ordinals: list[int], at: list[datetime], amounts: list[float]) -> pa.Table:
    return pa.table(
        {
            "ordinal": pa.array(ordinals, pa.int32()),
            "at": pa.array(at, pa.timestamp("us", tz="UTC")),
            "event_id": pa.array([f"e{i}" for i in range(len(at))], pa.string()),
            "amount": pa.array(amounts, pa.float64()),
        }
    )


def one_who_bought(*ago: timedelta) -> TableReader:
    return TableReader(people(1), {"buy": bought([0] * len(ago), [AS_OF - each for each in ago], [1.0] * len(ago))})


def of_company(ordinal: int) -> Explanation:
    return explained([audience("a", _RULE, exclude=("b",)), audience("b", trait("age", 30, LONG))], company(), ordinal)


def facts(row: Explanation) -> object:
    """Truth and value of a node and those below it."""
    assert isinstance(row["text"], str)
    assert row["text"]
    return (row["truth"], row["value"], *[facts(child) for child in below(row)])


def nearest(row: Explanation) -> Mapping[str, object]:
    found = row["nearest"]
    assert isinstance(found, Mapping)
    return found


def test_a_member() -> None:
    assert facts(of_company(0)) == (
        True, None, (True, None, (True, 20), (True, None, (True, 3), (True, "100.000000"))), (False, None),
    )  # fmt: skip


def test_a_person_with_missing_values_and_no_events() -> None:
    assert facts(of_company(1)) == (
        False, None, (False, None, (False, None), (False, None, (False, 0), (False, "0.000000"))), (False, None),
    )  # fmt: skip


def test_an_excluded_person() -> None:
    assert facts(of_company(2)) == (
        False, None, (False, None, (True, 30), (False, None, (False, 1), (False, "5.000000"))), (True, None),
    )  # fmt: skip


def test_a_person_without_a_row_is_nowhere() -> None:
    assert of_company(3_000)["truth"] is False


def test_the_excluded_audience_is_named() -> None:
    assert "b" in str(below(of_company(2))[1]["text"])


def test_events_are_the_newest_first_ties_by_id() -> None:
    row = explained([audience("a", count("buy"))], company())
    events = below(row)[0]["events"]
    assert events == [{"event": "buy", "event_id": f"e{i}", "at": _BOUGHT} for i in (2, 1, 0)]


def test_twenty_events_are_shown_and_all_are_counted() -> None:
    row = explained([audience("a", count("buy"))], one_who_bought(*(timedelta(days=1 + i) for i in range(25))))
    leaf = below(row)[0]
    assert isinstance(leaf["events"], list)
    assert [event["event_id"] for event in leaf["events"]] == [f"e{i}" for i in range(20)]
    assert leaf["n_events"] == 25


def test_one_more_purchase_before_the_first_one_expires() -> None:
    row = explained(
        [audience("a", count("buy", 3, _WEEK))],
        one_who_bought(timedelta(days=6), timedelta(days=2), timedelta(days=9)),
    )
    leaf = below(row)[0]
    assert nearest(leaf)["change"] == "1"
    assert nearest(leaf)["before"] == AS_OF + timedelta(days=1) + _TICK
    assert nearest(leaf)["text"] == "1 more buy event, before 2 Jan 2018 00:00"  # the site's clock is two hours behind
    assert nearest(row)["changes"] == [{"condition": leaf["text"], **nearest(leaf)}]


def test_a_calendar_month_closes() -> None:
    leaf = below(explained([audience("a", count("buy", 1, tree.This("month")))], one_who_bought()))[0]
    # 2 o'clock in UTC is midnight in São Paulo: a new month has begun, its window is still empty.
    assert nearest(leaf)["before"] is None
    later = datetime(2018, 1, 1, 3, tzinfo=UTC)
    leaf = below(explained([audience("a", count("buy", 1, tree.This("month")))], one_who_bought(), as_of=later))[0]
    assert nearest(leaf)["before"] == datetime(2018, 2, 1, 2, tzinfo=UTC)


def test_a_window_that_has_just_closed_asks_for_an_event_within() -> None:
    node = count("buy", 1, tree.Dates(date(2017, 12, 1), date(2018, 1, 1)))
    leaf = below(explained([audience("a", node)], one_who_bought()))[0]
    assert (nearest(leaf)["change"], nearest(leaf)["before"]) == ("1", None)
    assert nearest(leaf)["text"] == "1 more buy event since 2017-12-01 before 2018-01-01"


def test_the_last_purchase_leaves_a_rolling_window_one_tick_late() -> None:
    row = explained([audience("a", count("buy", 1, _WEEK))], one_who_bought(timedelta(days=6), timedelta(days=2)))
    assert row["truth"] is True
    assert row["flips"] == below(row)[0]["flips"] == AS_OF + timedelta(days=5) + _TICK
    assert row["nearest"] is None


def test_for_ever_is_no_instant() -> None:
    assert explained([audience("a", count("buy"))], one_who_bought(timedelta(days=6)))["flips"] is None


def test_a_reference_that_is_built_in_the_same_run_goes_with_the_time() -> None:
    audiences = [audience("a", tree.AudienceNode("b")), audience("b", count("buy", 1, _WEEK))]
    row = explained(audiences, one_who_bought(timedelta(days=6)))
    assert row["flips"] == AS_OF + timedelta(days=1) + _TICK
    assert below(row)[0]["fixed"] is False
    assert below(row)[0]["run"] == {"run_id": None, "as_of": AS_OF}


def test_who_entered_long_enough_ago_flips_at_both_borders() -> None:
    between = tree.Ago(tree.Duration(14, "d"), tree.Duration(7, "d"))
    flips = {}
    for days in (3, 9):
        at = AS_OF - timedelta(days=days)
        change = Change(int(at.timestamp()) * 10**6, roaring_bytes([0]), roaring_bytes([]))
        reader = TableReader(people(1), history={"old": [change]})
        row = explained([audience("a", tree.AudienceNode("old", between))], reader, published={"old": ("run", AS_OF)})
        flips[row["truth"]] = row["flips"]
    assert flips == {False: AS_OF + timedelta(days=4), True: AS_OF + timedelta(days=5) + _TICK}


def test_what_a_run_of_a_later_as_of_published_is_not_foreseen() -> None:
    at = AS_OF + timedelta(days=1)
    change = Change(int(at.timestamp()) * 10**6, roaring_bytes([0]), roaring_bytes([]))
    reader = TableReader(
        people(1),
        {"buy": bought([0], [AS_OF - timedelta(days=5)], [1.0])},  # two days from now something is asked again
        history={"old": [change]},
    )
    rule = tree.Group(
        "any", (tree.AudienceNode("old", _WEEK), count("buy", 1, tree.Ago(tree.Duration(30, "d"), _WEEK.duration)))
    )
    row = explained([audience("a", rule)], reader, published={"old": ("run", AS_OF)})
    entered, _ = below(below(row)[0])
    assert (entered["truth"], entered["flips"]) == (False, None)
    assert row["flips"] == AS_OF + timedelta(days=2) + _TICK


def test_a_newcomer_to_come_counts_in_whole_days_at_midnight() -> None:
    quiet = tree.Step("visit", negated=True, quiet_for=tree.Duration(2, "h"))
    audiences = [
        audience("a", tree.AudienceNode("b", tree.Days(7))),
        audience("b", tree.SequenceNode((tree.Step("buy"), quiet))),
    ]
    row = explained(audiences, one_who_bought(timedelta(hours=1)))
    # B takes the person in at one o'clock; the window of whole days ends with the run of the next midnight.
    assert row["flips"] == AS_OF + timedelta(days=1)


def test_a_stay_ends_when_it_has_lasted() -> None:
    stay = tree.Membership(min_stay=tree.Duration(30, "d"))
    at = AS_OF - timedelta(days=10)
    change = Change(int(at.timestamp()) * 10**6, roaring_bytes([0]), roaring_bytes([]))
    reader = TableReader(people(1), published={"a": roaring_bytes([0])}, history={"a": [change]})
    row = explained([audience("a", count("buy"), membership=stay)], reader)
    assert (row["truth"], row["flips"]) == (True, AS_OF + timedelta(days=20))
    assert below(row)[0]["truth"] is False


def test_a_ranking_is_taken_as_it_is() -> None:
    shape = tree.Shape(trait("age", 0, LONG), "desc", 1)
    week = tree.Group("all", (count("buy", 1, _WEEK),))
    reader = TableReader(
        people(2, age=pa.array([30, 20], pa.int64())),
        {"buy": bought([0, 1], [AS_OF - timedelta(days=6)] * 2, [1.0] * 2)},
    )
    first, second = (explained([audience("a", week, shape=shape)], reader, place) for place in (0, 1))
    assert (first["truth"], first["flips"]) == (True, AS_OF + timedelta(days=1) + _TICK)
    assert (second["truth"], second["flips"], second["nearest"]) == (False, None, None)
    rule, ranked = below(second)
    assert (rule["truth"], ranked["truth"], ranked["fixed"]) == (True, False, True)


def test_consent_is_taken_as_it_is() -> None:
    words = pa.table(
        {
            "ordinal": pa.array([0, 0, 1], pa.int32()),
            "at": pa.array([AS_OF - _TICK, AS_OF, AS_OF - _TICK], pa.timestamp("us", tz="UTC")),
            "purpose": pa.array(["ads"] * 3),
            "granted": pa.array([True, False, False]),
        }
    )
    asked = audience("a", count("buy", 1, _WEEK), consent=tree.Consent("ads"))
    events = {"buy": bought([0, 1], [AS_OF - timedelta(days=6)] * 2, [1.0] * 2)}
    granted, refused = (explained([asked], TableReader(people(2), events, words=words), place) for place in (0, 1))
    assert (granted["truth"], granted["flips"]) == (True, AS_OF + timedelta(days=1) + _TICK)
    assert (refused["truth"], refused["flips"], below(refused)[1]["fixed"]) == (False, None, True)


def test_relations_are_taken_as_they_are() -> None:
    rule = tree.Group("all", (tree.RelatedNode((tree.Hop("owns"),)), count("buy", 1, _WEEK)))
    owns = pa.table({"ordinal": pa.array([1, 0], pa.int32()), "to_key": pa.array(["x", "y"])})
    reader = TableReader(people(1), {"buy": bought([0], [AS_OF - timedelta(days=6)], [1.0])}, relations={"owns": owns})
    row = explained([audience("a", rule)], reader)
    assert (row["truth"], row["flips"]) == (True, AS_OF + timedelta(days=1) + _TICK)
    assert below(below(row)[0])[0]["fixed"] is True


def test_a_published_reference_and_a_list_are_taken_as_they_are() -> None:
    rule = tree.Group("all", (tree.AudienceNode("old"), tree.ListNode("vips.csv")))
    reader = TableReader(people(1), published={"old": roaring_bytes([0])})
    row = explained(
        [audience("a", rule)],
        reader,
        published={"old": ("20171231T000000Z-abc", AS_OF)},
        lists={"vips.csv": frozenset({"p0"})},
    )
    old, listed = below(below(row)[0])
    assert (row["truth"], old["fixed"], listed["fixed"], row["flips"]) == (True, True, True, None)
    assert old["run"] == {"run_id": "20171231T000000Z-abc", "as_of": AS_OF}


def test_who_entered_is_told_by_which_run() -> None:
    at = AS_OF - timedelta(days=3)
    micros = int(at.timestamp()) * 10**6
    reader = TableReader(
        people(1),
        published={"old": roaring_bytes([0])},
        history={"old": [Change(micros, roaring_bytes([0]), roaring_bytes([]))]},
    )
    row = explained([audience("a", tree.AudienceNode("old", _WEEK))], reader, published={"old": ("some-run", AS_OF)})
    assert below(row)[0]["run"] == {"run_id": f"run-{micros}", "as_of": at}
    assert row["flips"] == at + timedelta(days=7) + _TICK


def test_the_newcomers_of_this_run_leave_the_window_as_well() -> None:
    audiences = [audience("a", tree.AudienceNode("b", _WEEK)), audience("b", count("buy"))]
    row = explained(audiences, one_who_bought(timedelta(days=60)))
    assert row["truth"] is True
    assert below(row)[0]["run"] == {"run_id": None, "as_of": AS_OF}
    assert row["flips"] == AS_OF + timedelta(days=7) + _TICK


def test_a_sequence_shows_one_chain_and_how_far_the_next_one_came() -> None:
    steps = (tree.Step("buy"), tree.Step("buy", after_max=tree.Duration(1, "d")), tree.Step("visit"))
    reader = one_who_bought(timedelta(days=9), timedelta(days=6), timedelta(hours=132))
    leaf = below(explained([audience("a", tree.SequenceNode(steps))], reader))[0]
    assert nearest(leaf)["text"] == "2 of 3 steps reached; still needed: visit"
    leaf = below(explained([audience("a", tree.SequenceNode(steps[:2]))], reader))[0]
    assert isinstance(leaf["events"], list)
    assert [event["event_id"] for event in leaf["events"]] == ["e1", "e2"]


def test_quiet_that_is_not_over_flips_when_it_is() -> None:
    quiet = tree.Step("visit", negated=True, quiet_for=tree.Duration(2, "h"))
    row = explained([audience("a", tree.SequenceNode((tree.Step("buy"), quiet)))], one_who_bought(timedelta(hours=1)))
    assert (row["truth"], row["flips"]) == (False, AS_OF + timedelta(hours=1))
    assert "1 of 2 steps reached; still needed: no visit for 2 hours" in str(nearest(row)["text"])


@pytest.mark.parametrize(
    ("op", "n_true", "places"),
    [
        pytest.param("all", 1, [1, 2], id="all: every missing one"),
        pytest.param("any", 0, [0], id="any: one, the first written"),
        pytest.param("none", 2, [0, 1], id="none: every true one"),
        pytest.param("xor", 0, [0], id="xor: one of none"),
        pytest.param("xor", 3, [1, 2], id="xor: all but one"),
    ],
)
def test_the_cheapest_changes(op: str, n_true: int, places: list[int]) -> None:
    traits = [trait("age", 20 if i < n_true else 30 + i, LONG) for i in range(3)]
    if n_true > 1:  # equal conditions would be one
        traits = [trait("age", 20 - i if i < n_true else 30 + i, LONG, "gte") for i in range(3)]
    row = explained([audience("a", tree.Group(op, tuple(traits)))], company())  # type: ignore[arg-type]
    leaves = below(below(row)[0])
    changes = nearest(row)["changes"]
    assert isinstance(changes, list)
    found = [change["condition"] for change in changes]
    assert len(found) == len(places)
    if op != "xor":
        assert found == [leaves[i]["text"] for i in places]


def test_what_nobody_can_meet_is_no_change() -> None:
    never = tree.EventNode("buy", tree.Measure("count", tree.Condition((tree.Test("lt", 0),))))
    row = explained([audience("a", tree.Group("any", (never, trait("age", 44, LONG))))], company())
    changes = nearest(row)["changes"]
    assert isinstance(changes, list)
    assert [change["to"] for change in changes] == [44]
    assert explained([audience("a", never)], company())["nearest"] is None


def test_a_first_event_of_a_type_that_was_never_loaded() -> None:
    node = tree.EventNode("never_loaded", tree.Measure("first", window=_WEEK))
    leaf = below(explained([audience("a", node)], company()))[0]
    assert (leaf["truth"], leaf["value"], leaf["n_events"]) == (False, None, 0)
    assert nearest(leaf)["text"] == "the first never_loaded has not happened; it has to lie in the last 7 days"


def test_a_birthday_comes_again_next_year() -> None:
    born = tree.TraitNode(
        "born", ValueType("date"), tree.Condition((tree.Test("anniversary_in", tree.Next(tree.Duration(7, "d"))),))
    )
    row = explained([audience("a", born)], TableReader(people(1, born=pa.array([date(1990, 12, 24)]))))
    assert row["flips"] == datetime(2018, 12, 18, 2, tzinfo=UTC)  # midnight in São Paulo's summer
