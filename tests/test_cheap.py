"""Charging while electricity is cheap, from Home Assistant down to the cars."""

from typing import Any

import pytest

from custom_components.twcmanager.const import CONF_PRICES

from .garage import FIRST, Garage

PRICE = "sensor.price"


@pytest.fixture
async def priced(garage: Garage) -> Garage:
    """Return a garage whose price is known; its car is to charge with the sun alone."""
    garage.site.units.pop()
    _tell(garage, 0.3)
    garage.entry.add_to_hass(garage.hass)
    prices = {"import_entity": PRICE, "import_price": 0.01, "export_price": None}
    garage.change_options(**{CONF_PRICES: prices})
    await garage.open()
    await garage.until_met()
    await garage.call("select.select_option", "charging_mode", FIRST, option="solar")
    await garage.call("number.set_value", "cheap_price", value=0.1)
    await garage.call("switch.turn_on", "charge_when_cheap")
    return garage


def _tell(garage: Garage, price: Any, unit: str = "EUR/kWh") -> None:
    garage.hass.states.async_set(PRICE, str(price), {"unit_of_measurement": unit})


def _drawing(garage: Garage) -> bool:
    return garage.site.units[0].car.drawing


async def test_cheap(priced: Garage) -> None:
    """A car charges for as long as the price is low, whatever it is told in."""
    await priced.until(lambda: not _drawing(priced))

    _tell(priced, 10, "ct/kWh")
    await priced.until(lambda: _drawing(priced))
    await priced.until(lambda: priced.value("reason", FIRST) == "cheap")

    _tell(priced, 101, "EUR/MWh")
    await priced.until(lambda: not _drawing(priced))


@pytest.mark.parametrize(
    ("price", "unit"), [("unavailable", "EUR/kWh"), (-5, "°C"), ("nan", "EUR/kWh")]
)
async def test_price_that_is_none(priced: Garage, price: Any, unit: str) -> None:
    """What nobody tells is not low, though a price was entered for what is recorded."""
    _tell(priced, 0.05)
    await priced.until(lambda: _drawing(priced))

    _tell(priced, price, unit)
    await priced.until(lambda: not _drawing(priced))


async def test_switched_off(priced: Garage) -> None:
    """Whoever does not want it gets what the mode says; it is kept over a restart."""
    _tell(priced, -0.05)
    await priced.until(lambda: _drawing(priced))
    assert priced.state("cheap_price").attributes["unit_of_measurement"] == "EUR/kWh"

    await priced.call("switch.turn_off", "charge_when_cheap")
    await priced.until(lambda: not _drawing(priced))

    await priced.unload()
    await priced.set_up()
    assert priced.value("charge_when_cheap") == "off"
    assert priced.value("cheap_price") == "0.1"


async def test_no_price_sensor(open_garage: Garage) -> None:
    """Where nobody tells prices nobody is asked."""
    for key in "cheap_price", "charge_when_cheap":
        with pytest.raises(AssertionError):
            open_garage.entity_id(key)
