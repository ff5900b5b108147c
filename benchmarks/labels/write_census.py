"""Run where pseudopeople is installed: OUTPUT SEED YEAR... writes the censuses of its sample population."""

import sys
from pathlib import Path

import pandas as pd
import pseudopeople


def main(output: str, seed: str, *years: str) -> None:
    """``record`` and ``person`` before the columns of pseudopeople, all of them text."""
    censuses = [pseudopeople.generate_decennial_census(seed=int(seed), year=int(year)) for year in years]
    # household_id is of the simulation, and no census has it.
    rows = pd.concat(censuses, ignore_index=True).astype("string").drop(columns="household_id")
    rows = rows.rename(columns={"simulant_id": "person"})
    rows.insert(0, "record", rows["year"] + "-" + rows.index.astype("string"))
    rows.to_csv(Path(output), index=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
