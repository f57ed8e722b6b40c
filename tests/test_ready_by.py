"""Cars that have to be ready, from Home Assistant down to the cars."""

from datetime import datetime, timedelta
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN, Platform
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    snapshot_platform,
)
from syrupy.assertion import SnapshotAssertion

from custom_components.twcmanager import clock
from custom_components.twcmanager.const import (
    CONF_CIRCUIT_LIMIT,
    CONF_CIRCUITS,
    CONF_PRICES_AHEAD,
    CONF_UNIT_LIMITS,
    DOMAIN,
)
from custom_components.twcmanager.vehicle_roles import Role

from .cars import Tesla
from .flows import choose, proposed, submit
from .garage import FIRST, SECOND, Garage
from .situation import VIN, situation

MINUTE = 60
HOUR = 3600
PRICE = "sensor.price"


async def test_times(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    entity_registry: er.EntityRegistry,
    snapshot: SnapshotAssertion,
) -> None:
    """Every time has its name and its value."""
    async with situation(hass, hass_storage, [Platform.TIME]) as entry:
        await snapshot_platform(hass, entity_registry, snapshot, entry.entry_id)


# --- on the wire ----------------------------------------------------------------------


async def _ready_in(garage: Garage, minutes: int, kwh: float, who: str = FIRST) -> None:
    """Say when a car has to be ready with what."""
    at = dt_util.as_local(dt_util.utc_from_timestamp(clock.calendar_s()))
    ready = (at + timedelta(minutes=minutes)).replace(second=0, microsecond=0)
    await garage.call("time.set_value", "ready_by_time", who, time=ready.time())
    await garage.call("number.set_value", "ready_by_energy", who, value=kwh)
    await garage.call("switch.turn_on", "ready_by", who)


async def _open(garage: Garage, **options: Any) -> None:
    garage.entry.add_to_hass(garage.hass)
    garage.change_options(**options)
    await garage.open()
    await garage.until_met()


def _drawing(garage: Garage, who: int = 0) -> bool:
    return garage.site.units[who].car.drawing


async def _plan(garage: Garage, who: str | None = FIRST) -> dict[str, Any]:
    device = garage.device(who)
    assert device
    answer = await garage.hass.services.async_call(
        DOMAIN,
        "get_plan",
        {"device_id": device.id},
        blocking=True,
        return_response=True,
    )
    assert answer
    plans = answer["plans"]
    assert isinstance(plans, dict)
    return plans


async def test_latest_start(garage: Garage) -> None:
    """Without prices a car waits, starts late, is ready in time, and says all that."""
    garage.site.units.pop()
    await _open(garage)
    await _ready_in(garage, 40, 0.5)
    await garage.until(lambda: garage.value("reason", FIRST) == "planned_later")
    await garage.until(lambda: not _drawing(garage))

    (plan,) = (await _plan(garage)).values()
    assert plan["based_on"] == "latest_start"
    assert plan["prices_until"] is None
    assert plan["energy_missing"] == 0
    assert 0 < plan["energy_needed"] <= 0.5
    state = garage.state("planned_start", FIRST)
    assert state.attributes["slots"] == plan["slots"]
    assert state.attributes["ready_at"] == plan["ready_at"]
    begins = datetime.fromisoformat(plan["slots"][0]["start"]).timestamp()
    assert datetime.fromisoformat(state.state).timestamp() == begins

    await garage.seconds(max(0, begins - clock.calendar_s() - 60))
    assert not _drawing(garage)
    for _ in range(5):
        if not _drawing(garage):
            await garage.seconds(200)
    assert _drawing(garage)
    assert garage.value("reason", FIRST) == "ready_by"

    for _ in range(5):
        if _drawing(garage):
            await garage.seconds(200)
    assert not _drawing(garage)
    assert garage.snapshots[FIRST].charged.session_kwh >= 0.44
    ready = datetime.fromisoformat(plan["ready_at"]).timestamp()
    assert clock.calendar_s() < ready
    assert garage.value("planned_start", FIRST) == STATE_UNKNOWN


