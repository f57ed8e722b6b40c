"""What electricity costs in the hours to come, as price sensors tell it.

Who knows the prices of the next hours tells them as a list in an attribute. Each has names of
its own for when a price begins and ends and what it is, and those are all that differs.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
import math
from typing import Any, Final

from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT
from homeassistant.core import HomeAssistant, State

from . import clock
from .charging.plan import Price
from .const import CONF_PRICES, CONF_PRICES_AHEAD
from .prices import LARGEST_PRICE, price_scale

# Sensors need a while to come up after a start, and miss a beat now and then.
_PATIENCE_S: Final = 600.0

# Nord Pool; Tibber; EPEX Spot; aWATTar; ENTSO-E; Amber; Octopus.
_STARTS: Final = (
    "start",
    "startsAt",
    "start_time",
    "start_timestamp",
    "time",
    "valid_from",
)
_ENDS: Final = ("end", "end_time", "end_timestamp", "valid_to")
_VALUES: Final = (
    "value",
    "total",
    "price_per_kwh",
    "price",
    "per_kwh",
    "value_inc_vat",
)
# The exchange's own, whatever the unit of the sensor: of the currency, per MWh.
_PER_MWH: Final = "marketprice"
# Who names no end means until the next begins, and the last as long as the one before.
_USUAL_S: Final = 3600.0
# What is more than this is a time in ms.
_MILLISECONDS: Final = 1e11


class PriceList:
    """Reads the price sensors that an owner has named."""

    def __init__(self, hass: HomeAssistant, options: Mapping[str, Any]) -> None:
        """Take the options."""
        self._hass = hass
        self._ahead: list[str] = options.get(CONF_PRICES_AHEAD) or []
        present = (options.get(CONF_PRICES) or {}).get("import_entity")
        # The sensor of the present price mostly lists those to come, too.
        named = [present, *self._ahead] if present else self._ahead
        self._entities = [*dict.fromkeys(named)]
        self._read: dict[str, tuple[State, list[Price] | None]] = {}
        self._silent_since: float | None = None

    @property
    def prices(self) -> tuple[Price, ...]:
        """Return all prices that are known by their time."""
        known = {
            price.start: price
            for entity_id in self._entities
            for price in self._listed(entity_id) or ()
        }
        return tuple(known[start] for start in sorted(known))

    @property
    def foreign(self) -> list[str]:
        """Return who tells prices in another currency, or a unit that is none of a price."""
        return [each for each in self._entities if self._listed(each) is None]

    def silent(self, now: float) -> list[str]:
        """Return who was named to tell prices, if for long nobody has told any."""
        if not self._ahead or self.prices:
            self._silent_since = None
            return []
        if self._silent_since is None:
            self._silent_since = now
        return self._ahead if now - self._silent_since >= _PATIENCE_S else []

    def _listed(self, entity_id: str) -> list[Price] | None:
        """Return the prices that a sensor lists; read once, whoever asks how often.

        None if they are in another currency: those cannot be compared with any.
        """
        state = self._hass.states.get(entity_id)
        if state is None:
            return []
        before = self._read.get(entity_id)
        if before is None or before[0] is not state:
            before = self._read[entity_id] = state, self._of(state)
        return before[1]

    def _of(self, state: State) -> list[Price] | None:
        unit = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)
        scale = 1.0 if unit is None else price_scale(unit, self._hass.config.currency)
        prices = listed_prices(state.attributes, scale or 1.0)
        # Who lists no prices may measure anything.
        return None if prices and scale is None else prices


def listed_prices(attributes: Mapping[str, Any], scale: float = 1.0) -> list[Price]:
    """Return all prices that are listed in attributes, in the order of time.

    ``scale`` makes prices per kWh out of those that are in the unit of their sensor.
    """
    found: dict[float, tuple[float | None, float]] = {}
    for value in attributes.values():
        for start, end, price in _entries(value, scale):
            found[start] = end, price
    starts = sorted(found)
    prices: list[Price] = []
    length = _USUAL_S
    for index, start in enumerate(starts):
        end, price = found[start]
        if index + 1 < len(starts):
            following = starts[index + 1]
            # A gap is no price that lasts.
            length = min(following - start, _USUAL_S) if end is None else length
            end = min(end or start + length, following)
        prices.append(Price(start, end or start + length, price))
    return prices


def _entries(
    listed: object, scale: float
) -> Iterator[tuple[float, float | None, float]]:
    """Return start, end and price of what makes sense of a list."""
    for each in listed if isinstance(listed, list | tuple) else ():
        if not isinstance(each, Mapping):
            continue
        start = _first(each, _STARTS)
        end = _first(each, _ENDS)
        price = _price(each, scale)
        if price is None or start is None or abs(price) >= LARGEST_PRICE:
            continue
        if end is None or end > start:
            yield start, end, price


def _price(entry: Mapping[str, Any], scale: float) -> float | None:
    """Return what a kWh costs by an entry, if it tells that."""
    for key in _VALUES:
        if (price := _number(entry.get(key))) is not None:
            return price * scale
    price = _number(entry.get(_PER_MWH))
    return None if price is None else price / 1000


def _first(entry: Mapping[str, Any], keys: tuple[str, ...]) -> float | None:
    """Return the first time of an entry that is one, in s."""
    return next((at for key in keys if (at := _time(entry.get(key))) is not None), None)


def _time(value: object) -> float | None:
    """Return a time in s, however it is told."""
    if isinstance(value, str | datetime):
        return clock.seconds_told(value)
    seconds = _number(value)
    if seconds is None:
        return None
    at = seconds / 1000 if seconds > _MILLISECONDS else seconds
    return at if 0 <= at < clock.END_S else None


def _number(value: object) -> float | None:
    """Return a number, None if it is none."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = float(value)
    except ValueError, OverflowError:
        return None
    return number if math.isfinite(number) else None
