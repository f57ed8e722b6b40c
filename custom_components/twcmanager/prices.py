"""What a kWh costs and earns at this moment, from a sensor of prices or as it was entered."""

from collections.abc import Mapping
from enum import StrEnum
import math
import re
from typing import Any, Final

from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT
from homeassistant.core import HomeAssistant, State

from .charging.origin import Tariff

# Prices hold for an hour or a quarter of one; a sensor that is away longer has to be missed.
_HOLD_S: Final = 3600.0
# Even in the smallest of currencies.
_LARGEST_PRICE: Final = 100_000.0

_PER_KWH: Final = {"kwh": 1.0, "mwh": 0.001, "wh": 1000.0}
_HUNDREDTHS: Final = {
    *("¢", "c", "ct", "cent", "cents", "cts", "eurocent"),
    *("grosz", "groszy", "haléř", "öre", "øre", "p", "pence", "penny", "snt"),
}
# Symbols that belong to certain currencies. Others, as $, may mean anybody's.
_SYMBOLS: Final = {
    "€": {"EUR"},
    "£": {"GBP"},
    "zł": {"PLN"},
    "kč": {"CZK"},
    "ft": {"HUF"},
    "kr": {"SEK", "NOK", "DKK", "ISK"},
    "₹": {"INR"},
    "₪": {"ILS"},
    "₩": {"KRW"},
    "¥": {"JPY", "CNY"},
    "r$": {"BRL"},
}


class PriceProblem(StrEnum):
    """Why a sensor tells no price."""

    MISSING = "price_missing"
    """It is not there, or has nothing to say."""
    NO_PRICE = "price_no_price"
    """It tells something else, or in another currency."""


def price_of(state: State | None, currency: str) -> float | PriceProblem:
    """Return the price of a kWh that an entity tells, or why it tells none."""
    if state is None:
        return PriceProblem.MISSING
    unit = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)
    scale = 1.0 if unit is None else price_scale(unit, currency)
    if scale is None:
        return PriceProblem.NO_PRICE
    try:
        price = float(state.state) * scale
    except ValueError:
        return PriceProblem.MISSING
    if not math.isfinite(price):
        return PriceProblem.MISSING
    return price if abs(price) < _LARGEST_PRICE else PriceProblem.NO_PRICE


def price_scale(unit: object, currency: str) -> float | None:
    """Return what makes a price per kWh in a currency out of one in a unit, if anything.

    Such as 1 for ``EUR/kWh``, 0.01 for ``ct/kWh``, 0.001 for ``€/MWh``. No unit means that
    of the currency itself per kWh, as templates often have none.
    """
    match = re.fullmatch(r"(.+?)\s*(?:/|per)\s*(\w+)", str(unit).strip())
    if match is None or match[2].lower() not in _PER_KWH:
        return None
    money, scale = match[1].lower(), _PER_KWH[match[2].lower()]
    # GBp are pence, GBP pounds.
    if money in _HUNDREDTHS or match[1] == "GBp":
        return scale / 100
    if money in _SYMBOLS:
        return scale if currency in _SYMBOLS[money] else None
    if re.fullmatch(r"[a-z]{3}", money):
        return scale if money == currency.lower() else None
    # Dollars and the like.
    return scale if "$" in money else None


class Prices:
    """The prices of one home."""

    def __init__(self, hass: HomeAssistant, options: Mapping[str, Any] | None) -> None:
        """Take where prices come from; the time without one counts from now on."""
        options = options or {}
        self._hass = hass
        self.entity_id: str | None = options.get("import_entity")
        self._fixed: float | None = options.get("import_price")
        self._export: float | None = options.get("export_price")
        self._told: float | None = None
        self._told_at = hass.loop.time()
        self._problem: PriceProblem | None = None

    def tariff(self, now: float) -> Tariff:
        """Return what a kWh costs and earns."""
        imported = self._import_price(now)
        known = imported is not None or self._export is not None
        return Tariff(
            import_price=imported,
            export_price=self._export,
            currency=self._hass.config.currency if known else None,
        )

    def told(self) -> float | None:
        """Return the price that the sensor tells at this moment, None if it does not."""
        if self.entity_id is None:
            return None
        state = self._hass.states.get(self.entity_id)
        price = price_of(state, self._hass.config.currency)
        return None if isinstance(price, PriceProblem) else price

    def _import_price(self, now: float) -> float | None:
        if self.entity_id is None:
            return self._fixed
        state = self._hass.states.get(self.entity_id)
        price = price_of(state, self._hass.config.currency)
        if isinstance(price, PriceProblem):
            self._problem = price
            if self._told is not None and now - self._told_at < _HOLD_S:
                return self._told
            return self._fixed
        self._problem = None
        self._told, self._told_at = price, now
        return price

    def problem(self, now: float) -> PriceProblem | None:
        """Return what has been wrong with the sensor for too long."""
        if self._problem is PriceProblem.MISSING and now - self._told_at < _HOLD_S:
            return None
        return self._problem
