"""Audiences that put every operator on every type, every window form and every comparison of a measure to use."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

Document = dict[str, Any]
Rule = dict[str, Any]

_WINDOWS: tuple[dict[str, Any], ...] = (
    {"last": "60min"}, {"last": "7d"}, {"last": "13w"}, {"from": "90d", "to": "30d"}, {"from": "14d", "to": "24h"},
    {"days": 1}, {"days": 4}, {"days": 90},
    *({form: unit} for form in ("this", "previous") for unit in ("day", "week", "month", "quarter", "year")),
    {"since": "2018-08-12"}, {"until": "2018-03-11"}, {"since": "2018-11-04", "until": "2018-11-05"},
    {"since": "2017-10-15", "until": "2018-02-18"}, {"since": "2018-10-01", "until": "2030-01-01"},
)  # fmt: skip

_DATE_WINDOWS = tuple(w for w in _WINDOWS if w not in ({"last": "60min"}, {"from": "14d", "to": "24h"}))

_COUNTS: tuple[Any, ...] = (
    0, [0, 2, 5], {"eq": 1}, {"ne": 2}, {"lt": 3}, {"lte": 2}, {"gt": 3}, {"gte": 4}, {"between": [2, 4]},
    {"in": [1, 3]}, {"not_in": [0, 1]}, {"gte": 1, "lt": 4, "ne": 2}, {"missing": False}, {"missing": True},
)  # fmt: skip


def _sums(middle: Any, exact: Any) -> tuple[Any, ...]:
    return (
        {"eq": 0}, {"eq": exact}, {"ne": exact}, {"lt": middle}, {"lte": exact}, {"gt": exact}, {"gte": middle},
        {"between": [0, exact]}, {"in": [0, exact]}, {"not_in": [0, exact]}, {"gt": 0, "lt": middle},
        {"missing": True},
    )  # fmt: skip


_SUMS = {
    "amount": (*_sums(150, 100), ["0.015624", "0.023441"]), "price": _sums("99.989999", "99.99"), "units": _sums(90, 6),
}  # fmt: skip

_TEXT_TESTS: tuple[Any, ...] = (
    "gold", ["gold", "012", "null", "NO"], {"eq": ""}, {"ne": "gold"}, {"in": ["ñandú", "straße"]},
    {"not_in": ["gold", "Gold"]}, {"contains": "o"}, {"contains": ""}, {"starts_with": "g"}, {"ends_with": "🛒 vip"},
    {"matches": "[Gg]old"}, {"matches": "G.*", "ignore_case": True}, {"missing": True}, {"missing": False},
    {"eq": "GOLD", "ignore_case": True}, {"eq": "strasse", "ignore_case": True}, {"ne": "gold", "ignore_case": True},
    {"in": ["i\u0307STANBUL", "σοφοσ"], "ignore_case": True}, {"not_in": ["STRASSE"], "ignore_case": True},
    {"contains": "SS", "ignore_case": True}, {"starts_with": "I\u0307", "ignore_case": True},
    {"ends_with": "Σ", "ignore_case": True}, {"starts_with": "g", "ends_with": "r", "ne": "gold"},
)  # fmt: skip


def _ordered(low: Any, middle: Any, high: Any) -> tuple[Any, ...]:
    return (
        middle, [low, middle], {"eq": low}, {"ne": middle}, {"lt": middle}, {"lte": middle}, {"gt": middle},
        {"gte": middle}, {"between": [low, middle]}, {"in": [middle, high]}, {"not_in": [middle, high]},
        {"missing": True}, {"missing": False, "gt": low, "lte": high},
    )  # fmt: skip


_BOOLEANS: tuple[Any, ...] = (True, [True, False], {"ne": True}, {"not_in": [False]}, {"missing": True})

_ARRAYS: tuple[Any, ...] = (
    {"any_of": ["vip", "café"]}, {"all_of": ["new", "vip"]}, {"none_of": ["vip", "sale"]}, {"size": 0},
    {"size": {"gte": 2}}, {"missing": True}, {"any_of": ["CAFÉ", "strasse"], "ignore_case": True},
    {"all_of": ["NEW"], "ignore_case": True}, {"none_of": ["New"], "ignore_case": True}, {"any_of": [""]},
)  # fmt: skip

_DATES = (
    *_ordered("1990-02-28", "2000-02-29", "2018-11-08"),
    *_DATE_WINDOWS,
    {"next": "14d"}, {"anniversary_in": {"next": "7d"}}, {"anniversary_in": {"previous": "month"}},
    {"anniversary_in": {"since": "2019-02-28", "until": "2019-03-01"}},
    {"anniversary_in": {"since": "2020-02-28", "until": "2020-02-29"}},
    {"gte": "1980-01-01", "until": "2018-01-01"},
)  # fmt: skip

_TIMESTAMPS = (
    *_ordered("2018-02-18", "2018-03-11T00:00", "2018-11-04T00:00:00"),  # the time of each site
    {"lt": "2018-05-13T04:00:00Z"}, {"gte": "2018-11-04T01:30:00-05:00"},
    *_WINDOWS,
    {"next": "3d"},
)  # fmt: skip

_TRAITS: dict[str, tuple[Any, ...]] = {
    "tier": _TEXT_TESTS,
    "level": _ordered(0, 9_007_199_254_740_993, 9_007_199_254_740_994),
    "score": _ordered(0, 0.3, 1.5),
    "balance": _ordered("0.01", "10.1", "80"),
    "active": _BOOLEANS,
    "born": _DATES,
    "joined": _TIMESTAMPS,
    "seen": _ordered("2018-02-17T23:30", "2018-03-11T02:30", "2018-11-04T00:00:00"),
    "tags": _ARRAYS,
    "wave": _ordered(1, 2, 3),
}

_FILTERS: tuple[tuple[str, Rule], ...] = (
    ("order", {"category": "Hogar"}), ("order", {"category": {"contains": "Ó", "ignore_case": True}}),
    ("order", {"category": {"starts_with": "BELLEZA", "ignore_case": True}}),
    ("order", {"category": {"in": ["electrónica", "Hogar"]}}), ("order", {"category": {"not_in": ["Hogar"]}}),
    ("order", {"category": {"matches": "Ropa.*"}}), ("order", {"category": {"missing": True}}),
    ("order", {"amount": {"gte": 40}}), ("order", {"amount": {"missing": True}}), ("order", {"amount": 33.33}),
    ("order", {"price": {"between": ["-10.1", "0.01"]}}), ("order", {"units": {"gt": 30}, "gift": True}),
    ("order", {"ship_on": {"previous": "month"}}), ("order", {"ship_on": {"lt": "2000-01-01"}}),
    ("order", {"promised": {"since": "2018-11-04", "until": "2018-11-05"}}),
    ("order", {"promised": {"gte": "2018-11-04T00:30"}}), ("order", {"tags": {"any_of": ["vip"]}}),
    ("order", {"tags": {"size": {"gt": 2}}}),
    ("order", {"any": [{"gift": False}, {"units": {"lt": 3}}]}),
    ("order", {"none": [{"gift": True}, {"category": "Hogar", "amount": {"gt": 1}}]}),
    ("order", {"all": [{"any": [{"gift": True}, {"units": 7}]}, {"none": [{"price": {"lt": 0}}]}]}),
    ("visit", {"page": {"ends_with": "Σ", "ignore_case": True}}), ("visit", {"seconds": {"lt": 0}}),
    ("visit", {"seconds": 0}), ("visit", {"returning": {"ne": True}}), ("visit", {"labels": {"all_of": ["", "vip"]}}),
    ("call", {"topic": ["delivery", "returns"]}), ("call", {"cost": {"lt": "-0.001"}, "minutes": {"gte": 10}}),
)  # fmt: skip


_MEASURES: tuple[Rule, ...] = (
    *({"event": "order", "avg": {"of": of, "is": condition}} for of, conditions in (
        ("amount", (33.33, {"lt": 40}, {"between": [10, 60.5]}, {"missing": True})),
        ("price", ({"gte": 20}, {"lt": 0})), ("units", ({"gt": 3.5}, {"eq": 4}, {"lte": 2})),
    ) for condition in conditions),
    *({"event": "order", "window": {"last": "90d"}, measure: {"of": of, "is": condition}} for of, conditions in (
        ("amount", ({"gte": 50}, {"lt": 0.5}, {"missing": True})), ("price", ({"lt": "0.01"}, {"gte": "99.99"})),
        ("units", ({"eq": 3}, {"gt": 9_007_199_254_740_992})),
        ("ship_on", ({"gte": "2018-11-08"}, {"previous": "month"}, {"anniversary_in": {"this": "year"}})),
        ("promised", ({"since": "2018-11-04", "until": "2018-11-05"}, {"lt": "2018-03-11T02:30"}, {"missing": True})),
    ) for condition in conditions for measure in ("min", "max")),
    *({"event": event, "window": {"from": "180d", "to": "60min"}, "distinct": {"of": of, "is": condition}}
      for event, of in (("order", "category"), ("order", "amount"), ("order", "price"), ("order", "gift"),
                        ("order", "promised"), ("visit", "page"), ("call", "minutes"), ("call", "cost"))
      for condition in ({"gte": 2}, {"lte": 1})),
    *({"event": event, "window": window, "days": condition} for event in ("order", "visit", "call")
      for window in ({"last": "13w"}, {"since": "2018-02-17", "until": "2018-02-19"}, {"previous": "quarter"})
      for condition in (1, {"gte": 2}, {"lt": 4})),
    *({"event": event, measure: window} for event in ("order", "call") for measure in ("first", "last")
      for window in _WINDOWS),
    {"event": "order", "where": {"category": "Hogar"}, "last": {"last": "30d"}},
    {"event": "order", "where": {"category": "Hogar"}, "max": {"of": "amount", "is": {"gt": 20}}},
)  # fmt: skip

_WEB, _MANY, _SOLD = {"channel": ["web", "app"]}, {"units": {"gte": 3}}, {"since": {"gte": "1990-02-28"}}
_TAGGED = {"any": [{"tags": {"any_of": ["vip"]}}, {"since": {"missing": True}}]}
_RELATED: tuple[Rule, ...] = (
    {"related": ["placed"]}, {"related": ["placed"], "count": {"gte": 3}}, {"related": ["placed"], "count": 0},
    {"related": [{"relation": "placed", "where": _WEB}], "count": {"between": [1, 2]}},
    *({"related": ["placed"], measure: {"of": "total", "is": condition}} for measure, condition in (
        ("sum", {"gte": 40}), ("sum", {"eq": 0}), ("avg", {"lt": 20}), ("min", {"lt": 1}), ("max", {"missing": True}),
        ("distinct", {"gte": 2}))),
    *({"related": ["placed", "holds"], **measure} for measure in (
        {}, {"count": {"gte": 4}}, {"count": {"lte": 1}}, {"sum": {"of": "units", "is": {"gt": 9}}},
        {"sum": {"of": "price", "is": {"lt": "0.01"}}}, {"avg": {"of": "price", "is": {"gte": 20}}},
        {"min": {"of": "units", "is": 1}}, {"distinct": {"of": "price", "is": {"gte": 3}}},
        {"every": _MANY}, {"every": {"price": {"missing": False}}})),
    {"related": [{"relation": "placed", "where": _WEB}, {"relation": "holds", "where": _MANY}], "count": {"gte": 2}},
    *({"related": ["placed", "holds", "sold_by"], **measure} for measure in (
        {}, {"count": {"gte": 3}}, {"count": {"lte": 2}}, {"max": {"of": "since", "is": {"gte": "2018-01-01"}}},
        {"max": {"of": "since", "is": {"previous": "month"}}}, {"distinct": {"of": "since", "is": {"gte": 2}}},
        {"every": _SOLD}, {"every": _TAGGED})),
    {"related": ["placed", {"relation": "holds", "where": _MANY}, {"relation": "sold_by", "where": _TAGGED}]},
    {"related": ["placed", "holds", "sold_by", "based_in"]},
    {"related": ["placed", "holds", "sold_by", "based_in"], "count": {"lte": 1}},
    {"related": ["placed", "holds", "sold_by", "based_in"], "sum": {"of": "km", "is": {"gte": 12}}},
    {"related": ["placed", "holds", "sold_by", "based_in"], "every": {"km": {"gt": 1}}},
)  # fmt: skip


def documents() -> list[Document]:
    """All of them; keys are numbered, titles say what is tried."""
    numbers = count(1)
    made = [_document(f"{family}-{next(numbers):03d}", rule) for family, rule in _rules()]
    return made + list(_combined())


def _rules() -> Iterator[tuple[str, Rule]]:
    for trait, conditions in _TRAITS.items():
        for condition in conditions:
            yield f"trait-{trait}", {"trait": trait, "is": condition}
    for event in ("order", "visit", "call"):
        for window in _WINDOWS:
            yield f"window-{event}", {"event": event, "window": window}
        yield f"window-{event}", {"event": event}
    for condition in _COUNTS:
        yield "count", {"event": "order", "window": {"from": "180d", "to": "60min"}, "count": condition}
    for of, conditions in _SUMS.items():
        for condition in conditions:
            yield f"sum-{of}", {"event": "order", "window": {"last": "90d"}, "sum": {"of": of, "is": condition}}
    for event, where in _FILTERS:
        yield f"where-{event}", {"event": event, "where": where}
    for rule in _MEASURES:
        yield next(name for name in ("avg", "min", "max", "distinct", "days", "first", "last") if name in rule), rule
    for rule in _RELATED:
        yield "related", rule
    yield "sum-cost", {"event": "call", "where": {"topic": "payment"}, "sum": {"of": "cost", "is": {"gt": 100}}}


def _document(key: str, rule: Rule, **more: Any) -> Document:
    return {"audience": key, "title": key, "owner": "tests", "sites": "all", "rule": rule, **more}


def _combined() -> Iterator[Document]:
    gold: Rule = {"trait": "tier", "is": {"eq": "gold", "ignore_case": True}}
    buys: Rule = {"event": "order", "window": {"previous": "quarter"}, "count": {"gte": 2}}
    calls: Rule = {"event": "call", "where": {"topic": "returns"}}
    yield _document("golden", gold)
    yield _document("one-of-three", {"xor": [gold, buys, calls]})
    yield _document("two-of-three", {"n_of": {"n": 2, "of": [gold, buys, {"none": [calls]}]}})
    yield _document("buyers", buys, exclude=["golden"])
    yield _document("some-sites", calls, sites=["mlb", "us"])
    yield _document("everyone", {"none": [{"all": [gold, {"none": [gold]}]}]})
    yield _document("nobody", {"all": [gold, {"none": [gold]}]})
    yield _document("friends", {"list": "friends.csv"})
    yield _document("deep", {"any": [{"all": [buys, {"none": [gold, calls]}]}, {"all": [{"any": [gold]}, calls]}]})
    yield _document("uses-others", {"any": [{"audience": "buyers"}, {"audience": "friends"}]}, exclude=["some-sites"])
    yield _document("uses-uses", {"all": [{"audience": "uses-others"}, {"none": [{"audience": "golden"}]}]})
    yield _document("elsewhere", {"none": [{"audience": "some-sites"}]}, sites=["mlm", "mlb"])
    yield _document("missing-is-not-no", {"none": [{"trait": "active", "is": False}, {"trait": "tier", "is": "gold"}]})
    yield _document("asked", {"none": [gold]}, consent={"purpose": "ads", "missing": "deny"}, exclude=["buyers"])
    yield _document("asked-for-mail", buys, consent={"purpose": "mail", "missing": "deny"})
    yield _document("uses-asked", {"any": [{"audience": "asked"}, {"none": [{"audience": "asked-for-mail"}]}]})
    yield _document("guarded", buys, guards={"min_size": 1, "max_change": "50%"})
