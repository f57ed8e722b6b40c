"""The sun to come, as the forecasts of the Energy dashboard tell it."""

from datetime import datetime, timedelta
import math
from typing import Final

from homeassistant.components.energy.data import async_get_manager
from homeassistant.components.energy.types import SolarForecastType
from homeassistant.components.energy.websocket_api import async_get_energy_platforms
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.util import dt as dt_util

from . import clock
from .charging.plan import Sun
from .const import LOGGER

# They are renewed a few times a day.
_EVERY: Final = timedelta(minutes=30)
# What a home takes by itself by day, and cars cannot have.
_HOME_W: Final = 400.0
_HOUR_S: Final = 3600


class SolarForecast:
    """Asks the forecasts that the Energy dashboard uses, all of them added up."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Begin without knowing anything."""
        self._hass = hass
        self.sun: tuple[Sun, ...] = ()
        """What is expected to be left for cars, hour by hour."""

    @callback
    def start(self) -> CALLBACK_TYPE:
        """Ask now and then. Return how to stop that."""
        task = self._hass.async_create_background_task(
            self._ask(dt_util.utcnow()), "twcmanager solar forecast"
        )
        stop = async_track_time_interval(
            self._hass, self._ask, _EVERY, cancel_on_shutdown=True
        )

        @callback
        def stop_all() -> None:
            task.cancel()
            stop()

        return stop_all

    async def _ask(self, now: datetime) -> None:
        """Ask all of them. Whoever has nothing to say leaves the rest as it is."""
        per_hour: dict[int, float] = {}
        for entry_id in await self._entries():
            for hour, watt_hours in _hours(await self._forecast(entry_id)):
                per_hour[hour] = per_hour.get(hour, 0.0) + watt_hours
        self.sun = tuple(
            Sun(hour * _HOUR_S, (hour + 1) * _HOUR_S, watt_hours - _HOME_W)
            for hour, watt_hours in sorted(per_hour.items())
            if watt_hours > _HOME_W
        )

    async def _entries(self) -> list[str]:
        """Return the config entries of all forecasts."""
        if "energy" not in self._hass.config.components:
            return []
        manager = await async_get_manager(self._hass)
        sources = manager.data["energy_sources"] if manager.data else []
        return [
            entry_id
            for source in sources
            if source["type"] == "solar"
            for entry_id in source.get("config_entry_solar_forecast") or ()
        ]

    async def _forecast(self, entry_id: str) -> SolarForecastType | None:
        entry = self._hass.config_entries.async_get_entry(entry_id)
        platforms = await async_get_energy_platforms(self._hass)
        if entry is None or entry.domain not in platforms:
            return None
        try:
            return await platforms[entry.domain](self._hass, entry_id)
        except Exception:  # noqa: BLE001
            # It is somebody else's, and only helps.
            LOGGER.debug("No solar forecast from %s", entry.domain, exc_info=True)
            return None


def _hours(forecast: SolarForecastType | None) -> list[tuple[int, float]]:
    """Return what makes sense of a forecast: hours since the epoch, and Wh of each."""
    hours = []
    for begins, watt_hours in (forecast["wh_hours"] if forecast else {}).items():
        at = clock.seconds_told(begins)
        if at is not None and math.isfinite(watt_hours):
            hours.append((int(at) // _HOUR_S, watt_hours))
    return hours
