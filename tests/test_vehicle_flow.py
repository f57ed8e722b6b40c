"""Adding a car, and changing what was said of it."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import SOURCE_RECONFIGURE, SOURCE_USER
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.twcmanager.const import (
    CONF_UNIT_LIMITS,
    DOMAIN,
    SUBENTRY_VEHICLE,
)
from custom_components.twcmanager.vehicle_roles import Role

from .cars import Tesla
from .flows import Flow, folded, meet, proposed, submit
from .situation import VIN

pytestmark = pytest.mark.usefixtures("setup_entry", "check_texts")

OTHER_VIN = "5YJ3E1EA7KF000316"


@pytest.fixture
async def entry(hass: HomeAssistant) -> MockConfigEntry:
    """Return the entry of a bus that is set up."""
    entry = MockConfigEntry(
        domain=DOMAIN, data={"port": "/dev/null", CONF_UNIT_LIMITS: {"1111": 32.0}}
    )
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    return entry


async def _add(hass: HomeAssistant, entry: MockConfigEntry) -> Flow:
    flow: Flow = await hass.config_entries.subentries.async_init(
        (entry.entry_id, SUBENTRY_VEHICLE), context={"source": SOURCE_USER}
    )
    assert flow["step_id"] == "user"
    return flow


async def _reconfigure(
    hass: HomeAssistant, entry: MockConfigEntry, subentry_id: str
) -> Flow:
    flow: Flow = await hass.config_entries.subentries.async_init(
        (entry.entry_id, SUBENTRY_VEHICLE),
        context={"source": SOURCE_RECONFIGURE, "subentry_id": subentry_id},
    )
    return flow


def _kept(entry: MockConfigEntry) -> dict[str, Mapping[str, Any]]:
    return {each.title: each.data for each in entry.subentries.values()}


def _vins_offered(flow: Flow) -> list[str]:
    (selector,) = [
        each for key, each in flow["data_schema"].schema.items() if key == "vin"
    ]
    offered: list[str] = selector.config["options"]
    return offered


async def test_from_its_device(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """The device of a VIN that was read is proposed, and tells nearly everything."""
    tesla = Tesla(hass)
    Tesla(hass, OTHER_VIN)
    meet(entry, VIN)

    flow = await _add(hass, entry)
    assert proposed(flow) == {"device_id": tesla.device.id}
    flow = await submit(hass, flow, proposed(flow))
    assert flow["step_id"] == "vehicle"
    found = {role.value: tesla.entity_id(role) for role in tesla.entities}
    assert proposed(flow) == {"name": "Red car", "vin": VIN, "entities": found}
    assert folded(flow) == {"entities": True, "rarely": True}

    flow = await submit(
        hass, flow, {**proposed(flow), "battery_kwh": 75, "phases": "3"}
    )
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    assert _kept(entry) == {"Red car": tesla.data}

    # Who is known is not proposed again.
    assert proposed(await _add(hass, entry)) == {}


async def test_by_hand(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """A car without a device is no more than a name, and what one chooses."""
    hass.states.async_set("input_number.soc", "50")
    meet(entry, VIN, OTHER_VIN)

    flow = await submit(hass, await _add(hass, entry), {})
    assert proposed(flow) == {}
    assert _vins_offered(flow) == [OTHER_VIN, VIN]
    typed = {"name": " Old one ", "vin": f" {VIN.lower()}"}
    by_hand = {"soc": "input_number.soc"}
    await submit(hass, flow, {**typed, "entities": by_hand})

    flow = await submit(hass, await _add(hass, entry), {})
    await submit(hass, flow, {"name": "Scooter", "vin": ""})
    nothing: dict[str, Any] = {"battery_kwh": None, "phases": None, "units": []}
    assert _kept(entry) == {
        "Old one": {"vin": VIN, **nothing, "entities": by_hand},
        "Scooter": {"vin": None, **nothing, "entities": {}},
    }


async def test_vins_of_two_cars(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Which of two is meant, nobody can know."""
    Tesla(hass)
    Tesla(hass, OTHER_VIN)
    meet(entry, VIN, OTHER_VIN)

    assert proposed(await _add(hass, entry)) == {}


