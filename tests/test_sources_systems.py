"""The systems people have, with the states their integrations make.

Each measures the same home: 5000 W of sun and a house of 2700 W, then a car that draws
3680 W, then the night.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from .house import House, Value, balance, entity_id, signed, split

BASE_W, CAR_W, NIGHT_W = -2300, 1380, 2700

type States = dict[str, Value]


@dataclass(frozen=True, kw_only=True)
class System:
    """What an integration shows at the three times."""

    grid: dict[str, Any]
    unit: str = "W"
    base: States
    car: States
    night: States
    more: dict[str, Any] = field(default_factory=dict)
    """Other options of the sources."""


DSMR = split(
    "electricity_meter_power_consumption", "electricity_meter_power_production"
)
FRONIUS = split("solarnet_power_grid_import", "solarnet_power_grid_export")


def pair(grid: dict[str, Any], imports: Value, exports: Value) -> States:
    """Return the states of a pair of sensors, in the order in which they are written."""
    return {grid["import"][0]: imports, grid["export"][0]: exports}


def alone(name: str, *values: Value) -> dict[str, Any]:
    """Return the states of a single sensor at the three times."""
    return {
        time: {name: value}
        for time, value in zip(("base", "car", "night"), values, strict=True)
    }


SYSTEMS = {
    "dsmr": System(
        grid=DSMR,
        unit="kW",
        base=pair(DSMR, 0.0, 2.3),
        car=pair(DSMR, 1.38, 0.0),
        night=pair(DSMR, 2.7, 0.0),
    ),
    "enphase_envoy": System(
        grid=signed("envoy_122_current_net_power_consumption"),
        unit="kW",
        **alone("envoy_122_current_net_power_consumption", -2.3, 1.38, 2.7),
    ),
    "fronius": System(
        grid=FRONIUS,
        base=pair(FRONIUS, 0, 2300),
        car=pair(FRONIUS, 1380, 0),
        night=pair(FRONIUS, 2700, 0),
    ),
    "kostal_plenticore": System(
        grid=signed("scb_grid_power"),
        **alone("scb_grid_power", -2300, 1380, 2700),
    ),
    "powerwall": System(
        grid=signed("mysite_site_power"),
        unit="kW",
        **alone("mysite_site_power", "-2.3", "1.38", "2.7"),
    ),
    "solaredge": System(
        grid=signed("solaredge_grid_power"),
        unit="kW",
        **alone("solaredge_grid_power", -2.3, 1.38, 2.7),
    ),
    "solaredge_modbus": System(
        grid=signed("meter_1_power", inverted=True),
        **alone("meter_1_power", 2300, -1380, -2700),
    ),
    "solarlog": System(
        grid=balance("solarlog_consumption_ac", "solarlog_power_ac"),
        base={"solarlog_power_ac": 5000, "solarlog_consumption_ac": 2700},
        car={"solarlog_power_ac": 5000, "solarlog_consumption_ac": 6380},
        night={"solarlog_power_ac": 0, "solarlog_consumption_ac": 2700},
    ),
    "ted5000": System(
        grid=signed("ted_mtu1_power"),
        **alone("ted_mtu1_power", -2300, 1380, 2700),
    ),
    "rest": System(
        # smart-me: feeding in is negative.
        grid=signed("smartme_active_power"),
        unit="kW",
        **alone("smartme_active_power", "-2.3", "1.38", "2.7"),
    ),
    "three phases": System(
        grid=signed("grid_l1", "grid_l2", "grid_l3"),
        base={"grid_l1": -1300, "grid_l2": -800, "grid_l3": -200},
        car={"grid_l1": 1180, "grid_l2": 0, "grid_l3": 200},
        night={"grid_l1": 700, "grid_l2": 1000, "grid_l3": 1000},
    ),
    "balance with battery": System(
        grid=balance("home", "sun"),
        more={"battery": signed("battery")},
        base={"sun": 5000, "home": 2700, "battery": 0},
        car={"sun": 5000, "home": 7380, "battery": 1000},
        night={"sun": 0, "home": 4000, "battery": 1300},
    ),
    "openhab": System(
        # Nothing measures the consumption: it is told once and for all.
        grid=balance(None, "openhab_pv", consumption_offset_w=2700),
        **alone("openhab_pv", 5000, 1320, 0),
    ),
}


@pytest.mark.parametrize("name", SYSTEMS)
async def test_system(hass: HomeAssistant, flying_time: None, name: str) -> None:
    """Whatever a home is measured with, its readings tell the same, and nothing false."""
    system = SYSTEMS[name]
    house = House(hass, sources={"grid": system.grid, **system.more})
    house.report(system.base, system.unit)
    house.start()
    for states in system.car, system.night:
        await asyncio.sleep(1)
        house.report(states, system.unit)
    await asyncio.sleep(1)

    assert house.powers_w == [BASE_W, CAR_W, NIGHT_W]
    assert house.sources.troubles() == {}
    house.stop()


@pytest.mark.parametrize("name", sorted(SYSTEMS.keys() - {"openhab"}))
async def test_system_goes(
    hass: HomeAssistant,
    flying_time: None,
    impatient_sources: None,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    """Whichever system it is, once its sensors are lost the reading dies, and it is told."""
    # By night nobody misses the sun.
    monkeypatch.setattr(
        "custom_components.twcmanager.sources.home.is_up", lambda hass: True
    )
    system = SYSTEMS[name]
    house = House(hass, sources={"grid": system.grid, **system.more})
    house.report(system.base, system.unit)
    house.start()
    await asyncio.sleep(1)
    assert house.reading.counts(hass.loop.time())
    house.report(dict.fromkeys(system.base, "unavailable"), system.unit)

    await asyncio.sleep(20)

    assert not house.reading.counts(hass.loop.time())
    assert house.sources.troubles() == {
        "source_unavailable": sorted(entity_id(each) for each in system.base)
    }
    house.stop()


async def test_fronius_without_its_meter(hass: HomeAssistant) -> None:
    """Fronius shows 0 W when the meter is lost: that is a reading, the cars will tell."""
    house = House(hass, sources={"grid": FRONIUS})
    house.report(pair(FRONIUS, 0, 0))
    house.start()
    await asyncio.sleep(0.3)

    assert house.powers_w == [0]
    house.stop()
