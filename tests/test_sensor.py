"""The sensors: what each Wall Connector does and why, and how the bus is."""

from dataclasses import replace
from typing import Any

from homeassistant.components.sensor import SensorStateClass
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import snapshot_platform
from syrupy.assertion import SnapshotAssertion

from custom_components.twcmanager.bus.messages import UnitState
from custom_components.twcmanager.bus_sensors import (
    BUS_SENSORS,
    TwcBusSensorDescription,
)
from custom_components.twcmanager.charging.model import Reason
from custom_components.twcmanager.simulator import EU_3_PHASE, SimulatedCar
from custom_components.twcmanager.unit_sensors import (
    UNIT_SENSORS,
    TwcUnitSensorDescription,
)

from .garage import FIRST, Garage, unit
from .situation import SITUATION, VIN, situation


async def test_sensors(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    entity_registry: er.EntityRegistry,
    snapshot: SnapshotAssertion,
) -> None:
    """Every sensor has its name, its value and its unit."""
    async with situation(hass, hass_storage, [Platform.SENSOR]) as entry:
        await snapshot_platform(hass, entity_registry, snapshot, entry.entry_id)


STATUSES = [
    (UnitState.READY, None, "ready"),
    (UnitState.READY, False, "not_connected"),
    (UnitState.READY, True, "waiting"),
    (UnitState.CHARGING, True, "charging"),
    (UnitState.ERROR, None, "error"),
    (UnitState.STOPPED, True, "paused"),
    (UnitState.WAITING, True, "waiting"),
    (UnitState.BUSY, True, "waiting"),
    (UnitState.RAISING, True, "charging"),
    (UnitState.LOWERING, True, "charging"),
    (UnitState.STARTING, True, "starting"),
    (UnitState.LIMIT_BEING_SET, True, "charging"),
    (UnitState.LIMIT_SET, True, "charging"),
    (UnitState.UNKNOWN, None, "ready"),
]


@pytest.mark.parametrize(("state", "plugged_in", "expected"), STATUSES)
def test_status(state: UnitState, plugged_in: bool | None, expected: str) -> None:
    """Whatever a unit says, its status is one of the options."""
    before = SITUATION.units[FIRST]
    now = replace(
        before, status=replace(before.status, state=state, plugged_in=plugged_in)
    )

    (description,) = [each for each in UNIT_SENSORS if each.key == "status"]

    assert description.value_fn(now) == expected
    assert description.options is not None
    assert expected in description.options


def test_every_state_has_a_status() -> None:
    """No state was forgotten in the table above."""
    assert {state for state, _, _ in STATUSES} == set(UnitState)


def test_counters_are_shown_at_their_own_pace() -> None:
    """What only ever grows is far from its last value soon, and that is no news."""
    # Those of sessions are shown when they are kept, which has a pace of its own.
    descriptions: list[TwcUnitSensorDescription | TwcBusSensorDescription] = [
        *UNIT_SENSORS,
        *BUS_SENSORS,
    ]
    for each in descriptions:
        if each.state_class is SensorStateClass.TOTAL_INCREASING:
            assert (each.dead_band, each.interval_s) == (0, 60)


def test_every_reason_can_be_shown() -> None:
    """The options of the reason are all there are."""
    (description,) = [each for each in UNIT_SENSORS if each.key == "reason"]

    assert description.options == list(Reason)


async def test_charging(garage: Garage) -> None:
    """The values are those of the Wall Connector and its car."""
    car = SimulatedCar(vin=VIN, phases=3, start_delay_s=2, ramp_up_a_per_s=10)
    garage.site.units[:] = [unit(1, volts=EU_3_PHASE, car=car)]
    await garage.open()
    await garage.until_met()
    await garage.until(lambda: garage.value("lifetime_energy", FIRST) != "unknown")
    await garage.until(lambda: garage.value("vin", FIRST) == VIN)
    await garage.until(lambda: float(garage.value("current", FIRST)) > 31)
    await garage.seconds(15)

    draw_a = garage.site.units[0].draw_a
    assert float(garage.value("current", FIRST)) == pytest.approx(draw_a, abs=0.2)
    assert garage.value("offered_current", FIRST) == "32.0"
    assert garage.value("status", FIRST) == "charging"
    assert garage.value("reason", FIRST) == "fast"
    power_w = garage.site.units[0].power_w
    assert float(garage.value("power", FIRST)) == pytest.approx(power_w, rel=0.02)
    assert float(garage.value("session_energy", FIRST)) > 0
    assert float(garage.value("lifetime_energy", FIRST)) == pytest.approx(1234, abs=1)
    assert garage.value("voltage_phase_a", FIRST) == "230"
    assert float(garage.value("total_current")) == pytest.approx(draw_a, abs=0.2)
    assert garage.value("cars_charging") == "1"

    car.unplug()
    await garage.until(lambda: garage.value("status", FIRST) == "not_connected")
    assert garage.value("vin", FIRST) == "unknown"
    assert garage.value("current", FIRST) == "0.0"
    assert garage.value("power", FIRST) == "0"
    assert garage.value("cars_charging") == "0"
