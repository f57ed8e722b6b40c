"""The cars of a home as they are now: what their owner said of them, and what they tell.

Subentries and registry are read anew each time, so that a car which was added, changed or
renamed just now counts at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Final

from homeassistant.components.number import ATTR_MAX, ATTR_MIN
from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import (
    ATTR_LATITUDE,
    ATTR_LONGITUDE,
    ATTR_UNIT_OF_MEASUREMENT,
    STATE_HOME,
    STATE_NOT_HOME,
    STATE_OFF,
    STATE_ON,
    UnitOfLength,
)
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from homeassistant.util.location import distance
from homeassistant.util.unit_conversion import DistanceConverter

from .charging.car import Allowed, Told
from .const import (
    CONF_BATTERY_KWH,
    CONF_ENTITIES,
    CONF_LEAST_CURRENT,
    CONF_MAY,
    CONF_PHASES,
    CONF_STOP_AND_START,
    CONF_UNITS,
    CONF_VIN,
    CONF_WAKES_A_DAY,
    SUBENTRY_VEHICLE,
)
from .silence import Silence
from .sources.values import Problem, Quantity, value_of
from .vehicle_roles import Role, find_rivals

# After a start, integrations of cars need a while to come up.
_PATIENCE_S: Final = 120.0
# Zones may lie in the home's: whoever is so close is as good as there.
_AT_HOME_M: Final = 300.0

_PLUGGED: Final = {
    STATE_ON: True,
    STATE_OFF: False,
    **dict.fromkeys(
        ("disconnected", "unplugged", "not_connected", "not_plugged_in"), False
    ),
    **dict.fromkeys(
        (
            "charge_in_progress",
            "charging",
            "complete",
            "connected",
            "no_power",
            "plugged",
            "plugged_in",
            "starting",
            "stopped",
        ),
        True,
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Vehicle:
    """One car. Whatever it does not tell at present is None."""

    id: str
    name: str
    vin: str | None = None
    battery_kwh: float | None = None
    phases: int | None = None
    units: frozenset[str] = frozenset()
    """The Wall Connectors it was chosen for, by what they are wired as."""
    entities: Mapping[Role, str] = field(default_factory=dict)
    """Those of its entities that are there, by their ids of the moment."""
    soc: float | None = None
    """How full it is, in percent."""
    charge_limit_soc: float | None = None
    """At which it stops by itself."""
    plugged: bool | None = None
    home: bool | None = None
    range_km: float | None = None
    told: Told = field(default_factory=Told)
    """What it says of what can be done to it."""
    allowed: Allowed = field(default_factory=Allowed)
    """What may be done to it."""


class Vehicles:
    """Reads the cars of one entry."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Take whose cars they are."""
        self._hass = hass
        self._entry = entry
        self._missing = Silence(_PATIENCE_S)

    def now(self) -> dict[str, Vehicle]:
        """Return all cars by their ids."""
        return {each.subentry_id: self._vehicle(each) for each in self._subentries}

    def missing(self, now: float) -> list[str]:
        """Return which cars have had an entity missing for a while, and which it is."""
        missing = {
            f"{subentry.title} ({role})"
            for subentry in self._subentries
            for role, named in subentry.data[CONF_ENTITIES].items()
            if self._state(named) is None
        }
        return self._missing.lasting(missing, now)

    def rivals(self) -> list[str]:
        """Return the entities by which somebody else controls a car's charging now."""
        registry = er.async_get(self._hass)
        named = (
            registry.async_get(each)
            for subentry in self._subentries
            for each in subentry.data[CONF_ENTITIES].values()
        )
        devices = {each.device_id for each in named if each and each.device_id}
        rivals = (
            each.entity_id
            for device_id in devices
            for each in find_rivals(er.async_entries_for_device(registry, device_id))
        )
        return sorted(
            each for each in rivals if self._hass.states.is_state(each, STATE_ON)
        )

    @property
    def _subentries(self) -> list[ConfigSubentry]:
        return self._entry.get_subentries_of_type(SUBENTRY_VEHICLE)

    def _state(self, named: str) -> State | None:
        """Return the state of an entity, named by its id or that of its registration."""
        entity_id = er.async_resolve_entity_id(er.async_get(self._hass), named)
        return self._hass.states.get(entity_id) if entity_id else None

    def _vehicle(self, subentry: ConfigSubentry) -> Vehicle:
        data = subentry.data
        states = {
            role: state
            for role in Role
            if (named := data[CONF_ENTITIES].get(role))
            and (state := self._state(named))
        }
        return Vehicle(
            id=subentry.subentry_id,
            name=subentry.title,
            vin=data.get(CONF_VIN),
            battery_kwh=data.get(CONF_BATTERY_KWH),
            phases=data.get(CONF_PHASES),
            units=frozenset(data.get(CONF_UNITS, ())),
            entities={role: state.entity_id for role, state in states.items()},
            soc=_percent(states.get(Role.SOC)),
            charge_limit_soc=_percent(states.get(Role.CHARGE_LIMIT)),
            plugged=_plugged(states.get(Role.PLUG)),
            home=self._home(states.get(Role.LOCATION)),
            range_km=_km(states.get(Role.RANGE)),
            told=_told(states),
            allowed=_allowed(data.get(CONF_MAY, {})),
        )

    def _home(self, state: State | None) -> bool | None:
        """Return whether a car is at home; other zones may be anywhere."""
        if state is None:
            return None
        if state.state in {STATE_HOME, STATE_NOT_HOME}:
            return state.state == STATE_HOME
        latitude = _number(state.attributes.get(ATTR_LATITUDE))
        longitude = _number(state.attributes.get(ATTR_LONGITUDE))
        home = self._hass.config
        away_m = distance(latitude, longitude, home.latitude, home.longitude)
        return None if away_m is None else away_m <= _AT_HOME_M


