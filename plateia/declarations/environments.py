"""``environments/*.yml``: where the lake and the models live, and what ``${name}`` stands for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from plateia.errors import echo
from plateia.scalars import AnyText, Items, Name, StrictModel, Text, VariableName, wrong

_SECRET = re.compile(r"secret|passw|token|credential|access\.?key|account\.key", re.IGNORECASE)
_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")
_PASSWORD_IN_URI = re.compile(r"//[^/@]*:[^/@]*@")


def _no_password(uri: str) -> str:
    if _PASSWORD_IN_URI.search(uri):
        hint = "Leave `mlflow` out and set MLFLOW_TRACKING_URI where the job runs."
        raise wrong("an address with a password", "an address without secrets", hint)
    return uri


def _no_secret(settings: dict[str, str]) -> dict[str, str]:
    for name in settings:
        if _SECRET.search(name):
            hint = "Give secrets to spark-submit or to the cluster's credential provider."
            raise wrong(f"the setting {echo(name)}", "settings without secrets", hint, path=(name,))
    return settings


class Alert(StrictModel):
    """Where to send an alert; the address is a secret, so only the variable that holds it is named."""

    webhook: VariableName


class Keys(StrictModel):
    """Secrets, by the environment variables that hold them. ``pii`` tokenises direct identifiers."""

    pii: VariableName | None = None


class EnvironmentForm(StrictModel):
    """An environment as its file writes it."""

    lake: Annotated[Text, Field(description="URI of the lake; a relative path starts beside the folder configs.")]
    variables: dict[Name, Text] = Field(default_factory=dict, description="What ${name} stands for in paths.")
    mlflow: Annotated[Text, AfterValidator(_no_password)] | None = None
    spark: Annotated[dict[Text, AnyText], AfterValidator(_no_secret)] = Field(default_factory=dict)
    alerts: Items[Alert] | None = None
    keys: Keys = Keys()


@dataclass(frozen=True)
class Environment:
    """An environment as commands use it: relative paths resolved, every ``${name}`` in them substituted."""

    name: str
    root: Path  # the folder that holds configs, where relative paths start
    lake: str
    variables: Mapping[str, str] = field(default_factory=dict)
    mlflow: str | None = None
    spark: Mapping[str, str] = field(default_factory=dict)
    webhooks: tuple[str, ...] = ()  # environment variables that hold the addresses of alerts
    keys: Keys = field(default_factory=Keys)

    def unknown_variables(self, path: str) -> list[str]:
        """The ``${name}``s of a path that the environment does not define."""
        return [name for name in _VARIABLE.findall(path) if name not in self.variables]

    def resolve(self, path: str) -> str:
        """A path with its variables substituted, absolute; a URI stays one."""
        text = _VARIABLE.sub(lambda found: self.variables.get(found[1], found[0]), path)
        if text.startswith("sqlite:///") and not text.startswith("sqlite:////"):
            return f"sqlite:///{self.root / text.removeprefix('sqlite:///')}"
        return text if _SCHEME.match(text) else str(self.root / text)
