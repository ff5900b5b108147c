"""Where Java is: Spark 4.2 runs on 17 and 21. Standard library only, since ``dev.py`` asks before anything is there."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

SUPPORTED = (17, 21)
_RELEASE = re.compile(r'^JAVA_VERSION="(?:1\.)?(\d+)', re.MULTILINE)
_SPOKEN = re.compile(r'version "(?:1\.)?(\d+)')


def find_java(environ: Mapping[str, str], prefix: Path) -> Path | None:
    """The home of a Java that Spark can run on: ``JAVA_HOME``, the one on ``PATH``, or ``<prefix>/java``.

    Args:
        environ: Environment variables to look in.
        prefix: Folder of the virtual environment; ``dev.py setup`` leaves a ``java`` folder there if it brought one.

    Returns:
        A folder with ``bin/java``, or None where there is no supported version.
    """
    own = prefix / "java"
    for home in _candidates(environ):
        if home == own or java_version(home) in SUPPORTED:
            return home
    return own if (own / "bin" / "java").is_file() else None


def java_version(home: Path) -> int | None:
    """The major version of a Java home (8, 17, 21 …), or None where there is none that answers."""
    java = home / "bin" / "java"
    if not java.is_file():
        return None
    try:
        if told := _RELEASE.search((home / "release").read_text("utf-8")):
            return int(told[1])
    except OSError:
        pass  # not every distribution has the file; then Java itself is asked
    try:
        spoken = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=60, check=False).stderr
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = _SPOKEN.search(spoken)
    return int(found[1]) if found else None


def _candidates(environ: Mapping[str, str]) -> Iterator[Path]:
    if home := environ.get("JAVA_HOME"):
        yield Path(home)
    if java := shutil.which("java", path=environ.get("PATH", "")):
        yield Path(java).resolve().parent.parent
