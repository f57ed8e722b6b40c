"""Cars as their own entities tell of them."""

from typing import Any

from homeassistant.config_entries import ConfigSubentryData
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.twcmanager.const import DOMAIN, SUBENTRY_VEHICLE
from custom_components.twcmanager.vehicle_roles import Role
from custom_components.twcmanager.vehicles import Vehicle, Vehicles

from .cars import Tesla
from .garage import FIRST, NO_VEHICLE_DATA, SECOND, Garage
from .situation import VIN


def _subentry(name: str, **data: Any) -> ConfigSubentryData:
    return ConfigSubentryData(
        data={**NO_VEHICLE_DATA, **data},
        subentry_type=SUBENTRY_VEHICLE,
        title=name,
        unique_id=None,
    )


@pytest.fixture
def tesla(hass: HomeAssistant) -> Tesla:
    """Return a car with a device."""
    return Tesla(hass)


@pytest.fixture
def vehicles(hass: HomeAssistant, tesla: Tesla) -> Vehicles:
    """Return the cars of a home with that one alone."""
    entry = MockConfigEntry(
        domain=DOMAIN, subentries_data=[_subentry("Red car", **tesla.data)]
    )
    entry.add_to_hass(hass)
    return Vehicles(hass, entry)


def _only(vehicles: Vehicles) -> Vehicle:
    ((vehicle_id, vehicle),) = vehicles.now().items()
    assert vehicle.id == vehicle_id
    return vehicle


def test_what_a_car_tells(vehicles: Vehicles, tesla: Tesla) -> None:
    """All that it has entities for."""
    car = _only(vehicles)

    assert (car.name, car.vin, car.battery_kwh, car.phases) == ("Red car", VIN, 75.0, 3)
    assert (car.soc, car.charge_limit_soc) == (62.0, 80.0)
    assert (car.plugged, car.home) == (True, True)
    assert car.range_km == pytest.approx(321.9, abs=0.1)
    assert car.entities == {role: tesla.entity_id(role) for role in tesla.entities}


@pytest.mark.parametrize("state", ["unavailable", "unknown", "nonsense", "nan"])
def test_a_car_that_sleeps(vehicles: Vehicles, tesla: Tesla, state: str) -> None:
    """It tells nothing, which is no reason to make anything up."""
    for role in tesla.entities:
        tesla.says(role, state)
    car = _only(vehicles)

    assert (car.soc, car.charge_limit_soc, car.plugged) == (None, None, None)
    assert (car.home, car.range_km) == (None, None)
    assert vehicles.missing(0.0) == vehicles.missing(1000.0) == []


def test_a_range_without_a_unit(
    hass: HomeAssistant, vehicles: Vehicles, tesla: Tesla
) -> None:
    """Nobody knows how far that is."""
    hass.states.async_set(tesla.entity_id(Role.RANGE), "200")
    assert _only(vehicles).range_km is None


def test_a_car_that_is_nothing_but_a_name(hass: HomeAssistant) -> None:
    """It tells nothing either."""
    entry = MockConfigEntry(domain=DOMAIN, subentries_data=[_subentry("Scooter")])
    entry.add_to_hass(hass)
    vehicle = _only(Vehicles(hass, entry))

    assert vehicle == Vehicle(id=vehicle.id, name="Scooter")


@pytest.mark.parametrize(
    ("state", "plugged"),
    [
        ("on", True),
        ("off", False),
        ("Charging", True),
        ("complete", True),
        ("Not connected", False),
        ("disconnected", False),
        ("idle", None),
    ],
)
def test_plugged(
    vehicles: Vehicles, tesla: Tesla, state: str, plugged: bool | None
) -> None:
    """Sensors have many words for it; what is not clear is not known."""
    tesla.says(Role.PLUG, state)
    assert _only(vehicles).plugged is plugged


@pytest.mark.parametrize(
    ("state", "north", "home"),
    [
        ("home", 1.0, True),
        ("not_home", 0.0, False),
        ("Garage", 0.002, True),
        ("Work", 0.1, False),
        ("Work", None, None),
        ("Work", "north", None),
    ],
)
def test_location(
    hass: HomeAssistant,
    vehicles: Vehicles,
    tesla: Tesla,
    state: str,
    north: float | str | None,
    home: bool | None,
) -> None:
    """A zone may lie within the home's; of others, the distance tells."""
    place: dict[str, float | str] = {}
    if north is not None:
        latitude = north if isinstance(north, str) else hass.config.latitude + north
        place = {"latitude": latitude, "longitude": hass.config.longitude}
    tesla.says(Role.LOCATION, state, **place)
    assert _only(vehicles).home is home


