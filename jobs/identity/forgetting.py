"""Whom requests to forget are about, and under which tokens nothing is to be stored any more."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pyarrow as pa
from pyspark.sql import functions as F

from jobs.identity.asking import UNKNOWN, Asking
from jobs.identity.evidence import digest_of_rules
from jobs.identity.requests import Request
from jobs.identity.scope import Scope
from plateia.errors import UsageError
from plateia.tables import IDENTITY_SIGNALS

ERASED, INVALID = "erased", "invalid"


def require_same_rules(scope: Scope) -> None:
    """Who asks to be forgotten does not wait for a judgement of health, so nothing else may change with it.

    Raises:
        UsageError: Persons would be told by other rules than the published ones.
    """
    if scope.state.facts["rules"] != digest_of_rules(scope):
        raise UsageError.because(
            "other rules of identity, or another purpose or confidence of a source, than were published last",
            expected="those by which the published identities were resolved",
            hint="Nobody was forgotten yet: run `plateia resolve-identities` first, or undo the change.",
        )


def told(asking: Asking, scope: Scope, requests: Sequence[Request]) -> tuple[list[dict[str, object]], list[bytes]]:
    """What becomes of each request, and the tokens of everything that is to be forgotten and has no tombstone, sorted.

    The status is erased, shared, unknown, or invalid: of a value that can name nobody.
    """
    asked = [asking.token(request.identifier, request.value, request.site) for request in requests]
    found = asking.whose(asked)
    persons = sorted({person for person, _ in found if person is not None})
    theirs = {token for _, token in asking.members(persons)}
    dead = asking.erased(theirs.union(token for token in asked if token is not None))
    strays = {token for token, (_, status) in zip(asked, found, strict=True) if token and status == UNKNOWN} - dead
    seen = _seen(scope, strays)
    rows: list[dict[str, object]] = []
    for request, token, (person, status) in zip(requests, asked, found, strict=True):
        is_erased = person is not None or token in dead or token in seen
        became = ERASED if is_erased else status if token is not None else INVALID
        rows.append({"request": request.request, "status": became})
    return rows, sorted((theirs | seen) - dead)


def _seen(scope: Scope, tokens: Collection[bytes]) -> set[bytes]:
    """Those that stand in some row though they are nobody's: what was withdrawn, or is too old."""
    if not tokens:
        return set()
    asked = {scope.keys.rewrap(token): token for token in tokens}
    wanted = scope.spark.createDataFrame(pa.table({"token": pa.array(asked, pa.binary())}))
    ends = scope.pinned(IDENTITY_SIGNALS).select(F.explode(F.array("token_a", "token_b")).alias("token"))
    rows = ends.join(wanted.hint("broadcast"), on="token", how="left_semi").distinct().collect()
    return {asked[bytes(row["token"])] for row in rows}
