"""What wires and others allow, from the entry's data and options down to the wire."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any
from unittest.mock import patch

import pytest

from custom_components.twcmanager.charging.model import PowerLimits, Preferences
from custom_components.twcmanager.conductor import Conductor, Surroundings
from custom_components.twcmanager.const import (
    CONF_CIRCUITS,
    CONF_LIMITS,
    CONF_MAIN_FUSE,
)

from .cars import Tesla
from .garage import FIRST, SECOND, Garage
from .situation import VIN

LINES = ["sensor.l1", "sensor.l2", "sensor.l3"]
FUSE = {"limit_a": 25.0, "kind": "current", "entities": LINES, "inverted": False}


@asynccontextmanager
async def metered(garage: Garage, house_a: Callable[[], float]) -> AsyncGenerator[None]:
    """Let sensors tell every second what goes through the main fuse."""

    def tell() -> None:
        cars_a = sum(each.draw_a for each in garage.site.units)
        for entity_id in LINES:
            garage.hass.states.async_set(
                entity_id,
                f"{house_a() + cars_a:.2f}",
                {"unit_of_measurement": "A"},
                force_update=True,
            )

    async def keep_telling() -> None:
        while True:
            tell()
            await asyncio.sleep(1)

    tell()
    meter = asyncio.create_task(keep_telling())
    try:
        yield
    finally:
        meter.cancel()


async def test_sub_panel(garage: Garage) -> None:
    """Cars behind a sub-panel share what it carries, whatever the circuit has left."""
    panel = {"name": "Garage", "limit": 16.0, "units": ["1111", "1112"]}
    together_a = 0.0

    def look() -> bool:
        nonlocal together_a
        limits = [each.limit_a for each in garage.site.units]
        together_a = max(together_a, sum(limits))
        return limits == [8, 8]

    await garage.open(**{CONF_CIRCUITS: [panel]})
    await garage.until(look)

    assert together_a == 16
    await garage.until(lambda: garage.value("reason", SECOND) == "circuit_limit")


async def test_sub_panel_of_one(garage: Garage) -> None:
    """Who is not behind it has the rest of the circuit."""
    panel = {"name": "Carport", "limit": 10.0, "units": ["1112"]}

    await garage.open(**{CONF_CIRCUITS: [panel]})

    await garage.until(lambda: [each.limit_a for each in garage.site.units] == [30, 10])


async def test_main_fuse(garage: Garage) -> None:
    """The car gives way to the home at once, and says why."""
    house_a = 10.0
    garage.site.units.pop()
    garage.entry.add_to_hass(garage.hass)
    garage.change_options(**{CONF_MAIN_FUSE: FUSE})
    async with metered(garage, lambda: house_a):
        await garage.open()
        await garage.until_charging()
        car = garage.site.units[0]
        await garage.until(lambda: 13 < car.limit_a <= 15)
        await garage.until(lambda: garage.value("reason", FIRST) == "main_fuse")
        await garage.until(lambda: float(garage.value("main_fuse_room_l3")) < 2)

        house_a = 18.0
        await garage.until(lambda: car.limit_a <= 7)


async def _decided_from(garage: Garage, **preferences: Any) -> Surroundings:
    """Change preferences, and return what is decided from at once."""
    with (
        patch.object(Conductor, "tick", side_effect=ValueError("seen")) as tick,
        pytest.raises(ValueError, match="seen"),
    ):
        garage.coordinator.settings.prefer(**preferences)
    surroundings: Surroundings = tick.call_args.args[0]
    return surroundings


async def test_preferences(garage: Garage) -> None:
    """They reach the decisions as soon as they change; the rest is as it was."""
    await garage.open()

    surroundings = await _decided_from(garage, reserve_w=250.0, whole_amps=True)

    assert surroundings == Surroundings(
        preferences=Preferences(reserve_w=250.0, whole_amps=True)
    )


async def test_limits_of_others(garage: Garage) -> None:
    """What a grid operator, a tariff or an inverter allows is part of the options."""
    garage.entry.add_to_hass(garage.hass)
    garage.change_options(**{CONF_LIMITS: {"cars_w": 4200.0, "feed_in_w": 0.0}})
    await garage.open()

    surroundings = await _decided_from(garage)

    assert surroundings.limits == PowerLimits(cars_w=4200.0)
    assert surroundings.preferences.feed_in_limit_w == 0


async def test_phases_of_a_car(garage: Garage) -> None:
    """What its owner told of them counts once it is known to be on the cable."""
    tesla = Tesla(garage.hass)
    garage.site.units[0].car.vin = VIN
    await garage.open()
    garage.add_vehicle("Scooter", phases=1)
    garage.add_vehicle("Red car", **tesla.data)
    await garage.until_met()

    await garage.until(lambda: garage.state("vehicle", FIRST).state == "Red car")

    # Who the other one is can only be guessed.
    surroundings = await _decided_from(garage)
    assert surroundings.car_phases == {FIRST: 3}
