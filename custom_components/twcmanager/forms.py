"""The forms about limits and grid power: their fields, and what may be typed into them."""

from collections.abc import Mapping
import math
from typing import Any, Final

from homeassistant.components.energy.data import async_get_manager
from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN, SensorDeviceClass
from homeassistant.const import (
    ATTR_UNIT_OF_MEASUREMENT,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
    UnitOfElectricCurrent,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.selector import (
    BooleanSelector,
    EntitySelector,
    EntitySelectorConfig,
    EntityWithDeviceFilterSelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
from homeassistant.util.unit_conversion import PowerConverter
import probatio

from .const import (
    CONF_CIRCUIT_LIMIT,
    CONF_GRID_EXPORT_POSITIVE,
    CONF_GRID_POWER,
    CONF_PHASES,
    CONF_UNIT_LIMITS,
    DEFAULT_LIMIT_A,
    LARGEST_CIRCUIT_A,
    LARGEST_LIMIT_A,
    MINIMUM_LIMIT_A,
)
from .sources import power_of

type Fields = dict[probatio.Marker, Any]
type Errors = dict[str, str]
type Figures = dict[str, str]

# --- limits ---------------------------------------------------------------------------

PHASES_FIELD: Final[Fields] = {
    probatio.Required(CONF_PHASES, default="1"): SelectSelector(
        SelectSelectorConfig(
            options=["1", "3"],
            mode=SelectSelectorMode.LIST,
            translation_key=CONF_PHASES,
        )
    )
}
_AMPS: Final = NumberSelector(
    NumberSelectorConfig(
        mode=NumberSelectorMode.BOX,
        step="any",
        unit_of_measurement=UnitOfElectricCurrent.AMPERE,
    )
)

# A bus has three units, but over the years may have had others, and each has its field.
_MOST_UNIT_FIELDS: Final = 6


class LimitFields:
    """The fields for the limits of a circuit and of the units on it."""

    def __init__(self, ratings: Mapping[str, float | None]) -> None:
        """Take the units by key, each with its rating in A if that is known."""
        self._units = {
            f"unit_{number}": unit
            for number, unit in enumerate(sorted(ratings)[:_MOST_UNIT_FIELDS], 1)
        }
        self._ratings = {
            field: ratings[unit] or LARGEST_LIMIT_A
            for field, unit in self._units.items()
        }
        self.labels = self._units | {
            f"rating_{field}": written(rating_a)
            for field, rating_a in self._ratings.items()
        }
        self.fields: Fields = {
            probatio.Required(field, default=DEFAULT_LIMIT_A): _AMPS
            for field in (CONF_CIRCUIT_LIMIT, *self._units)
        }

    def typed(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return what one would type to get an entry's data."""
        limits = data[CONF_UNIT_LIMITS]
        return {
            CONF_CIRCUIT_LIMIT: data[CONF_CIRCUIT_LIMIT],
            **{
                field: limits[unit]
                for field, unit in self._units.items()
                if unit in limits
            },
        }

    def unit_limits(self, user_input: Mapping[str, Any]) -> dict[str, float]:
        """Return the limits that were typed, by unit."""
        return {unit: user_input[field] for field, unit in self._units.items()}

    def check(self, user_input: Mapping[str, Any]) -> tuple[Errors, Figures]:
        """Return the first error, on its field, and the figures that explain it."""
        circuit_a = user_input[CONF_CIRCUIT_LIMIT]
        for field in (CONF_CIRCUIT_LIMIT, *self._units):
            limit_a = user_input[field]
            if error := self._error(field, limit_a, circuit_a):
                return {field: error}, {
                    "limit": written(limit_a),
                    "circuit": written(circuit_a),
                    "rating": self.labels.get(f"rating_{field}", ""),
                    "unit": self.labels.get(field, ""),
                }
        return {}, {}

    def _error(self, field: str, limit_a: float, circuit_a: float) -> str | None:
        if not math.isfinite(limit_a):
            return "not_a_number"
        if limit_a < MINIMUM_LIMIT_A:
            return "below_minimum"
        if field == CONF_CIRCUIT_LIMIT:
            return "circuit_above_largest" if limit_a > LARGEST_CIRCUIT_A else None
        if limit_a > LARGEST_LIMIT_A:
            return "above_largest"
        if limit_a > self._ratings[field]:
            return "above_rating"
        return "above_circuit" if limit_a > circuit_a else None


def believable_rating(rating_a: float) -> float | None:
    """Return a unit's rating, None if what it tells cannot be one."""
    return rating_a if MINIMUM_LIMIT_A <= rating_a <= LARGEST_LIMIT_A else None


def written(amps: float) -> str:
    """Return a current as people write it."""
    return f"{amps:g}"


# --- grid power -----------------------------------------------------------------------

GRID_SCHEMA: Final = probatio.Schema(
    {
        probatio.Optional(CONF_GRID_POWER): EntitySelector(
            EntitySelectorConfig(
                filter=EntityWithDeviceFilterSelectorConfig(
                    domain=SENSOR_DOMAIN, device_class=SensorDeviceClass.POWER
                )
            )
        ),
        probatio.Required(CONF_GRID_EXPORT_POSITIVE, default=False): BooleanSelector(),
    }
)


def grid_options(
    hass: HomeAssistant, user_input: Mapping[str, Any]
) -> tuple[dict[str, Any], Errors]:
    """Return the options a filled-in form amounts to, none if the sensor is left out."""
    if not (typed := user_input.get(CONF_GRID_POWER)):
        return {}, {}
    entity_id = er.async_resolve_entity_id(er.async_get(hass), typed)
    if error := _grid_error(hass, entity_id):
        return {}, {CONF_GRID_POWER: error}
    return {
        CONF_GRID_POWER: entity_id,
        CONF_GRID_EXPORT_POSITIVE: user_input[CONF_GRID_EXPORT_POSITIVE],
    }, {}


def _grid_error(hass: HomeAssistant, entity_id: str | None) -> str | None:
    """Return why an entity cannot be the sensor of grid power."""
    if entity_id is None or (state := hass.states.get(entity_id)) is None:
        return "entity_not_found"
    if state.domain != SENSOR_DOMAIN:
        return "not_power"
    if state.state in {STATE_UNAVAILABLE, STATE_UNKNOWN}:
        # Its device may just be off: all that can be told now is the unit.
        unit = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)
        return None if unit in {None, *PowerConverter.VALID_UNITS} else "not_power"
    return None if power_of(state) is not None else "not_power"


async def async_propose_grid(hass: HomeAssistant) -> dict[str, Any]:
    """Return the sensor the Energy dashboard measures the grid with, if it has one."""
    if "energy" not in hass.config.components:
        return {}
    preferences = (await async_get_manager(hass)).data
    for source in preferences["energy_sources"] if preferences else ():
        if source["type"] != "grid":
            continue
        # What Energy itself makes of inverted and split sensors reports late, and for a
        # moment wrongly: take the raw sensor, if it is one that is signed.
        raw: Mapping[str, Any] = source.get("power_config") or source
        entity_id = raw.get("stat_rate") or raw.get("stat_rate_inverted")
        if entity_id and _grid_error(hass, entity_id) is None:
            return {
                CONF_GRID_POWER: entity_id,
                CONF_GRID_EXPORT_POSITIVE: "stat_rate_inverted" in raw,
            }
    return {}
