"""What happens on the bus and what is made of it: units, ports, limits, sun, energy."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any
from unittest.mock import patch

from homeassistant.const import CONF_PORT, STATE_OFF, STATE_ON, STATE_UNAVAILABLE
from homeassistant.exceptions import ConfigEntryNotReady
import pytest

from custom_components.twcmanager.bus.master import Master
from custom_components.twcmanager.bus.status import StopLessons, StopMethod
from custom_components.twcmanager.charging.controller import Controller
from custom_components.twcmanager.const import (
    CONF_CIRCUIT_LIMIT,
    CONF_UNIT_LIMITS,
    SIMULATOR_PORT,
)
from custom_components.twcmanager.simulator import EU_3_PHASE

from .garage import FIRST, GRID, SECOND, Garage, grid_sources, unit


def _said(caplog: pytest.LogCaptureFixture, text: str) -> int:
    """Return how often something was logged."""
    return sum(text in record.getMessage() for record in caplog.records)


# --- units come and go ----------------------------------------------------------------


async def test_silent_unit(
    open_garage: Garage, caplog: pytest.LogCaptureFixture
) -> None:
    """A silent unit is unavailable, its settings are not, and the other is as before."""
    garage = open_garage

    garage.site.faults.silent_units = frozenset({0})
    await garage.until(lambda: garage.available == {SECOND})

    for key in "status", "current", "power", "vehicle_connected":
        assert garage.value(key, FIRST) == STATE_UNAVAILABLE
        assert garage.value(key, SECOND) != STATE_UNAVAILABLE
    assert garage.value("charging_mode", FIRST) == "fast"
    assert garage.value("charge_current_limit", FIRST) == "32.0"

    garage.site.faults.silent_units = frozenset()
    await garage.until_met()

    assert garage.value("status", FIRST) != STATE_UNAVAILABLE
    await garage.seconds(5)
    assert _said(caplog, f"Wall Connector {FIRST} is silent") == 1
    assert _said(caplog, f"Wall Connector {FIRST} is back") == 1
    assert _said(caplog, SECOND) == 0


async def test_unit_with_new_id(
    open_garage: Garage, caplog: pytest.LogCaptureFixture
) -> None:
    """A unit that had to change its id keeps its device, its settings and its peace."""
    garage = open_garage
    await garage.call("select.select_option", "charging_mode", FIRST, option="off")
    device = garage.device(FIRST)
    assert device is not None

    _change_id(garage)
    await garage.until(lambda: garage.snapshots[FIRST].status.unit_id == 0x2222)
    await garage.seconds(40)

    assert garage.available == {FIRST, SECOND}
    same_device = garage.device(FIRST)
    assert same_device is not None
    assert same_device.id == device.id
    assert garage.value("charging_mode", FIRST) == "off"
    assert garage.value("reason", FIRST) == "mode_off"
    assert garage.coordinator.units[FIRST].unit_id == 0x2222
    assert _said(caplog, f"Wall Connector {FIRST}") == 0


async def test_new_id_keeps_the_stop_method(open_garage: Garage) -> None:
    """What stops a car that heeds nothing else is the unit's, not its id's."""
    garage = open_garage
    garage.coordinator.settings.set_unit(FIRST, stop_method=StopMethod.SILENCE)
    with patch.object(Master, "set_stop_method") as set_stop_method:
        _change_id(garage)
        await garage.until(lambda: garage.snapshots[FIRST].status.unit_id == 0x2222)

    set_stop_method.assert_called_once_with(0x2222, StopMethod.SILENCE, StopLessons())


async def test_stop_that_a_car_takes_ill(
    garage: Garage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not stopped like that again, over restarts, unless its owner insists."""
    monkeypatch.setattr("custom_components.twcmanager.bus.aftermath._TAKEN_ILL_S", 60.0)
    garage.site.units[:] = [unit(1, zero_opens_relay=False)]
    car = garage.site.units[0].car
    car.dislikes_hard_cut = True
    await garage.open()
    await garage.until_met()
    choose = "select.select_option"
    garage.coordinator.settings.set_unit(FIRST, stop_method=StopMethod.CONTACTOR)
    await garage.until(lambda: garage.snapshots[FIRST].status.draw_a > 20)
    await garage.call(choose, "charging_mode", FIRST, option="off")
    await garage.until(lambda: car.faulted)
    await garage.call(choose, "charging_mode", FIRST, option="fast")
    await garage.until(lambda: garage.issue("stop_taken_ill"))
    issue = garage.issue("stop_taken_ill")
    assert issue
    assert issue.translation_placeholders == {"bus": "Garage", "units": "1111"}

    await garage.unload()
    car.unplug()
    car.plug_in()
    await garage.set_up()
    await garage.until(lambda: car.drawing)
    assert garage.issue("stop_taken_ill")
    await garage.call(choose, "charging_mode", FIRST, option="off")
    await garage.seconds(30)
    assert car.drawing

    garage.coordinator.settings.set_unit(FIRST, stop_method=StopMethod.CONTACTOR)
    await garage.until(lambda: not car.drawing)
    await garage.until(lambda: not garage.issue("stop_taken_ill"))


