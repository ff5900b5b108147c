"""From a checked feature set to the plan of one site at one instant."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from plateia.catalogue import Catalogue
from plateia.declarations import features as declared
from plateia.rules import windows
from transforms.audience.compile_leaf import compile_filter
from transforms.audience.leaves.conditions import Moment, UnsupportedError
from transforms.features.plan import Feature, FeaturePlan
from transforms.features.schema import ACTIVITY

_UNIT_US = {"min": 60_000_000, "h": 3_600_000_000, "d": 86_400_000_000, "w": 604_800_000_000}
_TEXT_LIKE = ("string", "long", "boolean")
_NUMBER_LIKE = ("long", "double", "decimal", "boolean")


def compile_features(
    wanted: declared.FeatureSet, catalogue: Catalogue, *, site: str, zone: ZoneInfo, as_of: datetime
) -> FeaturePlan:
    """Resolve windows and filters for a site.

    Raises:
        UnsupportedError: A feature that cannot be computed yet, or must not be: a sensitive trait, a direct identifier.
    """
    moment = Moment(as_of, zone)
    parts = tuple(
        _trait(feature, catalogue) if feature.trait is not None else _event(feature, catalogue, moment)
        for feature in wanted.features
    )
    return FeaturePlan(wanted.name, site, zone.key, windows.microseconds(as_of), parts)


def _trait(feature: declared.Feature, catalogue: Catalogue) -> Feature:
    trait = catalogue.traits[str(feature.trait)]
    if trait.sensitive:
        raise _refused(feature, f"the trait `{trait.name}` is sensitive, and such a trait is never a feature")
    if trait.pii == "direct":
        raise _refused(feature, f"the trait `{trait.name}` identifies people directly")
    if trait.type.kind not in (_NUMBER_LIKE if feature.per is None else _TEXT_LIKE):
        how = "a number" if feature.per is None else "one_hot"
        raise _refused(feature, f"the trait `{trait.name}` is {trait.type}, which cannot be {how} yet")
    return _family(feature, Feature(_named(feature), _one_hot_or_trait(feature), feature.transform, trait=trait.name))


def _one_hot_or_trait(feature: declared.Feature) -> Literal["one_hot", "trait"]:
    return "trait" if feature.per is None else "one_hot"


def _event(feature: declared.Feature, catalogue: Catalogue, moment: Moment) -> Feature:
    event = catalogue.events[str(feature.event)]
    if feature.measure not in ("count", "sum", "days", "distinct", "recency"):
        raise _refused(feature, f"the measure `{feature.measure}` cannot be computed yet")
    if feature.per is not None:
        per = event.properties[feature.per.of]
        if per.pii == "direct" or per.sensitive:
            raise _refused(feature, f"the property `{per.name}` is personal")
        if per.type.kind not in _TEXT_LIKE:
            raise _refused(feature, f"the property `{per.name}` is {per.type}, which cannot make a family yet")
    interval = windows.resolve(feature.window, as_of=moment.as_of, zone=moment.zone)
    where = None if feature.where is None else compile_filter(feature.where, f"{feature.name}.where", moment)
    return _family(
        feature,
        Feature(
            _named(feature),
            feature.measure,
            feature.transform,
            event=event.name,
            where=where,
            start_us=interval.start,
            end_us=interval.end,
            of=feature.of,
            per=None if feature.per is None else feature.per.of,
            unit_us=_UNIT_US[feature.unit],
        ),
    )


def _family(feature: declared.Feature, part: Feature) -> Feature:
    if feature.per is None:
        return part
    return replace(part, values=tuple(feature.per.values or ()), min_people=feature.per.min_people)


def _named(feature: declared.Feature) -> str:
    if feature.name == ACTIVITY:
        raise _refused(feature, f"`{ACTIVITY}` is the name of a column that every feature set has")
    return feature.name


def _refused(feature: declared.Feature, why: str) -> UnsupportedError:
    return UnsupportedError(f"feature `{feature.name}`: {why}")