async def test_bus_that_is_not_set_up(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """It has read nothing, but cars may be added."""
    await hass.config_entries.async_unload(entry.entry_id)

    flow = await submit(hass, await _add(hass, entry), {})
    assert _vins_offered(flow) == []


async def test_reconfigure(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """What was said is shown, with the names of the day, and can be changed."""
    tesla = Tesla(hass)
    meet(entry, VIN)
    flow = await submit(hass, await _add(hass, entry), {"device_id": tesla.device.id})
    await submit(hass, flow, {**proposed(flow), "battery_kwh": 75, "phases": "3"})
    (subentry_id,) = entry.subentries
    # One that was met, but has no limit yet.
    meet(entry, VIN, **{"1112": 32.0})
    er.async_get(hass).async_update_entity(
        tesla.entity_id(Role.SOC), new_entity_id="sensor.renamed"
    )
    hass.states.async_set("sensor.renamed", "61")

    flow = await _reconfigure(hass, entry, subentry_id)
    shown = proposed(flow)
    assert shown == {
        "name": "Red car",
        "vin": VIN,
        "battery_kwh": 75.0,
        "phases": "3",
        "entities": {role.value: tesla.entity_id(role) for role in tesla.entities},
        "rarely": {"units": []},
    }
    assert shown["entities"]["soc"] == "sensor.renamed"
    del shown["entities"]["location"], shown["battery_kwh"], shown["phases"]
    typed = {**shown, "name": "Blue car", "rarely": {"units": ["1112"]}}
    flow = await submit(hass, flow, typed)

    assert flow["reason"] == "reconfigure_successful"
    entities = {**tesla.data["entities"]}
    del entities["location"]
    assert _kept(entry) == {
        "Blue car": {
            "vin": VIN,
            "battery_kwh": None,
            "phases": None,
            "units": ["1112"],
            "entities": entities,
        }
    }


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({"name": " "}, {"name": "name_missing"}),
        ({"name": "Guest"}, {"name": "name_reserved"}),
        ({"name": "red CAR"}, {"name": "name_taken"}),
        ({"vin": "LRW3E7FS1PC00041"}, {"vin": "vin_malformed"}),
        ({"vin": "LRW3E7FS1PC00O417"}, {"vin": "vin_malformed"}),
        ({"vin": VIN}, {"vin": "vin_taken"}),
        ({"battery_kwh": 0.5}, {"battery_kwh": "battery_out_of_range"}),
        ({"battery_kwh": "nan"}, {"battery_kwh": "battery_out_of_range"}),
    ],
)
async def test_mistakes(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    typed: dict[str, Any],
    errors: dict[str, str],
) -> None:
    """What cannot be meant is asked again."""
    tesla = Tesla(hass)
    flow = await submit(hass, await _add(hass, entry), {"device_id": tesla.device.id})
    await submit(hass, flow, proposed(flow))
    hass.states.async_set("switch.car", "on")

    flow = await submit(hass, await _add(hass, entry), {})
    flow = await submit(hass, flow, {"name": "Other", **typed})
    assert flow["errors"] == errors

    flow = await submit(hass, flow, {"name": "Other"})
    assert flow["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    ("part", "typed", "error"),
    [
        ("entities", {"soc": "sensor.gone"}, "entity_not_found"),
        ("entities", {"soc": "switch.car"}, "wrong_domain"),
        ("entities", {"soc": "sensor.ours"}, "own_entity"),
        ("entities", {"soc": "sensor.range"}, "wrong_unit"),
        ("entities", {"range": "sensor.soc"}, "wrong_unit"),
        ("entities", {"soc": "sensor.red_car_soc"}, "entity_taken"),
        ("rarely", {"departure": "sensor.gone"}, "entity_not_found"),
    ],
)
async def test_mistakes_in_a_folded_part(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    part: str,
    typed: dict[str, str],
    error: str,
) -> None:
    """They are said of the part, which is opened: nothing is shown inside of a folded one."""
    tesla = Tesla(hass)
    flow = await submit(hass, await _add(hass, entry), {"device_id": tesla.device.id})
    await submit(hass, flow, proposed(flow))
    hass.states.async_set("switch.car", "on")
    er.async_get(hass).async_get_or_create(
        "sensor", DOMAIN, "ours", suggested_object_id="ours"
    )
    hass.states.async_set("sensor.ours", "5")
    hass.states.async_set("sensor.range", "250", {"unit_of_measurement": "mi"})
    hass.states.async_set("sensor.soc", "61", {"unit_of_measurement": "%"})

    flow = await submit(hass, await _add(hass, entry), {})
    flow = await submit(hass, flow, {"name": " ", part: typed})
    assert flow["errors"] == {"name": "name_missing", part: error}
    assert flow["description_placeholders"] == {"entity": [*typed.values()][0]}
    assert folded(flow) == {"entities": True, "rarely": True, part: False}
    assert proposed(flow)[part] == typed

    # Two cars may be where the same phone is.
    location = {"location": tesla.entity_id(Role.LOCATION)}
    flow = await submit(hass, flow, {"name": "Other", "entities": location})
    assert flow["type"] is FlowResultType.CREATE_ENTRY


async def test_what_may_be_done(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Only of a car that lets anything be done; nothing unless its owner says so."""
    hass.states.async_set("switch.car", "on")
    flow = await submit(hass, await _add(hass, entry), {})
    charging = {"charging": "switch.car"}
    flow = await submit(hass, flow, {"name": "Red car", "entities": charging})
    assert flow["step_id"] == "control"
    assert proposed(flow) == {"stop_and_start": False}
    await submit(hass, flow, proposed(flow))
    assert _kept(entry)["Red car"]["may"] == {"stop_and_start": False}

    (subentry_id,) = entry.subentries
    hass.states.async_set("number.car", "16")
    hass.states.async_set("button.wake", "unknown")
    flow = await _reconfigure(hass, entry, subentry_id)
    more = {**charging, "current": "number.car", "wake": "button.wake"}
    flow = await submit(hass, flow, {**proposed(flow), "entities": more})
    assert proposed(flow) == {"stop_and_start": False, "wakes_a_day": 0}
    chosen = {"stop_and_start": True, "least_current": 3, "wakes_a_day": 2}
    await submit(hass, flow, chosen)
    flow = await _reconfigure(hass, entry, subentry_id)
    flow = await submit(hass, flow, proposed(flow))
    assert proposed(flow) == chosen
    await submit(hass, flow, proposed(flow))
    assert _kept(entry)["Red car"]["may"] == chosen
