"""When cars charge: in the hours of a schedule, just this once, in time for a departure."""

from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import aiohttp
import pytest

from .home_assistant import DOMAIN, HomeAssistant, Json, until
from .owner import LIMITS_A, Owner

pytestmark = pytest.mark.asyncio(loop_scope="module")

_CHARGES_A: Final = 5.0
_SCHEDULE: Final = "schedule.night_tariff"
_DAYS: Final = (
    *("monday", "tuesday", "wednesday", "thursday"),
    *("friday", "saturday", "sunday"),
)
_CHARGE_NOW_S: Final = 15

# What a kWh costs in the present hour and the next ones; the cheapest are the fourth and sixth.
_PRICES: Final = (0.4, 0.35, 0.31, 0.12, 0.33, 0.14, 0.32, 0.3, 0.3)
_CHEAP_HOURS: Final = (3, 5)
_READY_IN_HOURS: Final = 8
_PRICE_SENSOR: Final = """\
template:
  - sensor:
      - name: Electricity price
        unique_id: electricity_price
        unit_of_measurement: EUR/kWh
        state: "0.4"
        attributes:
          prices: "{{ %s }}"
"""


@pytest.fixture(scope="module")
def hours() -> list[datetime]:
    """Return when the hours begin whose prices are known."""
    first = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    return [first + timedelta(hours=each) for each in range(len(_PRICES))]


@pytest.fixture(scope="module")
def configuration(hours: list[datetime]) -> str:
    """Return the sensor of prices."""
    listed = [
        {"start": hour.isoformat(), "price": price}
        for hour, price in zip(hours, _PRICES, strict=True)
    ]
    return _PRICE_SENSOR % listed


async def put_hours(
    home_assistant: HomeAssistant, command: str, hours: Json, **data: str
) -> None:
    """Create or change a schedule helper as its editor does."""
    days = {day: hours.get(day, []) for day in _DAYS}
    await home_assistant.command(
        f"schedule/{command}", name="Night tariff", **days, **data
    )


async def choose_schedule(owner: Owner) -> None:
    """Have cars charge as their mode says in the hours of the schedule only."""
    go_on = owner.home_assistant.go_on
    step = await owner.home_assistant.configure(owner.entry_id)
    step = await go_on(step, next_step_id="schedules")
    step = await go_on(step, whom="all")
    done = await go_on(step, entity=_SCHEDULE, inside="mode", outside="off")
    assert done["type"] == "create_entry", done


async def local_time(home_assistant: HomeAssistant) -> datetime:
    """Return the time of the home."""
    zone = (await home_assistant.get("/api/config"))["time_zone"]
    return datetime.now(ZoneInfo(zone))


async def set_mode(owner: Owner, mode: str) -> None:
    """Choose a charging mode for all cars."""
    for unit in owner.house.units:
        await owner.set(unit, "charging_mode", mode)


async def no_car_charges(owner: Owner) -> None:
    """Wait until all cars have stopped, and everybody knows."""
    house = owner.house
    await house.until(
        lambda: house.draw_a == 0 and house.limit_a == 0, "no car charges"
    )
    for unit in house.units:
        await owner.will_see(unit, "charging", "off")


