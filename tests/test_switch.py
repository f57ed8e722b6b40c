"""The switches: may a unit charge at all, may a stuck car be woken."""

from typing import Any

from homeassistant.const import STATE_OFF, STATE_ON, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import snapshot_platform
from syrupy.assertion import SnapshotAssertion

from .garage import FIRST, SECOND, Garage
from .situation import situation


async def test_switches(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    entity_registry: er.EntityRegistry,
    snapshot: SnapshotAssertion,
) -> None:
    """Every switch has its name and its value."""
    async with situation(hass, hass_storage, [Platform.SWITCH]) as entry:
        await snapshot_platform(hass, entity_registry, snapshot, entry.entry_id)


async def test_charging_on_the_wire(garage: Garage) -> None:
    """Switching off stops the car, switching on starts it again."""
    await garage.open()
    await garage.until_charging()

    await garage.call("switch.turn_off", "charging_enabled", FIRST)
    assert garage.value("charging_enabled", FIRST) == STATE_OFF
    await garage.until(lambda: garage.site.units[0].limit_a == 0)
    await garage.until(lambda: not garage.site.units[0].car.drawing)
    assert garage.value("reason", FIRST) == "disabled"
    assert garage.value("charging_enabled", SECOND) == STATE_ON

    await garage.call("switch.turn_on", "charging_enabled", FIRST)
    assert garage.value("charging_enabled", FIRST) == STATE_ON
    await garage.until(lambda: garage.site.units[0].car.drawing)


async def test_change_while_silent(open_garage: Garage) -> None:
    """What its owner wants of a silent unit counts as soon as it is back."""
    garage = open_garage
    garage.site.faults.silent_units = frozenset({0})
    await garage.until(lambda: garage.available == {SECOND})

    await garage.call("switch.turn_off", "charging_enabled", FIRST)

    assert garage.value("charging_enabled", FIRST) == STATE_OFF
    garage.site.faults.silent_units = frozenset()
    await garage.until_met()
    assert garage.value("reason", FIRST) == "disabled"


async def test_unstick(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    entity_registry: er.EntityRegistry,
) -> None:
    """Waking a stuck car is the owner's choice."""
    async with situation(hass, hass_storage, [Platform.SWITCH]) as entry:
        entity_id = entity_registry.async_get_entity_id(
            "switch", "twcmanager", f"garage_{SECOND}_unstick"
        )
        for service, unstick in ("turn_on", True), ("turn_off", False):
            await hass.services.async_call(
                "switch", service, {"entity_id": entity_id}, blocking=True
            )
            assert entry.runtime_data.units[SECOND].settings.unstick is unstick


async def test_whole_amps(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    entity_registry: er.EntityRegistry,
) -> None:
    """Hundredths of an amp are too fine for some cars."""
    async with situation(hass, hass_storage, [Platform.SWITCH]) as entry:
        entity_id = entity_registry.async_get_entity_id(
            "switch", "twcmanager", "garage_whole_amps"
        )
        assert entity_id is not None
        for service, whole in ("turn_on", True), ("turn_off", False):
            await hass.services.async_call(
                "switch", service, {"entity_id": entity_id}, blocking=True
            )
            assert entry.runtime_data.settings.preferences.whole_amps is whole
            state = hass.states.get(entity_id)
            assert state is not None
            assert state.state == (STATE_ON if whole else STATE_OFF)
