"""When cars leave: at the same time every day, when an entity says so, or just this once.

An entity may tell a time of the day, one time with its date, or hours in which the car is
away: then it leaves when the next ones begin. So a week is a schedule or a calendar, as Home
Assistant has them anyway.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from homeassistant.components.calendar.const import DOMAIN as CALENDAR_DOMAIN
from homeassistant.components.schedule.const import (
    ATTR_NEXT_EVENT,
    DOMAIN as SCHEDULE_DOMAIN,
)
from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNKNOWN
from homeassistant.core import HomeAssistant, State
from homeassistant.util import dt as dt_util

from . import clock
from .const import CONF_DEPARTURES, SCHEDULE_FOR_ALL
from .store import UnitRecord
from .vehicle_roles import Role
from .vehicles import Vehicle

# After a start, calendars need a while to come up.
_PATIENCE_S: Final = 120.0
# Which attribute tells when the next hours begin, while it is not their time.
_NEXT: Final = {CALENDAR_DOMAIN: "start_time", SCHEDULE_DOMAIN: ATTR_NEXT_EVENT}


class Says(StrEnum):
    """What says when a car leaves, or why nothing does."""

    DAILY = "daily"
    ENTITY = "entity"
    ONCE = "once"
    OVER = "over"
    """What the entity tells is over."""
    AWAY = "away"
    """By the entity it has left; when it does next shows once it is back."""
    NONE = "none"
    """The entity knows of no departure."""
    UNKNOWN = "unknown"
    """The entity cannot be asked at the moment."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """When a car leaves next, as far as that is known."""

    says: Says
    at: float | None = None


class DepartureTimes:
    """Reads when the car at each unit leaves."""

    def __init__(self, hass: HomeAssistant, options: Mapping[str, Any]) -> None:
        """Take the options."""
        self._hass = hass
        self._entities: Mapping[str, str] = options.get(CONF_DEPARTURES) or {}
        self._silent_since: dict[str, float] = {}

    def now(
        self,
        records: Iterable[UnitRecord],
        vehicles: Mapping[str, Vehicle],
        at: float,
    ) -> dict[str, Leaving]:
        """Return when the cars leave that have to be ready, by who the units are."""
        before, self._silent_since = self._silent_since, {}
        leaving = {}
        for record in records:
            once = record.ready_once
            if once is not None and once.ready_at <= at:
                once = record.ready_once = None
            if once is not None:
                leaving[record.identity] = Leaving(Says.ONCE, once.ready_at)
            elif record.settings.ready_by:
                vehicle = vehicles.get(record.vehicle or "")
                leaving[record.identity] = self._usual(record, vehicle, before, at)
        return leaving

    def silent(self, at: float) -> list[str]:
        """Return which entities have not told anything of use for a while."""
        return [
            each
            for each, since in self._silent_since.items()
            if at - since >= _PATIENCE_S
        ]

    def _usual(
        self,
        record: UnitRecord,
        vehicle: Vehicle | None,
        silent_since: Mapping[str, float],
        at: float,
    ) -> Leaving:
        """Return when a car leaves as its entity says, else as it does every day."""
        daily = Leaving(Says.DAILY, next_time(record.settings.ready_by_minute, at))
        entity_id = (
            (vehicle.entities.get(Role.DEPARTURE) if vehicle else None)
            or self._entities.get(record.wired_as)
            or self._entities.get(SCHEDULE_FOR_ALL)
        )
        if entity_id is None:
            return daily
        told = departure_told(self._hass.states.get(entity_id), at)
        if told.says is not Says.UNKNOWN:
            return told
        since = self._silent_since[entity_id] = silent_since.get(entity_id, at)
        # Rather ready too soon than not at all.
        return daily if at - since >= _PATIENCE_S else told


def departure_told(state: State | None, at: float) -> Leaving:
    """Return when a car leaves next after a time, as an entity tells it."""
    if state is None:
        return Leaving(Says.UNKNOWN)
    if state.domain in _NEXT:
        if state.state == STATE_ON:
            return Leaving(Says.AWAY)
        if state.state != STATE_OFF:
            return Leaving(Says.UNKNOWN)
        # Nobody leaves at midnight because it is somebody's birthday.
        if state.attributes.get("all_day"):
            return Leaving(Says.NONE)
        return _told(state.attributes.get(_NEXT[state.domain]), at)
    if state.state == STATE_UNKNOWN:
        return Leaving(Says.NONE)
    told = _told(state.state, at)
    return Leaving(Says.UNKNOWN) if told.says is Says.NONE else told


def _told(value: object, at: float) -> Leaving:
    """Return what a time means: one of the day comes again every day."""
    # A date alone, or a number, is no time.
    if isinstance(value, str) and ":" in value:
        if (daily := dt_util.parse_time(value)) is not None:
            return Leaving(Says.ENTITY, next_time(daily.hour * 60 + daily.minute, at))
    elif not isinstance(value, datetime):
        return Leaving(Says.NONE)
    leaves_at = clock.seconds_told(value)
    if leaves_at is None:
        return Leaving(Says.NONE)
    return Leaving(Says.ENTITY, leaves_at) if leaves_at > at else Leaving(Says.OVER)


def next_time(minute: int, at: float) -> float:
    """Return when it is next so many minutes after midnight, by the clocks of the home."""
    here = dt_util.as_local(dt_util.utc_from_timestamp(at))
    hour, minute = divmod(minute, 60)
    today = here.replace(hour=hour, minute=minute, second=0, microsecond=0, fold=0)
    # By the clock on the wall, which now and then takes 23 or 25 hours.
    if today.timestamp() <= at:
        today += timedelta(days=1)
    return today.timestamp()