def _change_id(garage: Garage) -> None:
    """Let the first unit come back with another id, as after a conflict."""
    changed = garage.site.units[0] = unit(1, unit_id=0x2222)
    changed.power_up(garage.hass.loop.time())


async def test_fourth_unit(garage: Garage) -> None:
    """A bus carries three units: one too many is left alone, and its owner told."""
    garage.site.units[:] = [unit(number) for number in (1, 2, 3, 4)]
    await garage.open()
    await garage.until(lambda: garage.issue("too_many_units"))

    issue = garage.issue("too_many_units")
    assert issue
    assert issue.translation_placeholders
    (left_out,) = [
        each
        for each in garage.site.units
        if f"{each.unit_id:04X}" in issue.translation_placeholders["units"]
    ]
    assert issue.translation_placeholders["bus"] == "Garage"
    await garage.until(lambda: len(garage.available) == 3)
    assert left_out.serial_number not in garage.available
    assert left_out.limit_a == 0

    garage.site.faults.silent_units = frozenset({garage.site.units.index(left_out)})
    await garage.until(lambda: not garage.issue("too_many_units"))


# --- the line -------------------------------------------------------------------------


async def test_port_lost_and_back(
    open_garage: Garage, caplog: pytest.LogCaptureFixture
) -> None:
    """An adapter that is pulled out and put in again is found again."""
    garage = open_garage
    assert garage.value("connected") == STATE_ON

    await garage.port.vanish()
    await garage.until(lambda: garage.value("connected") == STATE_OFF)

    assert garage.value("status", FIRST) == STATE_UNAVAILABLE
    assert garage.value("total_current") == STATE_UNAVAILABLE
    assert garage.value("surplus") != STATE_UNAVAILABLE
    assert garage.value("charging_enabled", FIRST) == STATE_ON
    await garage.seconds(10)

    await garage.port.come_back()
    await garage.until(lambda: garage.value("connected") == STATE_ON)
    await garage.until_met()

    assert garage.value("status", FIRST) != STATE_UNAVAILABLE
    assert garage.value("total_current") != STATE_UNAVAILABLE
    assert garage.coordinator.data.reconnects == 1
    assert _said(caplog, f"{garage.port.url} is lost") == 1
    assert _said(caplog, f"{garage.port.url} is back") == 1
    assert _said(caplog, f"Wall Connector {FIRST} is silent") == 1
    assert _said(caplog, f"Wall Connector {FIRST} is back") == 1


async def test_port_of_another_integration(open_garage: Garage) -> None:
    """A port that an ESPHome device offers may be gone while that is set up anew."""
    garage = open_garage
    with patch("serialx.open_serial_connection", side_effect=ConfigEntryNotReady):
        await garage.port.vanish()
        await garage.until(lambda: not garage.available)
        await garage.seconds(5)

    await garage.port.come_back()
    await garage.until_met()


async def test_garbage(garage: Garage) -> None:
    """Noise and broken messages are counted and otherwise ignored."""
    garage.site.faults.noise_per_s = 4
    garage.site.faults.corrupt_bytes = 0.005
    garage.site.faults.lost_bytes = 0.005
    await garage.open()
    await garage.until_charging()

    await garage.until(
        lambda: (
            garage.coordinator.data.health.checksum_errors
            and garage.coordinator.data.health.noise_bytes
        )
    )

    assert garage.available == {FIRST, SECOND}
    assert garage.coordinator.data.reconnects == 0


async def test_second_master(open_garage: Garage) -> None:
    """Two masters disturb each other: this one keeps silent until the other is gone."""
    garage = open_garage
    garage.site.faults.other_master_id = 0x1234
    await garage.until(lambda: garage.issue("other_master"))
    said = garage.site.bytes_heard

    await garage.seconds(15)

    assert garage.site.bytes_heard == said
    assert garage.issue("other_master")

    garage.site.faults.other_master_id = None
    await garage.until(lambda: not garage.issue("other_master"))
    await garage.until(lambda: garage.site.bytes_heard > said)
    await garage.until_met()


