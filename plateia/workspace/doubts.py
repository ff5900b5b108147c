"""What is sound in a configuration and hardly meant, as warnings with file, line and key path."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

from plateia.clock import AsOf, local_date
from plateia.config.places import Places
from plateia.errors import Problem
from plateia.rules.lint import Finding, lint
from plateia.workspace.workspace import Workspace


def doubts(workspace: Workspace, as_of: AsOf) -> list[Finding]:
    """What there is to warn about the rules of sound audiences, in the order of files and audiences."""
    zones = [ZoneInfo(site.zone) for site in workspace.sites.values()]
    if not zones:
        return []
    today = max(local_date(as_of.at(zone), zone) for zone in zones)
    return lint(workspace.audiences, workspace.catalogue, today=today)


def located(findings: Iterable[Finding]) -> Iterator[Problem]:
    """The findings with their lines, for which their files are read once more."""
    places = Places()
    for finding in findings:
        where = places.locate(finding.audience.where, finding.path)
        yield Problem(where, finding.got, finding.expected, finding.hint)
