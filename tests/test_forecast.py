"""The sun to come, as the forecasts of the Energy dashboard tell it."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from homeassistant.components.energy.data import async_get_manager
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
    mock_platform,
)

from custom_components.twcmanager import clock
from custom_components.twcmanager.charging.plan import Sun
from custom_components.twcmanager.forecast import SolarForecast

from .garage import FIRST, GRID, Garage, grid_sources
from .test_ready_by import _plan, _ready_in

NOON = dt_util.parse_datetime("2026-06-21T12:00:00+02:00")
assert NOON
START = NOON.timestamp()
HOUR = 3600

type Forecast = Callable[[HomeAssistant, str], Awaitable[Any]]


async def _dashboard(hass: HomeAssistant, *forecasts: Forecast) -> None:
    """Set up an Energy dashboard with some forecasts."""
    entries = []
    for number, forecast in enumerate(forecasts):
        domain = f"sunny_{number}"
        entry = MockConfigEntry(domain=domain)
        entry.add_to_hass(hass)
        entries.append(entry.entry_id)
        platform: Any = SimpleNamespace(async_get_solar_forecast=forecast)
        mock_platform(hass, f"{domain}.energy", platform)
        hass.config.components.add(domain)
    hass.config.components.add("energy")
    manager = await async_get_manager(hass)
    solar = {
        "type": "solar",
        "stat_energy_from": "sensor.sun",
        "config_entry_solar_forecast": [*entries, "gone"],
    }
    await manager.async_update({"energy_sources": [solar]})  # type: ignore[typeddict-item]


def _tells(watt_hours: dict[str, float]) -> Forecast:
    async def forecast(hass: HomeAssistant, entry_id: str) -> Any:
        return {"wh_hours": watt_hours}

    return forecast


async def _asked(hass: HomeAssistant) -> tuple[Sun, ...]:
    forecast = SolarForecast(hass)
    stop = forecast.start()
    await hass.async_block_till_done(wait_background_tasks=True)
    stop()
    return forecast.sun


async def test_all_added_up(hass: HomeAssistant) -> None:
    """Two roofs, one told in halves of an hour; the home has its part first."""
    await _dashboard(
        hass,
        _tells({"2026-06-21T12:00:00+02:00": 3000, "2026-06-21T13:00:00+02:00": 300}),
        _tells({"2026-06-21T10:00:00Z": 500, "2026-06-21T10:30:00Z": 700}),
    )
    assert await _asked(hass) == (Sun(START, START + HOUR, 3800),)


async def test_who_has_nothing_to_say(hass: HomeAssistant) -> None:
    """What fails, or makes no sense, leaves the rest as it is."""

    async def fails(hass: HomeAssistant, entry_id: str) -> Any:
        raise RuntimeError

    async def silent(hass: HomeAssistant, entry_id: str) -> Any:
        return None

    good = {"2026-06-21T12:00:00+02:00": 1400.0}
    bad = {
        "noon": 5000.0,
        "2026-06-31T12:00:00": 5000.0,
        "2026-06-21T13:00:00+02:00": float("nan"),
    }
    await _dashboard(hass, fails, silent, _tells(good | bad))
    assert await _asked(hass) == (Sun(START, START + HOUR, 1000),)


async def test_no_dashboard(hass: HomeAssistant) -> None:
    """Without an Energy dashboard nobody knows, nor with an empty one."""
    assert await _asked(hass) == ()
    hass.config.components.add("energy")
    assert await _asked(hass) == ()


async def test_asked_again(hass: HomeAssistant) -> None:
    """Forecasts change over the day."""
    told = {"2026-06-21T12:00:00+02:00": 1400.0}
    await _dashboard(hass, _tells(told))
    forecast = SolarForecast(hass)
    stop = forecast.start()
    await hass.async_block_till_done(wait_background_tasks=True)

    told["2026-06-21T12:00:00+02:00"] = 2400.0
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=31))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert forecast.sun == (Sun(START, START + HOUR, 2000),)
    stop()


# --- on the wire ----------------------------------------------------------------------


async def _sunny(garage: Garage, watts: float, minutes: int) -> None:
    """Open a garage with a car, a forecast of sun from soon on, and none of it now."""
    garage.site.units.pop()
    garage.entry.add_to_hass(garage.hass)
    garage.change_options(sources=grid_sources())
    garage.measure(500)
    await garage.open()
    await garage.until_met()
    begins = clock.calendar_s() + minutes * 60
    garage.coordinator.forecast.sun = (Sun(begins, begins + 5 * HOUR, watts),)


@pytest.mark.parametrize("watts", [7000, 300])
async def test_waits_for_the_sun(garage: Garage, watts: float) -> None:
    """A car waits for a sun that will do, and starts late if none is worth it."""
    await _sunny(garage, watts, 60)
    await _ready_in(garage, 300, 5)
    await garage.seconds(70)
    garage.measure(500)

    (plan,) = (await _plan(garage)).values()
    assert plan["solar_forecast"]
    solar = sum(each["solar"] for each in plan["slots"])
    assert (solar > 0) is (watts > 1000)
    assert not garage.site.units[0].car.drawing
    assert garage.value("reason", FIRST) != "ready_by"


async def test_sun_that_does_not_come(garage: Garage) -> None:
    """What was forecast for now and is not there is taken from the grid, if it has to be."""
    await _sunny(garage, 9000, 0)
    # All of the time that is left is needed.
    await _ready_in(garage, 60, 30)
    garage.hass.states.async_set(GRID, "500", {"unit_of_measurement": "W"})

    await garage.until(lambda: garage.value("reason", FIRST) == "ready_by")
    await garage.until(lambda: garage.site.units[0].car.draw_a > 20)
