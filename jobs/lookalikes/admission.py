"""Which lookalikes of a site can run at all, and their features as plans; told before anything runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from jobs.options import Context
from models.lookalike.admission import seed_failure, unsupported
from plateia.declarations.lookalikes import Lookalike
from transforms.audience.leaves.conditions import Moment, UnsupportedError
from transforms.features.compile import compile_features
from transforms.features.plan import FeaturePlan

Pointers = Mapping[str, Mapping[str, object]]


@dataclass
class Admission:
    """Plans by feature set; ``failures`` says why a lookalike (key) cannot run."""

    plans: dict[str, FeaturePlan] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)


def moment_of(context: Context, site: str) -> Moment:
    """The instant and the zone of a site in this run."""
    zone = ZoneInfo(context.workspace.sites[site].zone)
    return Moment(context.run.as_of.at(zone), zone)


def admit(context: Context, site: str, lookalikes: Sequence[Lookalike], pointers: Pointers) -> Admission:
    """Check every lookalike against what is published (``pointers``) and defined, and compile its features."""
    found = Admission()
    moment = moment_of(context, site)
    for one in lookalikes:
        failure = unsupported(one) or seed_failure(str(one.seed), pointers.get(str(one.seed)), moment.as_of)
        failure = failure or _undefined(context, one)
        try:
            if failure is None and one.features not in found.plans:
                found.plans[one.features] = compile_features(
                    context.workspace.features[one.features],
                    context.workspace.catalogue,
                    site=site,
                    zone=moment.zone,
                    as_of=moment.as_of,
                )
        except UnsupportedError as reason:
            failure = str(reason)
        if failure is not None:
            found.failures[one.key] = failure
    return found


def _undefined(context: Context, one: Lookalike) -> str | None:
    workspace = context.workspace
    if str(one.seed) not in workspace.audiences:
        return f"the definition of its seed `{one.seed}` is missing or broken"
    if one.features not in workspace.features:
        return f"its features `{one.features}` are broken"
    if not set(one.sites) <= set(workspace.features[one.features].sites):
        return f"its features `{one.features}` are not for all of its sites"
    return None
