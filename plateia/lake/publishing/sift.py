"""Sifting: what is committed holds the rows of published audiences and no others."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from plateia.lake.parquet import write_file
from plateia.lake.store import Store, one_sentence
from plateia.records import StagedFile
from plateia.tables import AUDIENCE_CHANGES, AUDIENCE_MEMBERS

_TABLES = {table.name: table for table in (AUDIENCE_MEMBERS, AUDIENCE_CHANGES)}


def sift(
    store: Store, staged: Sequence[StagedFile], *, keep: Collection[tuple[str, str]], complete: bool = False
) -> list[StagedFile]:
    """The staged files without the rows of audiences that are not to be kept, as (site, audience).

    A file that holds only kept audiences is passed on as it is, one without any is left out, a mixed one is written
    again beside itself. ``complete`` says that all are kept, which spares looking into the files.
    """
    if complete:
        return list(staged)
    by_site: dict[str, list[str]] = {}
    for site, audience in sorted(keep):
        by_site.setdefault(site, []).append(audience)
    with ThreadPoolExecutor() as pool:
        return [kept for kept in pool.map(lambda file: _sift(store, file, by_site.get(file.site, [])), staged) if kept]


def _sift(store: Store, file: StagedFile, keep: Sequence[str]) -> StagedFile | None:
    if not keep:
        return None
    path = store.path(file.table, file.path)
    with one_sentence(f"{path} cannot be read"), store.fs.open_input_file(path) as source:
        parquet = pq.ParquetFile(source)
        mask = pc.is_in(parquet.read(columns=["audience"])["audience"], value_set=pa.array(keep, pa.string()))
        kept = pc.sum(mask).as_py() or 0
        if kept in (0, file.rows):
            return file if kept else None
        rows = parquet.read().filter(mask)
    name = file.path.rpartition("/")[2].removesuffix(".parquet")
    partition = {"site": file.site, "run_id": file.run_id}
    return write_file(store, _TABLES[file.table], rows, partition=partition, name=f"{name}-sifted.parquet")
