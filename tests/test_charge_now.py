"""Charge now, by button and by action, from Home Assistant down to the cars."""

from datetime import datetime
from typing import Any

from homeassistant.const import STATE_UNKNOWN, Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er
import probatio
import pytest
from pytest_homeassistant_custom_component.common import snapshot_platform
from syrupy.assertion import SnapshotAssertion

from custom_components.twcmanager.charging.charge_now import ChargeNow
from custom_components.twcmanager.const import DOMAIN

from .garage import FIRST, SECOND, Garage
from .situation import situation


async def test_buttons(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    entity_registry: er.EntityRegistry,
    snapshot: SnapshotAssertion,
) -> None:
    """Every button has its name."""
    async with situation(hass, hass_storage, [Platform.BUTTON]) as entry:
        await snapshot_platform(hass, entity_registry, snapshot, entry.entry_id)


@pytest.fixture
async def off(garage: Garage) -> Garage:
    """Return a garage whose cars are plugged in, but not to be charged."""
    await garage.open()
    await garage.until_met()
    for who in FIRST, SECOND:
        await garage.call("select.select_option", "charging_mode", who, option="off")
    await garage.until(lambda: not _draws(garage, FIRST) and not _draws(garage, SECOND))
    return garage


def _draws(garage: Garage, who: str) -> float:
    return garage.snapshots[who].status.draw_a


def _left(garage: Garage, who: str = FIRST) -> ChargeNow | None:
    return garage.coordinator.units[who].charge_now


async def _act(garage: Garage, action: str, *who: str | None, **data: Any) -> None:
    devices = [garage.device(each) for each in who or (FIRST,)]
    await garage.hass.services.async_call(
        DOMAIN,
        action,
        {"device_id": [each.id for each in devices if each], **data},
        blocking=True,
    )


async def test_pressed(off: Garage) -> None:
    """One car charges with all the limits allow, until it is told to stop."""
    await off.call("button.press", "charge_now", FIRST)
    await off.until(lambda: _draws(off, FIRST) > 30)
    assert off.value("reason", FIRST) == "charge_now"
    # The mode stays what it is, and counts again later.
    assert off.value("charging_mode", FIRST) == "off"
    assert off.value("reason", SECOND) == "mode_off"
    assert off.value("charge_now_ends", FIRST) == STATE_UNKNOWN
    assert off.value("charge_now_remaining", FIRST) == STATE_UNKNOWN

    await off.call("button.press", "cancel_charge_now", FIRST)
    await off.until(lambda: not _draws(off, FIRST))
    assert off.value("reason", FIRST) == "mode_off"


async def test_until_unplugged(off: Garage) -> None:
    """It was meant for this car, not for the next one."""
    await off.call("button.press", "charge_now", FIRST)
    await off.until(lambda: _draws(off, FIRST) > 5)

    off.site.units[0].car.plugged = False
    await off.until(lambda: off.value("reason", FIRST) != "charge_now")
    off.site.units[0].car.plugged = True
    await off.until(lambda: off.value("vehicle_connected", FIRST) == "on")
    await off.seconds(5)

    assert _left(off) is None
    assert off.value("reason", FIRST) == "mode_off"


async def test_duration_and_amps(off: Garage) -> None:
    """It charges with what was asked for, and ends at its time."""
    await _act(off, "charge_now", FIRST, amps=9, duration={"minutes": 3})
    await off.until(lambda: 8 < _draws(off, FIRST) <= 9)
    ends = datetime.fromisoformat(off.value("charge_now_ends", FIRST)).timestamp()
    left = _left(off)
    assert left
    assert left.ends_at == pytest.approx(ends, abs=1)

    await off.seconds(120)
    assert _draws(off, FIRST) > 8
    await off.until(lambda: not _draws(off, FIRST))
    assert off.value("charge_now_ends", FIRST) == STATE_UNKNOWN
    assert _left(off) is None


async def test_energy(off: Garage) -> None:
    """It ends once so much was charged, and tells how much is to go."""
    await _act(off, "charge_now", FIRST, energy=0.1)
    await off.until(lambda: _draws(off, FIRST) > 30)
    await off.until(lambda: float(off.value("charge_now_remaining", FIRST)) < 0.1)
    before_kwh = off.snapshots[FIRST].session_kwh

    await off.until(lambda: not _draws(off, FIRST))
    assert off.snapshots[FIRST].session_kwh == pytest.approx(0.1, abs=0.02)
    assert off.snapshots[FIRST].session_kwh > before_kwh
    assert off.value("charge_now_remaining", FIRST) == STATE_UNKNOWN


async def test_soc(off: Garage) -> None:
    """It ends once the car says that it is full enough; what tells nothing ends nothing."""
    off.hass.states.async_set("sensor.car", "unavailable")
    await _act(off, "charge_now", FIRST, soc=80, soc_entity="sensor.car")
    await off.until(lambda: _draws(off, FIRST) > 30)
    off.hass.states.async_set("sensor.car", "79", {"unit_of_measurement": "%"})
    await off.seconds(5)
    assert _draws(off, FIRST) > 30

    off.hass.states.async_set("sensor.car", "80", {"unit_of_measurement": "%"})
    await off.until(lambda: not _draws(off, FIRST))
    assert _left(off) is None


