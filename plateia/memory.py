"""How a worker's process deals with memory."""

from __future__ import annotations

import ctypes

import pyarrow as pa

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3  # of glibc's malloc.h
_LARGEST = 1 << 30
_PAD = 64 << 20


def keep_freed_memory() -> None:
    """Keep what arrays free for the next ones, in place of giving it back and getting it again page by page.

    Blocks of people free and take arrays of megabytes by the thousand: the pages alone cost a tenth of the time. Peak
    memory stays what it is. Only glibc is told; elsewhere nothing changes.
    """
    try:
        tell = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return
    tell(_TRIM_THRESHOLD, _LARGEST)
    tell(_TOP_PAD, _PAD)
    if not tell(_MMAP_THRESHOLD, _LARGEST):
        tell(_MMAP_THRESHOLD, 32 << 20)  # the most that older versions take
    pa.set_memory_pool(pa.system_memory_pool())
