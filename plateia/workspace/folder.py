"""The files of a configuration: which there are, of what kind, and the documents in them."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from plateia.config import Document, load_documents
from plateia.errors import ConfigError, Location, Problem, did_you_mean, echo, one_of

Kind = Literal[
    "sites", "environments", "identity", "sources", "priorities", "audiences", "features", "lookalikes", "propensities",
    "suites",
]  # fmt: skip
_FOLDERS: tuple[Kind, ...] = ("environments", "sources", "audiences", "features", "lookalikes", "propensities")
_FILES: tuple[Kind, ...] = ("sites", "identity", "priorities")  # each kind in one file of its name
_SUFFIXES = (".yml", ".yaml")


@dataclass
class Findings:
    """Problems by the kind of file that they are in, and warnings."""

    problems: dict[Kind, list[Problem]] = field(default_factory=lambda: {kind: [] for kind in get_args(Kind)})
    warnings: list[Problem] = field(default_factory=list)

    def refuse(self, kind: Kind, problems: Iterable[Problem]) -> bool:
        """Add problems; whether there were any."""
        found = list(problems)
        self.problems[kind] += found
        return bool(found)


@dataclass(frozen=True)
class Folder:
    """The documents of a configuration by kind, in the order of their files' names; refused ones among them.

    Files of audiences are many, and are only named here: ``workspace.bound`` reads them.
    """

    configs: Path
    files: tuple[Path, ...]
    audience_files: tuple[Path, ...]
    documents: dict[Kind, list[Document]]

    @property
    def root(self) -> Path:
        """The folder that holds ``configs``, where relative paths start."""
        return self.configs.absolute().parent

    def sound(self, kind: Kind) -> list[Document]:
        """The documents of a kind whose YAML is in order."""
        return [document for document in self.documents[kind] if not document.problems]


def read_folder(configs: Path, environment: str, findings: Findings, *, identity: Path | None = None) -> Folder:
    """Read every file of a configuration but the audiences, and the suites beside it.

    Args:
        identity: In place of the folder's own ``identity.yml``.

    Raises:
        ConfigError: There is no such folder, or no file defines the environment.
    """
    if not configs.is_dir():
        where = Location(str(configs))
        raise ConfigError([Problem(where, "no such folder", "a folder with sites.yml", "`plateia init` writes one.")])
    _check_environment(configs, environment)
    documents: dict[Kind, list[Document]] = defaultdict(list)
    files = list(_files(configs))
    if identity is not None:
        files = [*((kind, path) for kind, path in files if kind != "identity"), ("identity", identity)]
    for kind, path in files:
        if kind != "audiences":
            found, problems = load_documents(path, str(path))
            documents[kind] += found
            findings.refuse(kind, problems)
    findings.warnings += _strays(configs)
    audience_files = tuple(path for kind, path in files if kind == "audiences")
    return Folder(configs, tuple(path for _, path in files), audience_files, documents)


def _check_environment(configs: Path, name: str) -> None:
    names = sorted({path.stem for path in _yaml_files(configs / "environments")})
    if name not in names:
        where = Location(str(configs / "environments" / f"{name}.yml") if name.isidentifier() else None)
        problem = Problem(where, f"no environment {echo(name)}", one_of(names), did_you_mean(name, names))
        raise ConfigError([problem])


def _files(configs: Path) -> Iterator[tuple[Kind, Path]]:
    for kind in _FILES:
        for suffix in _SUFFIXES:
            if (configs / f"{kind}{suffix}").is_file():
                yield kind, configs / f"{kind}{suffix}"
    for kind in _FOLDERS:
        for path in _yaml_files(configs / kind):
            yield kind, path
    for path in _yaml_files(configs.parent / "expectations"):
        yield "suites", path


def _yaml_files(folder: Path) -> list[Path]:
    """The YAML files below a folder, hidden ones left out, by name."""
    found: list[Path] = []
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(place, name) for name in names if name.endswith(_SUFFIXES) and not name.startswith(".")]
    return sorted(found)


def _strays(configs: Path) -> Iterator[Problem]:
    """Warnings: what looks like configuration and is read by nobody."""
    known = (*_FOLDERS, "schema")
    for path in sorted(configs.iterdir()):
        if path.is_dir() and path.name not in known and not path.name.startswith(".") and _yaml_files(path):
            expected = f"a folder named {', '.join(_FOLDERS)}"
            hint = did_you_mean(path.name, _FOLDERS)
            yield Problem(Location(str(path)), "a folder that is not read", expected, hint)
        elif path.suffix in _SUFFIXES and path.stem not in _FILES:
            files = ", ".join(f"{name}.yml" for name in _FILES)
            expected = f"{files}, or a file in {', '.join(_FOLDERS)}"
            yield Problem(Location(str(path)), "a file that is not read", expected)
