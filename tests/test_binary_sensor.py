"""The binary sensors: is a car there, does it charge, does the port work."""

from typing import Any

from homeassistant.const import STATE_OFF, STATE_ON, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import snapshot_platform
from syrupy.assertion import SnapshotAssertion

from .garage import FIRST, SECOND, Garage
from .situation import situation


async def test_binary_sensors(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    entity_registry: er.EntityRegistry,
    snapshot: SnapshotAssertion,
) -> None:
    """Every binary sensor has its name and its value."""
    async with situation(hass, hass_storage, [Platform.BINARY_SENSOR]) as entry:
        await snapshot_platform(hass, entity_registry, snapshot, entry.entry_id)


async def test_car_comes_and_goes(garage: Garage) -> None:
    """Plug and charge are those of the car."""
    second = garage.site.units[1].car
    second.unplug()
    await garage.open()
    await garage.until(lambda: garage.site.units[0].car.drawing)
    await garage.until(lambda: garage.value("vehicle_connected", SECOND) == STATE_OFF)
    await garage.until(lambda: garage.value("charging", FIRST) == STATE_ON)

    assert garage.value("vehicle_connected", FIRST) == STATE_ON
    assert garage.value("charging", SECOND) == STATE_OFF

    second.plug_in()
    await garage.until(lambda: garage.value("charging", SECOND) == STATE_ON)
    assert garage.value("vehicle_connected", SECOND) == STATE_ON

    garage.site.units[0].car.unplug()
    await garage.until(lambda: garage.value("charging", FIRST) == STATE_OFF)
    await garage.until(lambda: garage.value("vehicle_connected", FIRST) == STATE_OFF)
