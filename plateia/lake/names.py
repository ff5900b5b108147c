"""Person ids of ordinals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from plateia.lake.published import Ordinals
from plateia.tables import PERSON_ORDINALS

if TYPE_CHECKING:
    from plateia.lake.lake import Lake


class Names:
    """The person ids of a site, read once."""

    def __init__(self, lake: Lake, site: str) -> None:
        known = lake.rows(PERSON_ORDINALS, columns=("person_id", "ordinal"), partition={"site": [site]})
        known = known.filter(pc.is_valid(known["person_id"])).sort_by("ordinal").combine_chunks()
        self._ids, self._ordinals = known["person_id"].combine_chunks(), known["ordinal"].to_numpy()

    def first(self, ordinals: Ordinals, n: int) -> list[str]:
        """The first ``n`` person ids in UTF-8 byte order; retired people have none."""
        places = np.searchsorted(self._ordinals, ordinals)
        named = places < len(self._ordinals)
        named[named] = self._ordinals[places[named]] == ordinals[named]
        ids = self._ids.take(pa.array(places[named]))
        found: list[str] = ids.take(pc.sort_indices(ids)[:n]).to_pylist()
        return found
