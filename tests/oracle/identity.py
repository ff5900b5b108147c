"""Who is one person, by brute force: sets and loops over few rows, sharing nothing with the engine.

``Naive`` holds what is known from day to day: whose each value was, since when each person is there, and who each id is
now.
"""

from __future__ import annotations

import hashlib
import hmac
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

Value = tuple[str, str]  # type, canonical value
Happened = tuple[str, str, str | None, str | None]  # kind, person, other person, evidence


@dataclass(frozen=True)
class Kind:
    """The rules of a type, as the configuration says them."""

    anchor: int
    priority: int = 100
    max_per_person: int | None = None
    max_people_per_value: int | None = None
    exclusive: bool = False
    window: timedelta | None = None
    half_life: timedelta | None = None


@dataclass(frozen=True)
class Signal:
    """A row of a source: its identifiers in order (None: missing)."""

    source: str
    at: datetime
    values: tuple[Value | None, ...]
    verified: bool = False
    confidence: float = 1.0
    purpose: str | None = None


@dataclass(frozen=True)
class Word:
    """A row of a log of consents."""

    value: Value
    purpose: str
    granted: bool
    at: datetime


@dataclass(frozen=True)
class Evidence:
    """``beside`` is b; of a loop whose other end was erased, the type of that end, and no value."""

    a: Value
    b: Value
    beside: Value
    source: str
    purpose: str | None
    verified: bool
    last: datetime
    count: int
    confidence: float