async def test_fault_of_ours_spares_the_bus(
    open_garage: Garage, caplog: pytest.LogCaptureFixture
) -> None:
    """Silent units stop their cars: the conversation goes on whatever else goes wrong."""
    garage = open_garage
    faults: list[Any] = []
    garage.hass.loop.set_exception_handler(lambda _, context: faults.append(context))
    with patch.object(Controller, "tick", side_effect=ValueError("of ours")):
        garage.site.units[0].car.unplug()
        await garage.seconds(5)
    garage.site.units[0].car.plug_in()
    await garage.seconds(5)

    assert faults
    assert garage.available == {FIRST, SECOND}
    assert garage.coordinator.data.reconnects == 0
    caplog.clear()


async def test_conversation_that_fails_begins_anew(
    garage: Garage, caplog: pytest.LogCaptureFixture
) -> None:
    """Should the master ever raise, its cars wait for nobody."""
    await garage.open()
    before = garage.coordinator
    with patch.object(Master, "receive", side_effect=TypeError("of ours")):
        await garage.seconds(3)
    await garage.until(lambda: garage.coordinator is not before)
    await garage.until_met()
    assert "The conversation with the bus failed" in caplog.text
    caplog.clear()


# --- limits ---------------------------------------------------------------------------


async def test_unit_without_limit(garage: Garage) -> None:
    """Who has not told what the wiring carries gets 6 A, and is asked to tell."""
    await garage.open(**{CONF_UNIT_LIMITS: {"1111": 20.0}})
    await garage.until_charging()
    await garage.until(lambda: garage.value("offered_current", FIRST) == "20.0")

    assert garage.value("offered_current", SECOND) == "6.0"
    issue = garage.issue("unit_without_limit")
    assert issue
    assert issue.translation_placeholders == {"bus": "Garage", "units": "1112"}

    garage.change_data(**{CONF_UNIT_LIMITS: {"1111": 20.0, "1112": 10.0}})
    await garage.hass.config_entries.async_reload(garage.entry.entry_id)
    await garage.until_met()

    assert not garage.issue("unit_without_limit")
    await garage.until(lambda: garage.site.units[1].limit_a == 10)


async def test_limits(garage: Garage) -> None:
    """No unit gets more than its rating, and all together no more than the circuit."""
    garage.site.units[0].rating_a = 16.0
    await garage.open(
        **{CONF_UNIT_LIMITS: {"1111": 80.0, "1112": 80.0}, CONF_CIRCUIT_LIMIT: 40.0}
    )
    await garage.until_charging()
    most_a, together_a = [0.0, 0.0], 0.0

    def look() -> bool:
        nonlocal together_a
        limits = [each.limit_a for each in garage.site.units]
        most_a[:] = map(max, most_a, limits, strict=True)
        together_a = max(together_a, sum(limits))
        return limits == [16, 24]

    await garage.until(look)

    assert most_a[0] == 16
    assert together_a == 40
    assert float(garage.state("charge_current_limit", FIRST).attributes["max"]) == 16
    assert float(garage.state("charge_current_limit", SECOND).attributes["max"]) == 32