async def test_soc_that_nobody_tells(off: Garage) -> None:
    """The car rather charges; who has asked for it hears why it does not end."""
    percent = {"unit_of_measurement": "%"}
    off.hass.states.async_set("sensor.car", "50", percent)
    await _act(off, "charge_now", FIRST, soc=80, soc_entity="sensor.car")
    await off.until(lambda: _draws(off, FIRST) > 30)
    off.hass.states.async_remove("sensor.car")
    await off.seconds(550)
    assert not off.issue("charge_now_blind")
    await off.until(lambda: off.issue("charge_now_blind"))
    assert _draws(off, FIRST) > 30

    off.hass.states.async_set("sensor.car", "70", percent)
    await off.until(lambda: not off.issue("charge_now_blind"))


async def test_several_and_cancelled(off: Garage) -> None:
    """An action may be about several, and takes back what another one asked for."""
    await _act(off, "charge_now", FIRST, SECOND, duration={"hours": 2})
    assert _left(off, FIRST) == _left(off, SECOND) is not None

    await _act(off, "cancel_charge_now", FIRST)
    assert _left(off, FIRST) is None
    assert _left(off, SECOND)

    # The bus means all who are on it.
    await _act(off, "cancel_charge_now", None)
    assert _left(off, SECOND) is None


async def test_off_ends_it(off: Garage) -> None:
    """Whoever chooses off wants it off now; any other mode is for later."""
    await _act(off, "charge_now")
    await off.call("select.select_option", "charging_mode", FIRST, option="solar")
    assert _left(off)

    await off.call("select.select_option", "charging_mode", FIRST, option="off")
    assert _left(off) is None


async def test_the_switch_goes_before(off: Garage) -> None:
    """What is switched off stays off."""
    await off.call("switch.turn_off", "charging_enabled", FIRST)
    await _act(off, "charge_now")
    await off.seconds(3)

    assert off.value("reason", FIRST) == "disabled"
    assert not _draws(off, FIRST)


async def test_restart(off: Garage) -> None:
    """A restart in the middle of it changes nothing, and time passes meanwhile."""
    await _act(off, "charge_now", FIRST, amps=10, energy=0.5, duration={"minutes": 10})
    await off.until(lambda: _draws(off, FIRST) > 9)
    await off.seconds(20)
    before = _left(off)
    assert before

    await off.unload()
    await off.set_up()
    assert _left(off) == before
    await off.until_met()
    await off.until(lambda: _draws(off, FIRST) > 9)

    await off.unload()
    await off.seconds(700)
    await off.set_up()
    # Not even the first tick after it lets the car charge.
    await off.until_met()
    assert _left(off) is None
    assert off.value("reason", FIRST) == "mode_off"


# --- what cannot be -------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        {"amps": 5},
        {"amps": 81},
        {"amps": "nan"},
        {"duration": 0},
        {"duration": {"days": 31}},
        {"energy": 0},
        {"energy": "inf"},
        {"energy": "nan"},
        {"soc": 101, "soc_entity": "sensor.car"},
        {"colour": "red"},
    ],
)
async def test_nonsense(open_garage: Garage, data: dict[str, Any]) -> None:
    """What cannot be meant is refused, and nothing changes."""
    with pytest.raises(probatio.Invalid):
        await _act(open_garage, "charge_now", **data)
    assert _left(open_garage) is None


@pytest.mark.parametrize(
    ("state", "unit"), [(None, None), ("full", None), ("50", "km"), ("150", "%")]
)
async def test_no_state_of_charge(
    open_garage: Garage, state: str | None, unit: str | None
) -> None:
    """Who waits for an entity that never tells how full a car is would wait for ever."""
    if state is not None:
        attributes = {"unit_of_measurement": unit}
        open_garage.hass.states.async_set("sensor.car", state, attributes)
    with pytest.raises(ServiceValidationError) as error:
        await _act(open_garage, "charge_now", soc=80, soc_entity="sensor.car")
    assert error.value.translation_key == "no_state_of_charge"
    assert _left(open_garage) is None


@pytest.mark.parametrize("data", [{"soc": 80}, {"soc_entity": "sensor.car"}])
async def test_half_a_state_of_charge(
    open_garage: Garage, data: dict[str, Any]
) -> None:
    """Who fills in one field of two is told of the other in words."""
    with pytest.raises(ServiceValidationError) as error:
        await _act(open_garage, "charge_now", **data)
    assert error.value.translation_key == "soc_incomplete"
    assert _left(open_garage) is None


async def test_another_device(off: Garage) -> None:
    """If somebody is meant who is not there, nothing is done for the others either."""
    data = {"device_id": [off.device(FIRST).id, "stranger"]}  # type: ignore[union-attr]
    with pytest.raises(ServiceValidationError) as error:
        await off.hass.services.async_call(DOMAIN, "charge_now", data, blocking=True)
    assert error.value.translation_key == "service_device_not_found"
    assert _left(off) is None


async def test_not_loaded(open_garage: Garage) -> None:
    """Who is asked while nobody is there to do it hears so."""
    await open_garage.unload()
    with pytest.raises(ServiceValidationError) as error:
        await _act(open_garage, "charge_now")
    assert error.value.translation_key == "service_config_entry_not_loaded"
