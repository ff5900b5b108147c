"""A process that finds components on two executors, one of which is killed in the second round: ``… LAKE OUT``."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from threading import Timer

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import DataFrame

from plateia.lake import Lake
from plateia.session import spark_session
from transforms.identity.components import check_components, contract
from transforms.identity.rounds import Rounds

CLUSTER = {
    "spark.master": "local-cluster[2,1,1024]",
    "spark.executor.memory": "1g",
    "spark.sql.shuffle.partitions": "4",
}


def executors() -> list[int]:
    """The executors that descend from this process."""
    parents, found = {}, []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            status = (folder / "stat").read_text()
            words = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        parents[int(folder.name)] = int(status.rpartition(")")[2].split()[1])
        found += [int(folder.name)] if b"CoarseGrainedExecutorBackend" in words else []

    def is_mine(pid: int) -> bool:
        while pid > 1 and pid != os.getpid():
            pid = parents.get(pid, 0)
        return pid == os.getpid()

    return [pid for pid in sorted(found) if is_mine(pid)]


def main(lake: str, out: str) -> None:
    session, rounds = spark_session(CLUSTER), Rounds()
    edges = session.read.parquet(f"file://{out}/edges.parquet").repartition(8)
    with Lake.open(lake, create=True).scratch("test", "run") as scratch:

        def keep(frame: DataFrame, name: str) -> DataFrame:
            if name != "round-1":
                return scratch(frame, name)
            # Its shuffle files go with it, in the midst of what the round reads.
            death = Timer(0.4, os.kill, (executors()[0], signal.SIGKILL))
            death.start()
            kept = scratch(frame, name)
            death.join()
            return kept

        labels = contract(edges, keep=keep, finish_edges=0, rounds=rounds)
        check_components(edges, labels)
        table: pa.Table = labels.toArrow()
    assert len(rounds.left) > 1
    pq.write_table(table, f"{out}/labels.parquet")


if __name__ == "__main__":
    main(*sys.argv[1:])
