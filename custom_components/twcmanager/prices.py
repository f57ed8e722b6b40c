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
LARGEST_PRICE: Final = 100_000.0

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
    return price if abs(price) < LARGEST_PRICE else PriceProblem.NO_PRICE


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


class PriceSensor:
    """An entity that tells what a kWh costs or earns at present."""

    def __init__(self, hass: HomeAssistant, entity_id: str) -> None:
        """Take the entity; the time without a price counts from now on."""
        self._hass = hass
        self.entity_id = entity_id
        self._held: float | None = None
        self._told_at = hass.loop.time()
        self._problem: PriceProblem | None = None

    def told(self) -> float | None:
        """Return the price that is told at this moment, None if none is."""
        price = self._now()
        return None if isinstance(price, PriceProblem) else price

    def price(self, now: float) -> float | None:
        """Return the price that is told, or was a while ago."""
        price = self._now()
        if isinstance(price, PriceProblem):
            self._problem = price
            return self._held if now - self._told_at < _HOLD_S else None
        self._problem = None
        self._held, self._told_at = price, now
        return price

    def problem(self, now: float) -> PriceProblem | None:
        """Return what has been wrong with it for too long."""
        if self._problem is PriceProblem.MISSING and now - self._told_at < _HOLD_S:
            return None
        return self._problem

    def _now(self) -> float | PriceProblem:
        state = self._hass.states.get(self.entity_id)
        return price_of(state, self._hass.config.currency)


class Prices:
    """The prices of one home."""

    def __init__(self, hass: HomeAssistant, options: Mapping[str, Any] | None) -> None:
        """Take where prices come from."""
        options = options or {}
        self._hass = hass
        import_entity = options.get("import_entity")
        export_entity = options.get("export_entity")
        self._import = PriceSensor(hass, import_entity) if import_entity else None
        self._export = PriceSensor(hass, export_entity) if export_entity else None
        self._fixed_import: float | None = options.get("import_price")
        self._fixed_export: float | None = options.get("export_price")

    @property
    def has_import_sensor(self) -> bool:
        """Return whether somebody tells what a kWh costs at present."""
        return self._import is not None

    @property
    def has_export(self) -> bool:
        """Return whether anything is known of what a kWh earns."""
        return self._export is not None or self._fixed_export is not None

    def tariff(self, now: float) -> Tariff:
        """Return what a kWh costs and earns."""
        imported = self._import.price(now) if self._import else None
        exported = self._export.price(now) if self._export else None
        if imported is None:
            imported = self._fixed_import
        if exported is None:
            exported = self._fixed_export
        known = imported is not None or exported is not None
        return Tariff(
            import_price=imported,
            export_price=exported,
            currency=self._hass.config.currency if known else None,
        )

    def told(self) -> float | None:
        """Return what a kWh costs as its sensor tells at this moment, None if not."""
        return self._import.told() if self._import else None

    def export_told(self) -> float | None:
        """Return what a kWh earns at this moment, None if its sensor does not tell."""
        return self._export.told() if self._export else self._fixed_export

    def problems(self, now: float) -> dict[PriceProblem, list[str]]:
        """Return what has been wrong for too long, and with which sensors."""
        sensors = [each for each in (self._import, self._export) if each is not None]
        return {
            problem: [
                each.entity_id for each in sensors if each.problem(now) is problem
            ]
            for problem in PriceProblem
        }
