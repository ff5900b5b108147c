"""Packages that our constraints leave no room for: each in a virtual environment of its own, made once."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

CACHE = Path(__file__).resolve().parents[2] / "build" / "labels"


def written(name: str, script: str, words: Sequence[str], *, requirement: str, cache: Path = CACHE) -> Path:
    """A file that a script writes where a package is installed; written once, and kept.

    Args:
        name: Of the file.
        script: Beside this module; it takes the path of its output, then ``words``.
        requirement: One package and its version, as pip takes it.
    """
    target = cache / name
    if not target.exists():
        fresh = target.with_name(f"fresh-{name}")
        script_path = Path(__file__).with_name(script)
        command = [str(_python(requirement, cache)), str(script_path), str(fresh), *words]
        subprocess.run(command, check=True, env={**os.environ, "TQDM_DISABLE": "1"})
        fresh.replace(target)
    return target


def _python(requirement: str, cache: Path) -> Path:
    folder = cache / requirement.replace("==", "-")
    python = folder / "bin" / "python"
    complete = folder / "complete"
    if not complete.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", requirement], check=True)
        complete.touch()
    return python
