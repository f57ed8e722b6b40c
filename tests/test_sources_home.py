"""Readings made of several sensors: whole, settled, and as old as their oldest part."""

import asyncio
import math
from typing import Any

from homeassistant.components.energy.data import async_get_manager
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.twcmanager.charging.model import MainFuse, PowerLimits

from .house import House, balance, signed, split

PAIR = split("imported", "exported")


def house_of(hass: HomeAssistant, grid: dict[str, Any], **more: Any) -> House:
    """Return a house with some sources."""
    return House(hass, sources={"grid": grid, **more})


# --- several at once ------------------------------------------------------------------


async def test_pair_settles(hass: HomeAssistant, flying_time: None) -> None:
    """Of a pair, one changes before the other: what it shows in between is not true."""
    house = house_of(hass, PAIR)
    house.report({"imported": 0, "exported": 2300})
    house.start()
    await asyncio.sleep(1)

    house.report({"exported": 0})
    await asyncio.sleep(0.05)
    house.report({"imported": 1380})
    await asyncio.sleep(1)

    assert house.powers_w == [-2300, 1380]
    house.stop()


async def test_incomplete(hass: HomeAssistant, flying_time: None) -> None:
    """Half a meter is no meter, until the other half speaks for the first time."""
    house = house_of(hass, PAIR)
    house.start()
    house.report({"imported": 500})
    await asyncio.sleep(1)
    assert house.sources.grid is None

    house.report({"exported": 0})
    await asyncio.sleep(1)

    assert house.powers_w == [500]
    house.stop()


async def test_stop_while_settling(hass: HomeAssistant) -> None:
    """What is stopped leaves nothing behind that fires later."""
    house = house_of(hass, PAIR)
    house.start()
    house.report({"imported": 500, "exported": 0})
    house.stop()
    await asyncio.sleep(0.3)

    assert house.readings == []


async def test_unrelated_news_is_no_reading(
    hass: HomeAssistant, flying_time: None
) -> None:
    """One reading for each sample of the grid; sun and battery are told along with it."""
    house = house_of(
        hass,
        signed("grid"),
        battery=signed("battery"),
        battery_soc="sensor.soc",
        solar=["sensor.sun"],
    )
    house.report({"grid": -500, "battery": 0, "sun": 4000})
    house.report({"soc": 70}, "%")
    house.start()
    await asyncio.sleep(1)
    house.report({"battery": -800, "sun": 5000})
    house.report({"soc": 71}, "%")
    await asyncio.sleep(1)
    assert house.powers_w == [-500]
    assert house.reading.battery_w == 0

    house.report({"grid": -600})
    await asyncio.sleep(1)

    assert house.powers_w == [-500, -600]
    reading = house.reading
    assert (reading.battery_w, reading.battery_soc, reading.solar_w) == (-800, 71, 5000)
    house.stop()


