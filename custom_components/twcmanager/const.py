"""Names shared across the integration."""

import logging
from typing import Final

from homeassistant.const import Platform

DOMAIN: Final = "twcmanager"
LOGGER = logging.getLogger(__package__)

PLATFORMS: Final = [
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.EVENT,
    Platform.NUMBER,
    Platform.SELECT,
    Platform.SENSOR,
    Platform.SWITCH,
    Platform.TIME,
]

# In the entry's data, beside CONF_PORT: the wiring. Changed by reconfiguring.
CONF_CIRCUIT_LIMIT: Final = "circuit_limit"
"""What the circuit of all Wall Connectors carries continuously, in A per phase."""
CONF_UNIT_LIMITS: Final = "unit_limits"
"""The same for each Wall Connector's own wiring: {id as four hex digits: A}."""
CONF_CIRCUITS: Final = "circuits"
"""Parts of that circuit, sub-panels say: a list of {name, limit in A per phase, units}."""
CONF_NAME: Final = "name"
CONF_LIMIT: Final = "limit"
CONF_UNITS: Final = "units"
CONF_UNIT_LINES: Final = "unit_lines"
"""Which lines of the mains feed a Wall Connector's L1, L2, L3: {id: [1 to 3, ...]}."""
CONF_PHASES: Final = "phases"
"""1 or 3, for units whose firmware does not tell."""

# In the entry's options.
CONF_SOURCES: Final = "sources"
"""What measures grid, sun and battery."""
CONF_MAIN_FUSE: Final = "main_fuse"
"""The fuse between home and grid, and what measures it."""
CONF_LIMITS: Final = "limits"
"""What a grid operator or a tariff allows."""
CONF_PRICES: Final = "prices"
"""What a kWh costs and earns."""
CONF_KEEP_DAYS: Final = "keep_sessions_days"
"""For how many days sessions are kept; without it for ever."""
CONF_FEED_IN: Final = "feed_in_w"
"""Among the limits: at which export the inverter is throttled, if it ever is."""

CONF_SCHEDULES: Final = "schedules"
"""When cars may charge, or shall: {unit, or all: {entity, inside, outside, ...}}."""
SCHEDULE_FOR_ALL: Final = "all"
CONF_DEPARTURES: Final = "departures"
"""Which entity tells when a car leaves: {unit, or all: entity}."""

# Of each car, a subentry; its name is the subentry's title.
SUBENTRY_VEHICLE: Final = "vehicle"
CONF_VIN: Final = "vin"
CONF_BATTERY_KWH: Final = "battery_kwh"
CONF_ENTITIES: Final = "entities"
"""What the car's own integration has: {role: an entity's registration, else its id}."""
CONF_MAY: Final = "may"
"""What its owner allows to be done to the car; without it nothing."""
CONF_STOP_AND_START: Final = "stop_and_start"
CONF_LEAST_CURRENT: Final = "least_current"
CONF_WAKES_A_DAY: Final = "wakes_a_day"
CONF_PRICES_AHEAD: Final = "prices_ahead"
"""Who tells the prices of the next hours, beside the sensor of the present one."""

SIMULATOR_PORT: Final = "simulator"
"""The port of a simulated home."""

MINIMUM_LIMIT_A: Final = 6.0
DEFAULT_LIMIT_A: Final = 6.0
"""What an owner has not raised knowingly stays this low."""
LARGEST_LIMIT_A: Final = 80.0
"""No Gen 2 Wall Connector is rated higher."""
LARGEST_CIRCUIT_A: Final = 240.0
"""Three of the largest."""
LARGEST_FUSE_A: Final = 400.0
"""No home has a larger one."""


def unit_key(unit_id: int) -> str:
    """Return a unit's id as people know it: four hex digits."""
    return f"{unit_id:04X}"
