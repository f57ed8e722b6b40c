"""What each vehicle has got, as people see it: on a device of its own."""

from homeassistant.const import ATTR_DEVICE_CLASS, ATTR_UNIT_OF_MEASUREMENT
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest

from custom_components.twcmanager import async_remove_config_entry_device
from custom_components.twcmanager.const import DOMAIN

from .garage import FIRST, SECOND, Garage
from .situation import VIN


@pytest.fixture
async def red(garage: Garage) -> str:
    """Return the id of a car that is known by its VIN; the other one is a guest."""
    garage.site.units[0].car.vin = VIN
    await garage.open()
    await garage.until_met()
    garage.measure(-20_000)
    red = garage.add_vehicle("Red car", vin=VIN)
    await garage.until(lambda: garage.device(red))
    return red


def _kwh(garage: Garage, key: str, who: str | None = None) -> float:
    return float(garage.value(key, who))


async def test_a_car_that_charges(garage: Garage, red: str) -> None:
    """All it gets is shown once it is kept, and goes on after a restart."""
    for key in "vehicle_energy", "vehicle_solar_energy":
        attributes = garage.state(key, red).attributes
        assert attributes["state_class"] == "total_increasing"
        assert attributes[ATTR_DEVICE_CLASS] == "energy"
        assert attributes[ATTR_UNIT_OF_MEASUREMENT] == "kWh"
    await garage.until(lambda: _kwh(garage, "vehicle_energy", red) > 0.2)
    assert (
        _kwh(garage, "vehicle_energy", red)
        < garage.snapshots[FIRST].session_kwh + 0.001
    )

    await garage.unload()
    await garage.set_up()
    await garage.until_met()
    assert _kwh(garage, "vehicle_energy", red) == pytest.approx(
        garage.snapshots[FIRST].session_kwh, abs=0.2
    )

    garage.site.units[0].car.unplug()
    await garage.until(lambda: garage.snapshots[FIRST].charged.last)
    session = garage.snapshots[FIRST].charged.last
    assert session is not None
    await garage.until(
        lambda: _kwh(garage, "vehicle_energy", red) == round(session.energy_kwh, 3)
    )
    assert _kwh(garage, "vehicle_solar_energy", red) == round(session.solar_kwh, 3)


async def test_a_guest(garage: Garage, red: str) -> None:
    """What it took is added to the others' when it leaves; not everybody has guests."""
    assert _kwh(garage, "others_energy") == 0
    await garage.until(lambda: garage.snapshots[SECOND].session_kwh > 0.1)
    assert _kwh(garage, "others_energy") == 0
    garage.site.units[1].car.unplug()
    await garage.until(lambda: garage.snapshots[SECOND].charged.last)
    session = garage.snapshots[SECOND].charged.last
    assert session is not None
    await garage.until(
        lambda: _kwh(garage, "others_energy") == round(session.energy_kwh, 3)
    )


async def test_without_vehicles(open_garage: Garage) -> None:
    """There are no others either."""
    entities = er.async_get(open_garage.hass).entities
    assert not [each for each in entities if "other_vehicles" in each]


async def test_a_new_name(garage: Garage, red: str) -> None:
    """The device is called as the vehicle is."""
    subentry = garage.entry.subentries[red]
    garage.hass.config_entries.async_update_subentry(
        garage.entry, subentry, title="Blue car"
    )

    def name() -> str | None:
        device = garage.device(red)
        return device.name if device else None

    await garage.until(lambda: name() == "Blue car")


async def test_the_device_belongs_to_the_vehicle(garage: Garage, red: str) -> None:
    """It goes with it, and not before."""
    device = garage.device(red)
    assert device is not None
    assert (device.name, device.config_subentry_id) == ("Red car", red)
    assert not await async_remove_config_entry_device(garage.hass, garage.entry, device)
    garage.remove_vehicles()
    await garage.seconds(5)
    assert garage.device(red) is None
    registry = er.async_get(garage.hass)
    assert not registry.async_get_entity_id(
        "sensor", DOMAIN, f"garage_{red}_vehicle_energy"
    )
    # And it may come back as somebody else.
    again = garage.add_vehicle("Red car", vin=VIN)
    await garage.until(lambda: garage.device(again))
    assert dr.async_get(garage.hass).async_get(device.id) is None
