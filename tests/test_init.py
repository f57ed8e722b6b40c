"""An entry's life: set up, unloaded, started again, removed."""

import asyncio
import errno
import itertools
from pathlib import Path
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import ConfigEntries, ConfigEntryState
from homeassistant.const import CONF_PORT, STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import WebSocketGenerator
import serialx

from custom_components.twcmanager import async_remove_config_entry_device
from custom_components.twcmanager.bus.connection import Connection
from custom_components.twcmanager.bus.master import Master
from custom_components.twcmanager.bus.messages import MasterHeartbeat, Message
from custom_components.twcmanager.const import DOMAIN
from custom_components.twcmanager.simulator import SimulatedUnit

from .garage import FIRST, SECOND, Garage, unit


async def _is_free(port: str) -> bool:
    """Return whether nobody holds a port."""
    try:
        await Connection(port, Master(0.0)).check()
    except OSError as err:
        if err.errno != errno.EBUSY:
            raise
        return False
    return True


@pytest.fixture
def heartbeats(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the times at which a unit was sent a heartbeat."""
    times: list[float] = []
    hear = SimulatedUnit.hear

    def note_and_hear(unit: SimulatedUnit, message: Message) -> bytes | None:
        if isinstance(message, MasterHeartbeat) and message.unit_id == unit.unit_id:
            times.append(unit.now)
        return hear(unit, message)

    monkeypatch.setattr(SimulatedUnit, "hear", note_and_hear)
    return times


# --- setting up and unloading ---------------------------------------------------------


async def test_set_up_and_unload(garage: Garage) -> None:
    """The port is the integration's while it is loaded, and not a moment longer."""
    await garage.open()

    assert garage.loaded
    await garage.until_met()
    assert not await _is_free(garage.port.url)

    await garage.unload()

    assert not garage.loaded
    assert await _is_free(garage.port.url)


@pytest.mark.parametrize(
    ("port", "reason"),
    [
        ("{tmp}/absent", "port_missing"),
        ("{tmp}", "port_not_serial"),
        ("/dev/null", "port_not_serial"),
        ("socket://localhost", "port_malformed"),
        ("carrier-pigeon://home", "port_malformed"),
    ],
)
async def test_port_unusable(
    garage: Garage, tmp_path: Path, port: str, reason: str
) -> None:
    """Setting up is tried again later, and the user is told why."""
    port = port.format(tmp=tmp_path)
    garage.entry.add_to_hass(garage.hass)
    garage.change_data(**{CONF_PORT: port})

    assert not await garage.hass.config_entries.async_setup(garage.entry.entry_id)

    assert garage.entry.state is ConfigEntryState.SETUP_RETRY
    assert garage.entry.error_reason_translation_domain == DOMAIN
    assert garage.entry.error_reason_translation_key == reason
    assert garage.entry.error_reason_translation_placeholders == {"port": port}


async def test_port_busy(garage: Garage) -> None:
    """A port that somebody else talks on is left alone until it is free."""
    await garage.port.open()
    garage.entry.add_to_hass(garage.hass)
    _, other = await serialx.open_serial_connection(garage.port.url, baudrate=9600)

    assert not await garage.hass.config_entries.async_setup(garage.entry.entry_id)

    assert garage.entry.state is ConfigEntryState.SETUP_RETRY
    assert garage.entry.error_reason_translation_key == "port_busy"
    other.close()
    await other.wait_closed()
    assert await _is_free(garage.port.url)
    assert await garage.hass.config_entries.async_reload(garage.entry.entry_id)


async def test_failed_set_up_releases_the_port(
    garage: Garage, caplog: pytest.LogCaptureFixture
) -> None:
    """Two masters corrupt a bus: whatever goes wrong, nobody is left talking."""
    await garage.port.open()
    garage.entry.add_to_hass(garage.hass)
    with patch.object(
        ConfigEntries, "async_forward_entry_setups", side_effect=RuntimeError("no luck")
    ):
        assert not await garage.hass.config_entries.async_setup(garage.entry.entry_id)

    assert garage.entry.state is ConfigEntryState.SETUP_ERROR
    assert await _is_free(garage.port.url)
    assert "no luck" in caplog.text
    caplog.clear()


# --- leaving units alone --------------------------------------------------------------


async def test_farewell(garage: Garage) -> None:
    """Nobody watches the circuit after an unload: cars are left with the minimum."""
    await garage.open()
    await garage.until_charging()
    await garage.until(lambda: garage.site.units[0].limit_a > 6)

    await garage.unload()

    assert [each.limit_a for each in garage.site.units] == [6, 6]


async def test_farewell_keeps_what_is_less(garage: Garage) -> None:
    """A car that was offered nothing is not started by an unload."""
    await garage.open()
    await garage.until_charging()
    await garage.call("switch.turn_off", "charging_enabled", FIRST)
    await garage.until(lambda: garage.site.units[0].limit_a == 0)

    await garage.unload()

    assert garage.site.units[0].limit_a == 0


async def test_off_outlives_a_reload(garage: Garage) -> None:
    """A car that is switched off stays so while its master is away, and no relay moves."""
    await garage.open()
    await garage.until_charging()
    await garage.call("switch.turn_off", "charging_enabled", FIRST)
    car = garage.site.units[0].car
    await garage.until(lambda: not car.drawing)
    starts = car.starts

    await garage.unload()
    await garage.set_up()
    await garage.seconds(60)

    assert (car.starts, car.draw_a) == (starts, 0)
    assert garage.site.units[0].relay_cycles == starts


async def test_farewell_when_home_assistant_stops(garage: Garage) -> None:
    """Home Assistant does not unload entries when it stops, it just stops."""
    await garage.open()
    await garage.until_charging()
    await garage.until(lambda: garage.site.units[0].limit_a > 6)

    await garage.hass.async_stop()

    assert [each.limit_a for each in garage.site.units] == [6, 6]
    assert await _is_free(garage.port.url)


async def test_reload_is_short(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    heartbeats: list[float],
    tmp_path: Path,
) -> None:
    """Units miss their master for less than 5 s, in real seconds."""
    hass_storage["twcmanager.garage"] = _kept(unit(1), unit(2))
    garage = Garage(hass, tmp_path / "port")
    await garage.open()
    await garage.until_met()

    assert await hass.config_entries.async_reload(garage.entry.entry_id)
    await garage.until_met()

    pauses = [after - before for before, after in itertools.pairwise(heartbeats)]
    assert 1.5 < max(pauses) < 5
    await garage.close()


# --- starting again -------------------------------------------------------------------


def _kept(*units: SimulatedUnit) -> dict[str, Any]:
    """Return what is on disk after units were met."""
    return {
        "version": 1,
        "minor_version": 1,
        "key": "twcmanager.garage",
        "data": {
            "units": {
                each.serial_number: {
                    "identity": each.serial_number,
                    "unit_id": each.unit_id,
                    "rating_a": each.rating_a,
                    "protocol": each.protocol,
                    "serial_number": each.serial_number,
                    "firmware": each.firmware,
                    "settings": {
                        "mode": "fast",
                        "enabled": True,
                        "charge_limit_a": None,
                        "unstick": False,
                        "stop_method": "offer",
                    },
                }
                for each in units
            },
            "circuit_limit_a": None,
        },
    }


async def test_known_units_are_taken_back_at_once(
    garage: Garage, hass_storage: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A unit that had a master a moment ago does not ask for one, and need not."""
    hass_storage["twcmanager.garage"] = _kept(unit(1), unit(2))
    poll = SimulatedUnit.poll
    monkeypatch.setattr(
        SimulatedUnit, "poll", lambda unit, now: poll(unit, now) and None
    )

    await garage.open()

    assert garage.value("charging_mode", FIRST) == "fast"
    assert garage.value("current", FIRST) == STATE_UNAVAILABLE
    await garage.until_met()
    assert garage.value("current", FIRST) == "0.0"


async def test_what_was_set_outlives_a_restart(garage: Garage) -> None:
    """Settings, limits and the energy of the session are as they were."""
    await garage.open()
    await garage.until_charging()
    await garage.until(lambda: garage.snapshots[FIRST].session_kwh > 0.01)
    await garage.call("select.select_option", "charging_mode", SECOND, option="solar")
    await garage.call("number.set_value", "charge_current_limit", FIRST, value=13)
    await garage.call("number.set_value", "circuit_limit", value=20)
    session_kwh = garage.snapshots[FIRST].session_kwh

    await garage.unload()
    await garage.set_up()

    assert garage.value("charging_mode", FIRST) == "fast"
    assert garage.value("charging_mode", SECOND) == "solar"
    assert garage.value("charge_current_limit", FIRST) == "13.0"
    assert garage.value("charge_current_limit", SECOND) == "32.0"
    assert garage.value("circuit_limit") == "20.0"
    await garage.until_met()
    assert garage.snapshots[FIRST].session_kwh >= session_kwh
    assert garage.site.units[0].car.drawing


# --- devices --------------------------------------------------------------------------


async def test_devices(open_garage: Garage) -> None:
    """The bus is a device, and each Wall Connector on it is one."""
    bus, first, second = (open_garage.device(who) for who in (None, FIRST, SECOND))

    assert bus and first and second
    assert (bus.name, bus.via_device_id) == ("Garage", None)
    for device, who in (first, FIRST), (second, SECOND):
        assert device.name == f"Wall Connector {who[-4:]}"
        assert device.manufacturer == "Tesla"
        assert device.model == "Wall Connector Gen 2"
        assert device.serial_number == who
        assert device.via_device_id == bus.id
    await open_garage.until(
        lambda: (device := open_garage.device(FIRST)) and device.sw_version == "4.5.3.0"
    )
    assert open_garage.coordinator.known_units == {"1111": 32.0, "1112": 32.0}


async def test_unit_without_serial_number(garage: Garage) -> None:
    """Old firmware tells no serial number: the id has to do."""
    garage.site.units[:] = [unit(1, questions=frozenset())]

    await garage.open()
    await garage.until_met()

    device = garage.device("1111")
    assert device is not None
    assert device.name == "Wall Connector 1111"
    assert device.serial_number is None


async def test_only_silent_units_can_be_removed(
    open_garage: Garage, hass_ws_client: WebSocketGenerator
) -> None:
    """Who is on the bus would be back in a moment; who is gone is forgotten for good."""
    garage = open_garage
    assert await async_setup_component(garage.hass, "config", {})
    client = await hass_ws_client(garage.hass)
    devices = {who: garage.device(who) for who in (None, FIRST, SECOND)}

    async def remove(who: str | None) -> bool:
        device = devices[who]
        assert device is not None
        answer = await client.remove_device(device.id)
        return bool(answer["success"])

    assert not await remove(None)
    assert not await remove(FIRST)
    garage.site.faults.silent_units = frozenset({0})
    await garage.until(lambda: garage.available == {SECOND})

    assert await remove(FIRST)

    assert garage.device(FIRST) is None
    assert garage.coordinator.identities == (SECOND,)
    assert not [
        entry
        for entry in er.async_entries_for_config_entry(
            er.async_get(garage.hass), garage.entry.entry_id
        )
        if FIRST in entry.unique_id
    ]
    garage.site.faults.silent_units = frozenset()
    await garage.until(lambda: garage.available == {FIRST, SECOND})
    assert garage.device(FIRST) is not None
    assert garage.value("status", FIRST) != STATE_UNAVAILABLE


async def test_left_over_device_can_be_removed(open_garage: Garage) -> None:
    """A device that nobody stands behind any more is nobody's concern."""
    device = dr.async_get(open_garage.hass).async_get_or_create(
        config_entry_id=open_garage.entry.entry_id, identifiers={(DOMAIN, "garage_old")}
    )

    assert await async_remove_config_entry_device(
        open_garage.hass, open_garage.entry, device
    )


async def test_nothing_can_be_removed_while_not_loaded(open_garage: Garage) -> None:
    """Without a conversation nobody knows who is silent."""
    device = open_garage.device(FIRST)
    assert device is not None
    await open_garage.unload()

    assert not await async_remove_config_entry_device(
        open_garage.hass, open_garage.entry, device
    )


async def test_removed_entry_leaves_nothing(
    open_garage: Garage, hass_storage: dict[str, Any]
) -> None:
    """What was kept on disk goes with the entry."""
    await open_garage.unload()
    assert "twcmanager.garage" in hass_storage

    await open_garage.hass.config_entries.async_remove(open_garage.entry.entry_id)
    await asyncio.sleep(5)

    assert "twcmanager.garage" not in hass_storage
    assert open_garage.device() is None