async def test_sun_that_rests(
    hass: HomeAssistant,
    flying_time: None,
    impatient_sources: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A roof under snow has no news all day; one that gives some has."""
    monkeypatch.setattr(
        "custom_components.twcmanager.sources.home.is_up", lambda hass: True
    )
    house = house_of(hass, signed("grid"), solar=["sensor.roof", "sensor.shed"])
    house.report({"roof": 0, "shed": 100})
    house.start()
    await asyncio.sleep(15)
    house.report({"grid": 0})

    assert house.sources.troubles() == {"source_silent": ["sensor.shed"]}
    house.stop()


async def test_battery_that_comes_late(hass: HomeAssistant, flying_time: None) -> None:
    """A reading waits for its battery at the start, not for the grid to speak again."""
    house = house_of(hass, signed("grid"), battery=signed("battery"))
    house.report({"grid": -500})
    house.start()
    await asyncio.sleep(1)
    assert house.sources.grid is None

    house.report({"battery": 300})
    await asyncio.sleep(1)

    assert house.powers_w == [-500]
    assert house.reading.battery_w == 300
    house.stop()


@pytest.mark.parametrize(
    ("battery", "states", "battery_w"),
    [
        (signed("one"), {"one": 800}, 800),
        (signed("one", inverted=True), {"one": 800}, -800),
        (signed("one", "two"), {"one": 800, "two": -300}, 500),
        (
            {"kind": "split", "discharge": ["sensor.one"], "charge": ["sensor.two"]},
            {"one": 0, "two": 1500},
            -1500,
        ),
    ],
)
async def test_battery(
    hass: HomeAssistant,
    flying_time: None,
    battery: dict[str, Any],
    states: dict[str, float],
    battery_w: float,
) -> None:
    """A battery gives, or takes as a negative, whatever its sensors call it."""
    house = house_of(hass, signed("grid"), battery=battery)
    house.report({"grid": 0, **states})
    house.start()
    await asyncio.sleep(1)

    assert house.reading.battery_w == battery_w
    house.stop()


async def test_no_sun_below_zero(hass: HomeAssistant, flying_time: None) -> None:
    """What an inverter draws by night is no sun."""
    house = house_of(hass, signed("grid"), solar=["sensor.roof", "sensor.shed"])
    house.report({"grid": 300, "roof": 900})
    house.start()
    assert house.reading.solar_w is None

    house.report({"shed": -5})
    house.report({"grid": 301})

    assert house.reading.solar_w == 900
    house.stop()


# --- age ------------------------------------------------------------------------------


async def test_oldest_part_counts(hass: HomeAssistant, flying_time: None) -> None:
    """A sum is as old as its oldest part."""
    house = house_of(hass, signed("l1", "l2"))
    house.report({"l1": 100}, ago_s=40)
    house.report({"l2": 200}, ago_s=10)
    house.start()
    await asyncio.sleep(0.3)

    now = hass.loop.time()
    assert now - house.reading.at == pytest.approx(40, abs=2)
    assert house.reading.stale_at - now == pytest.approx(110, abs=2)
    house.stop()


async def test_time_of_what_sees_the_cars(
    hass: HomeAssistant, flying_time: None
) -> None:
    """In a balance the consumption has the cars in it, so its time is the reading's."""
    house = house_of(hass, balance("home", "sun"), battery=signed("battery"))
    house.report({"sun": 3000, "battery": 500}, ago_s=40)
    house.report({"home": 700})
    house.start()
    await asyncio.sleep(0.3)

    now = hass.loop.time()
    assert house.reading.at == pytest.approx(now, abs=2)
    # The others are as old as they are all the same.
    assert house.reading.stale_at - now == pytest.approx(110, abs=2)
    house.stop()


@pytest.mark.parametrize(
    ("imported", "exported", "alive"),
    [(500, 0, True), (0, 500, False), (0, 0, False)],
)
async def test_silent_side_of_a_pair(
    hass: HomeAssistant,
    flying_time: None,
    impatient_sources: None,
    imported: float,
    exported: float,
    alive: bool,
) -> None:
    """Who shows nothing has no news while power flows the other way, and only then."""
    house = house_of(hass, PAIR)
    house.report({"imported": imported, "exported": exported})
    house.start()
    for _ in range(8):
        await asyncio.sleep(2)
        house.report({"imported": imported})
    await asyncio.sleep(0.3)

    now = hass.loop.time()
    assert house.reading.counts(now) is alive
    assert house.sources.troubles() == (
        {} if alive else {"source_silent": ["sensor.exported"]}
    )
    if alive:
        assert now - house.reading.at < 3
    house.stop()


@pytest.mark.parametrize("battery_w", [0, -500])
async def test_resting_battery(
    hass: HomeAssistant, flying_time: None, impatient_sources: None, battery_w: float
) -> None:
    """A battery that rests has no news for hours; one that works has."""
    house = house_of(hass, signed("grid"), battery=signed("battery"))
    house.report({"battery": battery_w})
    house.start()
    for power_w in range(8):
        house.report({"grid": power_w})
        await asyncio.sleep(2)

    assert house.reading.counts(hass.loop.time()) is (battery_w == 0)
    # Out of order it is not at rest: from then on it ages.
    house.report({"battery": "unavailable"})
    assert house.reading.counts(hass.loop.time()) is (battery_w == 0)
    for power_w in range(8):
        house.report({"grid": power_w})
        await asyncio.sleep(2)
    assert not house.reading.counts(hass.loop.time())
    house.stop()


async def test_slow_part_keeps_others_alive(
    hass: HomeAssistant, flying_time: None, impatient_sources: None
) -> None:
    """How long a reading counts follows from what is heard since, also of the battery."""
    house = house_of(hass, signed("grid"), battery=signed("battery"))
    for ago_s in 40, 20, 0:
        house.report({"grid": ago_s}, ago_s=ago_s)
        if ago_s == 40:
            house.start()
    for charge_w in range(-8, -1):
        house.report({"battery": charge_w})
        await asyncio.sleep(2)

    assert len(house.powers_w) == 1
    assert house.reading.counts(hass.loop.time())
    house.stop()


@pytest.mark.parametrize("is_day", [True, False])
async def test_balance_without_sun(
    hass: HomeAssistant,
    flying_time: None,
    impatient_sources: None,
    monkeypatch: pytest.MonkeyPatch,
    is_day: bool,
) -> None:
    """An inverter that is off gives no sun. That is told by day only."""
    monkeypatch.setattr(
        "custom_components.twcmanager.sources.home.is_up", lambda hass: is_day
    )
    house = house_of(hass, balance("home", "sun"))
    house.report({"home": 700, "sun": 2000})
    house.start()
    await asyncio.sleep(0.3)
    house.report({"sun": "unavailable"})
    for _ in range(8):
        await asyncio.sleep(2)
        house.report({"home": 700})
    await asyncio.sleep(0.3)

    # Not at once: it may be back in a moment.
    assert house.powers_w[:3] == [-1300, -1300, -1300]
    assert house.reading.power_w == 700
    assert house.reading.counts(hass.loop.time())
    assert house.reading.solar_w == 0
    told = {"source_unavailable": ["sensor.sun"]} if is_day else {}
    assert house.sources.troubles() == told
    house.stop()


async def test_balance_without_consumption(
    hass: HomeAssistant, flying_time: None
) -> None:
    """Where nobody measures the consumption, nobody sees the cars either."""
    house = house_of(
        hass, balance(None, "sun", consumption_offset_w=400), meter_sees_cars=True
    )
    house.report({"sun": 3000})
    house.start()

    assert house.powers_w == [-2600]
    assert not house.sources.preferences_meter_sees_cars
    # By night the sun has no news, and no sun is what that means.
    house.report({"sun": 0})
    assert house.reading.power_w == 400
    assert house.reading.dead_at == math.inf
    house.stop()


@pytest.mark.parametrize("sees", [True, False])
async def test_meter_sees_cars(hass: HomeAssistant, sees: bool) -> None:
    """What was configured is what is told."""
    house = house_of(hass, signed("grid"), meter_sees_cars=sees)

    assert house.sources.preferences_meter_sees_cars is sees


async def test_state_of_charge_does_not_age(
    hass: HomeAssistant, flying_time: None, impatient_sources: None
) -> None:
    """A full battery stays full for hours; one that is out of order is not known."""
    house = house_of(hass, signed("grid"), battery_soc="sensor.soc")
    house.report({"soc": 100}, "%")
    house.start()
    await asyncio.sleep(15)
    house.report({"grid": 0})
    assert house.reading.battery_soc == 100
    assert house.sources.troubles() == {}

    house.report({"soc": "unavailable"}, "%")
    house.report({"grid": 1})

    assert house.reading.battery_soc is None
    house.stop()


# --- what is wrong --------------------------------------------------------------------

WRONG = [
    ("unavailable", "W", "source_unavailable"),
    ("unknown", "W", "source_unavailable"),
    ("much", "W", "source_not_a_number"),
    ("nan", "W", "source_not_a_number"),
    ("inf", "W", "source_not_a_number"),
    ("1200", "kWh", "source_wrong_unit"),
    ("1200", "A", "source_wrong_unit"),
    ("1200", "", "source_wrong_unit"),
    ("3400", "kW", "source_implausible"),
]


@pytest.mark.parametrize(("value", "unit", "problem"), WRONG)
async def test_what_is_wrong(
    hass: HomeAssistant,
    flying_time: None,
    impatient_sources: None,
    value: str,
    unit: str,
    problem: str,
) -> None:
    """Each has a name of its own, once it has lasted, and goes by itself."""
    house = house_of(hass, signed("grid"))
    house.report({"grid": 400})
    house.start()
    house.report({"grid": value}, unit)
    await asyncio.sleep(2)
    assert house.sources.troubles() == {}

    await asyncio.sleep(12)
    assert house.sources.troubles() == {problem: ["sensor.grid"]}
    assert not house.reading.counts(hass.loop.time())

    house.report({"grid": 500})
    assert house.sources.troubles() == {}
    assert house.reading.counts(hass.loop.time())
    house.stop()


async def test_no_unit(
    hass: HomeAssistant, flying_time: None, impatient_sources: None
) -> None:
    """A number alone may be W or kW."""
    house = house_of(hass, signed("grid"))
    hass.states.async_set("sensor.grid", "1200")
    house.start()
    await asyncio.sleep(6)

    assert house.sources.troubles() == {"source_no_unit": ["sensor.grid"]}
    house.stop()


async def test_missing_and_disabled(
    hass: HomeAssistant, flying_time: None, impatient_sources: None
) -> None:
    """A sensor nobody knows, one that was disabled, and one that is not loaded."""
    registry = er.async_get(hass)
    registry.async_get_or_create("sensor", "test", "1", suggested_object_id="off")
    registry.async_update_entity(
        "sensor.off", disabled_by=er.RegistryEntryDisabler.USER
    )
    registry.async_get_or_create("sensor", "test", "2", suggested_object_id="asleep")
    house = house_of(hass, signed("gone", "off", "asleep"))
    house.start()
    assert house.sources.troubles() == {}
    await asyncio.sleep(6)

    assert house.sources.troubles() == {
        "source_missing": ["sensor.gone"],
        "source_disabled": ["sensor.off"],
        "source_unavailable": ["sensor.asleep"],
    }
    house.stop()


# --- slow sources ---------------------------------------------------------------------


async def test_refresh(hass: HomeAssistant, flying_time: None) -> None:
    """A cloud that would tell every quarter of an hour only is asked now and then."""
    calls: list[ServiceCall] = async_mock_service(
        hass, "homeassistant", "update_entity"
    )
    house = house_of(hass, signed("cloud", "meter", "gone"), refresh_every_s=30)
    house.report({"cloud": 100}, ago_s=300)
    house.start()
    for _ in range(14):
        house.report({"meter": 5})
        await asyncio.sleep(5)

    assert len(calls) == 2
    assert calls[0].data["entity_id"] == ["sensor.cloud"]
    house.stop()
    await asyncio.sleep(40)
    assert len(calls) == 2


async def test_nobody_to_ask(hass: HomeAssistant, flying_time: None) -> None:
    """Who reports often enough is left alone."""
    calls = async_mock_service(hass, "homeassistant", "update_entity")
    house = house_of(hass, signed("meter"), refresh_every_s=10)
    house.start()
    for _ in range(8):
        house.report({"meter": 5})
        await asyncio.sleep(3)

    assert not calls
    house.stop()


# --- fuse and limits ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "unit", "told", "currents_a"),
    [
        ({"kind": "current"}, "A", (10, 20, 30), (10, 20, 30)),
        ({"kind": "current", "inverted": True}, "A", (1, 2, 3), (-1, -2, -3)),
        ({"kind": "current"}, "mA", (10000, 0, 500), (10, 0, 0.5)),
        ({"kind": "power"}, "W", (2300, -230, 0), (10, -1, 0)),
        ({"kind": "power"}, "kW", (2.3, 4.6, 0), (10, 20, 0)),
        ({"kind": "current"}, "W", (2300, 230, 0), None),
        ({"kind": "power"}, "A", (10, 1, 0), None),
    ],
)
async def test_fuse(
    hass: HomeAssistant,
    options: dict[str, Any],
    unit: str,
    told: tuple[float, ...],
    currents_a: tuple[float, ...] | None,
) -> None:
    """The main fuse is watched line by line, in A or in W, and told at once."""
    names = ["l1", "l2", "l3"]
    entities = [f"sensor.{each}" for each in names]
    house = House(hass, main_fuse={"limit_a": 35, "entities": entities, **options})
    house.start()
    assert house.sources.fuse == MainFuse(limit_a=35, currents_a=None)

    house.report(dict(zip(names, told, strict=True)), unit)

    fuse = house.sources.fuse
    assert fuse
    assert fuse.currents_a == (currents_a and pytest.approx(currents_a))
    if currents_a:
        assert len(house.readings) == 3
        now = hass.loop.time()
        assert fuse.at <= now < fuse.stale_at < fuse.dead_at
    assert not house.sources.configured
    assert house.sources.grid is None
    house.stop()


