"""Great Expectations on a Spark DataFrame, quietly: yes or no, without values, documents or progress bars."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

from transforms.quality.fit import Fitted

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


_ALONE = Lock()  # the library keeps its project in a global


def validate(frame: DataFrame, expectations: Sequence[tuple[str, Mapping[str, Fitted]]]) -> list[bool | None]:
    """Whether each expectation (type, parameters) is met by the rows, all of them in one validation.

    Great Expectations bundles what can be computed together, so one validation of ten costs a third of ten
    validations. It reads the frame several times and caches nothing: it would never give the memory back.

    Returns:
        In the order given; None for one that could not be evaluated.
    """
    if not expectations:
        return []
    with _ALONE, _quiet():
        import great_expectations as gx
        from great_expectations.data_context.types import base

        # In memory, without a folder for documents, and without progress bars.
        stores = base.InMemoryStoreBackendDefaults(init_temp_docs_sites=False)
        bars = base.ProgressBarsConfig(globally=False, metric_calculations=False)
        config = base.DataContextConfig(store_backend_defaults=stores, progress_bars=bars, analytics_enabled=False)
        context = gx.get_context(mode="ephemeral", project_config=config)
        asset = context.data_sources.add_spark("spark", persist=False).add_dataframe_asset("frame")
        batch = asset.add_batch_definition_whole_dataframe("rows").get_batch({"dataframe": frame})
        suite = gx.ExpectationSuite(
            "suite",
            expectations=[
                {"type": name, "kwargs": dict(parameters), "meta": {"position": position}}
                for position, (name, parameters) in enumerate(expectations)
            ],
        )
        # Any other format keeps the offending values of rows in its results.
        outcome = batch.validate(suite, result_format="BOOLEAN_ONLY")
    verdicts: list[bool | None] = [None] * len(expectations)
    for result in outcome.results:
        if (asked := result.expectation_config) is not None and not _broke(result.exception_info):
            verdicts[asked.meta["position"]] = bool(result.success)
    return verdicts


def _broke(exception_info: Mapping[str, object] | None) -> bool:
    """Whether the library met an exception: one for the expectation, or one a metric."""
    if not exception_info:
        return False
    if "raised_exception" in exception_info:
        return bool(exception_info["raised_exception"])
    return any(isinstance(info, Mapping) and info.get("raised_exception") for info in exception_info.values())


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence the library's own log and deprecation warnings: its errors quote rows."""
    logger = logging.getLogger("great_expectations")
    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(before)
