"""The forms about the main fuse and about limits that others set."""

from collections.abc import Mapping
import math
from typing import Any, Final

from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN
from homeassistant.const import (
    ATTR_UNIT_OF_MEASUREMENT,
    UnitOfElectricCurrent,
    UnitOfPower,
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
)
from homeassistant.util.unit_conversion import ElectricCurrentConverter, PowerConverter
import probatio

from .const import (
    CONF_FEED_IN,
    DEFAULT_LIMIT_A,
    DOMAIN,
    LARGEST_FUSE_A,
    MINIMUM_LIMIT_A,
)
from .forms import Errors, Fields

type Part = dict[str, Any]

_UNITS: Final = {
    "power": PowerConverter.VALID_UNITS,
    "current": ElectricCurrentConverter.VALID_UNITS,
}

_AMPS: Final = NumberSelector(
    NumberSelectorConfig(
        mode=NumberSelectorMode.BOX,
        step="any",
        unit_of_measurement=UnitOfElectricCurrent.AMPERE,
    )
)
_WATTS: Final = NumberSelector(
    NumberSelectorConfig(
        mode=NumberSelectorMode.BOX,
        min=0,
        max=1_000_000,
        step="any",
        unit_of_measurement=UnitOfPower.WATT,
    )
)
_MEASURED: Final = EntitySelector(
    EntitySelectorConfig(
        filter=EntityWithDeviceFilterSelectorConfig(
            domain=SENSOR_DOMAIN,
            unit_of_measurement=sorted(
                str(unit) for units in _UNITS.values() for unit in units
            ),
        )
    )
)
# What is on or off has no limit of its own.
_SWITCHES: Final = "binary_sensor", "switch", "input_boolean"
_TELLS_LIMIT: Final = EntitySelector(
    EntitySelectorConfig(
        filter=EntityWithDeviceFilterSelectorConfig(
            domain=[SENSOR_DOMAIN, "number", "input_number", *_SWITCHES]
        )
    )
)

# --- the main fuse --------------------------------------------------------------------

_LIMIT: Final = "limit_a"
_INVERTED: Final = "inverted"
_LINES: Final = ["line_1", "line_2", "line_3"]
_FUSE_FIELDS: Final[Fields] = {
    probatio.Required(_LIMIT, default=DEFAULT_LIMIT_A): _AMPS,
    **{probatio.Optional(line): _MEASURED for line in _LINES},
    probatio.Required(_INVERTED, default=False): BooleanSelector(),
}
FUSE_SCHEMA: Final = probatio.Schema(_FUSE_FIELDS)


def fuse_as_typed(fuse: Part | None) -> Part:
    """Return what one would type to get a main fuse."""
    if not fuse:
        return {}
    return {
        _LIMIT: fuse["limit_a"],
        _INVERTED: fuse["inverted"],
        **dict(zip(_LINES, fuse["entities"], strict=False)),
    }


def typed_fuse(
    hass: HomeAssistant, typed: Mapping[str, Any]
) -> tuple[Part | None, Errors]:
    """Return the main fuse that a filled-in form amounts to, none if nothing measures it."""
    named = [line for line in _LINES if typed.get(line)]
    if not named:
        return None, {}
    if error := _fuse_error(typed[_LIMIT]):
        return None, {_LIMIT: error}
    if missing := [line for line in _LINES[: len(named)] if line not in named]:
        return None, {missing[0]: "line_missing"}
    entities: list[str] = []
    kinds: list[str | None] = []
    for line in named:
        entity_id, error = _usable(hass, typed[line])
        kinds.append(_kind(hass, entity_id))
        if error is None and kinds[-1] is None:
            error = "not_current_or_power"
        if error is None and entity_id in entities:
            error = "named_twice"
        if error is None and kinds[-1] != kinds[0]:
            error = "mixed_kinds"
        if error:
            return None, {line: error}
        entities.append(entity_id)
    return {
        "limit_a": typed[_LIMIT],
        "kind": kinds[0],
        "entities": entities,
        "inverted": typed[_INVERTED],
    }, {}


def _fuse_error(limit_a: float) -> str | None:
    if not math.isfinite(limit_a):
        return "not_a_number"
    if limit_a < MINIMUM_LIMIT_A:
        return "fuse_too_small"
    return "fuse_too_large" if limit_a > LARGEST_FUSE_A else None


# --- limits that others set -----------------------------------------------------------

_LIMITS: Final = "cars", "import", "import_mean"
_LIMIT_FIELDS: Final[Fields] = {
    **{
        probatio.Optional(field): selector
        for name in _LIMITS
        for field, selector in (
            (f"{name}_entity", _TELLS_LIMIT),
            (f"{name}_w", _WATTS),
        )
    },
    probatio.Optional(CONF_FEED_IN): _WATTS,
}
LIMITS_SCHEMA: Final = probatio.Schema(_LIMIT_FIELDS)


def limits_as_typed(limits: Part | None) -> Part:
    """Return what one would type to get some limits."""
    return {key: value for key, value in (limits or {}).items() if value is not None}


def typed_limits(
    hass: HomeAssistant, typed: Mapping[str, Any]
) -> tuple[Part | None, Errors]:
    """Return the limits that a filled-in form amounts to, none if all is left out."""
    limits: Part = {field: typed.get(field) for field in map(str, _LIMIT_FIELDS)}
    for field in *(f"{name}_w" for name in _LIMITS), CONF_FEED_IN:
        if limits[field] is not None and not math.isfinite(limits[field]):
            return None, {field: "not_a_number"}
    for name in _LIMITS:
        field = f"{name}_entity"
        if not typed.get(field):
            limits[field] = None
            continue
        entity_id, error = _usable(hass, typed[field])
        if error:
            return None, {field: error}
        limits[field] = entity_id
        if _kind(hass, entity_id) is None and limits[f"{name}_w"] is None:
            return None, {f"{name}_w": "limit_missing"}
    return limits if any(v is not None for v in limits.values()) else None, {}


# --- entities -------------------------------------------------------------------------


def _usable(hass: HomeAssistant, typed: str) -> tuple[str, str | None]:
    """Return an entity's id, and why it cannot be used if that is so."""
    registry = er.async_get(hass)
    # Its id may have been typed, or that of its registration.
    entity_id = er.async_resolve_entity_id(registry, typed)
    if entity_id is None or hass.states.get(entity_id) is None:
        return "", "entity_not_found"
    entry = registry.async_get(entity_id)
    if entry and entry.platform == DOMAIN:
        return entity_id, "own_entity"
    if entity_id.partition(".")[0] in _SWITCHES or _kind(hass, entity_id):
        return entity_id, None
    return entity_id, "not_current_or_power"


def _kind(hass: HomeAssistant, entity_id: str) -> str | None:
    """Return whether an entity tells power or current, None if neither."""
    state = hass.states.get(entity_id)
    entry = er.async_get(hass).async_get(entity_id)
    # A device that is off says nothing, but what it measured is remembered.
    unit = (state and state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)) or (
        entry and entry.unit_of_measurement
    )
    return next((kind for kind, units in _UNITS.items() if unit in units), None)
