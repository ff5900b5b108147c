"""Progress of Spark's work: a bar on a terminal, otherwise one log line every ten seconds."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from plateia.trace import Progress

if TYPE_CHECKING:
    from pyspark import StatusTracker
    from pyspark.sql import SparkSession

_EVERY_SECONDS = 1.0


@contextmanager
def watched(spark: SparkSession, label: str) -> Iterator[None]:
    """Show how many tasks of the running stages are done while the block runs."""
    tracker = spark.sparkContext.statusTracker()
    finished = threading.Event()
    with Progress(label, 0) as progress:
        thread = threading.Thread(target=_watch, args=(tracker, progress, finished), daemon=True)
        thread.start()
        try:
            yield
        finally:
            finished.set()
            thread.join()


def _watch(tracker: StatusTracker, progress: Progress, finished: threading.Event) -> None:
    while not finished.wait(_EVERY_SECONDS):
        stages = [tracker.getStageInfo(stage) for stage in tracker.getActiveStageIds()]
        known = [stage for stage in stages if stage is not None]
        progress.show(sum(s.numCompletedTasks for s in known), sum(s.numTasks for s in known))
