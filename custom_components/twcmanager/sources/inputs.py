"""What each entity said last, when, and when it may be expected to speak again."""

from collections.abc import Callable, Mapping
from typing import Final

from homeassistant.core import (
    CALLBACK_TYPE,
    Event,
    EventStateChangedData,
    EventStateReportedData,
    HomeAssistant,
    State,
    callback,
)
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import (
    async_track_state_change_event,
    async_track_state_report_event,
)
from homeassistant.util import dt as dt_util

from ..charging.beat import Beat
from .values import LASTING, Problem, Quantity, value_of

# What is not there may just be starting, or be set up anew.
PATIENCE_S: Final = 60.0

# Less than this flows where nothing does.
_NOTHING: Final = 1.0


class Input:
    """One entity as a number that knows how old it is."""

    def __init__(self, quantity: Quantity, began_at: float, lines: int) -> None:
        """Begin with nothing heard; how long that lasts counts from now on."""
        self.value: float | None = None
        self.problem: Problem | None = Problem.MISSING
        self.at = began_at
        self.beat = Beat()
        self._quantity = quantity
        self._wrong_since = began_at
        self._lines = lines

    def take(self, state: State | None, now: float) -> bool:
        """Take what the entity says. Return whether that is a reading."""
        value = value_of(state, self._quantity, lines=self._lines)
        if isinstance(value, Problem) or state is None:
            # It has nothing to say; the last reading ages, and an idle one begins to.
            if self.problem is None:
                self._wrong_since = now
                if self.idle:
                    self.at = now
            self.problem = value if isinstance(value, Problem) else Problem.MISSING
            self.beat.interrupt()
            return False
        # The wall clock may jump; the loop's does not.
        age_s = (dt_util.utcnow() - state.last_reported).total_seconds()
        self.at = now - max(age_s, 0.0)
        self.beat.note(self.at)
        self.value = value
        self.problem = None
        return True

    @property
    def idle(self) -> bool:
        """Return whether it says that nothing flows."""
        return self.value is not None and abs(self.value) < _NOTHING

    @property
    def stale_at(self) -> float:
        """Return when what it said no longer says what is going on."""
        return self.at + self.beat.stale_after_s

    @property
    def dead_at(self) -> float:
        """Return when nothing may be decided any more with what it said."""
        return self.at + self.beat.dead_after_s

    def trouble(self, now: float, *, may_be_silent: bool) -> Problem | None:
        """Return what is wrong with it for so long that somebody should know."""
        if self.problem is None:
            return Problem.SILENT if now >= self.dead_at and not may_be_silent else None
        patient = now < self._wrong_since + PATIENCE_S
        lasting = self.problem in LASTING or now >= self.dead_at
        return self.problem if lasting and not patient else None


class Inputs:
    """Follows entities, and tells whenever one of them has news."""

    def __init__(
        self,
        hass: HomeAssistant,
        quantities: Mapping[str, Quantity],
        on_news: Callable[[str], None],
        *,
        lines: int,
    ) -> None:
        """Prepare; ``on_news`` is called with the entity at every new reading of it."""
        self._hass = hass
        self._on_news = on_news
        now = hass.loop.time()
        self._inputs = {
            entity_id: Input(quantity, now, lines)
            for entity_id, quantity in quantities.items()
        }

    def __getitem__(self, entity_id: str) -> Input:
        """Return what is known of an entity."""
        return self._inputs[entity_id]

    @property
    def entity_ids(self) -> frozenset[str]:
        """Return who is followed."""
        return frozenset(self._inputs)

    @callback
    def start(self) -> CALLBACK_TYPE:
        """Follow the entities. Return how to stop that."""
        # All of them before anybody hears of the first.
        readings = [
            entity_id
            for entity_id in self._inputs
            if self._take(entity_id, self._hass.states.get(entity_id))
        ]
        for entity_id in readings:
            self._on_news(entity_id)

        @callback
        def changed(event: Event[EventStateChangedData]) -> None:
            self._heard(event.data["entity_id"], event.data["new_state"])

        @callback
        def reported(event: Event[EventStateReportedData]) -> None:
            # A value that has not changed is news too: the meter is alive.
            self._heard(event.data["entity_id"], event.data["new_state"])

        entity_ids = list(self._inputs)
        unsubscribe_changed = async_track_state_change_event(
            self._hass, entity_ids, changed
        )
        unsubscribe_reported = async_track_state_report_event(
            self._hass, entity_ids, reported
        )

        @callback
        def stop() -> None:
            unsubscribe_changed()
            unsubscribe_reported()

        return stop

    def _heard(self, entity_id: str, state: State | None) -> None:
        if self._take(entity_id, state):
            self._on_news(entity_id)

    def _take(self, entity_id: str, state: State | None) -> bool:
        return self._inputs[entity_id].take(state, self._hass.loop.time())

    def trouble(
        self, entity_id: str, now: float, *, may_be_silent: bool
    ) -> Problem | None:
        """Return what is wrong with an entity for so long that somebody should know."""
        found = self._inputs[entity_id].trouble(now, may_be_silent=may_be_silent)
        if found is Problem.MISSING:
            entry = er.async_get(self._hass).async_get(entity_id)
            if entry is not None:
                # It is known, so it is either not wanted or not loaded.
                return Problem.DISABLED if entry.disabled else Problem.UNAVAILABLE
        return found