async def test_ready_by_in_the_cheapest_hours(
    owner: Owner, hours: list[datetime]
) -> None:
    """The plan takes those of the price sensor's list, and can be asked for."""
    house, home_assistant = owner.house, owner.home_assistant
    go_on = home_assistant.go_on
    charged_kwh = float(await owner.sees(house.modern, "session_energy"))
    step = await home_assistant.configure(owner.entry_id)
    step = await go_on(step, next_step_id="prices")
    done = await go_on(step, import_entity="sensor.electricity_price")
    assert done["type"] == "create_entry", done
    await owner.meets("cheap_price")
    await owner.will_see(house.modern, "status", "waiting")

    zone = (await local_time(home_assistant)).tzinfo
    ready_at = hours[_READY_IN_HOURS].astimezone(zone)
    cheap = [hours[each] for each in _CHEAP_HOURS]
    # More than fits in the cheapest hour, less than in both.
    kwh = 230 * LIMITS_A["1A2B"] / 1000 * 1.5
    await owner.set(house.modern, "ready_by_time", ready_at.strftime("%H:%M:%S"))
    await owner.set(house.modern, "ready_by_energy", round(charged_kwh + kwh, 1))
    await owner.set(house.modern, "ready_by", True)

    async def planned_start() -> str:
        shown = await owner.sees(house.modern, "planned_start")
        return "" if shown == "unknown" else shown

    planned = await until(planned_start, "there is a plan")
    device = await owner.device(house.modern)
    plans = (await home_assistant.ask("get_plan", device_id=device))["plans"]
    [plan] = plans.values()
    assert plan["based_on"] == "prices"
    assert plan["energy_missing"] == 0
    assert plan["energy_needed"] == pytest.approx(kwh, abs=0.1)
    assert datetime.fromisoformat(plan["ready_at"]) == ready_at
    slots = [
        (datetime.fromisoformat(each["start"]), datetime.fromisoformat(each["end"]))
        for each in plan["slots"]
    ]
    planned_s = sum((end - start).total_seconds() for start, end in slots)
    assert planned_s >= 1.5 * 3600
    for start, end in slots:
        assert any(
            first <= start < end <= first + timedelta(hours=1) for first in cheap
        ), plan
    assert datetime.fromisoformat(planned) == slots[0][0]
    assert house.modern.draw_a == 0
    await owner.set(house.modern, "ready_by", False)
    await owner.will_see(house.modern, "planned_start", "unknown")


async def test_a_schedule_helper_opens_and_closes(owner: Owner) -> None:
    """Cars charge as their mode says in its hours only, which end by themselves."""
    house, home_assistant = owner.house, owner.home_assistant
    await set_mode(owner, "fast")
    await put_hours(home_assistant, "create", {})
    await choose_schedule(owner)
    for unit in house.units:
        await owner.will_see(unit, "reason", "not_scheduled")
    await no_car_charges(owner)

    always = [{"from": "00:00:00", "to": "24:00:00"}]
    change = {"schedule_id": "night_tariff"}
    await put_hours(home_assistant, "update", dict.fromkeys(_DAYS, always), **change)
    await owner.has_both_charge(at_least_a=_CHARGES_A)

    now = await local_time(home_assistant)
    # In the last seconds of a day it is open until midnight.
    ends = (now + timedelta(seconds=5)).strftime("%H:%M:%S")
    ends = ends if ends > now.strftime("%H:%M:%S") else "24:00:00"
    today = {_DAYS[now.weekday()]: [{"from": "00:00:00", "to": ends}]}
    await put_hours(home_assistant, "update", today, **change)
    assert await home_assistant.state(_SCHEDULE) == "on"
    assert min(unit.draw_a for unit in house.units) > _CHARGES_A
    await no_car_charges(owner)
    assert await home_assistant.state(_SCHEDULE) == "off"
    assert await owner.sees(house.modern, "charging_mode") == "fast"
    await put_hours(home_assistant, "update", dict.fromkeys(_DAYS, always), **change)


