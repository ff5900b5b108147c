"""Write-ahead receipts: what a run is about to publish, so that another process can finish its records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from plateia.errors import LakeError
from plateia.lake.store import Store
from plateia.records import Verdict
from plateia.tables import AUDIENCE_CURRENT, AUDIENCE_RUNS, QUALITY_RESULTS

FOLDER = "_receipts"
POINTING = ("published", "unchanged")


@dataclass(frozen=True, slots=True)
class Receipt:
    """The rows of a run for ``audience_current`` (the pointers that move), ``audience_runs``, ``quality_results``."""

    run_id: str
    current: pa.Table
    runs: pa.Table
    quality: pa.Table

    @property
    def points(self) -> bool:
        """Whether the run moves any pointer; one that does not has nothing to publish but its records."""
        return bool(self.current.num_rows)


def receipt_of(
    run_id: str, verdicts: Sequence[Verdict], quality: pa.Table | None, *, published_at: datetime
) -> Receipt:
    """The receipt of a judged run; rows are sorted by site and audience."""
    ordered = sorted(verdicts, key=lambda verdict: (verdict.site, verdict.audience))
    pointing = [verdict for verdict in ordered if verdict.verdict in POINTING]
    none = QUALITY_RESULTS.schema.empty_table()
    return Receipt(
        run_id=run_id,
        current=pa.Table.from_pylist(
            [_pointer(verdict, run_id, published_at) for verdict in pointing], schema=AUDIENCE_CURRENT.schema
        ),
        runs=pa.Table.from_pylist([_history(verdict, run_id) for verdict in ordered], schema=AUDIENCE_RUNS.schema),
        quality=none if quality is None else quality.select(none.schema.names).cast(none.schema),
    )


def _pointer(verdict: Verdict, run_id: str, published_at: datetime) -> dict[str, object]:
    return {
        "site": verdict.site,
        "audience": verdict.audience,
        "run_id": run_id if verdict.verdict == "published" else verdict.previous_run_id,
        "published_run": run_id,
        "size": verdict.size,
        "as_of": verdict.as_of,
        "published_at": published_at,
        "definition_hash": verdict.definition_hash,
    }


def _history(verdict: Verdict, run_id: str) -> dict[str, object]:
    row = {name: getattr(verdict, name) for name in AUDIENCE_RUNS.schema.names if name not in ("run_id", "reasons")}
    return {**row, "run_id": run_id, "reasons": list(verdict.reasons)}


def write_receipt(store: Store, receipt: Receipt) -> None:
    """Put a receipt in place, whole or not at all."""
    parts = (receipt.current, receipt.runs, receipt.quality)
    sink = pa.BufferOutputStream()
    row = pa.record_batch(
        [pa.array([_packed(part)], pa.binary()) for part in parts], names=["current", "runs", "quality"]
    )
    with pa.ipc.new_file(sink, row.schema) as writer:
        writer.write_batch(row)
    store.write(sink.getvalue().to_pybytes(), FOLDER, f"{receipt.run_id}.arrow")


def read_receipt(store: Store, run_id: str) -> Receipt | None:
    """The receipt of a run; None if it has none (any more)."""
    data = store.read(FOLDER, f"{run_id}.arrow")
    if data is None:
        return None
    try:
        row = pa.ipc.open_file(data).read_all().to_pylist()[0]
        parts = {name: pa.ipc.open_stream(part).read_all() for name, part in row.items()}
    except (pa.ArrowInvalid, IndexError):
        raise LakeError.because(f"The receipt {store.path(FOLDER, run_id)}.arrow is damaged") from None
    return Receipt(run_id, **parts)


def remove_receipt(store: Store, run_id: str) -> None:
    """Forget a receipt; one that is gone already is no error."""
    store.remove(store.path(FOLDER, f"{run_id}.arrow"))


def receipted_runs(store: Store) -> list[str]:
    """The runs that have a receipt, sorted."""
    names = [info.base_name for info in store.listing(FOLDER)]
    return [name.removesuffix(".arrow") for name in names if name.endswith(".arrow")]


def _packed(rows: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows)
    return bytes(sink.getvalue())
