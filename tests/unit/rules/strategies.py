"""Random sound rules for a catalogue, as plain documents: every scalar is text, as the loader gives it.

``constructs`` names what may occur: kinds of nodes, measures, windows and operators by their key in the language, and
``where``, ``window``, ``ignore_case``, ``every``. Values come from small pools, so that they meet those of random data.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from plateia.catalogue import Attribute, Catalogue, Kind, Relation
from plateia.config import Plain

Rule = dict[str, Plain]

GROUPS = ("all", "any", "none", "xor", "n_of")
LEAVES = ("trait", "event", "sequence", "audience", "list", "score", "related")
MEASURES = ("count", "sum", "avg", "min", "max", "distinct", "days", "first", "last")
WINDOWS = ("last", "from", "days", "this", "previous", "since", "next")
EQUALITY = ("eq", "ne", "in", "not_in")
ORDER = ("lt", "lte", "gt", "gte", "between")
TEXT = ("contains", "starts_with", "ends_with", "matches")
ARRAY = ("any_of", "all_of", "none_of", "size")
DATE = ("window on a date", "anniversary_in")
PARTS = ("where", "window", "ignore_case", "missing", "entered", "every", "is", "top")
EVERYTHING = frozenset(
    [
        *(*GROUPS, *LEAVES, *EQUALITY, *ORDER, *TEXT, *ARRAY, *DATE, *PARTS),
        *(f"measure {name}" for name in MEASURES),
        *(f"window {name}" for name in WINDOWS),
    ]
)
SHARED_PASS = EVERYTHING - {
    *("xor", "n_of", "sequence", "score", "related", "entered"),
    *(f"measure {name}" for name in MEASURES if name not in ("count", "sum")),
}
POOLS: Mapping[Kind, Sequence[str]] = {
    "string": ("a", "b", "A", "", "straße", "STRASSE", "ñ", "日本", "😀", "012", "NaN"),
    "array": ("a", "b", "A", "ñ", ""),
    "long": ("-1", "0", "1", "2", "3", "10", "9007199254740993", "-9223372036854775808"),
    "double": ("-1.5", "0", "0.1", "0.3", "1", "2.50", "33.33", "100", "1e-7"),
    "decimal": ("-1", "0", "1", "2.5", "10"),
    "boolean": ("true", "false"),
    "date": ("2016-02-29", "2017-12-31", "2018-01-01", "1980-03-01", "2018-02-28"),
    "timestamp": ("2017-12-31T23:30", "2018-01-01T00:00:00Z", "2017-11-05T01:30", "2017-03-12 02:30", "2018-01-01"),
}
PATTERNS = ("a.*", "[ab]+", "(?i)A", "", "日.", ".")


def rules_for(
    catalogue: Catalogue,
    *,
    constructs: Collection[str] = EVERYTHING,
    audiences: Sequence[str] = (),
    lists: Sequence[str] = (),
    max_leaves: int = 8,
) -> SearchStrategy[Rule]:
    """Rules that are sound for a catalogue.

    Args:
        catalogue: What they may name.
        constructs: What may occur; a kind of node that the catalogue has nothing for does not.
        audiences: Keys for ``audience`` nodes.
        lists: Files for ``list`` nodes, which have to exist.
        max_leaves: Bound on the leaves of a rule.
    """
    language = _Language(catalogue, frozenset(constructs), tuple(audiences), tuple(lists))
    leaves = _drawn(_Whole(st.one_of(language.leaves())))
    groups = [name for name in GROUPS if name in constructs]
    if not groups:
        return leaves
    return st.recursive(leaves, lambda inner: st.one_of(_group(name, inner) for name in groups), max_leaves=max_leaves)


def audiences_for(
    catalogue: Catalogue, rules: SearchStrategy[Rule], *, keys: SearchStrategy[str] | None = None
) -> SearchStrategy[Rule]:
    """Whole audience documents around rules: one or more sites, and guards that hold nothing back."""
    sites = sorted(catalogue.sites)
    return st.fixed_dictionaries(
        {
            "audience": keys or st.from_regex(r"[a-z][a-z0-9-]{2,11}", fullmatch=True),
            "title": st.just("A random audience"),
            "owner": st.just("tests"),
            "sites": st.just("all") | st.lists(st.sampled_from(sites), min_size=1, unique=True),
            "rule": rules,
        }
    )


class _Whole:
    """Holds a strategy whose description, with all of a catalogue in it, is too long to be written out."""

    def __init__(self, rules: SearchStrategy[Rule]) -> None:
        self.rules = rules


@st.composite
def _drawn(draw: st.DrawFn, whole: _Whole) -> Rule:
    return draw(whole.rules)


def _group(name: str, inner: SearchStrategy[Rule]) -> SearchStrategy[Rule]:
    children = st.lists(inner, min_size=1, max_size=4)
    if name != "n_of":
        return children.map(lambda nodes: {name: [*nodes]})
    numbers = st.integers(1, 4)
    return st.builds(lambda nodes, n: {"n_of": {"n": str(min(n, len(nodes))), "of": [*nodes]}}, children, numbers)


class _Language:
    """The strategies of one catalogue, restricted to some constructs."""

    def __init__(
        self, catalogue: Catalogue, constructs: frozenset[str], audiences: tuple[str, ...], lists: tuple[str, ...]
    ) -> None:
        self._catalogue, self._constructs, self._audiences, self._lists = catalogue, constructs, audiences, lists

    def leaves(self) -> list[SearchStrategy[Rule]]:
        catalogue = self._catalogue
        found: dict[str, SearchStrategy[Rule]] = {}
        if catalogue.traits:
            found["trait"] = st.one_of(self._trait(name) for name in sorted(catalogue.traits))
        if catalogue.events:
            found["event"] = st.one_of(self._event(name) for name in sorted(catalogue.events))
            found["sequence"] = self._sequence()
        if self._audiences:
            found["audience"] = self._audience()
        if self._lists:
            found["list"] = st.sampled_from(self._lists).map(lambda file: {"list": file})
        if catalogue.scores:
            found["score"] = st.one_of(self._score(name) for name in sorted(catalogue.scores))
        if ways := self._ways("person"):
            found["related"] = st.one_of(self._related(way) for way in ways)
        return [strategy for name, strategy in found.items() if name in self._constructs]

    def _has(self, *names: str) -> list[str]:
        return [name for name in names if name in self._constructs]

    def _optional(self, name: str, strategy: SearchStrategy[Plain]) -> dict[str, SearchStrategy[Plain]]:
        return {name: strategy} if name in self._constructs else {}

    def _trait(self, name: str) -> SearchStrategy[Rule]:
        condition = self._condition(self._catalogue.traits[name])
        return condition.map(lambda stated: {"trait": name, "is": stated})

    def _audience(self) -> SearchStrategy[Rule]:
        optional = self._optional("entered", self._window())
        return st.fixed_dictionaries({"audience": st.sampled_from(self._audiences)}, optional=optional)

    def _score(self, name: str) -> SearchStrategy[Rule]:
        stated: list[SearchStrategy[Rule]] = []
        if self._has("is"):
            stated.append(self._number("double").map(lambda condition: {"score": name, "is": condition}))
        if self._has("top"):
            stated.append(st.sampled_from([1, 7, 10, 20, 100]).map(lambda share: {"score": name, "top": f"{share}%"}))
        return st.one_of(stated)

    def _event(self, name: str) -> SearchStrategy[Rule]:
        properties = self._catalogue.events[name].properties
        optional = {**self._optional("where", self._filter(properties)), **self._optional("window", self._window())}
        head = st.fixed_dictionaries({"event": st.just(name)}, optional=optional)

        def whole(head: Rule, measure: Rule) -> Rule:
            dropped = "window" if measure.keys() & {"first", "last"} else None
            return {**{key: value for key, value in head.items() if key != dropped}, **measure}

        return st.builds(whole, head, self._measure(properties, timed=True))

    def _measure(self, properties: Mapping[str, Attribute], *, timed: bool) -> SearchStrategy[Rule]:
        """No measure, or one that the properties allow."""
        found: list[SearchStrategy[Rule]] = [st.just({})]
        kinds = {name: attribute.type for name, attribute in properties.items()}
        able = {
            "sum": [name for name, kind in kinds.items() if kind.is_number],
            "avg": [name for name, kind in kinds.items() if kind.is_number],
            "min": [name for name, kind in kinds.items() if kind.is_ordered],
            "max": [name for name, kind in kinds.items() if kind.is_ordered],
            "distinct": [name for name, kind in kinds.items() if kind.kind != "array"],
        }
        for measure in (name for name in MEASURES if f"measure {name}" in self._constructs):
            if measure in ("first", "last") and timed:
                found.append(_keyed(measure, self._window()))
            elif measure == "count" or (measure == "days" and timed):
                found.append(_keyed(measure, self._number("long")))
            elif able.get(measure):
                found += [self._measured(measure, properties[name]) for name in able[measure]]
        return st.one_of(found)

    def _measured(self, measure: str, attribute: Attribute) -> SearchStrategy[Rule]:
        if measure in ("min", "max"):
            condition = self._condition(attribute)
        else:
            results: dict[str, Kind] = {"sum": "decimal", "avg": "double"}
            condition = self._number(results.get(measure, "long"))
        return condition.map(lambda stated: {measure: {"of": attribute.name, "is": stated}})

    def _sequence(self) -> SearchStrategy[Rule]:
        """One to four steps; a later one may have the property of the first, or not happen."""
        events = self._catalogue.events

        def step(name: str) -> SearchStrategy[Rule]:
            optional = {
                **self._optional("where", self._filter(events[name].properties)),
                "after": st.sampled_from([{"min": "1h"}, {"max": "2d"}, {"min": "10min", "max": "1d"}]),
            }
            return st.fixed_dictionaries({"event": st.just(name)}, optional=optional)

        def chain(steps: list[Rule], bind: bool, negate: int) -> list[Plain]:
            first, *later = [{**one} for one in steps]
            first.pop("after", None)
            shared = _scalars(events[str(first["event"])].properties)
            if bind and later and shared:
                first["as"] = "first"
                for one in later:
                    own = _scalars(events[str(one["event"])].properties)
                    same = next((name for name in sorted(own) if own[name] == shared.get(name)), None)
                    if same:
                        one["same"] = {same: f"first.{same}"}
            if not 0 <= negate < len(later):
                return [first, *later]
            ends = {"for": "1d"} if negate == len(later) - 1 else {}
            return [first, *later[:negate], {"not": later[negate], **ends}, *later[negate + 1 :]]

        steps = st.lists(st.one_of(step(name) for name in sorted(events)), min_size=1, max_size=4)
        return st.fixed_dictionaries(
            {"sequence": st.builds(chain, steps, st.booleans(), st.integers(-3, 3))},
            optional={"within": st.sampled_from(["1h", "7d"]), **self._optional("window", self._window())},
        )

    def _ways(self, standing: str, length: int = 3) -> list[list[Relation]]:
        """Every way of one to three hops, each hop from where the one before has led."""
        relations = sorted(self._catalogue.relations.values(), key=lambda relation: relation.name)
        steps = [relation for relation in relations if relation.source == standing and length]
        longer = [[step, *way] for step in steps for way in self._ways(step.target, length - 1)]
        return [[step] for step in steps] + longer

    def _related(self, way: list[Relation]) -> SearchStrategy[Rule]:
        hops = st.tuples(*(self._hop(relation) for relation in way)).map(list)
        ends = [self._measure(way[-1].properties, timed=False)]
        if self._has("every"):
            ends.append(_keyed("every", self._filter(way[-1].properties)))
        return st.tuples(hops, st.one_of(ends)).map(lambda parts: {"related": parts[0], **parts[1]})

    def _hop(self, relation: Relation) -> SearchStrategy[Plain]:
        optional = self._optional("where", self._filter(relation.properties))
        named = st.fixed_dictionaries({"relation": st.just(relation.name)}, optional=optional)
        return st.just(relation.name) | named

    def _filter(self, attributes: Mapping[str, Attribute]) -> SearchStrategy[Plain]:
        conditions = {name: self._condition(attributes[name]) for name in sorted(attributes)}
        one = st.one_of(st.fixed_dictionaries({name: conditions[name]}) for name in conditions)
        two = st.builds(lambda first, second: {**first, **second}, one, one)
        return st.recursive(
            _drawn(_Whole(one | two)),
            lambda inner: st.one_of(
                _keyed(op, st.lists(inner, min_size=1, max_size=3)) for op in ("any", "all", "none")
            ),
            max_leaves=4,
        )

    def _condition(self, attribute: Attribute) -> SearchStrategy[Plain]:
        kind = attribute.type.kind
        values = st.sampled_from(attribute.values or POOLS[kind])
        several = st.lists(values, min_size=1, max_size=3)
        if kind == "array":
            found = [_keyed(name, several) for name in self._has("any_of", "all_of", "none_of")]
            found += [_keyed(name, self._number("long")) for name in self._has("size")]
        else:
            found = [_keyed(name, values) for name in self._has("eq", "ne")]
            found += [_keyed(name, several) for name in self._has("in", "not_in")]
            found += [values, several]
        if attribute.type.is_ordered:
            found.append(self._ordered(kind))
        found += [_keyed("missing", st.sampled_from(["true", "false"])) for _ in self._has("missing")]
        if kind == "string":
            found += [_keyed(name, values) for name in self._has("contains", "starts_with", "ends_with")]
            found += [_keyed("matches", st.sampled_from(PATTERNS)) for _ in self._has("matches")]
        if kind in ("string", "array") and self._has("ignore_case"):
            texts = [_keyed(name, several) for name in self._has(*(ARRAY[:3] if kind == "array" else ("in", "not_in")))]
            found += [stated.map(lambda one: {**one, "ignore_case": "true"}) for stated in texts]
        if kind in ("date", "timestamp") and self._has("window on a date"):
            found.append(self._window(future=True))
        if kind == "date" and self._has("anniversary_in"):
            found.append(_keyed("anniversary_in", self._window(future=True)))
        return st.one_of(found)

    def _number(self, kind: Kind) -> SearchStrategy[Plain]:
        """A condition on a number that is not an attribute: a count, a sum, a score."""
        return st.sampled_from(POOLS[kind]).map(lambda value: {"gte": value}) | self._ordered(kind)

    def _ordered(self, kind: Kind) -> SearchStrategy[Plain]:
        values = st.sampled_from(POOLS[kind])
        found: list[SearchStrategy[Plain]] = [_keyed(name, values) for name in self._has("lt", "lte", "gt", "gte")]
        if self._has("between"):
            # The pools are not sorted as values; one value twice is always the right way round.
            found.append(values.map(lambda value: {"between": [value, value]}))
        found.append(values)
        return st.one_of(found)

    def _window(self, *, future: bool = False) -> SearchStrategy[Rule]:
        lengths = st.sampled_from(["1d", "7d", "30d", "2w", "400d"] + ([] if future else ["90min", "36h"]))
        units = st.sampled_from(["day", "week", "month", "quarter", "year"])
        forms: dict[str, SearchStrategy[Rule]] = {
            "last": _keyed("last", lengths),
            "from": st.sampled_from([("90d", "30d"), ("2d", "1d"), ("3w", "2w")]).map(
                lambda ends: {"from": ends[0], "to": ends[1]}
            ),
            "days": _keyed("days", st.sampled_from(["1", "7", "30", "400"])),
            "this": _keyed("this", units),
            "previous": _keyed("previous", units),
            "since": st.sampled_from(
                [{"since": "2017-03-12"}, {"until": "2017-11-05"}, {"since": "2017-01-01", "until": "2018-01-01"}]
            ),
        }
        if future:
            forms["next"] = _keyed("next", lengths)
        return st.one_of(form for name, form in forms.items() if f"window {name}" in self._constructs)


def _keyed(key: str, values: SearchStrategy[Plain]) -> SearchStrategy[Rule]:
    return values.map(lambda value: {key: value})


def _scalars(properties: Mapping[str, Attribute]) -> dict[str, str]:
    return {name: str(one.type) for name, one in properties.items() if one.type.kind != "array"}
