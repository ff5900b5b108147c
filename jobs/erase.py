"""``plateia erase``: forget people. Their identifiers get tombstones, under which nothing is ever stored again.

Reads requests (CSV with request, site, identifier, value); adds the tokens of everything that is known of these people
to ``identity_tombstones``, then publishes the identity tables without them. Safe to repeat; values are never repeated.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from jobs.identity.asking import Asking
from jobs.identity.forgetting import ERASED, require_same_rules, told
from jobs.identity.requests import read_requests
from jobs.identity.resolution import resolve
from jobs.identity.scope import Scope
from jobs.identity.serving import serve
from jobs.identity.state import read_state
from jobs.identity.vault import shred
from jobs.options import Context, command_parser, run_command
from plateia.tables import IDENTITY_TOMBSTONES
from plateia.trace import Outcome


def main(argv: Sequence[str] | None = None) -> int:
    """Forget people and print what became of each request."""
    parser = command_parser("erase", "Forget people: their identifiers, and whatever is known by them.", sited=False)
    parser.add_argument("--requests", metavar="FILE", required=True, help="CSV: request, site, identifier, value")
    return run_command(argv, parser, _run)


def _run(context: Context) -> Outcome:
    requests = read_requests(Path(context.args.requests), context.workspace)
    lake, run_id = context.lake, context.run.run_id
    with lake.lease("resolve-identities", run_id), lake.scratch("resolve-identities", run_id) as keep:
        asking = Asking.of(context)
        scope = Scope.of(context, lake, asking.identity, asking.state, stands_still=True)
        rows, tokens = told(asking, scope, requests)
        if not context.args.dry_run and any(row["status"] == ERASED for row in rows):
            require_same_rules(scope)
            if tokens:
                table = pa.table({"token": pa.array(tokens, pa.binary())}, schema=IDENTITY_TOMBSTONES.schema)
                lake.append(IDENTITY_TOMBSTONES, table, app=run_id)
            # A run that was killed may have left any of these undone.
            if scope.is_forgetting:
                resolve(scope, keep)
            shred(lake, read_state(lake))
            serve(scope, keep)
    if context.args.dry_run:
        rows = [{**row, "status": f"would be {ERASED}"} if row["status"] == ERASED else row for row in rows]
    return context.outcome(rows)


if __name__ == "__main__":
    sys.exit(main())
