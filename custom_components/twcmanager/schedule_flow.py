"""The part of the options flow about schedules: when cars may charge, or shall, and leave."""

from collections.abc import Mapping
import math
from typing import Any, Final

from homeassistant.components.calendar.const import DOMAIN as CALENDAR_DOMAIN
from homeassistant.components.schedule.const import DOMAIN as SCHEDULE_DOMAIN
from homeassistant.components.sensor.const import SensorDeviceClass
from homeassistant.config_entries import ConfigFlowResult, OptionsFlowWithReload
from homeassistant.const import STATE_UNAVAILABLE, UnitOfElectricCurrent
from homeassistant.core import HomeAssistant, split_entity_id
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.selector import (
    EntitySelector,
    EntitySelectorConfig,
    EntityWithDeviceFilterSelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import probatio

from . import clock
from .charging.schedule import Action
from .const import (
    CONF_DEPARTURES,
    CONF_SCHEDULES,
    CONF_UNIT_LIMITS,
    LARGEST_LIMIT_A,
    MINIMUM_LIMIT_A,
    SCHEDULE_FOR_ALL,
)
from .departure_times import Says, departure_told
from .forms import Errors, Fields
from .targets import unit_choices
from .vehicle_roles import CHOICES, Role

type _Schedule = dict[str, Any]

_WHOM: Final = "whom"
_ENTITY: Final = "entity"
_DEPARTURE: Final = "departure"
_PARTS: Final = "inside", "outside"
_HAVE_HOURS: Final = [SCHEDULE_DOMAIN, CALENDAR_DOMAIN]

_AMPS: Final = NumberSelector(
    NumberSelectorConfig(
        mode=NumberSelectorMode.BOX,
        step="any",
        unit_of_measurement=UnitOfElectricCurrent.AMPERE,
    )
)
_ACTIONS: Final = SelectSelector(
    SelectSelectorConfig(
        options=list(Action),
        mode=SelectSelectorMode.DROPDOWN,
        translation_key="schedule_action",
    )
)
# What most people mean by a schedule: cars charge then, and at no other time.
_FIELDS: Final[Fields] = {
    probatio.Optional(_ENTITY): EntitySelector(
        EntitySelectorConfig(
            filter=EntityWithDeviceFilterSelectorConfig(domain=_HAVE_HOURS)
        )
    ),
    probatio.Required("inside", default=Action.MODE): _ACTIONS,
    probatio.Optional("inside_a"): _AMPS,
    probatio.Required("outside", default=Action.OFF): _ACTIONS,
    probatio.Optional("outside_a"): _AMPS,
    probatio.Optional(_DEPARTURE): EntitySelector(
        EntitySelectorConfig(
            filter=[
                EntityWithDeviceFilterSelectorConfig(
                    domain=[
                        each for each in CHOICES[Role.DEPARTURE] if each != "sensor"
                    ]
                ),
                EntityWithDeviceFilterSelectorConfig(
                    domain="sensor", device_class=SensorDeviceClass.TIMESTAMP
                ),
            ]
        )
    ),
}
_SCHEMA: Final = probatio.Schema(_FIELDS)


class ScheduleSteps(OptionsFlowWithReload):
    """Asks for the schedule of all cars, and for those of single Wall Connectors."""

    _whom: str = SCHEDULE_FOR_ALL

    async def async_step_schedules(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask whom the schedule is for, if there is a choice."""
        units = sorted(self.config_entry.data[CONF_UNIT_LIMITS])
        if user_input is not None:
            self._whom = user_input[_WHOM]
        if user_input is not None or len(units) < 2:
            return await self.async_step_schedule()
        everybody = SelectOptionDict(value=SCHEDULE_FOR_ALL, label=SCHEDULE_FOR_ALL)
        whom = SelectSelector(
            SelectSelectorConfig(
                options=[everybody, *unit_choices(self.hass, self.config_entry, units)],
                mode=SelectSelectorMode.LIST,
                translation_key="schedule_whom",
            )
        )
        return self.async_show_form(
            step_id="schedules",
            data_schema=probatio.Schema(
                {probatio.Required(_WHOM, default=SCHEDULE_FOR_ALL): whom}
            ),
        )

    async def async_step_schedule(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the hours, and for what applies inside and outside of them."""
        errors: Errors = {}
        options = self.config_entry.options
        schedules = dict(options.get(CONF_SCHEDULES, {}))
        departures = dict(options.get(CONF_DEPARTURES, {}))
        kept = schedules.pop(self._whom, {}), departures.pop(self._whom, None)
        if user_input is not None:
            schedule, errors = _typed(self.hass, user_input)
            departure, error = _departure(self.hass, user_input.get(_DEPARTURE))
            if error:
                errors[_DEPARTURE] = error
            if not errors:
                # Whoever leaves something out keeps what all others have.
                changed = {
                    CONF_SCHEDULES: schedules | _of(self._whom, schedule),
                    CONF_DEPARTURES: departures | _of(self._whom, departure),
                }
                rest = {k: v for k, v in options.items() if k not in changed}
                given = {key: each for key, each in changed.items() if each}
                return self.async_create_entry(data=rest | given)
        known = {**kept[0], _DEPARTURE: kept[1]}
        typed = user_input or {k: v for k, v in known.items() if v is not None}
        return self.async_show_form(
            step_id="schedule",
            data_schema=self.add_suggested_values_to_schema(_SCHEMA, typed),
            errors=errors,
        )


def _of[T](whom: str, chosen: T | None) -> dict[str, T]:
    """Return what was chosen for somebody, as it is kept."""
    return {} if chosen is None else {whom: chosen}


def _departure(hass: HomeAssistant, named: str | None) -> tuple[str | None, str | None]:
    """Return who tells when a car leaves, and what is wrong with it."""
    if not named:
        return None, None
    entity_id = er.async_resolve_entity_id(er.async_get(hass), named)
    if entity_id is None or (state := hass.states.get(entity_id)) is None:
        return None, "entity_not_found"
    if split_entity_id(entity_id)[0] not in CHOICES[Role.DEPARTURE]:
        return None, "no_departure"
    told = departure_told(state, clock.calendar_s())
    # What is not available now may be so again.
    tells = told.says is not Says.UNKNOWN or state.state == STATE_UNAVAILABLE
    return (entity_id, None) if tells else (None, "no_departure")


def _typed(
    hass: HomeAssistant, typed: Mapping[str, Any]
) -> tuple[_Schedule | None, Errors]:
    """Return the schedule that a filled-in form amounts to, none without an entity."""
    if not typed.get(_ENTITY):
        return None, {}
    # Its id may have been typed, or that of its registration.
    entity_id = er.async_resolve_entity_id(er.async_get(hass), typed[_ENTITY])
    if entity_id is None or hass.states.get(entity_id) is None:
        return None, {_ENTITY: "entity_not_found"}
    if split_entity_id(entity_id)[0] not in _HAVE_HOURS:
        return None, {_ENTITY: "not_a_schedule"}
    schedule: _Schedule = {_ENTITY: entity_id}
    for part in _PARTS:
        amps = f"{part}_a"
        schedule[part] = typed[part]
        fixed = typed[part] == Action.FIXED
        # What is not fixed needs no current, and keeps none.
        schedule[amps] = typed.get(amps) if fixed else None
        if fixed and (error := _amps_error(schedule[amps])):
            return None, {amps: error}
    if all(schedule[part] == Action.MODE for part in _PARTS):
        return None, {_PARTS[1]: "schedule_without_effect"}
    return schedule, {}


def _amps_error(amps_a: float | None) -> str | None:
    if amps_a is None:
        return "current_missing"
    if not math.isfinite(amps_a):
        return "not_a_number"
    within = MINIMUM_LIMIT_A <= amps_a <= LARGEST_LIMIT_A
    return None if within else "current_out_of_range"
