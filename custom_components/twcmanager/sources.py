"""HA sensors to signed watts with an age."""

from collections import deque
from collections.abc import Callable
import math
from typing import Final

from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT, UnitOfPower
from homeassistant.core import (
    CALLBACK_TYPE,
    Event,
    EventStateChangedData,
    EventStateReportedData,
    HomeAssistant,
    State,
    callback,
)
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import (
    async_track_state_change_event,
    async_track_state_report_event,
)
from homeassistant.util import dt as dt_util
from homeassistant.util.unit_conversion import PowerConverter

from .charging.model import GridReading

# A source may miss one beat; after a second one its reading is no longer trusted to show
# what is going on, and after some more nothing is decided with it.
_STALE_BEATS: Final = 2.5
_DEAD_BEATS: Final = 5.0
_SHORTEST_STALE_S: Final = 30.0
_SHORTEST_DEAD_S: Final = 120.0
# Cloud sources come every 15 minutes; what is older than this is dead however slow it was.
_LONGEST_DEAD_S: Final = 2700.0
# Until its rhythm has been seen a source is taken for one that comes once a minute.
_FIRST_BEAT_S: Final = 60.0
_BEATS: Final = 8

# No home has more; a sensor that says so has the wrong unit or a fit.
_LARGEST_W: Final = 1_000_000.0


class GridSource:
    """One signed sensor of grid power, as readings that know how old they are."""

    def __init__(
        self,
        hass: HomeAssistant,
        entity_id: str,
        *,
        export_positive: bool,
        on_reading: Callable[[], None],
    ) -> None:
        """Prepare; ``on_reading`` is called at every new reading."""
        self.entity_id = entity_id
        self._hass = hass
        self._sign = -1 if export_positive else 1
        self._on_reading = on_reading
        self._beats: deque[float] = deque(maxlen=_BEATS)
        self._interrupted = False
        self._power_w: float | None = None
        self._at = 0.0

    @callback
    def start(self) -> CALLBACK_TYPE:
        """Follow the sensor. Return how to stop that."""
        if state := self._hass.states.get(self.entity_id):
            self._take(state)

        @callback
        def changed(event: Event[EventStateChangedData]) -> None:
            self._take(event.data["new_state"])

        @callback
        def reported(event: Event[EventStateReportedData]) -> None:
            # A value that has not changed is news too: the meter is alive.
            self._take(event.data["new_state"])

        unsubscribe_changed = async_track_state_change_event(
            self._hass, self.entity_id, changed
        )
        unsubscribe_reported = async_track_state_report_event(
            self._hass, self.entity_id, reported
        )

        @callback
        def stop() -> None:
            unsubscribe_changed()
            unsubscribe_reported()

        return stop

    def _take(self, state: State | None) -> None:
        power_w = None if state is None else power_of(state)
        if state is None or power_w is None:
            # It has nothing to say; the last reading ages.
            self._interrupted = True
            return
        # The wall clock may jump; the loop's does not.
        age_s = (dt_util.utcnow() - state.last_reported).total_seconds()
        at = self._hass.loop.time() - max(age_s, 0.0)
        # How long it was out of order tells nothing about its rhythm.
        if self._power_w is not None and at > self._at and not self._interrupted:
            self._beats.append(at - self._at)
        self._interrupted = False
        self._power_w = power_w * self._sign
        self._at = at
        self._on_reading()

    @property
    def reading(self) -> GridReading | None:
        """Return the latest reading, None if there never was one."""
        if self._power_w is None:
            return None
        at = self._at
        # The slowest beat of late: sources that report changes only pause now and then.
        beat_s = max(self._beats, default=_FIRST_BEAT_S)
        dead_s = min(max(_DEAD_BEATS * beat_s, _SHORTEST_DEAD_S), _LONGEST_DEAD_S)
        return GridReading(
            power_w=self._power_w,
            at=at,
            stale_at=at + min(max(_STALE_BEATS * beat_s, _SHORTEST_STALE_S), dead_s),
            dead_at=at + dead_s,
        )


def power_of(state: State) -> float | None:
    """Return a sensor's power in W, None if it does not tell a plausible one."""
    unit = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)
    try:
        power_w = PowerConverter.convert(float(state.state), unit, UnitOfPower.WATT)
    except ValueError, HomeAssistantError:
        return None
    return power_w if math.isfinite(power_w) and abs(power_w) < _LARGEST_W else None