async def test_cheapest(garage: Garage) -> None:
    """With prices a car waits for the cheap ones."""
    garage.site.units.pop()
    now = clock.calendar_s()
    prices = [
        {"start": _iso(now + start), "end": _iso(now + end), "value": value}
        for start, end, value in (
            (-HOUR, 10 * MINUTE, 0.4),
            (10 * MINUTE, 30 * MINUTE, 0.1),
            (30 * MINUTE, 9 * HOUR, 0.3),
        )
    ]
    garage.hass.states.async_set(PRICE, "0.4", {"raw_today": prices})
    await _open(garage, **{CONF_PRICES_AHEAD: [PRICE]})
    await _ready_in(garage, 240, 0.5)
    await garage.until(lambda: not _drawing(garage))

    (plan,) = (await _plan(garage)).values()
    assert plan["based_on"] == "prices"
    known_until = datetime.fromisoformat(plan["prices_until"]).timestamp()
    assert known_until == pytest.approx(now + 9 * HOUR, abs=1)
    await garage.seconds(max(0, now + 9 * MINUTE - clock.calendar_s()))
    assert not _drawing(garage)
    await garage.until(lambda: _drawing(garage))
    assert now + 10 * MINUTE <= clock.calendar_s() < now + 15 * MINUTE


async def test_too_late(garage: Garage) -> None:
    """Who cannot be ready in time charges at once, and the plan tells what is missing."""
    await _open(garage)
    await _ready_in(garage, 20, 50)
    await garage.until(lambda: garage.site.units[0].car.draw_a > 15)

    plan = (await _plan(garage))["1111"]
    assert plan["energy_missing"] > 40
    # Who has no departure has no plan.
    assert list(await _plan(garage, None)) == ["1111"]
    assert await _plan(garage, SECOND) == {}


async def test_sub_panel(garage: Garage) -> None:
    """Nobody plans for more than a sub-panel carries."""
    panel = {"name": "Shed", "limit": 16.0, "units": ["1111", "1112"]}
    await garage.open(**{CONF_CIRCUITS: [panel]})
    await garage.until_met()
    for who in FIRST, SECOND:
        await _ready_in(garage, 60, 50, who)
    await garage.until(lambda: _drawing(garage))

    together: dict[str, float] = {}
    for plan in (await _plan(garage, None)).values():
        for slot in plan["slots"]:
            start = slot["start"]
            together[start] = together.get(start, 0.0) + slot["current"]
    assert max(together.values()) == pytest.approx(16, abs=0.2)


async def test_state_of_charge(garage: Garage) -> None:
    """A car that tells how full it is gets what is missing, from wherever it comes."""
    tesla = Tesla(garage.hass)
    garage.site.units[0].car.vin = VIN
    await garage.open()
    garage.add_vehicle("Red car", **tesla.data)
    await garage.until_met()
    await _ready_in(garage, 600, 1)
    await garage.until(lambda: garage.value("vehicle", FIRST) == "Red car")
    await garage.seconds(5)
    assert (await _plan(garage))["1111"]["energy_needed"] <= 1

    tesla.says(Role.SOC, "50")
    await garage.call("number.set_value", "ready_by_soc", FIRST, value=60)
    await garage.seconds(5)
    battery_kwh = tesla.data["battery_kwh"]
    needed_kwh = (await _plan(garage))["1111"]["energy_needed"]
    assert needed_kwh == pytest.approx(0.1 * battery_kwh / 0.9, abs=0.01)

    tesla.says(Role.SOC, "60")
    await garage.seconds(5)
    assert (await _plan(garage))["1111"]["energy_needed"] == 0
    # 0 is no state of charge to leave with.
    await garage.call("number.set_value", "ready_by_soc", FIRST, value=0)
    assert garage.coordinator.units[FIRST].settings.ready_by_soc is None


async def _red_car(garage: Garage) -> Tesla:
    """Return a car of which is known how full it is, on the first cable."""
    tesla = Tesla(garage.hass)
    garage.site.units[0].car.vin = VIN
    await garage.open()
    garage.add_vehicle("Red car", **tesla.data)
    await garage.until_met()
    await garage.until(lambda: garage.value("vehicle", FIRST) == "Red car")
    return tesla