@pytest.mark.parametrize("sees", [True, False])
async def test_fuse_sees_cars(hass: HomeAssistant, sees: bool) -> None:
    """Cars that are wired past the meter do not go through its fuse, as configured."""
    house = House(
        hass,
        sources={"grid": balance(None, "sun"), "meter_sees_cars": sees},
        main_fuse={"limit_a": 35, "kind": "current", "entities": ["sensor.l1"]},
    )
    house.start()
    for _ in range(2):
        assert house.sources.fuse
        assert house.sources.fuse.sees_cars is sees
        house.report({"l1": 10}, "A")
    house.stop()


async def test_fuse_ages_with_its_oldest_line(hass: HomeAssistant) -> None:
    """A line that is not measured any more may carry anything."""
    entities = ["sensor.l1", "sensor.l2"]
    house = House(
        hass, main_fuse={"limit_a": 35, "kind": "current", "entities": entities}
    )
    house.report({"l1": 10}, "A", ago_s=400)
    house.report({"l2": 10}, "A")
    house.start()

    assert house.sources.fuse
    assert house.sources.fuse.dead_at < hass.loop.time()
    house.stop()


async def test_fuse_and_grid_by_the_same_sensors(
    hass: HomeAssistant, flying_time: None
) -> None:
    """The power of each line tells the grid's and the fuse's part."""
    names = ["l1", "l2", "l3"]
    entities = [f"sensor.{each}" for each in names]
    house = House(
        hass,
        sources={"grid": signed(*names)},
        main_fuse={"limit_a": 35, "kind": "power", "entities": entities},
    )
    house.start()
    house.report({"l1": 2300, "l2": -1150, "l3": 0})
    await asyncio.sleep(0.3)

    assert house.powers_w == [1150]
    assert house.sources.fuse
    assert house.sources.fuse.currents_a == (10, -5, 0)
    house.stop()