async def test_charge_now_for_a_while(owner: Owner) -> None:
    """One car charges with what was asked for, then follows the sun as before."""
    house, home_assistant = owner.house, owner.home_assistant
    await set_mode(owner, "off")
    await no_car_charges(owner)
    await set_mode(owner, "solar")
    await home_assistant.perform(
        "charge_now",
        device_id=await owner.device(house.modern),
        amps=8,
        duration={"seconds": _CHARGE_NOW_S},
    )
    ends = datetime.fromisoformat(await owner.sees(house.modern, "charge_now_ends"))
    left_s = (ends - await local_time(home_assistant)).total_seconds()
    assert 0 < left_s <= _CHARGE_NOW_S
    await house.until(lambda: house.modern.draw_a > _CHARGES_A, "it charges")
    assert house.modern.limit_a == 8
    assert house.old.limit_a == 0
    await owner.will_see(house.modern, "reason", "charge_now")
    # Who charges already goes on for a while: the sun might come.
    await owner.will_see(house.modern, "reason", "about_to_stop")
    assert house.modern.limit_a == 6
    assert await owner.sees(house.modern, "charge_now_ends") == "unknown"
    assert await owner.sees(house.modern, "charging_mode") == "solar"


async def test_charge_now_over_rest(owner: Owner) -> None:
    """From outside with a token of its own, for all on the bus."""
    house, home_assistant = owner.house, owner.home_assistant
    await set_mode(owner, "off")
    await no_car_charges(owner)
    token = await home_assistant.command(
        "auth/long_lived_access_token", client_name="A script", lifespan=1
    )
    url = f"{home_assistant.url}/api/services/{DOMAIN}/charge_now"
    [bus] = [
        each["id"]
        for each in await home_assistant.command("config/device_registry/list")
        if owner.entry_id in each["config_entries"] and each["via_device_id"] is None
    ]
    order = {"device_id": bus, "duration": f"00:00:{_CHARGE_NOW_S}"}
    async with aiohttp.ClientSession() as session:
        async with session.post(url, json=order) as response:
            assert response.status == 401
        headers = {"Authorization": f"Bearer {token}"}
        async with session.post(
            url, headers=headers, json={**order, "amps": 200}
        ) as response:
            assert response.status == 400
        async with session.post(url, headers=headers, json=order) as response:
            assert response.status == 200
    await house.until(
        lambda: all(unit.draw_a > _CHARGES_A for unit in house.units), "all charge"
    )
    await no_car_charges(owner)
    for unit in house.units:
        await owner.will_see(unit, "reason", "mode_off")


async def test_a_vehicle_of_ones_own(owner: Owner) -> None:
    """Added by hand it is recognised by its VIN, and may charge where guests may not."""
    house, home_assistant = owner.house, owner.home_assistant
    vin = house.modern.car.vin
    await owner.will_see(house.modern, "vin", vin)
    await home_assistant.post(
        "/api/states/sensor.blue_car_battery",
        {"state": "61", "attributes": {"unit_of_measurement": "%"}},
    )
    step = await home_assistant.add_to(owner.entry_id, "vehicle")
    step = await home_assistant.go_on(step)
    asked = {each["name"]: each for each in step["data_schema"]}
    assert vin in str(asked["vin"]["selector"])
    tells = {"soc": "sensor.blue_car_battery"}
    blue_car = {"name": "Blue car", "entities": tells}
    refused = await home_assistant.go_on(step, vin="LRW3E7FS1PC00041", **blue_car)
    assert refused["errors"] == {"vin": "vin_malformed"}
    done = await home_assistant.go_on(step, vin=vin, **blue_car)
    assert done["type"] == "create_entry", done

    await owner.meets(owner.key(house.modern, "vehicle"))
    await owner.will_see(house.modern, "vehicle", "Blue car")
    assert float(await owner.sees(house.modern, "vehicle_soc")) == 61
    await owner.will_see(house.old, "vehicle", "guest", timeout_s=60)

    for unit in house.units:
        await owner.set(unit, "admission", "known")
    await set_mode(owner, "fast")
    await owner.will_see(house.old, "reason", "not_allowed")
    await house.until(lambda: house.modern.draw_a > _CHARGES_A, "the blue car charges")
    assert house.old.limit_a == house.old.draw_a == 0
    await home_assistant.perform(
        "allow_vehicle", device_id=await owner.device(house.old)
    )
    await house.until(lambda: house.old.draw_a > _CHARGES_A, "the guest charges")
