"""``plateia rotate-keys``: wrap every token of the identity tables by the environment's current key.

Reads and writes tokens, never a value; publishes all tables with one commit. Safe to repeat. Afterwards the old key may
leave the environment once `plateia refresh-warehouse` has run.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

import pyarrow as pa

from jobs.identity.scope import Scope, require_identity
from jobs.identity.serving import serve
from jobs.identity.state import State, published_state, write_state
from jobs.options import Context, command_parser, run_command
from plateia.tables import IDENTITY_TABLES, IDENTITY_TOMBSTONES, TOKEN_COLUMNS, Table
from plateia.trace import Outcome


def main(argv: Sequence[str] | None = None) -> int:
    """Wrap every token anew and print how many rows of which tables."""
    parser = command_parser("rotate-keys", "Wrap every stored token by the current key.", sited=False)
    return run_command(argv, parser, _run)


def _run(context: Context) -> Outcome:
    context.workspace.require_sound()
    identity = require_identity(context.workspace)
    lake, run_id = context.lake, context.run.run_id
    with lake.lease("resolve-identities", run_id), lake.scratch("resolve-identities", run_id) as keep:
        state = published_state(lake)
        scope = Scope.of(context, lake, identity, state)
        keys = scope.keys
        is_current = state.facts["kids"] == [keys.current]
        is_left = is_current or context.args.dry_run
        rows = [] if is_left else _rotate(scope)
        if not context.args.dry_run:
            serve(scope, keep)
    return context.outcome(rows or [{"key": keys.current, "tables": "under this key" if is_current else "not yet"}])


def _rotate(scope: Scope) -> list[dict[str, object]]:
    versions: dict[str, int] = {}
    told: list[dict[str, object]] = []
    for table in _with_tokens(scope.state.pins):
        version = scope.write(scope.pinned(table), table)
        versions[table.name] = version
        told.append({"table": table.name, "rows": sum(f.rows for f in scope.lake.files(table.name, version=version))})
    stones = scope.lake.rows(IDENTITY_TOMBSTONES)["token"].to_pylist()
    is_forgetting = scope.is_forgetting  # an erasure that was killed is for the next run to end
    if stones:
        rows = pa.table({"token": pa.array(map(scope.keys.rewrap, stones), pa.binary())})
        scope.lake.replace(IDENTITY_TOMBSTONES, rows, app=scope.run.run_id)
        told.append({"table": IDENTITY_TOMBSTONES.name, "rows": len(stones)})
    known = scope.state.facts["tombstones"]
    newest = known if is_forgetting else scope.lake.version(IDENTITY_TOMBSTONES.name)
    kid = scope.keys.current
    facts = {**scope.state.facts, "kid": kid, "kids": [kid], "tombstones": newest, "checks": scope.keys.checks}
    write_state(scope.lake, State({**scope.state.pins, **versions}, scope.state.as_of, facts), run_id=scope.run.run_id)
    return told


def _with_tokens(pins: Mapping[str, int]) -> list[Table]:
    return [table for table in IDENTITY_TABLES if table.name in pins and set(TOKEN_COLUMNS) & set(table.schema.names)]


if __name__ == "__main__":
    sys.exit(main())
