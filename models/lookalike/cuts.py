"""From the blocks' digests to exact cuts, in one pass over the blocks, or two where a digest is not the whole block."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from models.lookalike.scoring import Cuts
from models.lookalike.sizes import cuts, wanted_people
from transforms.ranking import Bracket, Digest, Slice, bracket

Digests = Sequence[Mapping[str, Digest]]
Slices = Sequence[Mapping[str, Sequence[Slice]]]
Sizes = Mapping[str, Decimal | int]


def find_cuts(
    sizes: Mapping[str, Sizes], digests: Digests, fetch: Callable[[Mapping[str, Sequence[Bracket]]], Slices]
) -> dict[str, Cuts]:
    """The cuts of every model.

    Args:
        sizes: Model -> audience -> a share of the people outside the seed, or a number of them.
        digests: Of each block, model -> digest.
        fetch: Reads the blocks' parts of brackets; called only if digests leave a cut open.
    """
    brackets = {key: _brackets(audiences, [block[key] for block in digests]) for key, audiences in sizes.items()}
    open_models = {key for block in digests for key, found in block.items() if found.step > 1}
    slices = fetch({key: brackets[key] for key in brackets}) if open_models else []
    found = {}
    for key, audiences in sizes.items():
        parts = [block[key] for block in slices] if key in open_models else None
        least = cuts(brackets[key], [block[key] for block in digests], parts)
        found[key] = Cuts(dict(zip(audiences, least, strict=False)), tuple(least[len(audiences) :]))
    return found


def _brackets(audiences: Sizes, digests: Sequence[Digest]) -> list[Bracket]:
    outside = sum(block.count for block in digests)
    tenths = [Decimal(tenth) / 10 for tenth in range(1, 10)]
    return [bracket(digests, wanted_people(size, outside)) for size in (*audiences.values(), *tenths)]
