"""Connected components of a graph, by DataFrames alone."""

from transforms.identity.components.contraction import contract
from transforms.identity.components.invariants import check_components
from transforms.identity.components.kept import Keep
from transforms.identity.components.stars import alternate_stars
from transforms.identity.components.vertices import hashed

__all__ = ["Keep", "alternate_stars", "check_components", "contract", "hashed"]