async def test_range(garage: Garage) -> None:
    """A car that tells how far it comes can be asked for that: in km, whatever it tells."""
    tesla = await _red_car(garage)
    tesla.says(Role.SOC, "50")
    tesla.says(Role.RANGE, "200", unit_of_measurement="km")
    await _ready_in(garage, 600, 1)
    await garage.call("number.set_value", "ready_by_range", FIRST, value=240)
    await garage.seconds(5)
    plan = (await _plan(garage))["1111"]
    assert plan["energy_needed"] == pytest.approx(0.1 * 75 / 0.9, abs=0.01)
    assert plan["state_of_charge"] == 50

    # Without it, the energy that was set.
    await garage.call("number.set_value", "ready_by_range", FIRST, value=0)
    await garage.seconds(5)
    assert (await _plan(garage))["1111"]["energy_needed"] <= 1


async def test_more_than_the_car_allows(garage: Garage) -> None:
    """It gets what it takes, and its owner is told why it is not more."""
    tesla = await _red_car(garage)
    tesla.says(Role.SOC, "50")
    tesla.says(Role.CHARGE_LIMIT, "60")
    await _ready_in(garage, 600, 1)
    await garage.call("number.set_value", "ready_by_soc", FIRST, value=90)
    await garage.until(lambda: garage.issue("target_above_limit"))
    issue = garage.issue("target_above_limit")
    assert issue
    assert issue.translation_placeholders == {"bus": "Garage", "entities": "Red car"}
    plan = (await _plan(garage))["1111"]
    assert plan["energy_needed"] == pytest.approx(0.1 * 75 / 0.9, abs=0.1)

    tesla.says(Role.CHARGE_LIMIT, "90")
    await garage.until(lambda: not garage.issue("target_above_limit"))


async def test_car_that_says_no_more(garage: Garage) -> None:
    """It is counted on with what it gets: neither too little nor for ever, over a restart."""
    tesla = Tesla(garage.hass)
    garage.site.units[0].car.vin = VIN
    await garage.open()
    # A small battery, so that it does not take all day.
    garage.add_vehicle("Red car", **{**tesla.data, "battery_kwh": 1.0, "phases": 1})
    await garage.until_met()
    tesla.says(Role.SOC, "50")
    tesla.says(Role.CHARGE_LIMIT, "100")
    await _ready_in(garage, 10, 20)
    await garage.call("number.set_value", "ready_by_soc", FIRST, value=80)
    await garage.until(lambda: _drawing(garage))
    await garage.until(lambda: garage.snapshots[FIRST].charged.session_kwh > 0.05)
    # Its entity is gone, for good.
    garage.hass.states.async_remove(tesla.entity_id(Role.SOC))

    await garage.unload()
    await garage.set_up()
    await garage.until_met()
    for _ in range(5):
        if not garage.issue("charge_not_told"):
            await garage.seconds(200)
    assert garage.issue("charge_not_told")
    for _ in range(5):
        if _drawing(garage):
            await garage.seconds(200)
    assert not _drawing(garage)
    charged_kwh = garage.snapshots[FIRST].charged.session_kwh
    assert charged_kwh == pytest.approx(0.3 / 0.9, abs=0.06)
    (plan,) = (await _plan(garage)).values()
    # The last 5 % of so small a battery are no reason to start a car.
    assert 74 <= plan["state_of_charge"] <= 81

    tesla.says(Role.SOC, "80")
    await garage.until(lambda: not garage.issue("charge_not_told"))


