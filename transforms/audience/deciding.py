"""From the blocks' digests to exact cuts: which stretch of each group a selection takes, over all blocks of a site.

Selections may choose from what other selections have chosen: they are decided level by level. Each level takes one
pass over the blocks, or two where a digest is not the whole group, and reads no more than its populations need.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeVar

from plateia.records import Amount
from transforms.audience import bits
from transforms.audience.atoms import Ranking, Selection
from transforms.audience.choosing import NOBODY, Bounds, Label
from transforms.audience.evaluation import Evaluation
from transforms.audience.meter import Meter
from transforms.audience.narrowing import narrowed
from transforms.audience.plan import BlockReader, Op, SitePlan
from transforms.audience.truths import DATA_ERRORS, sentence
from transforms.ranking import Bracket, Digest, Slice, bracket, cuts


@dataclass(frozen=True, slots=True)
class Decisions:
    """Whom the nodes ``CHOSEN`` of a site's plan take, or why that cannot be said; what finding out cost, and read."""

    bounds: Mapping[int, Bounds | str] = field(default_factory=dict)
    node_ms: Mapping[int, float] = field(default_factory=dict)
    amounts: Mapping[str, Amount] = field(default_factory=dict)

    def costs(self, plan: SitePlan) -> list[float]:
        """Milliseconds by node of the plan."""
        return [self.node_ms.get(node, 0.0) for node in range(len(plan.leaves) + len(plan.ops))]


@dataclass(frozen=True, slots=True)
class Asked:
    """Digests of a ranking of the people of a node, or its parts of brackets."""

    population: int
    ranking: Ranking
    brackets: Mapping[Label, Sequence[Bracket]] | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """What every block of a site is asked; the nodes are those of ``plan``, which holds no more than they need."""

    plan: SitePlan
    asked: tuple[Asked, ...]
    bounds: Mapping[int, Bounds | str]


