"""Whose the demo's generated signals are, as the commands tell it on two days: merged, split, refused, explained."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import pyarrow.compute as pc

from jobs import explain_identity, resolve_identities
from jobs.demo.commands import Rows, run
from jobs.demo.company import Company, set_keys
from jobs.demo.generated.files import SignalFile, deliver
from jobs.demo.generated.year import Year, generate
from jobs.identity.state import read_state
from jobs.render import print_table
from plateia.lake import Lake
from plateia.tables import IDENTITY_PEOPLE

DAYS = (date(2017, 12, 1), date(2018, 1, 1))


def show_identities(company: Company, configs: Path, accounts: Sequence[str], options: Sequence[str]) -> int:
    """Resolve generated signals of the accounts on two days and print what came of them; returns the exit code.

    Args:
        company: Is written anew.
        configs: The configuration that it starts from.
        options: Of the commands.
    """
    set_keys()
    company.write(configs)
    year = generate(accounts)
    told, there = Rows(), list[list[SignalFile]]()
    for day in DAYS:
        there.append(deliver(year.files, company.generated, on=day))
        code, rows = _resolve(company, day, options)
        if code != 0:
            return code
        told += rows
    persons = company.persons(accounts, options)
    company.translate_lists(persons)
    _print_signals(year, there)
    print_table(told, columns=("as_of", "people", "created", "merged", "split", "retired"))
    sys.stdout.write(f"Accounts of {len(persons):,} households belong to {len(set(persons.values())):,} people.\n")
    return max(_explain(company, pair, options) for pair in (year.apart, year.together))


def _resolve(company: Company, day: date, options: Sequence[str]) -> tuple[int, Rows]:
    """Resolve as of a day; of its rows that of the persons, with all who are alive in place of those looked at."""
    mine = ["--as-of", str(day), *company.options]
    code, rows = run("resolve-identities", resolve_identities.main, [*options, *mine])
    if code != 0:
        return code, []
    lake = Lake.open(str(company.lake))
    people = lake.rows(IDENTITY_PEOPLE, version=read_state(lake).pins[IDENTITY_PEOPLE.name])
    alive = pc.sum(pc.is_null(people["retired_at"])).as_py()
    return code, [{**row, "as_of": str(day), "people": alive} for row in rows if "merged" in row]


def _print_signals(year: Year, there: Sequence[Sequence[SignalFile]]) -> None:
    before, after = there
    sys.stdout.write(f"\nGenerated signals, seed {year.seed}: of these identifiers only the accounts are real.\n")
    print_table([row for source in sorted({file.source for file in year.files}) for row in _counts(source, after)])
    for file in before:
        if file not in after:
            said = f"{file.name}, {len(file.signals)} rows, is withdrawn on {file.withdrawn}"
            sys.stdout.write(f"{said}: what it alone has joined is split.\n")
    sys.stdout.write("\n")


def _counts(source: str, files: Iterable[SignalFile]) -> Rows:
    mine = [len(file.signals) for file in files if file.source == source]
    return [{"generated": source, "files": len(mine), "rows": sum(mine)}]


def _explain(company: Company, pair: tuple[str, str], options: Sequence[str]) -> int:
    sys.stdout.write(f"\nplateia explain-identity {' '.join(pair)} --site us --configs {company.configs}\n")
    sys.stdout.flush()
    return explain_identity.main([*pair, "--site", "us", *options, *company.options])
