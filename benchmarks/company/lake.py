"""Writing a marketplace as a lake: the tables, layout and pins that a refresh would leave, without Spark."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import quote

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake import DeltaTable
from deltalake.transaction import AddAction, RemoveAction

from benchmarks.company.rows import event_rows, people_rows, person_ids
from benchmarks.company.shape import AS_OF, Shape
from benchmarks.company.traits import TRAITS
from jobs.warehouse.flip import flip
from plateia.catalogue import Attribute, EventType, Kind, ValueType
from plateia.clock import AsOf
from plateia.lake import Lake
from plateia.lake.delta import table_settings
from plateia.tables import PERSON_ORDINALS, Table, events, people
from plateia.trace import log, new_run

_PROPERTIES: Mapping[str, Kind] = {"amount": "double", "category": "string", "device": "string"}
_SHOWN = ("ordinal", "at")
_ENCODINGS = {
    "ordinal": "DELTA_BINARY_PACKED",
    "at": "DELTA_BINARY_PACKED",
    "person_id": "DELTA_BYTE_ARRAY",
    "event_id": "DELTA_BYTE_ARRAY",
    "source_key": "DELTA_BYTE_ARRAY",
}
_LAYOUT = "2"  # a lake of another layout is written anew


@dataclass(frozen=True, slots=True)
class Written:
    """A file that a worker has written: its table, its path there, its partition, and Delta's statistics."""

    table: str
    path: str
    partition: Mapping[str, str]
    bytes: int
    stats: str


def lake_at(folder: Path, shape: Shape) -> Lake:
    """The lake of a shape below a folder; written if it is not there in full."""
    root = folder / "lake"
    complete = folder / "complete"
    if not complete.exists() or complete.read_text("utf-8") != _LAYOUT:
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir(parents=True)
        _write(Lake.open(str(root), create=True), shape)
        complete.write_text(_LAYOUT, "utf-8")
    return Lake.open(str(root))


def tables_of(shape: Shape) -> list[Table]:
    """The tables of people and events."""
    attributes = {name: _attribute(name, trait.kind) for name, trait in TRAITS.items()}
    properties = {name: _attribute(name, kind) for name, kind in _PROPERTIES.items()}
    return [people(attributes), *(events(EventType(name, properties)) for name in shape.types)]


def _attribute(name: str, kind: Kind) -> Attribute:
    return Attribute(name, ValueType(kind))


def _write(lake: Lake, shape: Shape) -> None:
    blocks = list(shape.blocks())
    written: list[Written] = []
    with ProcessPoolExecutor(max_workers=2) as pool:
        for done, files in enumerate(pool.map(partial(_write_block, lake.uri, shape), blocks), 1):
            written += files
            log("bench").info("%s: block %d of %d written", shape.name, done, len(blocks))
    versions = {table.name: _commit(lake, table, written) for table in tables_of(shape)}
    run = new_run("bench", AsOf(AS_OF))
    for site in shape.sites:
        ids = [person_ids(block, n) for of, block, n in blocks if of == site]
        versions[PERSON_ORDINALS.name] = lake.append(PERSON_ORDINALS, _ordinals(site, ids, run.run_id), app=site)
    flip(lake, run, versions)


def _ordinals(site: str, ids: Sequence[pa.Array], run_id: str) -> pa.Table:
    persons = pa.concat_arrays(ids)
    n = len(persons)
    columns = [
        pa.repeat(site, n),
        persons,
        pa.array(range(n), pa.int32()),
        pa.repeat(run_id, n),
        pa.nulls(n, pa.string()),
    ]
    return pa.table(columns, schema=PERSON_ORDINALS.schema)


def _write_block(root: str, shape: Shape, of: tuple[str, int, int]) -> list[Written]:
    return list(_block_files(root, shape, *of))


def _block_files(root: str, shape: Shape, site: str, block: int, n: int) -> Iterator[Written]:
    place = {"site": site, "block": str(block)}
    yield _write_file(root, "people", place, people_rows(shape, site, block, n))
    ids = person_ids(block, n)
    for stretch in shape.stretches(site, block, n):
        if stretch.rows:
            partition = {"site": site, "period": stretch.period.isoformat(), "block": str(block)}
            yield _write_file(root, f"event_{stretch.event}", partition, event_rows(shape, stretch, ids))


def _write_file(root: str, table: str, partition: Mapping[str, str], rows: pa.Table) -> Written:
    path = "/".join([*(f"{column}={value}" for column, value in partition.items()), "part-0.parquet"])
    target = Path(root, table, path)
    target.parent.mkdir(parents=True, exist_ok=True)
    known = [name for name in _SHOWN if name in rows.column_names]
    # Codec, encodings and statistics are those of Spark's writer on our tables; ids reach no footer.
    pq.write_table(
        rows,
        target,
        compression="snappy",
        row_group_size=1 << 20,
        data_page_version="2.0",
        use_dictionary=[name for name in rows.column_names if name not in _ENCODINGS],
        column_encoding={name: encoding for name, encoding in _ENCODINGS.items() if name in rows.column_names},
        write_statistics=known,
    )
    return Written(table, path, partition, target.stat().st_size, _stats(rows, known))


def _stats(rows: pa.Table, known: Sequence[str]) -> str:
    found = {name: pc.min_max(rows[name]) for name in known}

    def side(which: str) -> dict[str, object]:
        values = {name: value[which].as_py() for name, value in found.items()}
        return {name: v if isinstance(v, int) else v.strftime("%Y-%m-%dT%H:%M:%S.%fZ") for name, v in values.items()}

    nulls = dict.fromkeys(known, 0)
    return json.dumps(
        {"numRecords": rows.num_rows, "minValues": side("min"), "maxValues": side("max"), "nullCount": nulls}
    )


def _commit(lake: Lake, table: Table, written: Sequence[Written]) -> int:
    """Create the table with what was written of it, in one commit."""
    snapshot = DeltaTable.create(
        lake.table_uri(table.name),
        table.schema,
        partition_by=list(table.partition_by),
        configuration=table_settings(table),
    )
    moment = int(AS_OF.timestamp() * 1000)
    adds: list[AddAction | RemoveAction] = [
        AddAction(quote(file.path, safe="/="), file.bytes, dict(file.partition), moment, True, file.stats)
        for file in written
        if file.table == table.name
    ]
    snapshot.create_write_transaction(adds, "append", snapshot.schema(), list(table.partition_by))
    return int(DeltaTable(lake.table_uri(table.name)).version())
