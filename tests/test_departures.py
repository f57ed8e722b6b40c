"""When cars leave: every day, when an entity says so, or just this once."""

from datetime import datetime, timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant, State
from homeassistant.exceptions import ServiceValidationError
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest

from custom_components.twcmanager import clock
from custom_components.twcmanager.charging.plan import Trip, plan
from custom_components.twcmanager.const import CONF_DEPARTURES, DOMAIN
from custom_components.twcmanager.departure_times import (
    Leaving,
    Says,
    departure_told,
    next_time,
)
from custom_components.twcmanager.departures import Departure
from custom_components.twcmanager.plan_view import plan_as_told
from custom_components.twcmanager.vehicle_roles import Role

from .cars import Tesla
from .garage import FIRST, SECOND, Garage
from .situation import VIN

HOUR = 3600
LEAVES = "input_datetime.leaves"
AWAY = "calendar.away"


@pytest.fixture(autouse=True)
async def in_berlin(hass: HomeAssistant) -> None:
    """Let clocks change."""
    await hass.config.async_set_time_zone("Europe/Berlin")


# --- the clock on the wall ------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "wall", "then"),
    [
        ("2026-01-19T06:59:59+01:00", 7 * 60, "2026-01-19T07:00:00+01:00"),
        # A car that leaves at this moment leaves again tomorrow.
        ("2026-01-19T07:00:00+01:00", 7 * 60, "2026-01-20T07:00:00+01:00"),
        ("2026-01-19T07:00:01+01:00", 7 * 60, "2026-01-20T07:00:00+01:00"),
        ("2026-01-19T23:30:00+01:00", 15, "2026-01-20T00:15:00+01:00"),
        ("2026-12-31T23:30:00+01:00", 23 * 60, "2027-01-01T23:00:00+01:00"),
        # The nights of 23 and of 25 hours.
        ("2026-03-28T20:00:00+01:00", 7 * 60, "2026-03-29T07:00:00+02:00"),
        ("2026-10-24T20:00:00+02:00", 7 * 60, "2026-10-25T07:00:00+01:00"),
        # An hour that is there twice means the first, one that is not there the next.
        ("2026-10-24T20:00:00+02:00", 150, "2026-10-25T02:30:00+02:00"),
        ("2026-03-28T20:00:00+01:00", 150, "2026-03-29T03:30:00+02:00"),
    ],
)
async def test_next_time(hass: HomeAssistant, now: str, wall: int, then: str) -> None:
    """People mean the clock on their wall."""
    at = datetime.fromisoformat(now).timestamp()
    assert next_time(wall, at) == datetime.fromisoformat(then).timestamp()


@pytest.mark.parametrize(
    ("now", "starts", "ends"),
    [
        # In the night of 25 hours there is an hour more to wait, in that of 23 one less.
        (
            "2026-10-24T23:00:00+02:00",
            "2026-10-25T02:00:00+01:00",
            "2026-10-25T06:30:00+01:00",
        ),
        (
            "2026-03-28T23:00:00+01:00",
            "2026-03-29T01:00:00+01:00",
            "2026-03-29T06:30:00+02:00",
        ),
    ],
)
async def test_a_plan_while_clocks_change(
    hass: HomeAssistant, now: str, starts: str, ends: str
) -> None:
    """So many hours before it leaves are as many, whatever clocks say; they are told right."""
    at = datetime.fromisoformat(now).timestamp()
    leaves = Trip(
        id=1,
        need_kwh=4.5 * 2.3,
        ready_at=next_time(7 * 60, at),
        at_most_a=10,
        watts_per_a=230,
    )
    made = plan([leaves], now=at, circuit_a=32)[1]
    told = plan_as_told(
        Departure(
            says=Says.DAILY,
            ready_at=leaves.ready_at,
            need_kwh=leaves.need_kwh,
            plan=made,
        )
    )
    assert [told["slots"][0]["start"], told["slots"][-1]["end"]] == [starts, ends]
    assert told["ready_at"].startswith(ends[:11] + "07:00:00")
    assert told["energy_missing"] == 0


# --- what entities tell ---------------------------------------------------------------