@dataclass
class Naive:
    """The state of everybody. ``kinds`` is in no order."""

    kinds: Mapping[str, Kind]
    key: bytes
    silence: bool = True
    owner: dict[Value, str] = field(default_factory=dict)
    created: dict[str, datetime] = field(default_factory=dict)
    redirects: dict[str, str | None] = field(default_factory=dict)
    refused: dict[tuple[frozenset[Value], str, bool], str] = field(default_factory=dict)
    shared: set[Value] = field(default_factory=set)
    happened: set[Happened] = field(default_factory=set)
    stones: set[Value] = field(default_factory=set)
    last_words: dict[tuple[Value, str], bool] = field(default_factory=dict)  # of the erased
    kept: set[Value] = field(default_factory=set)  # shared for good: one who shared them was erased
    gone: set[str] = field(default_factory=set)

    def day(self, signals: Iterable[Signal], words: Iterable[Word], as_of: datetime) -> None:
        """Resolve everything that is known at an instant."""
        live = [e for e in self._evidence(signals, list(words), as_of) if self._is_live(e, as_of)]
        self.shared = self._shared(live) | self.kept
        self.refused = {}
        groups = self._groups(live, as_of)
        self._name(groups, as_of)

    def erase(self, values: Iterable[Value], signals: list[Signal], words: list[Word], as_of: datetime) -> None:
        """Forget whose values these are, all that is theirs."""
        persons = {self.owner[value] for value in values if value in self.owner}
        stones = {value for value, person in self.owner.items() if person in persons}
        for signal in signals:
            values = [value for value in signal.values if value is not None]
            for other in values[1:] or values:
                ends = {values[0], other} - self.stones
                if ends & stones:
                    self.kept |= ends & self.shared
        for value, purpose in {(word.value, word.purpose) for word in words if word.value in stones - self.stones}:
            if (granted := self._said(value, purpose, words, as_of)) is not None:
                self.last_words[value, purpose] = granted
        self.stones |= stones
        self.gone |= persons
        self.day(signals, words, as_of)

    def inner(self, value: Value) -> bytes:
        return hmac.new(self.key, f"{value[0]}\0{value[1]}".encode(), hashlib.sha256).digest()

    def _rank(self, kind: str) -> tuple[int, int, str]:
        return -self.kinds[kind].anchor, self.kinds[kind].priority, kind

    def _order(self, value: Value) -> tuple[tuple[int, int, str], bytes]:
        return self._rank(value[0]), self.inner(value)

    def _evidence(self, signals: Iterable[Signal], words: list[Word], as_of: datetime) -> list[Evidence]:
        rows: dict[tuple[Value, Value, Value, str, str | None, bool], list[Signal]] = defaultdict(list)
        for signal in signals:
            values = [value for value in signal.values if value is not None]
            if signal.at >= as_of or not values or not self._consents(signal, values, words, as_of):
                continue
            others = values[1:] or [values[0]]
            for other in others:
                ends = sorted((values[0], other), key=self._order)
                alive = [value for value in ends if value not in self.stones]
                if not alive:
                    continue
                dead = [(kind, "") for kind, name in ends if (kind, name) in self.stones]
                key = alive[0], alive[-1], (dead or alive)[-1]
                rows[*key, signal.source, signal.purpose, signal.verified].append(signal)
        return [
            Evidence(*key, max(r.at for r in found), len({r.at for r in found}), max(r.confidence for r in found))
            for key, found in rows.items()
        ]

    def _consents(self, signal: Signal, values: list[Value], words: list[Word], as_of: datetime) -> bool:
        if signal.purpose is None:
            return True
        subject = _subject(values)
        said = None if subject is None else self._said(subject, signal.purpose, words, as_of)
        return self.silence if said is None else said

    def _said(self, subject: Value, purpose: str, words: list[Word], as_of: datetime) -> bool | None:
        if subject in self.stones:
            return self.last_words.get((subject, purpose))
        said = [w for w in words if w.value == subject and w.purpose == purpose and w.at < as_of]
        return max(said, key=lambda w: (w.at, not w.granted)).granted if said else None

    def _window(self, e: Evidence) -> timedelta | None:
        return min((w for v in (e.a, e.beside) if (w := self.kinds[v[0]].window) is not None), default=None)

    def _is_live(self, e: Evidence, as_of: datetime) -> bool:
        window = self._window(e)
        return window is None or as_of - e.last <= window

    def _score(self, e: Evidence, as_of: datetime) -> float:
        lives = [h for v in (e.a, e.b) if (h := self.kinds[v[0]].half_life) is not None]
        faded = 2.0 ** -((as_of - e.last) / min(lives)) if lives else 1.0
        return e.confidence * faded * math.log2(1 + e.count)

    def _shared(self, live: list[Evidence]) -> set[Value]:
        beside: dict[Value, set[Value]] = defaultdict(set)
        for e in live:
            if e.verified:
                beside[e.a].add(e.beside)
                beside[e.b].add(e.a)
        shared = set()
        for value, others in beside.items():
            limit = self.kinds[value[0]].max_people_per_value
            stronger = [o for o in others if self._rank(o[0]) < self._rank(value[0])]
            if limit is None or not stronger:
                continue
            strongest = min(self._rank(o[0]) for o in stronger)
            if sum(self._rank(o[0]) == strongest for o in stronger) > limit:
                shared.add(value)
        return shared

    def _groups(self, live: list[Evidence], as_of: datetime) -> list[set[Value]]:
        edges: list[Evidence] = []
        known: set[Value] = set()
        proven: set[Value] = set()
        for e in live:
            alone = {e.a, e.b} - self.shared
            known |= alone
            proven |= alone if e.verified else set()
            if e.a != e.b and len(alone) == 2:
                edges.append(e)
            elif e.a != e.b:
                whose = e.a if e.a in self.shared else e.b
                self._refuse(e, f"identifiers.{whose[0]}.max_people_per_value")
        whole = _components(known, [(e.a, e.b) for e in edges])
        groups: list[set[Value]] = []
        for component in whole:
            if self._broken(component, proven) is None:
                groups.append(component)
            else:
                groups += self._replay(component, [e for e in edges if e.a in component], proven, as_of)
        return groups

    def _broken(self, members: set[Value], proven: set[Value]) -> str | None:
        for kind in sorted(self.kinds, key=self._rank):
            rule, mine = self.kinds[kind], [value for value in members if value[0] == kind]
            if rule.exclusive and sum(value in proven for value in mine) > 1:
                return f"identifiers.{kind}.verified"
            if rule.max_per_person is not None and len(mine) > rule.max_per_person:
                return f"identifiers.{kind}.max_per_person"
        return None

    def _replay(
        self, component: set[Value], edges: list[Evidence], proven: set[Value], as_of: datetime
    ) -> list[set[Value]]:
        sets = {value: {value} for value in component}

        def strongest_first(e: Evidence) -> tuple[float, int, bytes, bytes, str, str, bool]:
            priority = min(self.kinds[e.a[0]].priority, self.kinds[e.b[0]].priority)
            tokens = self.inner(e.a), self.inner(e.b)
            return -self._score(e, as_of), priority, *tokens, e.source, e.purpose or "", e.verified

        for e in sorted(edges, key=strongest_first):
            one, other = sets[e.a], sets[e.b]
            if one is other:
                continue
            rule = self._broken(one | other, proven)
            if rule is not None:
                self._refuse(e, rule)
                continue
            union = one | other
            for value in union:
                sets[value] = union
        return [members for value, members in sets.items() if value == min(members)]

    def _refuse(self, e: Evidence, rule: str) -> None:
        self.refused[frozenset({e.a, e.b}), e.source, e.verified] = rule

    def _name(self, groups: list[set[Value]], as_of: datetime) -> None:
        claims: list[tuple[int, datetime, str, bytes, int]] = []
        sizes: dict[tuple[str, int], int] = {}
        leasts = [min(self.inner(value) for value in members) for members in groups]
        for number, members in enumerate(groups):
            weights: dict[str, int] = defaultdict(int)
            for value in members:
                if (person := self.owner.get(value)) is not None:
                    weights[person] += self.kinds[value[0]].anchor
                    sizes[person, number] = sizes.get((person, number), 0) + 1
            claims += [(-w, self.created[person], person, leasts[number], number) for person, w in weights.items()]
        given: dict[int, str] = {}
        for _, _, person, _, number in sorted(claims):
            if number not in given and person not in given.values():
                given[number] = person
        before, self.happened = set(self.owner.values()), set()
        for number in set(range(len(groups))) - set(given):
            given[number] = self._fresh(leasts[number], as_of)
            left = [(-weight, p, sizes[p, number]) for weight, _, p, _, claimant in claims if claimant == number]
            self.happened.add(_with_most("split_from", given[number], left, otherwise="created"))
        for person in before - set(given.values()):
            held = [(-weight, given[n], sizes[person, n]) for weight, _, whose, _, n in claims if whose == person]
            ended = "erased" if person in self.gone else "retired"
            self.happened.add(_with_most("merged_into", person, held, otherwise=ended))
            if person in self.gone:
                self.redirects = {old: None if now == person else now for old, now in self.redirects.items()}
            for old, now in self.redirects.items():
                if held and now == person:
                    self.redirects[old] = max(held)[1]
        self.owner = {value: given[number] for number, members in enumerate(groups) for value in members}

    def _fresh(self, least: bytes, as_of: datetime) -> str:
        """RFC 9562, version 7: 48 bits of milliseconds, 12 and 62 bits that look random."""
        number = 0
        while True:
            message = b"\0" + f"person {number}".encode() + b"\0" + least
            digest = hmac.new(self.key, message, hashlib.sha256).digest()
            noise = f"{int.from_bytes(digest[:10], 'big'):080b}"[6:]
            bits = f"{round(as_of.timestamp() * 1000):048b}0111{noise[:12]}10{noise[12:]}"
            text = f"{int(bits, 2):032x}"
            person = "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
            if person not in self.created:
                self.created[person] = as_of
                self.redirects[person] = person
                return person
            number += 1


def _with_most(kind: str, person: str, others: list[tuple[int, str, int]], *, otherwise: str) -> Happened:
    """What happened with the other person of the greatest weight; ``otherwise``: what, if there is no other."""
    if not others:
        return otherwise, person, None, None
    weight, other, identifiers = max(others)
    return kind, person, other, f'{{"identifiers":{identifiers},"weight":{weight}}}'


def _subject(values: list[Value]) -> Value | None:
    return next((value for value in values if value[0] == "account"), None)


def _components(values: set[Value], edges: list[tuple[Value, Value]]) -> list[set[Value]]:
    sets = {value: {value} for value in values}
    for a, b in edges:
        if sets[a] is not sets[b]:
            union = sets[a] | sets[b]
            for value in union:
                sets[value] = union
    return [members for value, members in sets.items() if value == min(members)]