async def test_car_that_comes_back(garage: Garage) -> None:
    """What it said before it left says nothing of how full it is now."""
    tesla = await _red_car(garage)
    await _ready_in(garage, 600, 15)
    await garage.call("number.set_value", "ready_by_soc", FIRST, value=80)

    async def come_back() -> None:
        garage.site.units[0].car.plugged = False
        await garage.until(lambda: garage.value("vehicle_connected", FIRST) == "off")
        garage.site.units[0].car.plugged = True
        await garage.until(lambda: garage.value("vehicle", FIRST) == "Red car")
        await garage.seconds(5)

    tesla.says(Role.SOC, "78")
    await come_back()
    tesla.says(Role.SOC, STATE_UNAVAILABLE)
    await garage.seconds(5)
    assert (await _plan(garage))["1111"]["state_of_charge"] == 78
    # Nothing was charged, but it has been away.
    await come_back()
    plan = (await _plan(garage))["1111"]
    assert plan["state_of_charge"] is None
    assert plan["energy_needed"] == pytest.approx(15, abs=0.5)


async def test_car_that_is_gone(garage: Garage) -> None:
    """Nobody plans for an empty plug."""
    garage.site.units[0].car.plugged = False
    await _open(garage)
    await _ready_in(garage, 200, 5)
    await garage.seconds(5)

    assert await _plan(garage) == {}
    assert garage.value("planned_start", FIRST) == STATE_UNKNOWN


async def test_restart(garage: Garage) -> None:
    """A restart in between offers nothing to a car that is to wait, not for a moment."""
    await _open(garage)
    await _ready_in(garage, 300, 5)
    await garage.until(lambda: garage.value("reason", FIRST) == "planned_later")

    await garage.unload()
    await garage.set_up()
    offered = []
    for _ in range(200):
        await garage.seconds(0.2)
        if FIRST in garage.snapshots:
            offered.append(garage.snapshots[FIRST].offer.limit_a)
    assert garage.value("reason", FIRST) == "planned_later"
    assert set(offered) == {0.0}
    assert garage.value("ready_by", FIRST) == "on"
    assert garage.value("ready_by_energy", FIRST) == "5.0"


async def test_price_sensor_that_is_gone(garage: Garage) -> None:
    """Somebody who could mend it is told, and cars go by the time alone."""
    await _open(garage, **{CONF_PRICES_AHEAD: [PRICE]})
    await garage.seconds(550)
    assert not garage.issue("price_unavailable")
    await garage.until(lambda: garage.issue("price_unavailable"))

    listed = {"data": [{"start": _iso(0), "value": 0.3}]}
    garage.hass.states.async_set(PRICE, "0.3", listed)
    await garage.until(lambda: not garage.issue("price_unavailable"))


# --- options --------------------------------------------------------------------------


def _iso(at: float) -> str:
    return dt_util.utc_from_timestamp(at).isoformat()


@pytest.mark.usefixtures("setup_entry", "check_texts")
async def test_price_sensors(hass: HomeAssistant) -> None:
    """Only what tells prices of the next hours is taken; without any there is nothing kept."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        data={"port": "/dev/null", CONF_CIRCUIT_LIMIT: 32.0, CONF_UNIT_LIMITS: {}},
        options={"sources": {"grid": {"kind": "energy"}}},
    )
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.LOADED
    hass.states.async_set("sensor.plain", "0.3")
    hass.states.async_set(PRICE, "0.3", {"data": [{"start": _iso(0), "value": 0.3}]})

    for entities, error in (
        (["sensor.plain"], "no_prices"),
        (["sensor.gone"], "entity_not_found"),
        ([PRICE, "sensor.plain"], None),
    ):
        flow: Any = await hass.config_entries.options.async_init(entry.entry_id)
        flow = await choose(hass, flow, "prices")
        flow = await submit(hass, flow, {CONF_PRICES_AHEAD: entities})
        if error:
            assert flow["errors"] == {CONF_PRICES_AHEAD: error}
            assert proposed(flow) == {CONF_PRICES_AHEAD: entities}
        else:
            assert flow["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options[CONF_PRICES_AHEAD] == [PRICE, "sensor.plain"]

    flow = await hass.config_entries.options.async_init(entry.entry_id)
    flow = await choose(hass, flow, "prices")
    assert proposed(flow)[CONF_PRICES_AHEAD] == [PRICE, "sensor.plain"]
    await submit(hass, flow, {CONF_PRICES_AHEAD: []})
    assert entry.options == {"sources": {"grid": {"kind": "energy"}}}
