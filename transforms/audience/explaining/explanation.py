"""Why one person is, or is not, in an audience: what each condition rests on, what it lacks, when it flips."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from plateia.rules import tree
from plateia.rules.windows import microseconds
from transforms.audience.atoms import Leaf
from transforms.audience.explaining.cheapest import Path, Standing, all_of, cheapest
from transforms.audience.explaining.evidence import NOTHING, Evidence, Witnesses
from transforms.audience.explaining.flips import Foresight, fixed_nodes, horizon_of
from transforms.audience.explaining.misses import Miss, Misses
from transforms.audience.explaining.person import PersonReader, Truth, node_truths
from transforms.audience.explaining.question import Question
from transforms.audience.leaves.conditions import Moment
from transforms.audience.plan import BlockReader, Outline, SitePlan

Explanation = dict[str, object]


def explain_person(question: Question, reader: BlockReader, ordinal: int) -> Explanation:
    """Explain one person with the kernel that builds the audiences.

    Args:
        reader: Of the person's block.
        ordinal: The person.

    Returns:
        A row nested like the rule; the root is the audience: its truth is membership, after excludes. Each row has
        ``text``; ``truth``, None where it cannot be evaluated; ``value``, the trait or measure; ``events``, the newest
        behind it, of ``n_events``; ``run`` that was read, with its as_of; ``nearest`` change that it lacks, at the root
        with all its ``changes``; ``flips``, the instant at which its truth changes if nothing else happens; ``fixed``
        where its change over time cannot be foreseen; ``children``.
    """
    as_of = microseconds(question.as_of)
    person = PersonReader(reader, ordinal, as_of=as_of)
    plan = question.compile_at(question.as_of)
    truths = node_truths(plan, person, question.bounds)
    flips = Foresight(question, plan, person, truths).flips()
    return _Account(question, plan, person, truths, flips).whole()


@dataclass(frozen=True)
class _Part:
    """A node of a rule, or what stands beside the rule, with everything that is known of it."""

    outline: Outline
    node: tree.Node | None
    standing: Standing | None
    evidence: Evidence
    miss: Miss | None
    flips: datetime | None
    children: tuple[_Part, ...]


class _Account:
    """Puts together what is known of every part of an audience, in the order in which it is written."""

    def __init__(
        self,
        question: Question,
        plan: SitePlan,
        person: PersonReader,
        truths: Mapping[int, Truth],
        flips: Sequence[datetime | None],
    ) -> None:
        self._question, self._plan, self._truths = question, plan, truths
        self._flips, self._fixed = iter(enumerate(flips)), fixed_nodes(plan)
        self._witnesses = Witnesses(question, plan, person)
        moment = Moment(question.as_of, question.zone)
        self._misses = Misses(plan, person, moment, horizon=horizon_of(question.as_of))
        self._changes: dict[int, tuple[str, Miss]] = {}

    def whole(self) -> Explanation:
        """The row of the audience."""
        outline, definition = self._plan.outlines[self._question.audience], self._question.definition
        _, flips = next(self._flips)
        nodes: list[tree.Node | None] = [definition.rule, *map(tree.AudienceNode, definition.exclude)]
        nodes += [None] * (len(outline.children) - len(nodes))
        parts = [self._part(node, child) for node, child in zip(nodes, outline.children, strict=True)]
        rows = [self._row(part, wanted=i == 0) for i, part in enumerate(parts)]
        truth = self._truths[outline.node]
        return {
            "text": outline.text,
            "truth": truth,
            **NOTHING.as_row(),
            "nearest": None if truth is not False else self._nearest(parts),
            "flips": flips,
            "fixed": False,
            "children": rows,
        }

    def _nearest(self, parts: Sequence[_Part]) -> dict[str, object] | None:
        """The fewest changes by which the person would be a member; None where no change of conditions does it."""
        path: Path | None = all_of(
            cheapest(part.standing, wanted=i == 0) for i, part in enumerate(parts) if part.standing is not None
        )
        if not path:
            return None
        changes = [self._changes[place] for place in sorted(path)]
        ends = [miss.before for _, miss in changes if miss.before is not None]
        return {
            "text": "; ".join(f"{miss.text} ({condition})" for condition, miss in changes),
            "change": None,
            "to": None,
            "before": min(ends, default=None),
            "changes": [{"condition": condition, **miss.as_row()} for condition, miss in changes],
        }

    def _part(self, node: tree.Node | None, outline: Outline) -> _Part:
        place, flips = next(self._flips)
        truth = self._truths[outline.node]
        below = tree.children(node) if node is not None else [None] * len(outline.children)
        children = tuple(self._part(*each) for each in zip(below, outline.children, strict=True))
        evidence, miss = NOTHING, None
        if node is not None and not children:
            leaf = self._leaf(outline)
            evidence = self._witnesses.of(node, leaf, truth)
            miss = None if truth is None else self._misses.of(node, leaf, evidence, wanted=not truth)
        if miss is not None:
            self._changes[place] = outline.text, miss
        standing = None
        if node is not None:
            standings = tuple(child.standing for child in children if child.standing is not None)
            standing = Standing(node, place, truth, standings, miss is None or miss.is_possible)
        return _Part(outline, node, standing, evidence, miss, flips, children)

    def _leaf(self, outline: Outline) -> Leaf | None:
        return self._plan.leaves[outline.node] if outline.node < len(self._plan.leaves) else None

    def _row(self, part: _Part, *, wanted: bool) -> Explanation:
        truth = self._truths[part.outline.node]
        is_lacking = part.miss is not None and truth is not wanted
        return {
            "text": part.outline.text,
            "truth": truth,
            **part.evidence.as_row(),
            "nearest": part.miss.as_row() if part.miss is not None and is_lacking else None,
            "flips": part.flips,
            "fixed": part.outline.node in self._fixed,
            "children": [self._row(child, wanted=below) for child, below in self._wanted(part, wanted)],
        }

    def _wanted(self, part: _Part, wanted: bool) -> Iterator[tuple[_Part, bool]]:
        """What each child has to be for the part to be as wanted; its own truth where that asks nothing of it."""
        truths = [self._truths[child.outline.node] is True for child in part.children]
        for child, truth in zip(part.children, truths, strict=True):
            match part.node:
                case tree.Group(op="none"):
                    yield child, not wanted
                case tree.Group(op="xor") if sum(truths) == 1:
                    yield child, truth and wanted
                case tree.Group(op="xor"):
                    yield child, wanted and not truth if not any(truths) else truth and not wanted
                case _:
                    yield child, wanted
