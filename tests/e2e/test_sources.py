"""Three kinds of homes, each set up the way its owner would, and what happens if a meter dies."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
import time
from typing import Final

import aiohttp
import pytest
import pytest_asyncio

from .home_assistant import DOMAIN, ApiError, HomeAssistant, Json, until
from .house import House, grid_power
from .owner import Owner

pytestmark = pytest.mark.asyncio(loop_scope="module")

# A template that shows export as positive, of a sensor that has no meaning by itself.
_TEMPLATE: Final = """\
template:
  - sensor:
      - name: Feed-in
        unique_id: feed_in
        device_class: power
        unit_of_measurement: W
        state: "{{ 0 - states('sensor.raw') | float }}"
        availability: "{{ states('sensor.raw') | is_number }}"
"""
_FEED_IN: Final = "sensor.feed_in"
_IMPORT: Final = "sensor.smart_meter_consumption"
_EXPORT: Final = "sensor.smart_meter_production"


class Meters:
    """Tells Home Assistant the grid's power in all the ways that homes have, unless broken."""

    def __init__(self, home_assistant: HomeAssistant, house: House) -> None:
        """Begin with all in order."""
        self.broken = False
        self._home_assistant = home_assistant
        self._house = house

    async def tell(self) -> None:
        """Keep the sensors up to date until cancelled."""
        wobble_w = 1
        while True:
            if meter := self._house.site.meter:
                # Real meters are never quite at rest, and templates report changes only.
                wobble_w = -wobble_w
                power_w = meter.power_w + wobble_w
                with suppress(aiohttp.ClientError, TimeoutError, ApiError):
                    await self._set("sensor.raw", power_w, "W")
                    await self._set(_IMPORT, max(power_w, 0) / 1000, "kW")
                    await self._set(_EXPORT, max(-power_w, 0) / 1000, "kW")
            await asyncio.sleep(1)

    async def _set(self, entity_id: str, value: float, unit: str) -> None:
        state = "unavailable" if self.broken else f"{value:.3f}"
        attributes = {"unit_of_measurement": unit, "device_class": "power"}
        await self._home_assistant.post(
            f"/api/states/{entity_id}", {"state": state, "attributes": attributes}
        )


@pytest.fixture(scope="module")
def configuration() -> str:
    """Return the template sensor."""
    return _TEMPLATE


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """The house on its port, with 5 kW of sun."""
    link = tmp_path_factory.mktemp("dev") / "ttyUSB0"
    house = House(link, asyncio.get_running_loop().time())
    house.sun.watts = 5000
    async with house.port:
        yield house


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def meters(home_assistant: HomeAssistant, house: House) -> AsyncIterator[Meters]:
    """What Home Assistant knows of the house's power."""
    meters = Meters(home_assistant, house)
    task = asyncio.create_task(meters.tell())

    async def told() -> bool:
        return await home_assistant.state(_FEED_IN) != "unavailable"

    await until(told, "the meters are told")
    yield meters
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def owner(home_assistant: HomeAssistant, house: House, meters: Meters) -> Owner:
    """Who has added the house with the template sensor."""
    owner = await Owner.add(home_assistant, house, _FEED_IN)
    await owner.share_equally()
    return owner


async def change_sources(owner: Owner, *answers: Json) -> Json:
    """Choose other sources the way people do, and return the last step but one."""
    go_on = owner.home_assistant.go_on
    step = await owner.home_assistant.configure(owner.entry_id)
    step = await go_on(step, next_step_id="sources")
    for answer in answers:
        step = await go_on(step, **answer)
    done = await go_on(step, next_step_id="accept")
    assert done["type"] == "create_entry", done
    return step


async def cars_follow_the_sun(owner: Owner) -> None:
    """See that the cars take what the sun leaves, when it comes and when it goes."""
    house = owner.house
    await house.until(
        lambda: all(unit.draw_a > 5 for unit in house.units),
        "both cars charge",
        timeout_s=120,
    )
    for watts in (6500, 4500):
        await house.until_cars_take(watts)


def repairs(owner: Owner) -> Callable[[], Awaitable[list[str]]]:
    """Return how to look for the integration's repair issues."""

    async def look() -> list[str]:
        listed = await owner.home_assistant.command("repairs/list_issues")
        return [
            each["translation_key"]
            for each in listed["issues"]
            if each["domain"] == DOMAIN
        ]

    return look


async def test_a_signed_template_sensor(owner: Owner) -> None:
    """Its owner sees at the last step that the sign is wrong, and turns it round."""
    reading = owner.steps["check"]["description_placeholders"]["reading"]
    assert "**imports 4.7 kW**" in reading
    step = await change_sources(
        owner,
        {"source": "by_hand"},
        {"next_step_id": "signed"},
        {"entities": [_FEED_IN]},
        {},
        {"next_step_id": "swap"},
    )
    assert "**exports 4.7 kW**" in step["description_placeholders"]["reading"]
    await cars_follow_the_sun(owner)


async def test_a_pair_of_sensors_in_kw(owner: Owner) -> None:
    """One for import, one for export, as smart meters have them."""
    await change_sources(
        owner,
        {"source": "by_hand"},
        {"next_step_id": "split"},
        {"import": [_IMPORT], "export": [_EXPORT]},
        {},
    )
    await cars_follow_the_sun(owner)


async def test_the_energy_dashboard(owner: Owner) -> None:
    """Who has told it of the grid's power need not tell again."""
    await owner.home_assistant.command(
        "energy/save_prefs",
        energy_sources=[grid_power(stat_rate_from=_IMPORT, stat_rate_to=_EXPORT)],
    )
    step = await change_sources(owner, {"source": "energy"})
    assert "Energy dashboard" in step["description_placeholders"]["reading"]
    await cars_follow_the_sun(owner)


async def test_a_meter_dies(
    owner: Owner, meters: Meters, measured: Callable[[str], None]
) -> None:
    """The cars first go on as they are, then stop; a repair issue tells why."""
    house = owner.house
    look = repairs(owner)
    assert await look() == []
    meters.broken = True
    died_at = time.monotonic()
    await owner.will_see(house.modern, "reason", "holding", timeout_s=60)
    measured(f"meter dead: held after {time.monotonic() - died_at:.0f} s")
    assert house.draw_a > 5
    await house.until(lambda: house.draw_a == 0, "the cars stop", timeout_s=150)
    measured(f"meter dead: cars stopped after {time.monotonic() - died_at:.0f} s")
    await owner.will_see(house.modern, "reason", "no_grid_reading")
    assert await until(look, "a repair issue tells of it") == ["source_unavailable"]


async def test_a_meter_comes_back(owner: Owner, meters: Meters) -> None:
    """All goes on by itself, and the repair issue is gone."""
    meters.broken = False
    look = repairs(owner)

    async def mended() -> bool:
        return not await look()

    await until(mended, "the repair issue is gone")
    await cars_follow_the_sun(owner)
