"""``list: FILE``: where the file is, and that it may be there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from plateia.config import KeyPath
from plateia.errors import echo
from plateia.rules.binding.report import Report

_UNDER_VARIABLE = re.compile(r"\$\{([^{}]*)\}(?:/(.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Lists:
    """Where list files may lie: beside their YAML file, inside ``root`` (the configuration), or under a variable."""

    root: Path
    variables: Mapping[str, str]

    def resolve(self, file: str, folder: Path, path: KeyPath, report: Report) -> str | None:
        """The resolved path or URI of a list file, or None where it was reported as a problem.

        Args:
            file: As written: relative to ``folder``, or ``${variable}/…``.
            folder: The folder of the YAML file.
            path: Where it stands.
            report: Takes the problems. That a file on a remote store exists is only known to those who read it.
        """
        base = folder
        limit = self.root
        rest = file
        if found := _UNDER_VARIABLE.fullmatch(file):
            if found[1] not in self.variables:
                report.unknown(path, "variable", found[1], self.variables)
                return None
            value, rest = self.variables[found[1]].removeprefix("file://"), found[2] or ""
            if "://" in value:
                return self._remote(value, rest, path, report)
            base = limit = self.root.parent / value
        elif "${" in file or Path(file).is_absolute():
            report.refuse(path, echo(file), "a path relative to this file, or one that starts with ${variable}/")
            return None
        return _local(base / rest, limit, file, path, report)

    def _remote(self, value: str, rest: str, path: KeyPath, report: Report) -> str | None:
        if ".." in rest.split("/"):
            report.refuse(path, echo(rest), "a path without ..")
            return None
        return f"{value.rstrip('/')}/{rest}"


def _local(target: Path, limit: Path, file: str, path: KeyPath, report: Report) -> str | None:
    try:
        resolved, inside = target.resolve(), limit.resolve()
        exists = resolved.is_file()
    except (OSError, ValueError, RuntimeError):
        resolved, inside, exists = target, limit, False
    if not resolved.is_relative_to(inside):
        report.refuse(path, echo(file), "a file inside the configuration folder, or under a ${variable}")
        return None
    if not exists:
        report.refuse(path, f"{echo(file)}, which is not there", "a CSV file with the header person_id")
        return None
    return str(resolved)
