"""What is made of a meter that the cars contradict, and of sensors that change their names."""

import asyncio
from collections.abc import Callable
import logging

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.twcmanager.charging.meter_check import Verdict
from custom_components.twcmanager.charging.model import Connector, Mode
from custom_components.twcmanager.const import DOMAIN
from custom_components.twcmanager.sources import CheckedSources

from .garage import FIRST, GRID, Garage, grid_sources
from .house import signed

DRAW_W = 4600.0


def car(draw_w: float, *, online: bool = True) -> Connector:
    """Return a connector whose car draws this."""
    return Connector(
        id=1,
        online=online,
        plugged_in=True,
        charging=draw_w > 0,
        draw_a=draw_w / 230,
        echo_a=32,
        at_most_a=32,
        told_at=None,
        rating_a=32,
        unit_limit_a=32,
        charge_limit_a=32,
        watts_per_a=230,
        mode=Mode.FAST,
        enabled=True,
    )


@pytest.fixture
def soon_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Judge steps of the cars after seconds, not after minutes."""
    check = "custom_components.twcmanager.charging.meter_check"
    monkeypatch.setattr(f"{check}._LONGEST_DELAY_S", 3)
    monkeypatch.setattr(f"{check}._CALM_S", 3)


class Home:
    """A home with a meter, a car and what checks them against each other."""

    def __init__(
        self, hass: HomeAssistant, tell: Callable[[float, float], float], **more: bool
    ) -> None:
        """Prepare; ``tell`` is what the meter makes of what house and car draw."""
        self.hass = hass
        self.tell = tell
        self.entry = MockConfigEntry(domain=DOMAIN, title="Garage")
        self.sources = CheckedSources(
            hass,
            self.entry,
            {"sources": {"grid": signed("grid"), **more}},
            on_reading=lambda: None,
        )
        self.draw_w = 0.0
        self._seconds = 0

    async def wait(self, seconds: int, draw_w: float | None = None) -> None:
        """Let time pass, a reading every second."""
        if draw_w is not None:
            self.draw_w = draw_w
        for _ in range(seconds):
            self._seconds += 1
            # A house is never quite still.
            power_w = self.tell(1000 + self._seconds % 7, self.draw_w)
            attributes = {"unit_of_measurement": "W", "friendly_name": "Grid"}
            self.hass.states.async_set(GRID, str(power_w), attributes)
            self.sources.watch([car(self.draw_w)], self.hass.loop.time())
            await asyncio.sleep(1)

    async def start_and_stop(self, times: int) -> None:
        """Let the car start and stop."""
        await self.wait(20)
        for _ in range(times):
            await self.wait(20, DRAW_W)
            await self.wait(20, 0)

    @property
    def issues(self) -> dict[str, str]:
        """Return what is wrong."""
        return dict(self.sources.issues(self.hass.loop.time()))


@pytest.fixture
def told() -> str:
    """Return the meter as people know it."""
    return f"Grid ({GRID})"


async def test_right(hass: HomeAssistant, flying_time: None, soon_judged: None) -> None:
    """A meter that answers as it should is believed, and nobody is bothered."""
    home = Home(hass, lambda house_w, draw_w: house_w + draw_w)
    stop = home.sources.start()
    await home.start_and_stop(1)

    assert home.sources.verdict is Verdict.RIGHT
    assert home.sources.meter_sees_cars
    assert home.sources.grid is not None
    assert home.issues == {}
    stop()


@pytest.mark.parametrize(
    ("tell", "issue"),
    [
        (lambda house_w, draw_w: -house_w - draw_w, "meter_inverted"),
        (lambda house_w, draw_w: (house_w + draw_w) / 1000, "meter_too_small"),
        (lambda house_w, draw_w: 100 * (house_w + draw_w), None),
    ],
)
async def test_misleading(
    hass: HomeAssistant,
    flying_time: None,
    soon_judged: None,
    told: str,
    tell: Callable[[float, float], float],
    issue: str | None,
) -> None:
    """A meter that would make cars do the wrong thing is not listened to, and it is told."""
    home = Home(hass, tell)
    stop = home.sources.start()
    await home.start_and_stop(2)

    assert (home.sources.grid is None) is (issue is not None)
    assert home.issues == ({issue: told} if issue else {})

    # It is listened to again as soon as it has been put right.
    home.tell = lambda house_w, draw_w: house_w + draw_w
    await home.start_and_stop(2)
    assert home.sources.grid is not None
    assert home.issues == {}
    stop()


@pytest.mark.parametrize("configured", [True, False])
async def test_blind(
    hass: HomeAssistant,
    flying_time: None,
    soon_judged: None,
    told: str,
    configured: bool,
) -> None:
    """A meter that does not see the cars is taken for what it is, whatever was said."""
    home = Home(
        hass, lambda house_w, draw_w: house_w + 1000, meter_sees_cars=configured
    )
    stop = home.sources.start()
    assert home.sources.meter_sees_cars is configured
    await home.start_and_stop(2)

    assert home.sources.verdict is Verdict.BLIND
    assert not home.sources.meter_sees_cars
    assert home.sources.grid is not None
    assert home.issues == ({"meter_blind": told} if configured else {})
    stop()


async def test_sees_after_all(
    hass: HomeAssistant, flying_time: None, soon_judged: None, told: str
) -> None:
    """A meter that sees the cars though it was said not to is told of, but not more."""
    home = Home(hass, lambda house_w, draw_w: house_w + draw_w, meter_sees_cars=False)
    stop = home.sources.start()
    await home.start_and_stop(1)

    assert not home.sources.meter_sees_cars
    assert home.issues == {"meter_sees_cars": told}
    stop()


async def test_frozen(
    hass: HomeAssistant, flying_time: None, soon_judged: None, told: str
) -> None:
    """A meter that repeats itself loses its say step by step, though it still reports."""
    home = Home(hass, lambda house_w, draw_w: -2300)
    stop = home.sources.start()
    await home.wait(20)
    await home.wait(20, DRAW_W)

    now = hass.loop.time()
    grid = home.sources.grid
    assert grid is not None
    assert grid.stale_at <= now < grid.dead_at
    assert home.issues == {"meter_frozen": told}
    await home.wait(120)
    grid = home.sources.grid
    assert grid is not None
    assert not grid.counts(hass.loop.time())

    home.tell = lambda house_w, draw_w: house_w + draw_w
    await home.wait(2)
    grid = home.sources.grid
    assert grid is not None
    assert hass.loop.time() < grid.stale_at
    assert home.issues == {}
    stop()


async def test_still_without_the_cars(
    hass: HomeAssistant, flying_time: None, soon_judged: None
) -> None:
    """What does not see the cars, as the sun by night, need not answer them."""
    home = Home(hass, lambda house_w, draw_w: 500, meter_sees_cars=False)
    stop = home.sources.start()
    await home.start_and_stop(1)

    grid = home.sources.grid
    assert grid is not None
    assert hass.loop.time() < grid.stale_at
    assert home.issues == {}
    stop()


async def test_silent_unit_is_no_witness(
    hass: HomeAssistant, flying_time: None, soon_judged: None
) -> None:
    """What a car draws whose unit is silent nobody knows."""
    home = Home(hass, lambda house_w, draw_w: -house_w - draw_w)
    stop = home.sources.start()
    silent = car(0, online=False)
    for _ in range(2):
        await home.wait(20, DRAW_W)
        home.sources.watch([car(DRAW_W), silent], hass.loop.time())
        await home.wait(20, 0)
        home.sources.watch([car(0), silent], hass.loop.time())

    assert home.sources.verdict is Verdict.UNKNOWN
    stop()


async def test_said_once(
    hass: HomeAssistant,
    flying_time: None,
    impatient_sources: None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """That the grid power is lost, and that it is back, is logged once each."""
    caplog.set_level(logging.INFO)
    home = Home(hass, lambda house_w, draw_w: house_w + draw_w)
    stop = home.sources.start()
    await home.wait(10)
    for _ in range(20):
        home.sources.watch([], hass.loop.time())
        await asyncio.sleep(1)
    await home.wait(3)

    assert [
        record.getMessage()
        for record in caplog.records
        if "grid power" in record.getMessage()
    ] == [
        "Garage: the grid power is not known any more",
        "Garage: the grid power is known again",
    ]
    stop()


async def test_energy_without_power(
    hass: HomeAssistant, flying_time: None, impatient_sources: None
) -> None:
    """A dashboard that knows energy but no power is something to repair, after a while."""
    entry = MockConfigEntry(domain=DOMAIN)
    sources = CheckedSources(
        hass, entry, {"sources": {"grid": {"kind": "energy"}}}, on_reading=lambda: None
    )
    stop = sources.start()
    assert sources.issues(hass.loop.time()) == {}
    await asyncio.sleep(6)

    assert sources.configured
    assert sources.issues(hass.loop.time()) == {"energy_without_power": ""}
    stop()


async def test_nothing_to_follow(
    hass: HomeAssistant, flying_time: None, impatient_sources: None
) -> None:
    """A home without sensors has nothing wrong with them."""
    sources = CheckedSources(
        hass, MockConfigEntry(domain=DOMAIN), {}, on_reading=lambda: None
    )
    stop = sources.start()
    await asyncio.sleep(6)
    sources.watch([], hass.loop.time())

    assert not sources.configured
    assert sources.issues(hass.loop.time()) == {}
    assert sources.fuse is None
    assert not sources.has_battery
    stop()


# --- names ----------------------------------------------------------------------------


async def test_renamed(garage: Garage) -> None:
    """A sensor that gets another name is followed, now and after the next start."""
    registry = er.async_get(garage.hass)
    registry.async_get_or_create("sensor", "test", "1", suggested_object_id="grid")
    fuse = {"limit_a": 35.0, "kind": "power", "entities": [GRID]}
    garage.entry.add_to_hass(garage.hass)
    garage.change_options(sources=grid_sources(), main_fuse=fuse)
    garage.measure(-1500)
    await garage.open()
    before = garage.coordinator.sources.grid
    assert before

    registry.async_update_entity(GRID, new_entity_id="sensor.house_meter")
    await garage.hass.async_block_till_done()

    assert garage.entry.options == {
        "sources": grid_sources("sensor.house_meter"),
        "main_fuse": {**fuse, "entities": ["sensor.house_meter"]},
    }
    # What it said last holds until it speaks by its new name.
    reading = garage.coordinator.sources.grid
    assert reading
    assert reading.power_w == -1500
    garage.hass.states.async_set(
        "sensor.house_meter", "-900", {"unit_of_measurement": "W"}
    )
    reading = garage.coordinator.sources.grid
    assert reading
    assert reading.power_w == -900
    # The old name is nobody's now.
    garage.measure(77)
    assert reading == garage.coordinator.sources.grid


async def test_other_changes_of_an_entity(garage: Garage) -> None:
    """Another icon, or its end, is no new name."""
    registry = er.async_get(garage.hass)
    registry.async_get_or_create("sensor", "test", "1", suggested_object_id="grid")
    garage.entry.add_to_hass(garage.hass)
    garage.change_options(sources=grid_sources())
    garage.measure(-1500)
    await garage.open()
    sources = garage.coordinator.sources

    registry.async_update_entity(GRID, icon="mdi:home")
    registry.async_remove(GRID)
    await garage.hass.async_block_till_done()

    assert sources is garage.coordinator.sources
    assert garage.entry.options == {"sources": grid_sources()}


async def test_simulated_meter_renamed(garage: Garage) -> None:
    """The simulated home's own sensor is followed as well; no option names that."""
    garage.entry.add_to_hass(garage.hass)
    garage.change_data(port="simulator")
    await garage.set_up()
    await garage.until(lambda: garage.coordinator.sources.grid)

    er.async_get(garage.hass).async_update_entity(
        garage.entity_id("grid_power"), new_entity_id="sensor.toy"
    )
    await garage.hass.async_block_till_done()

    assert garage.entry.options == {}
    reading = garage.coordinator.sources.grid
    await garage.until(lambda: garage.coordinator.sources.grid != reading)


# --- on a real bus --------------------------------------------------------------------


async def test_inverted_meter_stops_the_sun(garage: Garage, soon_judged: None) -> None:
    """A meter with the wrong sign makes a car charge from the grid; its own start tells."""
    garage.site.units.pop()
    garage.site.units[0].car.battery_kwh = 1000
    garage.entry.add_to_hass(garage.hass)
    garage.change_options(sources=grid_sources())
    wobble = 0

    async def mistake() -> None:
        nonlocal wobble
        while True:
            wobble = (wobble + 1) % 7
            # 2 kW are imported, and it is told that they are exported.
            garage.measure(-2000 - wobble - garage.site.cars_w)
            await asyncio.sleep(1)

    meter = asyncio.create_task(mistake())
    try:
        await garage.open()
        await garage.until_charging()
        await garage.until(lambda: garage.issue("meter_inverted"))
        await garage.until(lambda: garage.value("reason", FIRST) == "no_grid_reading")
        await garage.until(lambda: not garage.site.units[0].car.drawing)
    finally:
        meter.cancel()