@pytest.mark.parametrize(
    ("awake", "soc", "asleep"),
    [
        ("on", "unavailable", False),
        ("off", "62", True),
        ("unavailable", "unavailable", None),
        (None, "unavailable", True),
        (None, "62", None),
    ],
)
def test_asleep(
    hass: HomeAssistant, awake: str | None, soc: str, asleep: bool | None
) -> None:
    """If nothing tells, a car sleeps that does not tell how full it is."""
    hass.states.async_set("sensor.soc", soc, {"unit_of_measurement": "%"})
    entities = {"soc": "sensor.soc"}
    if awake:
        hass.states.async_set("binary_sensor.awake", awake)
        entities["awake"] = "binary_sensor.awake"
    entry = MockConfigEntry(
        domain=DOMAIN, subentries_data=[_subentry("Red car", entities=entities)]
    )
    entry.add_to_hass(hass)
    assert _only(Vehicles(hass, entry)).told.asleep is asleep


@pytest.mark.parametrize(
    ("state", "attributes", "told"),
    [
        ("16", {"min": 5, "max": 32}, (16.0, 5.0, 32.0)),
        ("unavailable", {"min": 5, "max": 32}, (None, 5.0, 32.0)),
        ("nan", {"min": "five", "max": 32}, (None, 0.0, 32.0)),
        # Nobody would know how to put it back.
        ("16", {"min": 5}, (None, 0.0, 0.0)),
    ],
)
def test_current(
    hass: HomeAssistant,
    state: str,
    attributes: dict[str, Any],
    told: tuple[float | None, float, float],
) -> None:
    """What it is, and what it may be set to."""
    hass.states.async_set("number.current", state, attributes)
    entry = MockConfigEntry(
        domain=DOMAIN,
        subentries_data=[_subentry("Red car", entities={"current": "number.current"})],
    )
    entry.add_to_hass(hass)
    said = _only(Vehicles(hass, entry)).told
    assert (said.current_a, said.current_from_a, said.current_to_a) == told


async def test_a_new_name_is_followed(
    hass: HomeAssistant, vehicles: Vehicles, tesla: Tesla
) -> None:
    """An entity may be called anything at any time."""
    er.async_get(hass).async_update_entity(
        tesla.entity_id(Role.SOC), new_entity_id="sensor.renamed"
    )
    hass.states.async_set("sensor.renamed", "61")

    car = _only(vehicles)
    assert car.soc == 61.0
    assert car.entities[Role.SOC] == "sensor.renamed"


async def test_an_entity_that_is_gone(garage: Garage) -> None:
    """Somebody is told, but not while an integration starts; the rest goes on."""
    tesla = Tesla(garage.hass)
    await garage.open()
    garage.add_vehicle("Red car", **tesla.data)
    await garage.until_met()
    assert not garage.issue("vehicle_entity_missing")

    er.async_get(garage.hass).async_remove(tesla.entity_id(Role.SOC))
    garage.hass.states.async_remove("sensor.red_car_soc")
    await garage.seconds(60)
    assert not garage.issue("vehicle_entity_missing")
    await garage.until(lambda: garage.issue("vehicle_entity_missing"))
    issue = garage.issue("vehicle_entity_missing")
    assert issue
    assert issue.translation_placeholders == {
        "bus": "Garage",
        "entities": "Red car (soc)",
    }

    garage.remove_vehicles()
    await garage.until(lambda: not garage.issue("vehicle_entity_missing"))


async def test_somebody_else_controls_the_car(garage: Garage) -> None:
    """Two who follow the sun with one car work against each other."""
    hass = garage.hass
    tesla = Tesla(hass)
    rival = er.async_get(hass).async_get_or_create(
        "switch", "teslemetry", f"{VIN}-charge_on_solar", device_id=tesla.device.id
    )
    hass.states.async_set(rival.entity_id, "off")
    await garage.open()
    garage.add_vehicle("Red car", **tesla.data)
    garage.add_vehicle("Scooter", entities={"charging": "input_boolean.scooter"})
    await garage.until_met()
    await garage.seconds(5)
    assert not garage.issue("vehicle_rival")

    hass.states.async_set(rival.entity_id, "on")
    await garage.until(lambda: garage.issue("vehicle_rival"))
    issue = garage.issue("vehicle_rival")
    assert issue
    assert issue.translation_placeholders == {
        "bus": "Garage",
        "entities": rival.entity_id,
    }
    hass.states.async_set(rival.entity_id, "off")
    await garage.until(lambda: not garage.issue("vehicle_rival"))