async def test_limit_of_another_kind(
    hass: HomeAssistant, flying_time: None, impatient_sources: None
) -> None:
    """Energy is no limit, nor is a current nothing carries, nor a battery 120 % full."""
    house = House(
        hass,
        sources={"grid": signed("grid"), "battery_soc": "sensor.soc"},
        limits={"cars_entity": "sensor.energy", "import_entity": "sensor.amps"},
    )
    house.start()
    house.report({"energy": 11}, "kWh")
    house.report({"amps": 5000}, "A")
    house.report({"soc": 120}, "%")
    house.report({"grid": 0})
    await asyncio.sleep(12)

    assert house.sources.limits == PowerLimits()
    assert house.sources.troubles() == {
        "source_wrong_unit": ["sensor.energy"],
        "source_implausible": ["sensor.amps", "sensor.soc"],
        "source_silent": ["sensor.grid"],
    }
    house.report({"soc": 80}, "W")
    await asyncio.sleep(6)
    assert "sensor.soc" in house.sources.troubles()["source_wrong_unit"]
    house.stop()


async def test_no_limits(hass: HomeAssistant) -> None:
    """What nobody limits has no limit."""
    assert House(hass).sources.limits == PowerLimits()
    assert House(hass, limits=None, main_fuse=None).sources.fuse is None


