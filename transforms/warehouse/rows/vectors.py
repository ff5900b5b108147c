"""Functions of text over Arrow arrays, for what Spark itself has no function for."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import cast

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import Column
from pyspark.sql.pandas import functions as arrow_functions

from plateia.identity.tokens import TokenKeys
from plateia.pii import token

Canonical = Callable[[str, str | None], str | None]
_OnColumn = Callable[[Column], Column]
_OnArray = Callable[[pa.Array], pa.Array]


def full_match(pattern: str, *, ignore_case: bool) -> _OnColumn:
    """RE2 over the whole value: its time is linear, where Java's can be for ever and cannot be interrupted."""

    def match(values: pa.Array) -> pa.Array:
        return pc.match_substring_regex(values, rf"\A(?:{pattern})\z", ignore_case=ignore_case)

    return over_arrays(match, "boolean")


def folded(value: Column) -> Column:
    """Full Unicode case folding (``ß`` is ``ss``), which Spark's ``lower`` is not."""

    def fold(values: pa.Array) -> pa.Array:
        return pa.array([None if word is None else word.casefold() for word in values.to_pylist()], pa.string())

    return over_arrays(fold, "string")(value)


def folded_items(value: Column) -> Column:
    """Full Unicode case folding of every item of an ARRAY<STRING>."""

    def fold(values: pa.Array) -> pa.Array:
        lists = [None if words is None else [word.casefold() for word in words] for words in values.to_pylist()]
        return pa.array(lists, pa.list_(pa.string()))

    return over_arrays(fold, "array<string>")(value)


def tokeniser(key: bytes) -> _OnColumn:
    """From text to its token under a key; null stays null. The key stands in no query plan."""

    def tokens(values: pa.Array) -> pa.Array:
        return pa.array([None if word is None else token(word, key) for word in values.to_pylist()], pa.string())

    return over_arrays(tokens, "string")


def identifier_tokeniser(
    kind: str, canonical: Canonical, countries: Mapping[str, str | None], keys: TokenKeys
) -> Callable[[Column, Column], Column]:
    """From an identifier and its site to the text of its token (Base64); null for one that names nobody.

    Args:
        canonical: From a value and a country to the canonical value.
        countries: Site -> country.
    """

    def tokens(values: pa.Array, sites: pa.Array) -> pa.Array:
        known: dict[tuple[str, str], str | None] = {}
        texts: list[str | None] = []
        for value, site in zip(values.to_pylist(), sites.to_pylist(), strict=True):
            if value is None or site is None:
                texts.append(None)
                continue
            if (value, site) not in known:
                word = canonical(value, countries.get(site))
                inner = None if word is None else keys.inner(kind, word, site)
                known[value, site] = None if inner is None else base64.b64encode(keys.wrap(inner)).decode("ascii")
            texts.append(known[value, site])
        return pa.array(texts, pa.string())

    return cast(Callable[[Column, Column], Column], over_arrays(cast(_OnArray, tokens), "string"))


def over_arrays(function: _OnArray, returns: str) -> _OnColumn:
    """A function of Arrow arrays as one of columns; ``returns`` is a Spark type."""
    # The stubs know only the form that names the kind of function, which pyspark itself warns of.
    arrow_udf = cast(Callable[[_OnArray, str], _OnColumn], arrow_functions.arrow_udf)
    return arrow_udf(function, returns)
