"""The twenty traits of a person: texts (some not ASCII), numbers, booleans, a date; with missing values and NaN."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from plateia.catalogue import Kind

Values = npt.NDArray[Any]
Sampler = Callable[[np.random.Generator, int], Values]
_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Trait:
    """A trait: its configured type, how its values are drawn (texts as codes), how many are missing.

    ``texts``: the values of a text, the most frequent first, with their shares.
    """

    kind: Kind
    draw: Sampler
    missing: float = 0.0
    texts: tuple[str, ...] = ()
    shares: tuple[float, ...] = ()

    def column(self, random: np.random.Generator, n: int) -> pa.Array:
        """``n`` values as they stand in the lake."""
        values, missing = self.draw(random, n), random.random(n) < self.missing
        if self.kind == "string":
            codes = pa.array(values.astype(np.int32), mask=missing)
            return pa.DictionaryArray.from_arrays(codes, pa.array(self.texts))
        kinds = {"long": pa.int64(), "double": pa.float64(), "boolean": pa.bool_(), "date": pa.date32()}
        if self.kind == "date":
            values = values.astype(np.int32)
        return pa.array(values, mask=missing, from_pandas=False).cast(kinds[self.kind])


def zipf(n: int, power: float = 1.0) -> Values:
    """``n`` shares that fall like 1 / rank ** power."""
    weights = 1 / np.arange(1, n + 1, dtype=np.float64) ** power
    return np.asarray(weights / weights.sum())


def drawn(random: np.random.Generator, shares: Values, n: int) -> Values:
    """``n`` codes with these shares."""
    return np.minimum(np.searchsorted(np.cumsum(shares), random.random(n)), len(shares) - 1)


def _text(texts: list[str], missing: float, power: float = 1.0) -> Trait:
    shares = zipf(len(texts), power)
    return Trait("string", lambda random, n: drawn(random, shares, n), missing, tuple(texts), tuple(shares.tolist()))


def _cents(random: np.random.Generator, n: int) -> Values:
    return np.round(random.lognormal(3.5, 1.2, n), 2)


def _credit(random: np.random.Generator, n: int) -> Values:
    return np.where(random.random(n) < 0.01, np.nan, random.gamma(2.0, 150.0, n))


def _born(random: np.random.Generator, n: int) -> Values:
    return random.integers(date(1940, 1, 1).toordinal() - _EPOCH, date(2010, 1, 1).toordinal() - _EPOCH, n)


_CITIES = ["São Paulo", "Rio de Janeiro", "Brasília", "Córdoba", "Rosário", "Niterói", "Tucumán", "Goiânia"]

TRAITS: Mapping[str, Trait] = {
    "gender": _text(["f", "m", "não binário"], 0.08, 0.5),
    "age_band": _text(["25-34", "35-44", "18-24", "45-54", "55-64", "65+", "<18"], 0.10, 0.6),
    "city": _text([*_CITIES, *(f"município {i:03d}" for i in range(292))], 0.03, 0.8),
    "tier": _text(["bronze", "prata", "ouro", "platina", "diamante"], 0.05),
    "language": _text(["português", "español", "english", "日本語"], 0.02, 1.5),
    "device": _text(["android", "ios", "web", "tablet", "tv", "outro"], 0.0),
    "channel": _text(["orgânico", "push", "e-mail", "anúncio", "afiliado", "parceiro", "loja", "rádio"], 0.12, 0.7),
    "interest": _text([f"interesse {i:02d}" if i % 7 else f"afeição {i:02d}" for i in range(100)], 0.20, 0.7),
    "payment": _text(["pix", "cartão", "boleto", "saldo", "dinheiro", "crédito"], 0.06),
    "level": Trait("long", lambda random, n: drawn(random, zipf(6, 0.5), n) + 1),
    "orders": Trait("long", lambda random, n: random.geometric(0.05, n) - 1),
    "visits_month": Trait("long", lambda random, n: random.poisson(9.0, n)),
    "days_since_login": Trait("long", lambda random, n: random.exponential(40.0, n).astype(np.int64), 0.05),
    "reputation": Trait("long", lambda random, n: random.integers(0, 1001, n), 0.15),
    "bucket": Trait("long", lambda random, n: random.integers(0, 10_000, n)),
    "credit": Trait("double", _credit, 0.10),
    "spend": Trait("double", _cents, 0.10),
    "newsletter": Trait("boolean", lambda random, n: random.random(n) < 0.3, 0.05),
    "app_installed": Trait("boolean", lambda random, n: random.random(n) < 0.6),
    "born": Trait("date", _born, 0.12),
}

CATEGORIES = tuple(f"categoria {i:02d}" if i % 9 else f"vestuário e calçados {i:02d}" for i in range(100))
CATEGORY_SHARES = zipf(100, 0.9)
