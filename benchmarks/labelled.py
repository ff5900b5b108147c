"""How well persons are found where it is known who is who: Splink alone, and its scores under our guard rails.

Both sides have the same records, comparisons and training. Splink is given the best of its ways to cluster and of its
thresholds, each measure by itself. Our rules were chosen on other seeds of the census (0 to 5) and on FEBRL 2.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import mean

from benchmarks.labels import census, febrl
from benchmarks.labels.comparing import MEASURES, Compared, compare, f1_of
from benchmarks.labels.dataset import Dataset
from benchmarks.measuring import Row, versions, write_results
from plateia.session import spark_session

_SEED = 20260401
_CENSUS_F1, _FEBRL_3_F1 = 0.986, 0.99


def main(argv: Sequence[str] | None = None) -> int:
    """Compare on every data set, print, and write ``results/identity-labelled.json``."""
    parser = argparse.ArgumentParser(prog="dev.py bench labelled", description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="*", default=[6, 7, 8], help="of the census's noise (6 to 8)")
    parser.add_argument("--febrl", type=int, nargs="*", default=[1, 3], choices=(1, 2, 3), help="data sets (1 and 3)")
    parser.add_argument("--tuning", action="store_true", help="those that the rules were chosen on, instead")
    parser.add_argument(
        "--folder", type=Path, default=Path(".plateia/bench-labelled"), help="where companies are written"
    )
    args = parser.parse_args(argv)
    seeds, numbers = ([census.TUNED_ON], [febrl.TUNED_ON]) if args.tuning else (args.seeds, args.febrl)
    spark_session()
    found = []
    for place, dataset in enumerate(_datasets(seeds, numbers)):
        found.append(compare(dataset, folder=args.folder.resolve() / str(place), seed=_SEED))
        sys.stdout.write("\n".join([found[-1].name, *_table(found[-1])]) + "\n")
        sys.stdout.flush()
    rows = [*(row for one in found for row in (*one.costs, one.judged())), *_levels(found[: len(seeds)], found)]
    for row in rows:
        if row.bar:
            sys.stdout.write(f"{row.what}; {row.bar}: {'met' if row.met else 'missed'}\n")
    if not args.tuning:
        facts = {name: told for one in found for name, told in one.facts().items()}
        packages = versions("splink", "duckdb", "pyspark")
        own = dict(requirement.split("==") for requirement in (census.REQUIREMENT, febrl.REQUIREMENT))
        path = write_results("identity-labelled", seed=_SEED, rows=rows, versions={**packages, **own}, facts=facts)
        sys.stdout.write(f"{path}\n")
    return 0 if all(row.met is not False for row in rows) else 1


def _datasets(seeds: Sequence[int], numbers: Sequence[int]) -> Iterator[Dataset]:
    yield from map(census.census, seeds)
    yield from map(febrl.febrl, numbers)


def _table(one: Compared) -> Iterator[str]:
    sides = {**one.splink, "ours": one.ours}
    yield f"  {'':27}" + "".join(f"{name:>27}" for name in MEASURES)
    for side, evaluation in sides.items():
        cells = (f"{score.precision:.5f} {score.recall:.5f} {score.f1:.5f}" for score in evaluation)
        yield f"  {side:27}" + "".join(f"{cell:>27}" for cell in cells)


def _levels(censuses: Sequence[Compared], found: Sequence[Compared]) -> Iterator[Row]:
    """The bars that do not depend on what Splink finds."""
    if censuses:
        reached = mean(f1_of(one.ours)[0] for one in censuses)
        yield _level(f"pseudopeople census, mean of {len(censuses)} seeds", reached, _CENSUS_F1)
    for one in found:
        if one.name == febrl.name_of(3):
            yield _level(one.name, f1_of(one.ours)[0], _FEBRL_3_F1)


def _level(what: str, reached: float, least: float) -> Row:
    return Row(f"{what}: pairwise F1 {reached:.5f}", 0, 0, 0, f"pairwise F1 ≥ {least}", reached >= least)


if __name__ == "__main__":
    sys.exit(main())