NOW = "2026-10-24T20:00:00+02:00"


@pytest.mark.parametrize(
    ("entity_id", "state", "attributes", "says", "then"),
    [
        # A time of the day comes every day, through the night of 25 hours too.
        ("time.leaves", "06:45:00", {}, Says.ENTITY, "2026-10-25T06:45:00+01:00"),
        (LEAVES, "21:30:00", {}, Says.ENTITY, "2026-10-24T21:30:00+02:00"),
        # One with its date comes once.
        (
            LEAVES,
            "2026-10-25 06:45:00",
            {},
            Says.ENTITY,
            "2026-10-25T06:45:00+01:00",
        ),
        (LEAVES, "2026-10-24 20:00:00", {}, Says.OVER, None),
        (LEAVES, "2020-01-01 06:00:00", {}, Says.OVER, None),
        (
            "sensor.alarm",
            "2026-10-25T05:45:00+00:00",
            {},
            Says.ENTITY,
            "2026-10-25T06:45:00+01:00",
        ),
        ("datetime.trip", STATE_UNKNOWN, {}, Says.NONE, None),
        # Hours in which it is away: it leaves when the next ones begin.
        (
            AWAY,
            "off",
            {"start_time": "2026-10-25 06:45:00", "all_day": False},
            Says.ENTITY,
            "2026-10-25T06:45:00+01:00",
        ),
        (AWAY, "on", {"start_time": "2026-10-24 18:00:00"}, Says.AWAY, None),
        (AWAY, "off", {}, Says.NONE, None),
        # Nobody leaves at midnight because it is a holiday.
        (
            AWAY,
            "off",
            {"start_time": "2026-10-25 00:00:00", "all_day": True},
            Says.NONE,
            None,
        ),
        (
            "schedule.away",
            "off",
            {"next_event": datetime.fromisoformat("2026-10-25T06:45:00+01:00")},
            Says.ENTITY,
            "2026-10-25T06:45:00+01:00",
        ),
        ("schedule.away", "on", {"next_event": None}, Says.AWAY, None),
        ("schedule.away", "off", {"next_event": None}, Says.NONE, None),
        # What is none of these.
        (AWAY, STATE_UNAVAILABLE, {}, Says.UNKNOWN, None),
        (LEAVES, STATE_UNAVAILABLE, {}, Says.UNKNOWN, None),
        (LEAVES, "2026-10-25", {}, Says.UNKNOWN, None),
        ("sensor.power", "2026", {}, Says.UNKNOWN, None),
        ("sensor.text", "about: noon", {}, Says.UNKNOWN, None),
        ("sensor.text", "25:99", {}, Says.UNKNOWN, None),
        ("sensor.text", "2026-02-30 07:00:00", {}, Says.UNKNOWN, None),
        ("sensor.text", "0001-01-01 00:00:00", {}, Says.UNKNOWN, None),
        ("sensor.text", "9999-12-31 23:59:59", {}, Says.UNKNOWN, None),
        (AWAY, "off", {"start_time": "2026-02-30 07:00:00"}, Says.NONE, None),
    ],
)
async def test_told(
    hass: HomeAssistant,
    entity_id: str,
    state: str,
    attributes: dict[str, Any],
    says: Says,
    then: str | None,
) -> None:
    """A time of the day, a time once, or hours of which the next begin some time."""
    told = departure_told(
        State(entity_id, state, attributes), datetime.fromisoformat(NOW).timestamp()
    )
    at = None if then is None else datetime.fromisoformat(then).timestamp()
    assert told == Leaving(says, at)


@pytest.mark.parametrize("expected_lingering_timers", [True])
@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("2026-10-23T05:00:00+00:00", "2026-10-26T06:45:00+01:00"),
        ("2026-10-25T21:00:00+00:00", "2026-10-26T06:45:00+01:00"),
        ("2026-10-26T09:00:00+00:00", None),
    ],
)
async def test_the_schedules_of_home_assistant(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, now: str, then: str | None
) -> None:
    """A week of journeys is a schedule helper."""
    freezer.move_to(now)
    days = {"monday": [{"from": "06:45:00", "to": "17:00:00"}]}
    away = {"name": "Away", **days}
    assert await async_setup_component(hass, "schedule", {"schedule": {"away": away}})

    told = departure_told(
        hass.states.get("schedule.away"), datetime.fromisoformat(now).timestamp()
    )
    assert told.at == (then and datetime.fromisoformat(then).timestamp())


