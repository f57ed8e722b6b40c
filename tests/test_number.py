"""The numbers: limits that people change, never above what the wiring carries."""

from dataclasses import asdict
from typing import Any

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import snapshot_platform
from syrupy.assertion import SnapshotAssertion

from custom_components.twcmanager.charging.model import Preferences
from custom_components.twcmanager.const import CONF_CIRCUIT_LIMIT, CONF_UNIT_LIMITS

from .garage import FIRST, SECOND, Garage
from .situation import situation

UNIT = ("charge_current_limit", FIRST)
CIRCUIT = ("circuit_limit", None)


async def test_numbers(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    entity_registry: er.EntityRegistry,
    snapshot: SnapshotAssertion,
) -> None:
    """Every number has its name, its value and its range."""
    async with situation(hass, hass_storage, [Platform.NUMBER]) as entry:
        await snapshot_platform(hass, entity_registry, snapshot, entry.entry_id)


async def test_limits_on_the_wire(garage: Garage) -> None:
    """A new limit is told at once, and counts together with all others."""
    await garage.open()
    await garage.until(lambda: [each.limit_a for each in garage.site.units] == [20, 20])

    await garage.call("number.set_value", *UNIT, value=9.5)
    await garage.until(lambda: garage.site.units[0].limit_a == 9.5)
    assert garage.value("reason", FIRST) == "charge_limit"
    # The other gets what is left.
    await garage.until(lambda: garage.site.units[1].limit_a == 30.5)

    await garage.call("number.set_value", *CIRCUIT, value=16)
    await garage.until(lambda: [each.limit_a for each in garage.site.units] == [8, 8])
    await garage.until(lambda: garage.value("reason", SECOND) == "circuit_limit")
    assert garage.value(*CIRCUIT) == "16.0"
    assert garage.value(*UNIT) == "9.5"


@pytest.mark.parametrize(
    ("number", "value"),
    [(UNIT, 5.5), (UNIT, 32.5), (UNIT, -1), (CIRCUIT, 5), (CIRCUIT, 40.5)],
)
async def test_out_of_range(
    open_garage: Garage, number: tuple[str, str | None], value: float
) -> None:
    """A limit outside of what the wiring carries is refused."""
    before = open_garage.value(*number)

    with pytest.raises(ServiceValidationError, match=r"outside valid range"):
        await open_garage.call("number.set_value", *number, value=value)

    assert open_garage.value(*number) == before


@pytest.mark.parametrize(
    "number",
    [
        UNIT,
        CIRCUIT,
        ("reserve_power", None),
        ("least_solar_share", None),
        ("priority", FIRST),
        ("ready_by_energy", FIRST),
    ],
)
async def test_not_a_number(
    open_garage: Garage, number: tuple[str, str | None]
) -> None:
    """What is not a number is no limit."""
    before = open_garage.value(*number)

    with pytest.raises(ServiceValidationError) as error:
        await open_garage.call("number.set_value", *number, value="nan")

    assert error.value.translation_key == "limit_not_a_number"
    assert open_garage.value(*number) == before


async def test_what_a_car_has_to_tell_for(open_garage: Garage) -> None:
    """Numbers that mean nothing without a vehicle come with the first one."""

    def found() -> list[str]:
        entities = er.async_entries_for_config_entry(
            er.async_get(open_garage.hass), open_garage.entry.entry_id
        )
        keys = [each.translation_key or "" for each in entities]
        return sorted({each for each in keys if each.startswith("ready_by_")})

    assert found() == ["ready_by_energy", "ready_by_time"]
    open_garage.add_vehicle("Scooter")
    usual = ["ready_by_energy", "ready_by_range", "ready_by_soc", "ready_by_time"]
    await open_garage.until(lambda: found() == usual)

    # Who has no car any more is not left with what nobody provides.
    open_garage.remove_vehicles()
    await open_garage.unload()
    await open_garage.set_up()
    assert found() == ["ready_by_energy", "ready_by_time"]


@pytest.mark.parametrize(
    ("key", "value", "field", "kept"),
    [
        ("reserve_power", -500, "reserve_w", -500.0),
        ("least_solar_share", 95, "least_solar_share", 0.95),
        ("battery_first_soc", 35, "battery_first_soc", 35.0),
        ("battery_discharge_soc", 20, "battery_discharge_soc", 20.0),
        # A battery that has to stay full is never discharged.
        ("battery_discharge_soc", 100, "battery_discharge_soc", None),
    ],
)
async def test_preferences(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    key: str,
    value: float,
    field: str,
    kept: float | None,
) -> None:
    """What the owner wants is decided from at once, and outlasts a restart."""
    async with situation(hass, hass_storage, [Platform.NUMBER]) as entry:
        entity_id = er.async_get(hass).async_get_entity_id(
            "number", "twcmanager", f"garage_{key}"
        )
        assert entity_id is not None
        await hass.services.async_call(
            "number",
            "set_value",
            {"entity_id": entity_id, "value": value},
            blocking=True,
        )

        state = hass.states.get(entity_id)
        assert state is not None
        assert float(state.state) == value
        preferences = entry.runtime_data.settings.preferences
        assert getattr(preferences, field) == kept
        # And nothing else has changed.
        first = Preferences(reserve_w=300.0, battery_discharge_soc=70.0)
        assert asdict(preferences) == {**asdict(first), field: kept}
    assert hass_storage["twcmanager.garage"]["data"]["preferences"][field] == kept


async def test_no_battery(open_garage: Garage) -> None:
    """Nobody is asked about a battery that is not there."""
    for key in "battery_first_soc", "battery_discharge_soc", "battery_priority":
        with pytest.raises(AssertionError):
            open_garage.entity_id(key)


async def test_battery_that_is_known_later(open_garage: Garage) -> None:
    """The Energy dashboard may tell of one at any time."""
    garage = open_garage
    sources = {"grid": {"kind": "energy"}, "battery_soc": "sensor.charge"}
    garage.coordinator.follow_sources({"sources": sources})

    await garage.until(
        lambda: garage.hass.states.get("number.garage_battery_first_up_to")
    )
    await garage.seconds(3)
    assert garage.value("battery_priority") == "battery"


async def test_priority(open_garage: Garage) -> None:
    """The owner says whose car comes first."""
    await open_garage.call("number.set_value", "priority", SECOND, value=7)

    assert open_garage.value("priority", SECOND) == "7"
    assert open_garage.value("priority", FIRST) == "0"
    assert open_garage.coordinator.units[SECOND].settings.priority == 7


async def test_all_of_it_stays_all_of_it(open_garage: Garage) -> None:
    """Who wants all that is allowed wants it also when more is allowed one day."""
    garage = open_garage
    for number, most in (UNIT, 32), (CIRCUIT, 40):
        await garage.call("number.set_value", *number, value=10)
        assert garage.value(*number) == "10.0"
        await garage.call("number.set_value", *number, value=most)
        assert float(garage.value(*number)) == most

    garage.site.units[0].rating_a = 48.0
    garage.change_data(
        **{CONF_CIRCUIT_LIMIT: 63.0, CONF_UNIT_LIMITS: {"1111": 24.0, "1112": 16.0}}
    )
    await garage.hass.config_entries.async_reload(garage.entry.entry_id)

    assert garage.value(*CIRCUIT) == "63.0"
    assert garage.value(*UNIT) == "24.0"
    assert float(garage.state(*UNIT).attributes["max"]) == 24