@dataclass(frozen=True, slots=True)
class Found:
    """What a block says of one ranking: digests, or its parts of brackets, by group; or why there are none."""

    digests: Mapping[Label, Digest] = field(default_factory=dict)
    slices: Mapping[Label, Sequence[Slice]] = field(default_factory=dict)
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What one block found, in the order of ``Request.asked``; the processor time it took and what it read, by table.

    What it read is told by whoever opened the reader.
    """

    found: tuple[Found, ...]
    core_ms: float
    amounts: Mapping[str, Amount] = field(default_factory=dict)


Ask = Callable[[Mapping[str, Request]], Mapping[str, Sequence[Answer]]]
_Round = Generator[Request, Sequence[Answer], Decisions]
_Ranked = tuple[int, Ranking]  # a population and its order
Part = TypeVar("Part")


def decide(plans: Mapping[str, SitePlan], ask: Ask) -> dict[str, Decisions]:
    """The decisions of every site.

    Args:
        ask: Puts each site's request to all of its blocks; called once a level and pass, for all sites together.
    """
    decided: dict[str, Decisions] = {}
    rounds = {site: _decisions(plan) for site, plan in plans.items()}
    answers: Mapping[str, Sequence[Answer]] = {}
    while rounds:
        requests: dict[str, Request] = {}
        for site, waiting in list(rounds.items()):
            try:
                requests[site] = waiting.send(answers[site]) if site in answers else next(waiting)
            except StopIteration as finished:
                decided[site] = finished.value
                del rounds[site]
        answers = ask(requests) if requests else {}
    return decided


def answer(request: Request, reader: BlockReader, block: int) -> Answer:
    """What one block says to a request."""
    meter = Meter(request.plan)
    evaluation = Evaluation(request.plan, reader, block, meter, request.bounds)
    wanted = {asked.population for asked in request.asked}
    populations = {node: words for node, words in evaluation.nodes() if node in wanted and words is not None}

    def find(asked: Asked) -> Found:
        if asked.population in evaluation.failures:
            return Found(failure=evaluation.failures[asked.population])
        people = bits.unpack(populations[asked.population], evaluation.n_places)
        try:
            if asked.brackets is None:
                return Found(digests=evaluation.chooser.digests(asked.ranking, people))
            return Found(slices=evaluation.chooser.slices(asked.ranking, people, asked.brackets))
        except DATA_ERRORS as error:
            return Found(failure=f"the ranking: {sentence(error)}")

    found = tuple(find(asked) for asked in request.asked)
    return Answer(found, meter.total_ms())


def _decisions(plan: SitePlan) -> _Round:
    chosen = {
        node: (arguments[0], plan.selections[n]) for node, op, n, arguments in plan.inner_nodes() if op is Op.CHOSEN
    }
    below = _below(plan, chosen)
    bounds: dict[int, Bounds | str] = {}
    node_ms: dict[int, float] = dict.fromkeys(chosen, 0.0)
    amounts: dict[str, Amount] = defaultdict(Amount)
    while len(bounds) < len(chosen):
        rankings: dict[_Ranked, list[int]] = defaultdict(list)
        for node in chosen.keys() - bounds.keys():
            if below[node] <= bounds.keys():
                population, selection = chosen[node]
                rankings[population, selection.ranking].append(node)
        level = _Level(plan, {key: sorted(nodes) for key, nodes in sorted(rankings.items(), key=lambda item: item[1])})
        bounds |= yield from level.decide(bounds, {node: chosen[node][1] for node in chosen})
        for node in level.nodes:
            node_ms[node] += level.core_ms / len(level.nodes)
        for table, amount in level.amounts.items():
            amounts[table] += amount
    return Decisions(bounds, node_ms, dict(amounts))


class _Level:
    """Selections that depend on decided ones only."""

    def __init__(self, plan: SitePlan, rankings: Mapping[_Ranked, Sequence[int]]) -> None:
        self._plan, self._rankings = plan, rankings
        self.nodes = [node for nodes in rankings.values() for node in nodes]
        self.core_ms = 0.0
        self.amounts: dict[str, Amount] = defaultdict(Amount)

    def decide(
        self, bounds: Mapping[int, Bounds | str], selections: Mapping[int, Selection]
    ) -> Generator[Request, Sequence[Answer], dict[int, Bounds | str]]:
        """Which stretch each of the nodes takes, given the bounds that are known."""
        decided: dict[int, Bounds | str] = {}
        digests: dict[_Ranked, dict[Label, list[Digest]]] = {}
        brackets: dict[_Ranked, dict[Label, list[Bracket]]] = {}
        for key, blocks in (yield from self._ask(dict.fromkeys(self._rankings), bounds)).items():
            failure = next((found.failure for found in blocks if found.failure is not None), None)
            if failure is not None:
                decided |= dict.fromkeys(self._rankings[key], failure)
                continue
            digests[key] = _by_group(found.digests for found in blocks)
            wanted = [selections[node] for node in self._rankings[key]]
            brackets[key] = {label: _brackets(parts, wanted) for label, parts in digests[key].items()}
        slices = {key: _by_group(found.slices for found in blocks)
                  for key, blocks in (yield from self._slices(digests, brackets, bounds)).items()}  # fmt: skip
        for key, groups in brackets.items():
            ends = {
                label: [
                    None if end is None else bytes(end)
                    for end in cuts(
                        of_group,
                        digests[key][label],
                        slices[key][label] if key in slices else None,
                        nobody=NOBODY,
                    )
                ]
                for label, of_group in groups.items()
            }
            for place, node in enumerate(self._rankings[key]):
                decided[node] = {label: (found[2 * place], found[2 * place + 1]) for label, found in ends.items()}
        return decided

    def _slices(
        self,
        digests: Mapping[_Ranked, Mapping[Label, Sequence[Digest]]],
        brackets: Mapping[_Ranked, Mapping[Label, Sequence[Bracket]]],
        bounds: Mapping[int, Bounds | str],
    ) -> Generator[Request, Sequence[Answer], dict[_Ranked, list[Found]]]:
        """The blocks' parts of the brackets of those rankings that digests leave open."""
        is_open = {
            key: any(digest.step > 1 for of_group in groups.values() for digest in of_group)
            for key, groups in digests.items()
        }
        wanted = {key: groups for key, groups in brackets.items() if is_open[key]}
        return (yield from self._ask(wanted, bounds)) if wanted else {}

    def _ask(
        self,
        wanted: Mapping[_Ranked, Mapping[Label, Sequence[Bracket]] | None],
        bounds: Mapping[int, Bounds | str],
    ) -> Generator[Request, Sequence[Answer], dict[_Ranked, list[Found]]]:
        plan, number = narrowed(self._plan, [population for population, _ in wanted])
        asked = tuple(
            Asked(number[population], ranking, brackets) for (population, ranking), brackets in wanted.items()
        )
        known = {number[node]: bound for node, bound in bounds.items() if node in number}
        answers = yield Request(plan, asked, known)
        for said in answers:
            self.core_ms += said.core_ms
            for table, amount in said.amounts.items():
                self.amounts[table] += amount
        return {key: [answer.found[place] for answer in answers] for place, key in enumerate(wanted)}


def _below(plan: SitePlan, chosen: Mapping[int, object]) -> dict[int, frozenset[int]]:
    """The nodes ``CHOSEN`` that each of them depends on."""
    under: dict[int, frozenset[int]] = {}
    found: dict[int, frozenset[int]] = {}
    for node, _, _, arguments in plan.inner_nodes():
        joined = frozenset().union(*(under[argument] for argument in arguments if argument in under))
        if node in chosen:
            found[node] = joined
            joined |= {node}
        if joined:
            under[node] = joined
    return found


def _by_group(blocks: Iterable[Mapping[Label, Part]]) -> dict[Label, list[Part]]:
    groups: dict[Label, list[Part]] = defaultdict(list)
    for found in blocks:
        for label, part in found.items():
            groups[label].append(part)
    return groups


def _brackets(digests: Sequence[Digest], selections: Sequence[Selection]) -> list[Bracket]:
    """Two a selection: up to whom nobody is taken yet, and up to whom people are."""
    count = sum(block.count for block in digests)
    places = [place for selection in selections for place in (selection.first, selection.last)]
    return [bracket(digests, _people(place, count)) for place in places]


def _people(place: int | Fraction, count: int) -> int:
    return math.floor(place * count + Fraction(1, 2)) if isinstance(place, Fraction) else place
