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
from jobs.identity.requests import Request, read_requests
from jobs.identity.resolution import resolve
from jobs.identity.scope import Scope
from jobs.identity.serving import serve
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
    requests = read_requests(Path(context.args.requests), context.workspace.sites)
    lake, run_id = context.lake, context.run.run_id
    with lake.lease("resolve-identities", run_id), lake.scratch("resolve-identities", run_id) as keep:
        asking = Asking.of(context)
        rows, tokens = _told(asking, requests)
        if tokens and not context.args.dry_run:
            table = pa.table({"token": pa.array(tokens, pa.binary())}, schema=IDENTITY_TOMBSTONES.schema)
            lake.append(IDENTITY_TOMBSTONES, table, app=run_id)
            scope = Scope.of(context, lake, asking.identity, asking.state, stands_still=True)
            resolve(scope, keep)
            shred(scope)
            serve(scope, keep, anew=True)
    return context.outcome(rows)


def _told(asking: Asking, requests: Sequence[Request]) -> tuple[list[dict[str, object]], list[bytes]]:
    """What becomes of each request, and the tokens of everybody who is to be forgotten, sorted."""
    asked = [asking.token(request.identifier, request.value, request.site) for request in requests]
    found, dead = asking.whose(asked), asking.erased({token for token in asked if token is not None})
    rows: list[dict[str, object]] = []
    for request, token, (person, status) in zip(requests, asked, found, strict=True):
        rows.append({"request": request.request, "status": "erased" if person or token in dead else status})
    persons = sorted({person for person, _ in found if person is not None})
    return rows, sorted(token for _, token in asking.members(persons))


if __name__ == "__main__":
    sys.exit(main())