# --- down to the plan -----------------------------------------------------------------


def _iso(hours: float) -> str:
    """Return the time in some hours, at a full minute."""
    at = dt_util.as_local(dt_util.utc_from_timestamp(clock.calendar_s()))
    at += timedelta(hours=hours)
    return at.replace(second=0, microsecond=0).isoformat()


async def _open(garage: Garage, **departures: str) -> None:
    """Open a garage whose cars have to be ready when these entities say so."""
    if garage.entry not in garage.hass.config_entries.async_entries(DOMAIN):
        garage.entry.add_to_hass(garage.hass)
    garage.change_options(**{CONF_DEPARTURES: departures})
    await garage.open()
    await garage.until_met()
    for who in FIRST, SECOND:
        await garage.call("number.set_value", "ready_by_energy", who, value=1)
        await garage.call("switch.turn_on", "ready_by", who)


def _plan(garage: Garage, who: str = FIRST) -> dict[str, Any]:
    """Return what the sensor tells of a plan."""
    return dict(garage.state("planned_start", who).attributes)


async def _says(garage: Garage, says: str, who: str = FIRST) -> dict[str, Any]:
    """Wait until a plan is made from what is expected, and return it."""
    await garage.until(lambda: _plan(garage, who).get("departure") == says)
    return _plan(garage, who)


async def _act(garage: Garage, action: str, *who: str | None, **data: Any) -> None:
    devices = [garage.device(each) for each in who or (FIRST,)]
    await garage.hass.services.async_call(
        DOMAIN,
        action,
        {"device_id": [each.id for each in devices if each], **data},
        blocking=True,
    )


async def test_one_for_all_and_own(garage: Garage) -> None:
    """Whoever has an entity of its own goes by that, all others by the one for all."""
    garage.hass.states.async_set(LEAVES, all_leave := _iso(5))
    garage.hass.states.async_set("sensor.own", own := _iso(7))
    await _open(garage, **{"all": LEAVES, "1112": "sensor.own"})

    assert (await _says(garage, "entity"))["ready_at"] == all_leave
    assert (await _says(garage, "entity", SECOND))["ready_at"] == own


async def test_over(garage: Garage) -> None:
    """A departure that is over has no effect, and says so; the next one counts at once."""
    garage.hass.states.async_set(LEAVES, _iso(-1))
    await _open(garage, all=LEAVES)

    plan = await _says(garage, "over")
    assert plan["ready_at"] is None
    assert plan["slots"] == []
    assert garage.value("planned_start", FIRST) == STATE_UNKNOWN
    # The mode counts: what is not to be ready need not wait.
    await garage.until(lambda: garage.site.units[0].car.drawing)

    garage.hass.states.async_set(LEAVES, leaves := _iso(9))
    assert (await _says(garage, "entity"))["ready_at"] == leaves
    await garage.until(lambda: not garage.site.units[0].car.drawing)


async def test_back_early(garage: Garage) -> None:
    """A car that should be away leaves after these hours at the soonest: it may wait."""
    garage.hass.states.async_set(AWAY, "on", {"start_time": _iso(-5)})
    await _open(garage, all=AWAY)
    await _says(garage, "away")
    await garage.until(lambda: not garage.site.units[0].car.drawing)
    assert garage.value("reason", FIRST) == "planned_later"

    leaves = _iso(0.5)
    garage.hass.states.async_set(AWAY, "off", {"start_time": leaves})
    assert (await _says(garage, "entity"))["ready_at"] == leaves
    await garage.until(lambda: garage.site.units[0].car.drawing)