async def test_limits_told(hass: HomeAssistant) -> None:
    """A limit is what an entity tells; what it told last applies until it tells another."""
    house = House(
        hass,
        limits={
            "cars_entity": "number.cars",
            "cars_w": 4200,
            "import_entity": "sensor.tariff",
            "import_mean_w": 2500,
        },
    )
    house.start()
    assert house.sources.limits == PowerLimits(cars_w=4200, import_mean_w=2500)

    house.report({"number.cars": 11}, "kW")
    house.report({"sensor.tariff": 16}, "A")
    assert house.sources.limits == PowerLimits(
        cars_w=11000, import_w=16 * 230 * 3, import_mean_w=2500
    )
    assert len(house.readings) == 2

    house.report({"number.cars": "unavailable"}, "kW")
    assert house.sources.limits.cars_w == 11000
    house.report({"number.cars": -5}, "kW")
    assert house.sources.limits.cars_w == 0
    house.stop()


@pytest.mark.parametrize(
    ("state", "limit_w"),
    [("on", 4200), ("off", None), ("unavailable", 4200), ("unknown", 4200)],
)
async def test_limit_on_and_off(
    hass: HomeAssistant, state: str, limit_w: float | None
) -> None:
    """While nobody tells whether a grid operator limits, it is taken to."""
    entity_id = "binary_sensor.operator"
    house = House(hass, limits={"cars_entity": entity_id, "cars_w": 4200})
    house.start()
    assert house.sources.limits.cars_w == 4200

    hass.states.async_set(entity_id, "off")
    hass.states.async_set(entity_id, state)

    assert house.sources.limits.cars_w == limit_w
    house.stop()


