"""``sites.yml``: the country sites of the company."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, RootModel, WithJsonSchema

from plateia.scalars import Name, StrictModel, ZoneName, pattern, wrong

_COUNTRY = "[A-Z]{2}"


def _not_all(sites: dict[str, Site]) -> dict[str, Site]:
    if "all" in sites:
        raise wrong("a site named 'all'", "another name: `sites: all` means every site", path=("all",))
    return sites


class Site(StrictModel):
    """A country site: people, audiences and local days of its own."""

    zone: ZoneName
    country: (
        Annotated[
            str,
            pattern(_COUNTRY, "a country in two capital letters, such as US"),
            WithJsonSchema({"type": "string", "pattern": f"^{_COUNTRY}$"}),
        ]
        | None
    ) = None


class Sites(RootModel[Annotated[dict[Name, Site], Field(min_length=1), AfterValidator(_not_all)]]):
    """Every site by its name."""
