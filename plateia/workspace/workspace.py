"""A whole configuration, read once, without Spark: what is sound, what is broken and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from plateia.catalogue import Catalogue
from plateia.config import Document
from plateia.declarations.environments import Environment
from plateia.declarations.features import FeatureSet
from plateia.declarations.identity import Identity
from plateia.declarations.lookalikes import Lookalike
from plateia.declarations.propensities import Propensity
from plateia.declarations.sites import Site
from plateia.declarations.sources import Source
from plateia.declarations.suites import Suite
from plateia.errors import ConfigError, Problem
from plateia.rules.binding.lists import Lists
from plateia.rules.binding.report import Report
from plateia.rules.tree import Audience
from plateia.workspace.audiences import Audiences, load_audiences, produced_keys
from plateia.workspace.folder import Findings, Folder, Kind, read_folder
from plateia.workspace.identifiers import check_identifiers
from plateia.workspace.models import bind_features, bind_lookalike, bind_propensity
from plateia.workspace.naming import name_of, repeated
from plateia.workspace.settings import check_priorities, load_environment, load_identity, load_priorities, load_sites
from plateia.workspace.sources import load_sources, source_names
from plateia.workspace.suites import bind_suite

_FATAL: tuple[Kind, ...] = ("sites", "environments", "identity", "sources")
Bound = TypeVar("Bound")


@dataclass(frozen=True)
class Workspace:
    """A configuration, every part of it checked; what is broken is left out of the mappings and named in ``problems``.

    ``broken`` holds why an audience, or one that it refers to, is broken, for the keys that can be told; the audiences
    of lookalikes are among them. ``written`` are the keys of audience files, sound or broken. ``problems_by_kind`` has
    the same problems by the kind of file they are in.
    """

    root: Path
    files: tuple[Path, ...]
    environment: Environment
    sites: Mapping[str, Site]
    identity: Identity | None
    sources: Mapping[str, Source]
    catalogue: Catalogue
    audiences: Mapping[str, Audience]
    broken: Mapping[str, tuple[Problem, ...]]
    written: frozenset[str]
    features: Mapping[str, FeatureSet]
    lookalikes: Mapping[str, Lookalike]
    broken_lookalikes: Mapping[str, tuple[Problem, ...]]
    propensities: Mapping[str, Propensity]
    suites: Mapping[str, Suite]
    problems_by_kind: Mapping[Kind, tuple[Problem, ...]]
    warnings: tuple[Problem, ...]

    @property
    def countries(self) -> dict[str, str | None]:
        """Site -> country."""
        return {name: site.country for name, site in self.sites.items()}

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Every problem of every file, by file and line."""
        return tuple(sorted((p for found in self.problems_by_kind.values() for p in found), key=_place))

    @property
    def fatal(self) -> tuple[Problem, ...]:
        """The problems that no command can work with: those of sites, environments, identity and sources."""
        return tuple(sorted((p for kind in _FATAL for p in self.problems_by_kind[kind]), key=_place))

    @property
    def scored(self) -> Mapping[str, str]:
        """The audiences that lookalikes publish, and which does."""
        return {key: lookalike.key for lookalike in self.lookalikes.values() for key in lookalike.audiences}

    def require_sound(self, *kinds: Kind) -> None:
        """Refuse to go on with broken sites, environments, identity or sources, or with broken files of ``kinds``.

        Raises:
            ConfigError: There are such problems; it holds all of them.
        """
        found = [p for kind in dict.fromkeys((*_FATAL, *kinds)) for p in self.problems_by_kind[kind]]
        if found:
            raise ConfigError(sorted(found, key=_place))