async def test_limit_may_rest(
    hass: HomeAssistant, flying_time: None, impatient_sources: None
) -> None:
    """A limit may stay as it is for days."""
    house = House(hass, limits={"cars_entity": "number.cars"})
    house.report({"number.cars": 11}, "kW")
    house.start()
    await asyncio.sleep(15)

    assert house.sources.troubles() == {}
    house.stop()


# --- the Energy dashboard -------------------------------------------------------------


@pytest.fixture
async def energy(hass: HomeAssistant) -> None:
    """Set up the Energy dashboard, less what it needs for people to see it."""
    hass.config.components.add("energy")


async def prefer(hass: HomeAssistant, *sources: dict[str, Any]) -> None:
    """Change the preferences of the Energy dashboard."""
    manager = await async_get_manager(hass)
    update: Any = {"energy_sources": list(sources)}
    await manager.async_update(update)


ENERGY: dict[str, Any] = {"kind": "energy"}


async def test_energy(hass: HomeAssistant, flying_time: None, energy: None) -> None:
    """What the Energy dashboard measures with is followed, and what it is made of."""
    await prefer(
        hass,
        {"type": "grid", "power_config": {"stat_rate_inverted": "sensor.meter"}},
        {
            "type": "grid",
            "power_config": {
                "stat_rate_from": "sensor.imported",
                "stat_rate_to": "sensor.exported",
            },
        },
        {"type": "battery", "stat_rate": "sensor.battery", "stat_soc": "sensor.soc"},
        {"type": "solar", "stat_rate": "sensor.sun"},
        {"type": "solar", "stat_rate": "roof:external"},
        {"type": "gas", "stat_rate": "sensor.gas"},
    )
    house = house_of(hass, ENERGY)
    house.start()
    house.report(
        {"meter": 2000, "imported": 500, "exported": 0, "battery": -300, "sun": 4000}
    )
    house.report({"soc": 55}, "%")
    await asyncio.sleep(0.5)

    reading = house.reading
    assert (reading.power_w, reading.battery_w, reading.solar_w) == (-1500, -300, 4000)
    assert house.sources.has_battery
    assert house.sources.configured
    assert "sensor.gas" not in house.sources.entity_ids
    house.stop()


