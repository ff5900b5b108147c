"""The ``plateia`` command: one verb a module, imported only when it is asked for."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

from plateia import __version__
from plateia.errors import did_you_mean, echo

VERBS = {
    "init": "write a small commented configuration to start from",
    "validate": "check the configuration, without Spark",
    "resolve-identities": "signals -> persons: which identifiers are one",
    "identity-plan": "what other rules of identity would make of the people there are",
    "refresh-warehouse": "sources -> people, events and ordinals, through input expectations",
    "build-audiences": "compute, gate and publish audiences",
    "train-lookalikes": "fit lookalike models and track them in MLflow",
    "score-lookalikes": "score everybody and publish the lookalike audiences",
    "members": "the published members of an audience",
    "explain": "why a person is in an audience, or is not",
    "lookup": "whose an identifier is",
    "explain-identity": "why two identifiers are one person, or are not",
    "erase": "forget people",
    "rotate-keys": "wrap every stored token by the current key",
    "plan": "what audiences read, share and cost",
    "preview": "count an audience that is not saved yet",
    "diff": "who enters and leaves by another definition, or between two runs",
    "runs": "what the last runs did",
    "retire": "take an audience whose definition is gone out of publication",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``plateia VERB …`` and return its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or words[0] in ("-h", "--help"):
        sys.stdout.write(_help())
        return 0 if words else 2
    if words[0] == "--version":
        sys.stdout.write(f"plateia {__version__}\n")
        return 0
    if words[0] not in VERBS:
        hint = did_you_mean(words[0], VERBS) or "`plateia --help` lists them."
        sys.stderr.write(f"error: got {echo(words[0])}; expected a command. {hint}\n")
        return 2
    verb = import_module(f"jobs.{words[0].replace('-', '_')}")
    return int(verb.main(words[1:]))


def console() -> None:
    """Entry point of the console script."""
    sys.exit(main())


def _help() -> str:
    width = max(map(len, VERBS))
    verbs = "\n".join(f"  {verb:{width}}  {summary}" for verb, summary in VERBS.items())
    return f"usage: plateia COMMAND [options]\n\n{verbs}\n\n`plateia COMMAND --help` lists a command's options.\n"


if __name__ == "__main__":
    console()
