"""What Spark calls the places of a lake, and what it says when one of them fails. Nothing here imports Spark itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from plateia.errors import LakeError
from plateia.lake.store import Store

# Failures of the place or of the table, in words; anything else that Spark raises is not the lake's fault.
_LAKE_FAULTS = (
    (r"DELTA_(?:INVALID_PROTOCOL|UNSUPPORTED_FEATURES)|InvalidProtocolVersion", "it needs a newer Delta Lake"),
    (r"DELTA_(?:PATH_DOES_NOT_EXIST|TABLE_NOT_FOUND|MISSING_DELTA_TABLE)|PATH_NOT_FOUND", "it does not exist"),
    (r"VERSION_NOT_EXIST|VERSION_NOT_FOUND|VersionNotFound|NO_RECREATABLE_HISTORY", "that version is gone"),
    (r"DELTA_CONCURRENT|Concurrent\w+Exception", "another process has written it meanwhile"),
    (r"DELTA_FAILED_TO_MERGE|DELTA_SCHEMA|_LEGACY_ERROR_TEMP_DELTA_0007", "its columns have other types than before"),
    (r"AccessDenied|AccessControl|Permission denied", "permission denied"),
    (r"No space left", "no space left"),
    (r"No FileSystem for scheme|UnsupportedFileSystem", "Spark lacks the file system of its URI"),
    (r"NotDirectory|Not a directory|FileAlreadyExists|Mkdirs failed", "something else is in its place"),
    (r"java\.(?:io|nio)\.[.\w]*Exception", "the storage failed"),
)


def spark_uri(store: Store, name: str) -> str:
    """The URI as Hadoop names it; a local path says so, whatever the cluster's default file system is."""
    if store.fs.type_name == "local":
        return f"file://{store.path(name)}"
    return re.sub(r"^s3://", "s3a://", store.uri_of(name))


@contextmanager
def frame_errors(what: str) -> Iterator[None]:
    """Raise what Spark says of the storage as a LakeError of one sentence; anything else goes on."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JError) as error:
        text = str(error)
        reason = next((words for pattern, words in _LAKE_FAULTS if re.search(pattern, text)), None)
        if reason is None:
            raise
        raise LakeError.because(f"{what}: {reason}") from error