async def test_energy_changes(
    hass: HomeAssistant, flying_time: None, energy: None
) -> None:
    """Its preferences are followed live, by every bus; the last reading holds meanwhile."""
    await prefer(hass, {"type": "grid", "stat_rate": "sensor.old"})
    houses = [house_of(hass, ENERGY), house_of(hass, ENERGY)]
    for house in houses:
        house.start()
    houses[0].report({"old": 100})
    assert [each.reading.power_w for each in houses] == [100, 100]
    houses[1].stop()

    await prefer(hass, {"type": "grid", "stat_rate": "sensor.new"})

    assert houses[0].reading.power_w == 100
    assert houses[0].reading.counts(hass.loop.time())
    houses[0].report({"new": 200})
    assert [each.reading.power_w for each in houses] == [200, 100]
    # What has nothing to do with it changes nothing.
    before = houses[0].reading
    await prefer(hass, {"type": "grid", "stat_rate": "sensor.new"}, {"type": "water"})
    assert houses[0].reading is before

    await prefer(hass)
    assert houses[0].sources.grid is None
    assert houses[0].sources.configured
    houses[0].stop()


@pytest.mark.parametrize("is_set_up", [True, False])
async def test_energy_knows_nothing(hass: HomeAssistant, is_set_up: bool) -> None:
    """A dashboard that was never filled in, or is not there, measures nothing."""
    if is_set_up:
        hass.config.components.add("energy")
    house = house_of(hass, ENERGY)
    house.start()

    assert house.sources.entity_ids == frozenset()
    assert house.sources.grid is None
    house.stop()


async def test_energy_and_own_battery(hass: HomeAssistant, energy: None) -> None:
    """What is named here comes before what the dashboard names; batteries are not mixed."""
    await prefer(
        hass,
        {"type": "grid", "stat_rate": "sensor.grid"},
        {"type": "battery", "stat_rate": "sensor.a", "stat_soc": "sensor.soc_a"},
        {"type": "battery", "stat_rate": "sensor.b", "stat_soc": "sensor.soc_b"},
        {
            "type": "battery",
            "power_config": {
                "stat_rate_from": "sensor.half",
                "stat_rate_to": "other:external",
            },
        },
    )
    houses = [
        house_of(hass, ENERGY),
        house_of(hass, ENERGY, battery=signed("own"), battery_soc="sensor.own_soc"),
    ]
    for house in houses:
        house.start()

    assert houses[0].sources.entity_ids == {"sensor.grid", "sensor.a", "sensor.b"}
    assert houses[1].sources.entity_ids == {
        "sensor.grid",
        "sensor.own",
        "sensor.own_soc",
    }
    for house in houses:
        house.stop()


async def test_energy_set_up_for_real(hass: HomeAssistant) -> None:
    """The manager of the Energy dashboard is the one that is listened to."""
    assert await async_setup_component(hass, "homeassistant", {})
    hass.config.components.add("energy")
    house = house_of(hass, ENERGY)
    house.start()
    await prefer(hass, {"type": "grid", "stat_rate": "sensor.grid"})

    assert house.sources.grid_entity_ids == ("sensor.grid",)
    house.stop()
