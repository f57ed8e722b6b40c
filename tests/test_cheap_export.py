"""Sun that earns too little when it is fed in, from Home Assistant down to the cars."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from custom_components.twcmanager.const import CONF_PRICES

from .garage import FIRST, Garage, grid_sources

FEED_IN = "sensor.feed_in"
SUN_W = 500


def _tell(garage: Garage, price: Any, unit: str = "EUR/kWh") -> None:
    garage.hass.states.async_set(FEED_IN, str(price), {"unit_of_measurement": unit})


@pytest.fixture
async def sunny(
    garage: Garage, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[Garage]:
    """Return a garage with less sun than a car starts with, and a price of what is fed in."""
    # Or a car would go on for minutes.
    package = "custom_components.twcmanager"
    monkeypatch.setattr(f"{package}.charging.patience.STOP_WH", 5)
    garage.hass.config.currency = "EUR"
    garage.site.units.pop()
    _tell(garage, 0.08)
    garage.measure(-SUN_W)
    garage.entry.add_to_hass(garage.hass)
    prices = {"export_entity": FEED_IN}
    garage.change_options(**{CONF_PRICES: prices}, sources=grid_sources())
    await garage.open()
    await garage.until_met()

    async def shine() -> None:
        while True:
            garage.measure(round(garage.site.cars_w - SUN_W))
            await asyncio.sleep(1)

    sun = asyncio.create_task(shine())
    await garage.call("select.select_option", "charging_mode", FIRST, option="solar")
    yield garage
    sun.cancel()


def _drawing(garage: Garage) -> bool:
    return garage.site.units[0].car.drawing


async def test_cheap_export(sunny: Garage) -> None:
    """While it earns less than that, what sun there is goes into the car."""
    await sunny.call("number.set_value", "least_export_price", value=0.05)
    await sunny.call("switch.turn_on", "avoid_cheap_export")
    await sunny.until(lambda: sunny.value("reason", FIRST) == "waiting_for_sun")
    assert sunny.value("avoids_export") == "off"
    assert sunny.state("least_export_price").attributes["unit_of_measurement"] == (
        "EUR/kWh"
    )

    _tell(sunny, 4.9, "ct/kWh")
    await sunny.until(lambda: _drawing(sunny))
    assert sunny.value("avoids_export") == "on"

    _tell(sunny, 0.05)
    await sunny.until(lambda: not _drawing(sunny))
    assert sunny.value("avoids_export") == "off"


async def test_price_that_is_none(sunny: Garage) -> None:
    """What nobody tells is not little, and who should tell it is named in the end."""
    await sunny.call("switch.turn_on", "avoid_cheap_export")
    _tell(sunny, -0.01)
    await sunny.until(lambda: _drawing(sunny))

    _tell(sunny, -0.01, "NOK/kWh")
    await sunny.until(lambda: not _drawing(sunny))
    await sunny.until(lambda: sunny.issue("price_no_price"))


async def test_switched_off(sunny: Garage) -> None:
    """Whoever does not want it feeds in as before; it is kept over a restart."""
    _tell(sunny, -0.01)
    await sunny.until(lambda: sunny.value("reason", FIRST) == "waiting_for_sun")
    assert not _drawing(sunny)
    await sunny.call("switch.turn_on", "avoid_cheap_export")
    await sunny.call("number.set_value", "least_export_price", value=-0.02)

    await sunny.unload()
    await sunny.set_up()
    assert sunny.value("avoid_cheap_export") == "on"
    assert sunny.value("least_export_price") == "-0.02"


async def test_nobody_knows_what_it_earns(open_garage: Garage) -> None:
    """Then nobody is asked."""
    for key in "avoids_export", "avoid_cheap_export", "least_export_price":
        with pytest.raises(AssertionError):
            open_garage.entity_id(key)