async def test_vins_that_were_read(garage: Garage) -> None:
    """They are kept to be offered, also when the car has left."""
    garage.site.units[0].car.vin = VIN
    await garage.open()
    await garage.until(lambda: garage.coordinator.vins_read == {VIN})
    garage.site.units[0].car.unplug()
    await garage.seconds(10)
    assert garage.coordinator.vins_read == {VIN}


# --- on the cable ---------------------------------------------------------------------


def _on_cable(garage: Garage, who: str = FIRST) -> tuple[str, str]:
    return garage.value("vehicle", who), garage.value("vehicle_soc", who)


async def test_without_vehicles(open_garage: Garage) -> None:
    """Nobody is bothered with who might be there; the first car changes that."""
    registry = er.async_get(open_garage.hass)

    def told() -> bool:
        unique_id = f"garage_{FIRST}_vehicle"
        return bool(registry.async_get_entity_id("sensor", DOMAIN, unique_id))

    assert not told()
    open_garage.add_vehicle("Scooter")
    await open_garage.until(told)


async def test_known_by_its_vin(garage: Garage) -> None:
    """The Tesla is known at once, how full it is, and that the other one is a guest."""
    tesla = Tesla(garage.hass)
    garage.site.units[0].car.vin = VIN
    await garage.open()
    garage.add_vehicle("Red car", **tesla.data)
    await garage.until_met()

    await garage.until(lambda: _on_cable(garage) == ("Red car", "62.0"))
    await garage.until(lambda: _on_cable(garage, SECOND) == ("guest", "unknown"))
    assert garage.state("vehicle", FIRST).attributes["options"] == [
        "none",
        "guest",
        "Red car",
    ]

    tesla.says(Role.SOC, "63")
    await garage.until(lambda: _on_cable(garage) == ("Red car", "63.0"))
    garage.site.units[0].car.unplug()
    await garage.until(lambda: _on_cable(garage) == ("none", "unknown"))


async def test_known_by_the_time(garage: Garage) -> None:
    """Of two cars it is the one that says it was plugged in just now."""
    tesla = Tesla(garage.hass)
    tesla.says(Role.PLUG, "off")
    car = garage.site.units[0].car
    car.unplug()
    await garage.open()
    garage.add_vehicle("Other car")
    garage.add_vehicle("Red car", **tesla.data)
    await garage.until_met()
    await garage.until(lambda: _on_cable(garage)[0] == "none")

    car.plug_in()
    await garage.until(lambda: _on_cable(garage)[0] != "none")
    tesla.says(Role.PLUG, "on")
    await garage.until(lambda: _on_cable(garage) == ("Red car", "62.0"))

    # It goes to sleep, and Home Assistant starts anew.
    tesla.says(Role.PLUG, "unavailable")
    await garage.seconds(5)
    await garage.unload()
    await garage.set_up()
    await garage.until(lambda: _on_cable(garage)[0] == "Red car")
    await garage.seconds(60)
    assert _on_cable(garage)[0] == "Red car"
    assert _on_cable(garage, SECOND)[0] == "Other car"

    # Until it is seen to be elsewhere.
    tesla.says(Role.LOCATION, "not_home")
    await garage.until(lambda: _on_cable(garage)[0] != "Red car")


async def test_a_silent_wall_connector(garage: Garage) -> None:
    """Who is on its cable is shown again as soon as it is back."""
    tesla = Tesla(garage.hass)
    garage.site.units[0].car.vin = VIN
    await garage.open()
    garage.add_vehicle("Red car", **tesla.data)
    await garage.until_met()
    await garage.until(lambda: _on_cable(garage)[0] == "Red car")

    garage.site.faults.all_silent = True
    await garage.until(lambda: _on_cable(garage)[0] == "unavailable")
    garage.site.faults.all_silent = False
    await garage.until(lambda: _on_cable(garage)[0] == "Red car")
