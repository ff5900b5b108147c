"""``environments/*.yml``: where the lake and the models live, and what ``${name}`` stands for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from plateia.errors import echo, one_of
from plateia.scalars import AnyText, Integer, Items, Name, StrictModel, Text, VariableName, pattern, wrong

_SECRET = re.compile(r"secret|passw|token|credential|access\.?key|account\.key", re.IGNORECASE)
_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")
_KEY_ID = "[a-z0-9]{1,16}"
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


KeyId = Annotated[
    str,
    pattern(_KEY_ID, "the id of a key: 1 to 16 small letters and digits, such as k1"),
    WithJsonSchema({"type": "string", "pattern": f"^{_KEY_ID}$"}),
]


class Alert(StrictModel):
    """Where to send an alert; the address is a secret, so only the variable that holds it is named."""

    webhook: VariableName


class Keys(StrictModel):
    """Secrets, by the environment variables that hold them: random, at least 16 bytes, those of identity 32.

    ``identity_token`` makes tokens and never changes; ``identity_wrap`` are the keys, by their ids, under which tokens
    are stored, ``identity_wrap_current`` the one for what is written now; ``identity_vault`` seals what destinations
    need in clear.
    """

    pii: Annotated[VariableName, Field(description="Tokenises direct identifiers.")] | None = None
    identity_token: VariableName | None = None
    identity_wrap: dict[KeyId, VariableName] = Field(default_factory=dict, description="Id of a key: its variable.")
    identity_wrap_current: KeyId | None = None
    identity_vault: VariableName | None = None

    @model_validator(mode="after")
    def _check_current(self) -> Self:
        current = self.identity_wrap_current
        if current is not None and current not in self.identity_wrap:
            path = ("identity_wrap_current",)
            raise wrong(f"the unknown key {echo(current)}", one_of(self.identity_wrap), path=path)
        return self


class Lookup(StrictModel):
    """A store of the published identities on a local disk of `resolve-identities`, for look-ups without Spark."""

    path: Annotated[Text, Field(description="Folder; a relative path starts beside the folder configs.")]
    shards: Annotated[Integer, Field(ge=1, le=512, description="Files; some 40 million values each.")] = 8


class EnvironmentForm(StrictModel):
    """An environment as its file writes it."""

    lake: Annotated[Text, Field(description="URI of the lake; a relative path starts beside the folder configs.")]
    variables: dict[Name, Text] = Field(default_factory=dict, description="What ${name} stands for in paths.")
    mlflow: Annotated[Text, AfterValidator(_no_password)] | None = None
    spark: Annotated[dict[Text, AnyText], AfterValidator(_no_secret)] = Field(default_factory=dict)
    alerts: Items[Alert] | None = None
    keys: Keys = Keys()
    lookup: Lookup | None = None


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
    lookup: Lookup | None = None

    def unknown_variables(self, path: str) -> list[str]:
        """The ``${name}``s of a path that the environment does not define."""
        return [name for name in _VARIABLE.findall(path) if name not in self.variables]

    def resolve(self, path: str) -> str:
        """A path with its variables substituted, absolute; a URI stays one."""
        text = _VARIABLE.sub(lambda found: self.variables.get(found[1], found[0]), path)
        if text.startswith("sqlite:///") and not text.startswith("sqlite:////"):
            return f"sqlite:///{self.root / text.removeprefix('sqlite:///')}"
        return text if _SCHEME.match(text) else str(self.root / text)
