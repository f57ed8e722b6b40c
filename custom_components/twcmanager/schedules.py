"""Schedules as their owner has chosen them: entities that are on in some hours of the week."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.core import HomeAssistant

from .charging.schedule import AS_WITHOUT, Action, Rule, Schedule
from .const import CONF_SCHEDULES, SCHEDULE_FOR_ALL
from .silence import Silence

# After a start, calendars need a while to come up.
_PATIENCE_S: Final = 120.0
_OPEN: Final = {STATE_ON: True, STATE_OFF: False}


class Schedules:
    """Tells what applies to each unit at present, and what is wrong with a schedule."""

    def __init__(self, hass: HomeAssistant, options: Mapping[str, Any]) -> None:
        """Take the options."""
        self._hass = hass
        kept: Mapping[str, Any] = options.get(CONF_SCHEDULES) or {}
        self._entities: dict[str, str] = {
            whom: each["entity"] for whom, each in kept.items()
        }
        self._schedules = {
            whom: Schedule(
                Rule(Action(each["inside"]), each["inside_a"]),
                Rule(Action(each["outside"]), each["outside_a"]),
            )
            for whom, each in kept.items()
        }
        self._silence = Silence(_PATIENCE_S)

    def rule(self, wired_as: str) -> Rule:
        """Return what applies to a unit: its own schedule, else the one for all."""
        whom = wired_as if wired_as in self._schedules else SCHEDULE_FOR_ALL
        if whom not in self._schedules:
            return AS_WITHOUT
        open_ = self._open(self._entities[whom])
        return self._schedules[whom].rule(open_=open_)

    def silent(self, now: float) -> list[str]:
        """Return which entities have not told for a while whether it is their time."""
        silent = {each for each in self._entities.values() if self._open(each) is None}
        return self._silence.lasting(silent, now)

    def _open(self, entity_id: str) -> bool | None:
        state = self._hass.states.get(entity_id)
        return _OPEN.get(state.state) if state else None