def load_workspace(
    configs: Path, environment: str = "local", *, lake: str | None = None, rules: Path | None = None
) -> Workspace:
    """Read and check a configuration folder and the suites beside it.

    Args:
        configs: The folder.
        environment: The name of a file in its ``environments``.
        lake: In place of the environment's lake; relative to the working directory.
        rules: In place of the folder's own ``identity.yml``.

    Raises:
        ConfigError: The folder or the environment does not exist. Whatever else is wrong is in ``problems``.
    """
    findings = Findings()
    folder = read_folder(configs, environment, findings, identity=rules)
    chosen = load_environment(folder, environment, findings)
    sites = load_sites(folder, findings)
    identity = load_identity(folder, chosen, findings)
    sources, catalogue = load_sources(folder, chosen, sites, _score_names(folder), findings)
    check_identifiers(folder, sources, identity, catalogue, findings)
    catalogue = replace(catalogue, priorities=load_priorities(folder, findings))
    suite = partial(bind_suite, sources=sources, known_sources=source_names(folder), catalogue=catalogue)
    suites = _load(folder, "suites", "suite", suite, findings)
    features, propensities = _load_models(folder, catalogue, findings)
    found = _load_lookalikes(folder, catalogue, chosen, findings)
    load_audiences(folder, catalogue, chosen, found, findings)
    check_priorities(folder, catalogue.priorities, found, findings)
    return Workspace(
        root=folder.root,
        files=folder.files,
        environment=_with_lake(chosen or Environment(environment, folder.root, ""), lake),
        sites=sites,
        identity=identity,
        sources=sources,
        catalogue=catalogue,
        audiences=found.sound,
        broken=found.broken,
        written=frozenset(found.written),
        features=features,
        lookalikes=found.lookalikes,
        broken_lookalikes=found.broken_lookalikes,
        propensities=propensities,
        suites=suites,
        problems_by_kind={kind: tuple(problems) for kind, problems in findings.problems.items()},
        warnings=tuple(findings.warnings),
    )


def _with_lake(environment: Environment, lake: str | None) -> Environment:
    """The environment with the lake of the command line, which is relative to the working directory.

    The lookup store answers of the environment's own lake: another one is not served.
    """
    if lake is None:
        return environment
    found = replace(environment, root=Path.cwd()).resolve(lake)
    return environment if found == environment.lake else replace(environment, lake=found, lookup=None)


def _load(
    folder: Folder, kind: Kind, key: str, bind: Callable[[Document, Report], Bound | None], findings: Findings
) -> dict[str, Bound]:
    """The sound documents of a kind by name; a name that is given twice is refused in both."""
    twice = repeated(folder.documents[kind], key)
    for problems in twice.values():
        findings.refuse(kind, problems)
    loaded: dict[str, Bound] = {}
    for document in folder.sound(kind):
        report = Report(document)
        bound = bind(document, report)
        findings.refuse(kind, report.problems)
        findings.warnings += report.warnings
        name = name_of(document, key)
        if bound is not None and name and name not in twice and not report.problems:
            loaded[name] = bound
    return loaded


def _load_models(
    folder: Folder, catalogue: Catalogue, findings: Findings
) -> tuple[dict[str, FeatureSet], dict[str, Propensity]]:
    features = _load(folder, "features", "features", partial(bind_features, catalogue=catalogue), findings)
    sets = _names(folder, "features", "features")
    bind = partial(bind_propensity, catalogue=catalogue, feature_sets=sets)
    return features, _load(folder, "propensities", "propensity", bind, findings)


def _load_lookalikes(
    folder: Folder, catalogue: Catalogue, environment: Environment | None, findings: Findings
) -> Audiences:
    sets = _names(folder, "features", "features")
    lists = Lists(folder.configs, environment.variables if environment else {})
    found = Audiences()
    bind = partial(bind_lookalike, catalogue=catalogue, lists=lists, feature_sets=sets)
    found.lookalikes = _load(folder, "lookalikes", "lookalike", bind, findings)
    for document in folder.documents["lookalikes"]:
        name = name_of(document, "lookalike")
        if name not in found.lookalikes:
            reasons = tuple(p for p in findings.problems["lookalikes"] if _is_in(p, document))
            found.broken.update(dict.fromkeys(produced_keys(document), reasons))
            if name:
                found.broken_lookalikes[name] = reasons
        found.documents.update(dict.fromkeys(produced_keys(document), document))
    return found


def _is_in(problem: Problem, document: Document) -> bool:
    return problem.where.file == document.file


def _score_names(folder: Folder) -> frozenset[str]:
    return _names(folder, "propensities", "propensity") | _names(folder, "lookalikes", "lookalike")


def _names(folder: Folder, kind: Kind, key: str) -> frozenset[str]:
    return frozenset(name for document in folder.documents[kind] if (name := name_of(document, key)))


def _place(problem: Problem) -> tuple[str, int]:
    return problem.where.file or "", problem.where.line or 0