def _percent(state: State | None) -> float | None:
    soc = value_of(state, Quantity.CHARGE)
    return None if isinstance(soc, Problem) else soc


def _plugged(state: State | None) -> bool | None:
    """Return whether a car says that it is plugged in, in the words of many."""
    return _PLUGGED.get(state.state.lower().replace(" ", "_")) if state else None


def _on(state: State | None) -> bool | None:
    return {STATE_ON: True, STATE_OFF: False}.get(state.state) if state else None


def _allowed(said: Mapping[str, Any]) -> Allowed:
    return Allowed(
        stop_and_start=said.get(CONF_STOP_AND_START, False),
        least_a=said.get(CONF_LEAST_CURRENT),
        wakes_a_day=int(said.get(CONF_WAKES_A_DAY, 0)),
    )


def _told(states: Mapping[Role, State]) -> Told:
    current_a, from_a, to_a = _current(states.get(Role.CURRENT))
    return Told(
        charging=_on(states.get(Role.CHARGING)),
        current_a=current_a,
        current_from_a=from_a,
        current_to_a=to_a,
        limit_soc=_percent(states.get(Role.CHARGE_LIMIT)),
        asleep=_asleep(states),
    )


def _current(state: State | None) -> tuple[float | None, float, float]:
    """Return what a car lets itself draw, and the least and most that can be set to."""
    if state is None or (to_a := _number(state.attributes.get(ATTR_MAX))) is None:
        return None, 0.0, 0.0
    from_a = _number(state.attributes.get(ATTR_MIN)) or 0.0
    return _number(state.state), from_a, to_a


def _asleep(states: Mapping[Role, State]) -> bool | None:
    """Return whether a car sleeps: if nothing tells, one that does not tell its charge."""
    if Role.AWAKE in states:
        awake = _on(states[Role.AWAKE])
        return None if awake is None else not awake
    return True if Role.SOC in states and _percent(states[Role.SOC]) is None else None


def _number(said: Any) -> float | None:
    try:
        value = float(said)
    except TypeError, ValueError:
        return None
    return value if isfinite(value) else None


def _km(state: State | None) -> float | None:
    if state is None:
        return None
    unit, value = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT), _number(state.state)
    if value is None or unit not in DistanceConverter.VALID_UNITS:
        return None
    return DistanceConverter.convert(value, unit, UnitOfLength.KILOMETERS)
