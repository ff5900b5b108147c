"""Feature sets become plans: windows resolved, private traits and unknown measures refused by name."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from plateia.catalogue import Attribute, Catalogue, EventType, ValueType
from plateia.declarations.features import Family, Feature, FeatureSet
from plateia.errors import Location
from plateia.rules.tree import Days, Duration, Last
from plateia.rules.windows import microseconds
from transforms.audience.leaves.conditions import UnsupportedError
from transforms.features.compile import compile_features
from transforms.features.plan import FeaturePlan

ZONE = ZoneInfo("America/Sao_Paulo")
AS_OF = datetime(2026, 11, 10, 12, tzinfo=UTC)
TEXT, DOUBLE = ValueType("string"), ValueType("double")
CATALOGUE = Catalogue(
    sites={"mlb": ZONE.key},
    traits={
        "age": Attribute("age", TEXT),
        "faith": Attribute("faith", TEXT, sensitive=True),
        "mail": Attribute("mail", TEXT, pii="direct"),
        "born": Attribute("born", ValueType("date")),
    },
    events={"buy": EventType("buy", {"amount": Attribute("amount", DOUBLE), "shop": Attribute("shop", TEXT)})},
)


def _plan(*features: Feature) -> FeaturePlan:
    wanted = FeatureSet("shopping", "us", ("mlb",), features, "hash", Location())
    return compile_features(wanted, CATALOGUE, site="mlb", zone=ZONE, as_of=AS_OF)


def test_windows_are_resolved_for_the_site() -> None:
    plan = _plan(
        Feature("recent", event="buy", window=Last(Duration(7, "d"))),
        Feature("days", event="buy", window=Days(2), per=Family("shop", 25)),
    )
    recent, days = plan.parts
    assert (recent.start_us, recent.end_us) == (microseconds(datetime(2026, 11, 3, 12, tzinfo=UTC)), plan.as_of_us)
    assert (days.start_us, days.end_us) == (
        microseconds(datetime(2026, 11, 8, 3, tzinfo=UTC)),  # midnight in São Paulo
        microseconds(datetime(2026, 11, 10, 3, tzinfo=UTC)),
    )
    assert (days.per, days.min_people, days.is_family, plan.events) == ("shop", 25, True, ("buy",))


@pytest.mark.parametrize(
    ("feature", "words"),
    [
        pytest.param(Feature("f", trait="faith", per=Family("faith"), type=TEXT), "sensitive", id="a sensitive trait"),
        pytest.param(Feature("f", trait="mail", per=Family("mail"), type=TEXT), "directly", id="a direct identifier"),
        pytest.param(Feature("f", trait="born", type=ValueType("date")), "date", id="a date as a number"),
        pytest.param(Feature("f", trait="age", type=TEXT), "string", id="text as a number"),
        pytest.param(Feature("f", event="buy", measure="avg", of="amount"), "avg", id="an average"),
        pytest.param(
            Feature("f", event="buy", measure="share", of="amount", per=Family("shop")), "share", id="a share"
        ),
        pytest.param(Feature("f", event="buy", per=Family("amount")), "double", id="a family over doubles"),
        pytest.param(Feature("activity", event="buy"), "every feature set", id="the reserved name"),
    ],
)
def test_refusals_name_the_feature(feature: Feature, words: str) -> None:
    with pytest.raises(UnsupportedError, match=f"feature `{feature.name}`.*{words}"):
        _plan(feature)
