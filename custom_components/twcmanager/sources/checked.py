"""The sensors of a home, as far as the cars confirm what they say."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import async_track_entity_registry_updated_event

from ..charging.beat import SHORTEST_DEAD_S
from ..charging.meter_check import MeterCheck, Verdict
from ..charging.model import Connector, GridReading, MainFuse, PowerLimits
from ..const import CONF_PHASES, LOGGER
from .home import HomeSources
from .inputs import PATIENCE_S
from .recipe import Options, renamed
from .values import Problem

# What the Energy dashboard names may still be on its way.
NO_GRID_POWER: Final = "energy_without_power"
SEES_CARS: Final = "meter_sees_cars"

# With any of these, what the meter says would make cars do the wrong thing at full power.
_MISLEADING: Final = {Verdict.INVERTED, Verdict.TOO_SMALL, Verdict.TOO_LARGE}

ISSUES: Final = (
    *Problem,
    *(each for each in Verdict if each.startswith("meter_")),
    NO_GRID_POWER,
    SEES_CARS,
)
"""All that can be wrong; each comes with ``entities``."""


class CheckedSources:
    """Follows sensors and their names, and holds what they say against the cars."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        options: Options,
        *,
        on_reading: Callable[[], None],
    ) -> None:
        """Prepare to follow what the options name."""
        self._hass = hass
        self._entry = entry
        self._options = options
        self._on_reading = on_reading
        self._began_at = hass.loop.time()
        self._check = MeterCheck()
        self._frozen_at: float | None = None
        self._known = True
        self._sources = self._make_sources(None)
        self._stops: list[CALLBACK_TYPE] = []

    # --- life -------------------------------------------------------------------------

    @callback
    def start(self) -> CALLBACK_TYPE:
        """Follow the sensors. Return how to stop that."""
        self._follow()
        return self._unfollow

    def _make_sources(self, before: GridReading | None) -> HomeSources:
        return HomeSources(
            self._hass,
            self._options,
            on_reading=self._on_reading,
            phases=self._entry.data.get(CONF_PHASES, 1),
            before=before,
        )

    def _follow(self) -> None:
        entity_ids = self._sources.entity_ids
        self._stops = [
            self._sources.start(),
            async_track_entity_registry_updated_event(
                self._hass, entity_ids, self._registry_changed
            ),
        ]

    @callback
    def _unfollow(self) -> None:
        for stop in self._stops:
            stop()
        self._stops = []

    @callback
    def _registry_changed(
        self, event: Event[er.EventEntityRegistryUpdatedData]
    ) -> None:
        """Follow an entity that has got another name, now and after the next start."""
        data = event.data
        if data["action"] != "update" or "old_entity_id" not in data:
            return
        old, new = data["old_entity_id"], data["entity_id"]
        options = renamed(self._entry.options, old, new)
        if options != self._entry.options:
            self._hass.config_entries.async_update_entry(self._entry, options=options)
        self._options = renamed(self._options, old, new)
        self._unfollow()
        self._sources = self._make_sources(self._sources.grid)
        self._follow()

    # --- checking ---------------------------------------------------------------------

    @callback
    def watch(self, connectors: Iterable[Connector], now: float) -> None:
        """Look at what the cars draw, and at what the meter says to it."""
        connectors = list(connectors)
        draw_w: float | None = sum(each.draw_w for each in connectors)
        if not all(each.online for each in connectors):
            draw_w = None
        self._check.watch(draw_w, self._sources.grid, now)
        if self.verdict is not Verdict.FROZEN:
            self._frozen_at = None
        elif self._frozen_at is None:
            self._frozen_at = now
        self._log(now)

    def _log(self, now: float) -> None:
        """Say once when there is no reading any more, and once when there is one again."""
        if not self._sources.configured or now < self._began_at + PATIENCE_S:
            return
        known = (grid := self.grid) is not None and grid.counts(now)
        if known != self._known:
            self._known = known
            LOGGER.info(
                "%s: the grid power is %s",
                self._entry.title,
                "known again" if known else "not known any more",
            )

    @property
    def verdict(self) -> Verdict:
        """Return what the cars say about the meter."""
        verdict = self._check.verdict
        # One that does not see them may be still, as that of the sun is by night.
        if verdict is Verdict.FROZEN and not self._sources.preferences_meter_sees_cars:
            return Verdict.UNKNOWN
        return verdict

    # --- what others read -------------------------------------------------------------

    @property
    def configured(self) -> bool:
        """Return whether the grid is to be measured at all."""
        return self._sources.configured

    @property
    def has_battery(self) -> bool:
        """Return whether anything tells of a battery."""
        return self._sources.has_battery

    @property
    def grid(self) -> GridReading | None:
        """Return the latest reading, None if there is none that can be trusted."""
        reading = self._sources.grid
        if reading is None or self.verdict in _MISLEADING:
            return None
        if self._frozen_at is None:
            return reading
        return replace(
            reading,
            stale_at=min(reading.stale_at, self._frozen_at),
            dead_at=min(reading.dead_at, self._frozen_at + SHORTEST_DEAD_S),
        )

    @property
    def meter_sees_cars(self) -> bool:
        """Return whether the grid meter includes the cars.

        That it does not the cars may tell: there is less for them then. That it does only
        its owner may.
        """
        configured = self._sources.preferences_meter_sees_cars
        return configured and self.verdict is not Verdict.BLIND

    @property
    def fuse(self) -> MainFuse | None:
        """Return what goes through the main fuse, None if nobody measures that."""
        return self._sources.fuse

    @property
    def limits(self) -> PowerLimits:
        """Return what others than the wiring allow at present."""
        return self._sources.limits

    def issues(self, now: float) -> Mapping[str, str]:
        """Return what is wrong, and with which entities."""
        wrong: dict[str, Iterable[str]] = {**self._sources.troubles()}
        grid = self._sources.grid_entity_ids
        if self.configured and not grid and now >= self._began_at + PATIENCE_S:
            wrong[NO_GRID_POWER] = ()
        configured = self._sources.preferences_meter_sees_cars
        match self.verdict:
            case Verdict.RIGHT if not configured:
                wrong[SEES_CARS] = grid
            case Verdict.BLIND if not configured:
                pass
            case Verdict.UNKNOWN | Verdict.RIGHT:
                pass
            case verdict:
                wrong[verdict] = grid
        return {
            issue: ", ".join(map(self._named, entities))
            for issue, entities in wrong.items()
        }

    def _named(self, entity_id: str) -> str:
        """Return an entity as people know it."""
        state = self._hass.states.get(entity_id)
        name = state.attributes.get("friendly_name") if state else None
        return f"{name} ({entity_id})" if name else entity_id

    def diagnostics(self) -> dict[str, Any]:
        """Return what was heard of whom, and what the cars say about it."""
        return {"meter": self.verdict, "entities": self._sources.diagnostics()}