async def test_entity_that_is_gone(garage: Garage) -> None:
    """A start waits for it; who is away for long is named, and the daily time counts."""
    await _open(garage, all=LEAVES)
    await _says(garage, "unknown")
    await garage.seconds(60)
    assert _plan(garage)["departure"] == "unknown"
    assert garage.value("reason", FIRST) == "planned_later"
    assert not garage.site.units[0].car.drawing
    assert not garage.issue("departure_unavailable")

    plan = await _says(garage, "daily")
    assert datetime.fromisoformat(plan["ready_at"]).hour == 7
    issue = garage.issue("departure_unavailable")
    assert issue
    assert issue.translation_placeholders == {"bus": "Garage", "entities": LEAVES}

    garage.hass.states.async_set(LEAVES, leaves := _iso(9))
    plan = await _says(garage, "entity")
    assert not garage.issue("departure_unavailable")
    # What is gone for a moment has not changed its mind.
    garage.hass.states.async_set(LEAVES, STATE_UNAVAILABLE)
    await garage.seconds(90)
    assert _plan(garage)["ready_at"] == leaves
    # Who need not be ready need not know when.
    for who in FIRST, SECOND:
        await garage.call("switch.turn_off", "ready_by", who)
    await garage.seconds(60)
    assert not garage.issue("departure_unavailable")


async def test_of_a_vehicle(garage: Garage) -> None:
    """A car has its own journeys, wherever it is plugged in."""
    garage.hass.states.async_set(LEAVES, _iso(5))
    garage.hass.states.async_set(
        AWAY, "off", {"start_time": (leaves := _iso(8)), "all_day": False}
    )
    tesla = Tesla(garage.hass)
    garage.site.units[0].car.vin = VIN
    garage.entry.add_to_hass(garage.hass)
    garage.add_vehicle(
        "Red car",
        **{
            **tesla.data,
            "entities": {**tesla.data["entities"], Role.DEPARTURE.value: AWAY},
        },
    )
    await _open(garage, all=LEAVES)

    await garage.until(lambda: _plan(garage).get("ready_at") == leaves)
    assert (await _says(garage, "entity", SECOND))["ready_at"] != leaves


# --- just this once -------------------------------------------------------------------


async def test_once(garage: Garage) -> None:
    """It needs no switch, takes the place of what is usual, and outlives a restart."""
    await garage.open()
    await garage.until_met()
    await _act(garage, "ready_by", at=_iso(9), energy=3)
    plan = await _says(garage, "once")
    assert plan["ready_at"] == _iso(9)
    assert plan["energy_needed"] == pytest.approx(3, abs=0.3)
    assert "departure" not in _plan(garage, SECOND)

    await garage.unload()
    await garage.set_up()
    await garage.until_met()
    assert (await _says(garage, "once"))["ready_at"] == plan["ready_at"]

    # The targets of every day count if none is given.
    await garage.call("number.set_value", "ready_by_energy", FIRST, value=5)
    await garage.call("switch.turn_on", "ready_by", FIRST)
    await _act(garage, "ready_by", at=_iso(10))
    await garage.until(lambda: _plan(garage)["energy_needed"] > 4)
    assert (await _says(garage, "once"))["ready_at"] == _iso(10)

    await _act(garage, "cancel_ready_by")
    await _says(garage, "daily")


async def test_once_is_over(garage: Garage) -> None:
    """What was meant for one time is forgotten after it."""
    await garage.open()
    await garage.until_met()
    await _act(garage, "ready_by", None, at=_iso(0.05), soc=80, range=300)
    once = garage.coordinator.units[SECOND].ready_once
    assert once
    assert (once.target.soc, once.target.range_km) == (80, 300)
    assert once.target.energy_kwh == 10

    await garage.until(lambda: garage.coordinator.units[FIRST].ready_once is None)
    assert "departure" not in _plan(garage)


@pytest.mark.parametrize(
    ("hours", "key"), [(-1, "departure_over"), (200, "departure_too_far")]
)
async def test_once_that_cannot_be(open_garage: Garage, hours: float, key: str) -> None:
    """Nobody is ready by yesterday, and nobody plans for next month."""
    with pytest.raises(ServiceValidationError) as err:
        await _act(open_garage, "ready_by", at=_iso(hours))
    assert err.value.translation_key == key
    assert open_garage.coordinator.units[FIRST].ready_once is None
