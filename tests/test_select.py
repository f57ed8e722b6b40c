"""The selects: what a unit charges with, and how it is stopped."""

from typing import Any

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import snapshot_platform
from syrupy.assertion import SnapshotAssertion

from custom_components.twcmanager.bus.status import StopMethod
from custom_components.twcmanager.charging.model import BatteryPriority, Sharing

from .garage import FIRST, SECOND, Garage
from .situation import situation


async def test_selects(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    entity_registry: er.EntityRegistry,
    snapshot: SnapshotAssertion,
) -> None:
    """Every select has its name, its value and its options."""
    async with situation(hass, hass_storage, [Platform.SELECT]) as entry:
        await snapshot_platform(hass, entity_registry, snapshot, entry.entry_id)


async def test_mode_on_the_wire(garage: Garage) -> None:
    """A new mode is told at once."""
    await garage.open()
    await garage.until_charging()

    await garage.call("select.select_option", "charging_mode", FIRST, option="off")
    assert garage.value("charging_mode", FIRST) == "off"
    await garage.until(lambda: garage.site.units[0].limit_a == 0)
    await garage.until(lambda: not garage.site.units[0].car.drawing)
    assert garage.value("reason", FIRST) == "mode_off"
    assert garage.site.units[1].car.drawing

    await garage.call("select.select_option", "charging_mode", FIRST, option="fast")
    await garage.until(lambda: garage.site.units[0].car.drawing)
    assert garage.value("charging_mode", SECOND) == "fast"


@pytest.mark.parametrize(
    ("key", "field", "options"),
    [
        (
            "charging_style",
            "steadiness",
            {"sunny": 0.5, "steady": 2.0, "balanced": 1.0},
        ),
        ("sharing", "sharing", {"equal": Sharing.EQUAL, "in_turn": Sharing.IN_TURN}),
        (
            "battery_priority",
            "battery_priority",
            {each.value: each for each in BatteryPriority},
        ),
    ],
)
async def test_preferences(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    key: str,
    field: str,
    options: dict[str, Any],
) -> None:
    """What the owner chooses is decided from at once, and outlasts a restart."""
    async with situation(hass, hass_storage, [Platform.SELECT]) as entry:
        entity_id = er.async_get(hass).async_get_entity_id(
            "select", "twcmanager", f"garage_{key}"
        )
        assert entity_id is not None
        for option, kept in options.items():
            await hass.services.async_call(
                "select",
                "select_option",
                {"entity_id": entity_id, "option": option},
                blocking=True,
            )
            state = hass.states.get(entity_id)
            assert state is not None
            assert state.state == option
            assert getattr(entry.runtime_data.settings.preferences, field) == kept
    assert hass_storage["twcmanager.garage"]["data"]["preferences"][field] == kept


async def test_style_between_styles(
    hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    """A steadiness that has no name shows as the style that comes closest."""
    async with situation(hass, hass_storage, [Platform.SELECT]) as entry:
        entry.runtime_data.settings.prefer(steadiness=1.8)
        entry.runtime_data.async_update_listeners()
        entity_id = er.async_get(hass).async_get_entity_id(
            "select", "twcmanager", "garage_charging_style"
        )
        assert entity_id is not None
        state = hass.states.get(entity_id)
        assert state is not None
        assert state.state == "steady"


async def test_unknown_option(open_garage: Garage) -> None:
    """There are no other modes."""
    with pytest.raises(ServiceValidationError):
        await open_garage.call(
            "select.select_option", "charging_mode", FIRST, option="turbo"
        )


async def test_stop_method_on_the_wire(garage: Garage) -> None:
    """A car that does not heed 0 A is stopped by what its owner chose."""
    garage.site.units.pop()
    (stubborn,) = garage.site.units
    stubborn.zero_opens_relay = False
    await garage.open()
    await garage.until_charging()
    garage.coordinator.settings.set_unit(FIRST, stop_method=StopMethod.CONTACTOR)

    await garage.call("select.select_option", "charging_mode", FIRST, option="off")
    await garage.until(lambda: stubborn.limit_a == 0)
    await garage.seconds(5)
    assert stubborn.car.drawing

    await garage.until(lambda: not stubborn.car.drawing)
