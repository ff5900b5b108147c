"""The shape of the source: sizes, layers, and what may stand nowhere."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("plateia", "transforms", "models", "jobs")
FORBIDDEN_CALLS = {"print", "expr", ".expr", ".selectExpr", ".sql", "eval", "exec"}


def sources(*folders: str) -> list[Path]:
    """Our Python files under the folders."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def lines(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def calls(path: Path) -> Iterator[str]:
    """What is called in a file: ``print`` for a bare name, ``.print`` for a method."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield f".{node.func.attr}"


@pytest.mark.parametrize(
    ("folders", "most"),
    [
        pytest.param((*PACKAGES, "tests"), 400, id="any file"),
        pytest.param(("dev.py",), 250, id="dev.py"),
    ],
)
def test_no_file_is_long(folders: tuple[str, ...], most: int) -> None:
    paths = [path for folder in folders for path in ([ROOT / folder] if folder.endswith(".py") else sources(folder))]
    assert not {shown(path): lines(path) for path in paths if lines(path) > most}


def test_a_verb_fits_on_a_screen() -> None:
    verbs = [path for path in (ROOT / "jobs").glob("*.py") if "def main(" in path.read_text("utf-8")]
    assert len(verbs) > 5
    assert not {shown(path): lines(path) for path in verbs if lines(path) > 80}


def test_functions_are_short() -> None:
    long = {
        f"{shown(path)}:{node.name}": length
        for path in [*sources(*PACKAGES), ROOT / "dev.py"]
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef) and (length := (node.end_lineno or 0) - node.lineno + 1) > 60
    }
    assert not long


def test_nothing_prints_and_no_text_becomes_sql() -> None:
    found = [(shown(path), word) for path in sources(*PACKAGES) for word in calls(path) if word in FORBIDDEN_CALLS]
    assert found == []


def test_the_clock_has_one_reader() -> None:
    readers = {"now", "utcnow", "today", "localtime", "gmtime"}
    found = {
        shown(path)
        for path in sources(*PACKAGES)
        if shown(path) != "plateia/clock.py"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in readers
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in {"datetime", "date", "time"}
    }
    assert not found


def test_names_say_what_a_module_is_about() -> None:
    empty_words = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc"}
    assert not [shown(path) for path in sources(*PACKAGES) if {path.stem, path.parent.name} & empty_words]


def test_no_job_hides_a_module_of_the_standard_library() -> None:
    assert not {path.stem for path in (ROOT / "jobs").glob("*.py")} & sys.stdlib_module_names


def test_imports_point_one_way() -> None:
    # In a process of its own: it switches off the loggers of the one it runs in.
    lint = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    found = subprocess.run([sys.executable, "-c", lint], cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout


def test_type_ignores_are_few() -> None:
    held = [
        f"{shown(path)}:{number}"
        for path in [*sources(*PACKAGES), ROOT / "dev.py"]
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if "# type: ignore" in line
    ]
    assert len(held) <= 5, held
