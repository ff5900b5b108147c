"""Sites, priority lists and environments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from pydantic import ValidationError

from plateia.config import Document
from plateia.declarations.environments import Environment, EnvironmentForm
from plateia.declarations.identity import Identity
from plateia.declarations.priorities import Priorities
from plateia.declarations.sites import Site, Sites
from plateia.errors import Location, Problem, did_you_mean, echo, one_of
from plateia.identity.destinations import PLATFORMS
from plateia.identity.normalising import known_names
from plateia.scalars import NAME, problems_of
from plateia.workspace.audiences import Audiences
from plateia.workspace.folder import Findings, Folder


def load_sites(folder: Folder, findings: Findings) -> Mapping[str, Site]:
    """The sites by name; those of a broken file as far as they can be told."""
    documents = folder.documents["sites"]
    if not documents and not findings.problems["sites"]:
        where = Location(str(folder.configs / "sites.yml"))
        findings.refuse("sites", [Problem(where, "no sites", "a mapping of sites: us: {zone: America/New_York}")])
    for document in documents[1:]:
        got = "a second document of sites" if document.file == documents[0].file else "a second file of sites"
        findings.refuse("sites", [document.problem((), got, "one document in one file")])
    return _read_sites(documents[0], findings) if documents else {}


def _read_sites(document: Document, findings: Findings) -> Mapping[str, Site]:
    if not document.problems:
        try:
            return Sites.model_validate(document.value).root
        except ValidationError as error:
            findings.refuse("sites", problems_of(error, document))
    return {name: Site(zone="UTC") for name in document.value if NAME.fullmatch(name)}


def load_identity(folder: Folder, environment: Environment | None, findings: Findings) -> Identity | None:
    """Who is one person, or None where that is not configured, or in a broken file."""
    documents = folder.documents["identity"]
    for document in documents[1:]:
        findings.refuse("identity", [document.problem((), "a second document of identity", "one document")])
    if not documents or documents[0].problems:
        return None
    document = documents[0]
    try:
        identity = Identity.model_validate(document.value)
    except ValidationError as error:
        findings.refuse("identity", problems_of(error, document))
        return None
    findings.refuse("identity", _unknown_normalisers(identity, document))
    findings.refuse("identity", _wrong_destinations(identity, document))
    if environment is not None:
        findings.refuse("identity", _missing_keys(identity, document, environment))
    return identity


def _unknown_normalisers(identity: Identity, document: Document) -> Iterator[Problem]:
    known = known_names()
    for name, kind in identity.identifiers.items():
        if kind.normalise not in known:
            path = ("identifiers", name, "normalise")
            got, hint = f"the unknown normaliser {echo(kind.normalise)}", did_you_mean(kind.normalise, known)
            yield document.problem(path, got, one_of(known, limit=40), hint)


def _wrong_destinations(identity: Identity, document: Document) -> Iterator[Problem]:
    for name, kind in identity.identifiers.items():
        for platform, encoding in kind.destinations.items():
            path = ("identifiers", name, "destinations", platform)
            if platform not in PLATFORMS:
                got, hint = f"the unknown ad platform {echo(platform)}", did_you_mean(platform, PLATFORMS)
                yield document.problem(path, got, one_of(PLATFORMS), hint)
            elif encoding != PLATFORMS[platform].encoding:
                expected = f"{PLATFORMS[platform].encoding}, which is what {platform} takes"
                yield document.problem(path, echo(encoding), expected)


def _missing_keys(identity: Identity, document: Document, environment: Environment) -> Iterator[Problem]:
    keys, where = environment.keys, f"in the environment {environment.name}"
    if keys.identity_token is None or keys.identity_wrap_current is None:
        wanted = "{identity_token: VARIABLE, identity_wrap: {k1: VARIABLE}, identity_wrap_current: k1}"
        yield document.problem((), "identifiers, but no keys for their tokens", f"`keys: {wanted}` {where}")
    if identity.vaulted and keys.identity_vault is None:
        path = ("identifiers", next(iter(identity.vaulted)), "destinations")
        expected = f"`keys: {{identity_vault: VARIABLE}}` {where}"
        yield document.problem(path, "destinations, but no key for the vault", expected)


def load_priorities(folder: Folder, findings: Findings) -> Mapping[str, tuple[str, ...]]:
    """The priority lists by name; none of a broken file."""
    documents = folder.documents["priorities"]
    for document in documents[1:]:
        findings.refuse("priorities", [document.problem((), "a second document of priorities", "one document")])
    if not documents or documents[0].problems:
        return {}
    try:
        return Priorities.model_validate(documents[0].value).root
    except ValidationError as error:
        findings.refuse("priorities", problems_of(error, documents[0]))
        return {}


def check_priorities(
    folder: Folder, lists: Mapping[str, tuple[str, ...]], found: Audiences, findings: Findings
) -> None:
    """Every audience that a list names is defined, and says itself that it is in the list."""
    for name, keys in lists.items():
        document = folder.documents["priorities"][0]
        for position, key in enumerate(keys):
            if key in found.sound and found.sound[key].priority != name:
                got = f"audience {echo(key)}, which does not say `priority: {name}`"
                findings.refuse("priorities", [document.problem((name, position), got, "an audience that does")])
            elif key not in found.sound and key not in found.broken:
                hint = did_you_mean(key, found.sound)
                problem = document.problem(
                    (name, position), f"audience {echo(key)}", "an audience that is defined", hint
                )
                findings.refuse("priorities", [problem])


def load_environment(folder: Folder, name: str, findings: Findings) -> Environment | None:
    """The environment of a name, or None where it is broken; the others are checked, too."""
    chosen = None
    seen: set[str] = set()
    for document in folder.documents["environments"]:
        stem = Path(document.file).stem
        if stem in seen:
            findings.refuse("environments", [document.problem((), "a second document", f"one environment {stem}")])
        elif form := _read_environment(document, findings):
            chosen = _resolved(form, stem, folder.root) if stem == name else chosen
        seen.add(stem)
    if name not in seen and not findings.problems["environments"]:
        where = Location(str(folder.configs / "environments"))
        findings.refuse("environments", [Problem(where, f"an empty environment {name}", "lake: URI")])
    return chosen


def _read_environment(document: Document, findings: Findings) -> EnvironmentForm | None:
    if document.problems:
        return None
    try:
        return EnvironmentForm.model_validate(document.value)
    except ValidationError as error:
        findings.refuse("environments", problems_of(error, document))
        return None


def _resolved(form: EnvironmentForm, name: str, root: Path) -> Environment:
    environment = Environment(
        name=name,
        root=root,
        lake=form.lake,
        variables=form.variables,
        spark=form.spark,
        webhooks=tuple(alert.webhook for alert in form.alerts or ()),
        keys=form.keys,
    )
    return replace(
        environment,
        lake=environment.resolve(form.lake),
        mlflow=environment.resolve(form.mlflow) if form.mlflow else None,
        lookup=form.lookup and form.lookup.model_copy(update={"path": environment.resolve(form.lookup.path)}),
    )
