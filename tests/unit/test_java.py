"""Which Java is taken: JAVA_HOME, then PATH, then the one that setup brought along; only what Spark runs on."""

from __future__ import annotations

from pathlib import Path

import pytest

from plateia.java import find_java, java_version


def java_home(folder: Path, *, release: str | None = None, spoken: str | None = None) -> Path:
    """A Java home that tells its version in a file or when asked."""
    java = folder / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(f"#!/bin/sh\necho '{spoken}' >&2\n" if spoken else "#!/bin/sh\nexit 1\n")
    java.chmod(0o755)
    if release:
        (folder / "release").write_text(release)
    return folder


@pytest.mark.parametrize(
    ("release", "spoken", "version"),
    [
        pytest.param('IMPLEMENTOR="X"\nJAVA_VERSION="17.0.15"\n', None, 17, id="release file"),
        pytest.param('JAVA_VERSION="1.8.0_292"\n', None, 8, id="the old way of counting"),
        pytest.param(None, 'openjdk version "21" 2023-09-19', 21, id="asked"),
        pytest.param(None, 'java version "1.8.0_292"', 8, id="asked, the old way of counting"),
        pytest.param('IMPLEMENTOR="X"\n', 'openjdk version "21.0.2"', 21, id="a release file without a version"),
        pytest.param(None, None, None, id="a stub that only fails"),
    ],
)
def test_versions(tmp_path: Path, release: str | None, spoken: str | None, version: int | None) -> None:
    assert java_version(java_home(tmp_path / "jdk", release=release, spoken=spoken)) == version


def test_the_first_supported_java_is_taken(tmp_path: Path) -> None:
    old = java_home(tmp_path / "8", release='JAVA_VERSION="1.8.0"\n')
    good = java_home(tmp_path / "21", release='JAVA_VERSION="21.0.1"\n')
    other = java_home(tmp_path / "17", release='JAVA_VERSION="17.0.1"\n')
    new = java_home(tmp_path / "25", release='JAVA_VERSION="25.0.1"\n')
    bare, prefix = tmp_path / "bare", tmp_path / "venv"
    assert find_java({}, prefix) is None
    assert find_java({"JAVA_HOME": str(bare), "PATH": str(old / "bin")}, prefix) is None
    own = java_home(prefix / "java")
    assert find_java({"JAVA_HOME": str(good), "PATH": str(other / "bin")}, prefix) == good
    assert find_java({"JAVA_HOME": str(old), "PATH": str(other / "bin")}, prefix) == other
    assert find_java({"JAVA_HOME": str(new), "PATH": str(old / "bin")}, prefix) == own
    assert find_java({"JAVA_HOME": str(own), "PATH": str(good / "bin")}, prefix) == own


def test_a_java_on_path_is_followed_to_its_home(tmp_path: Path) -> None:
    home = java_home(tmp_path / "17", release='JAVA_VERSION="17.0.1"\n')
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "java").symlink_to(home / "bin" / "java")
    assert find_java({"PATH": str(tmp_path / "bin")}, tmp_path / "venv") == home
