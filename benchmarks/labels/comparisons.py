"""Comparisons of Splink that its library does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from splink.comparison_library import CustomComparison


def house() -> CustomComparison:
    """``last_name`` and ``street``: both, one of them, or something like it."""
    import splink.comparison_level_library as cll
    import splink.comparison_library as cl

    near_name, near_street = (
        "jaro_winkler_similarity(last_name_l, last_name_r) > 0.88",
        "levenshtein(street_l, street_r) <= 2",
    )
    return cl.CustomComparison(
        output_column_name="house",
        comparison_levels=[
            cll.And(cll.NullLevel("last_name"), cll.NullLevel("street")),
            cll.CustomLevel("last_name_l = last_name_r and street_l = street_r"),
            cll.CustomLevel(f"{near_name} and {near_street}"),
            cll.ExactMatchLevel("last_name", term_frequency_adjustments=True),
            cll.JaroWinklerLevel("last_name", 0.9),
            cll.ExactMatchLevel("street", term_frequency_adjustments=True),
            cll.CustomLevel(near_street),
            cll.ElseLevel(),
        ],
    )


def birth() -> CustomComparison:
    """``date_of_birth``, a text: the same, or one or two slips apart."""
    import splink.comparison_level_library as cll
    import splink.comparison_library as cl

    return cl.CustomComparison(
        output_column_name="date_of_birth",
        comparison_levels=[
            cll.NullLevel("date_of_birth"),
            cll.ExactMatchLevel("date_of_birth", term_frequency_adjustments=True),
            cll.DamerauLevenshteinLevel("date_of_birth", 1),
            cll.DamerauLevenshteinLevel("date_of_birth", 2),
            cll.ElseLevel(),
        ],
    )


def year_of_birth() -> CustomComparison:
    import splink.comparison_level_library as cll
    import splink.comparison_library as cl

    return cl.CustomComparison(
        output_column_name="born",
        comparison_levels=[
            cll.NullLevel("born"),
            cll.CustomLevel("abs(born_l - born_r) <= 1"),
            cll.CustomLevel("abs(born_l - born_r) <= 5"),
            cll.ElseLevel(),
        ],
    )