async def test_no_more_before_it_is_settled(
    garage: Garage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a start, units may still charge on old offers: wait until that is over."""
    monkeypatch.setattr("custom_components.twcmanager.coordinator.SILENT_STOPPED_S", 30)
    opened_at = garage.hass.loop.time()
    await garage.open()
    await garage.until_met()

    assert garage.value("reason", FIRST) == "settling"
    await garage.until_charging()

    assert garage.hass.loop.time() - opened_at > 30


# --- sun ------------------------------------------------------------------------------


@pytest.fixture
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start and stop sooner, and lose patience with the sensor sooner."""
    package = "custom_components.twcmanager"
    monkeypatch.setattr(f"{package}.charging.patience.STOP_WH", 5)
    monkeypatch.setattr(f"{package}.charging.patience.SHORTEST_S", 5)
    monkeypatch.setattr(f"{package}.charging.solar.FIRST_READING_S", 5)
    monkeypatch.setattr(f"{package}.charging.beat.SHORTEST_STALE_S", 20)
    monkeypatch.setattr(f"{package}.charging.beat.SHORTEST_DEAD_S", 40)


@asynccontextmanager
async def sunshine(garage: Garage, sign: int) -> AsyncGenerator[None]:
    """Let the grid sensor report 3 kW of surplus, less what the cars draw."""

    async def shine() -> None:
        while True:
            garage.measure(sign * (garage.site.cars_w - 3000))
            await asyncio.sleep(2)

    sun = asyncio.create_task(shine())
    try:
        yield
    finally:
        sun.cancel()


@pytest.mark.parametrize("export_positive", [False, True])
async def test_sun(garage: Garage, impatience: None, export_positive: bool) -> None:
    """A car follows the sun, goes on while the sensor pauses, and stops if that lasts."""
    garage.site.units.pop()
    garage.entry.add_to_hass(garage.hass)
    garage.change_options(sources=grid_sources(inverted=export_positive))
    async with sunshine(garage, -1 if export_positive else 1):
        await garage.open()
        await garage.until_charging()

        assert garage.value("charging_mode", FIRST) == "solar"
        await garage.until(lambda: garage.value("reason", FIRST) == "following_sun")
        # As near to 3000 W as its steps allow.
        await garage.until(lambda: abs(garage.site.cars_w - 3000) < 150)
        await garage.until(lambda: abs(float(garage.value("surplus")) - 3000) < 200)

    await garage.until(lambda: garage.value("reason", FIRST) == "holding")
    assert garage.site.units[0].car.drawing
    assert not garage.issue("source_silent")

    await garage.until(lambda: garage.value("reason", FIRST) == "no_grid_reading")
    issue = garage.issue("source_silent")
    assert issue
    assert issue.translation_placeholders == {"bus": "Garage", "entities": GRID}
    assert garage.value("surplus") == "unknown"
    await garage.until(lambda: not garage.site.units[0].car.drawing)

    garage.measure(3000 if export_positive else -3000)
    await garage.until(lambda: not garage.issue("source_silent"))
    await garage.until_charging()


async def test_sensor_that_never_was(garage: Garage, impatience: None) -> None:
    """A sensor that does not exist, as after a new name, is something to repair."""
    garage.entry.add_to_hass(garage.hass)
    garage.change_options(sources=grid_sources("sensor.old_name"))
    await garage.open()

    await garage.until(lambda: garage.issue("source_missing"))

    await garage.until_met()
    await garage.until(lambda: garage.value("reason", FIRST) == "no_grid_reading")
    assert not garage.site.units[0].car.drawing


async def test_simulated_home(garage: Garage, impatience: None) -> None:
    """Without any hardware, two cars charge from a sun of their own."""
    garage.entry.add_to_hass(garage.hass)
    garage.change_data(
        **{CONF_PORT: SIMULATOR_PORT, CONF_UNIT_LIMITS: {"4F1A": 32.0, "82C6": 32.0}}
    )
    await garage.set_up()
    port = garage.coordinator.simulator
    assert port is not None
    await garage.until(lambda: garage.available == {FIRST, SECOND})

    await garage.until(lambda: garage.coordinator.data.cars_charging)
    assert not garage.issue("unit_without_limit")
    assert not garage.issue("source_missing")
    await garage.until(lambda: garage.snapshots[FIRST].session_kwh > 0.05)

    assert garage.value("charging_mode", FIRST) == "solar"
    assert float(garage.value("solar_power")) > 1000
    assert float(garage.value("house_power")) > 100
    meter = garage.coordinator.data.home
    assert meter is not None
    assert meter.grid_w is not None
    # What comes from the grid sensor while a decision is made must not count twice.
    delivered_kwh = port.site.units[0].energy_wh / 1000 - 1234
    assert garage.snapshots[FIRST].session_kwh == pytest.approx(delivered_kwh, rel=0.2)

    await garage.unload()
    assert port.gone


# --- energy ---------------------------------------------------------------------------


async def test_session_energy(garage: Garage) -> None:
    """A session lasts from plug to plug, also when the line was lost meanwhile."""
    garage.site.units[:] = [unit(1, volts=EU_3_PHASE)]
    car = garage.site.units[0].car
    car.phases = 3
    await garage.open()
    await garage.until(lambda: garage.snapshots and _session(garage) > 0.05)

    await garage.port.vanish()
    await garage.seconds(35)
    await garage.port.come_back()
    await garage.until_met()
    await garage.until_charging()
    await garage.seconds(5)
    assert _session(garage) > 0.05

    car.unplug()
    await garage.until(lambda: garage.value("vehicle_connected", FIRST) == STATE_OFF)
    assert _session(garage) > 0.05
    assert float(garage.value("session_energy", FIRST)) > 0.05

    car.plug_in()
    await garage.until(lambda: garage.value("vehicle_connected", FIRST) == STATE_ON)
    assert _session(garage) < 0.02
    # It is shown once it is kept.
    await garage.until(lambda: float(garage.value("session_energy", FIRST)) < 0.02)


def _session(garage: Garage) -> float:
    return garage.snapshots[FIRST].session_kwh
