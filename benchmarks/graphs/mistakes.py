"""What must not be among the persons that were found: caps that are not held, accounts of two people in one."""

from __future__ import annotations

from collections import Counter

import numpy as np

from benchmarks.graphs.company import CAPS
from benchmarks.graphs.people import Flags, Kind, Numbers, Seen, kind_of, person_of
from benchmarks.labels.evaluation import Labels


def is_shared(whole: Seen, codes: Numbers) -> Flags:
    """Whether a value is everybody's, or was seen beside an account that is not its person's."""
    strange = person_of(whole.a) != person_of(whole.b)
    return np.isin(codes, whole.b[strange])


def people_over_a_cap(codes: Numbers, persons: Labels) -> int:
    """How many persons have more values of a type than its cap."""
    kinds = kind_of(codes).tolist()
    counted = Counter(zip(persons.tolist(), kinds, strict=True))
    return len({person for (person, kind), count in counted.items() if count > CAPS.get(Kind(kind), count)})


def people_of_several_accounts(whole: Seen, codes: Numbers, persons: Labels) -> int:
    """How many persons have more than one account that a row proves."""
    is_proven = (kind_of(codes) == Kind.ACCOUNT) & np.isin(codes, whole.a[whole.proven])
    counted = Counter(persons[is_proven].tolist())
    return sum(count > 1 for count in counted.values())
