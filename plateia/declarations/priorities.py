"""``priorities.yml``: which of several audiences a person stays in, list by list."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, RootModel

from plateia.errors import echo
from plateia.scalars import Items, Key, Text, wrong


def _each_once(keys: tuple[str, ...]) -> tuple[str, ...]:
    for position, key in enumerate(keys):
        if key in keys[:position]:
            raise wrong(f"{echo(key)} a second time", "each audience once", path=(position,))
    return keys


_Ordered = Annotated[
    Items[Key],
    AfterValidator(_each_once),
    Field(min_length=1, description="Audiences, the highest first; each says `priority:` with the name of the list."),
]


class Priorities(RootModel[dict[Text, _Ordered]]):
    """Every priority list by its name: a person who is in several of its audiences stays in the highest only."""
