"""One sensor of grid power: what counts as a reading, and for how long."""

import asyncio
from collections.abc import Callable
import time
from typing import Any

from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT
from homeassistant.core import HomeAssistant, State
import pytest

from custom_components.twcmanager.charging.model import GridReading
from custom_components.twcmanager.sources import HomeSources, power_of

GRID = "sensor.grid"


class Meter:
    """A sensor of grid power and sources that follow it."""

    def __init__(self, hass: HomeAssistant, **grid: Any) -> None:
        """Prepare both."""
        self.hass = hass
        self.readings = 0
        signed = {"kind": "signed", "entities": [GRID], "inverted": False}
        options = {"sources": {"grid": {**signed, **grid}}}
        self.sources = HomeSources(hass, options, on_reading=self._count)
        self.start = self.sources.start

    def _count(self) -> None:
        self.readings += 1

    def report(self, value: object, unit: str = "W", *, ago_s: float = 0.0) -> None:
        """Set the sensor's state."""
        self.hass.states.async_set(
            GRID,
            str(value),
            {ATTR_UNIT_OF_MEASUREMENT: unit},
            timestamp=time.time() - ago_s,
        )

    @property
    def reading(self) -> GridReading:
        """Return the latest reading."""
        reading = self.sources.grid
        assert reading is not None
        return reading


@pytest.mark.parametrize(
    ("value", "unit", "power_w"),
    [
        ("1200", "W", 1200),
        ("-3.5", "kW", -3500),
        ("0", "kW", 0),
        ("0.001", "MW", 1000),
        ("2500", "mW", 2.5),
        ("unavailable", "W", None),
        ("unknown", "W", None),
        ("", "W", None),
        ("on", "W", None),
        ("nan", "W", None),
        ("inf", "kW", None),
        ("-1000000", "W", None),
        ("5", "GW", None),
        ("1200", None, None),
        ("1200", "kWh", None),
        ("1200", "A", None),
    ],
)
def test_power_of(value: str, unit: str | None, power_w: float | None) -> None:
    """Only a plausible number with a unit of power is one."""
    attributes = {ATTR_UNIT_OF_MEASUREMENT: unit} if unit else {}

    found = power_of(State(GRID, value, attributes))

    assert found == (None if power_w is None else pytest.approx(power_w))


async def test_follow(hass: HomeAssistant) -> None:
    """Every reading counts, from the one that is there at the start, and at once."""
    meter = Meter(hass)
    meter.report(500)
    await hass.async_block_till_done()
    stop = meter.start()
    assert (meter.reading.power_w, meter.readings) == (500, 1)

    meter.report(-0.7, "kW")

    assert (round(meter.reading.power_w), meter.readings) == (-700, 2)
    stop()
    meter.report(100)
    assert (round(meter.reading.power_w), meter.readings) == (-700, 2)


async def test_no_reading_yet(hass: HomeAssistant) -> None:
    """A sensor that does not exist, or has nothing to say, gives no reading."""
    meter = Meter(hass)
    stop = meter.start()
    assert meter.sources.configured
    assert meter.sources.grid is None

    meter.report("unknown")
    assert meter.sources.grid is None

    meter.report(300)
    assert meter.reading.power_w == 300
    stop()


async def test_sign(hass: HomeAssistant) -> None:
    """Some meters count export as positive."""
    meter = Meter(hass, inverted=True)
    meter.report(2000)
    stop = meter.start()

    assert meter.reading.power_w == -2000
    stop()


@pytest.mark.parametrize("value", ["unavailable", "unknown", "nan", "9e9", "much"])
async def test_nonsense_lets_the_reading_age(hass: HomeAssistant, value: str) -> None:
    """What is no power is no news: the last reading stays, and grows old."""
    meter = Meter(hass)
    meter.report(400)
    stop = meter.start()
    before = meter.reading

    meter.report(value)

    assert meter.reading == before
    assert meter.readings == 1
    stop()


@pytest.mark.parametrize(
    "lose",
    [
        lambda hass: hass.states.async_remove(GRID),
        lambda hass: hass.states.async_set(GRID, "400", {}),
        lambda hass: hass.states.async_set(
            GRID, "400", {ATTR_UNIT_OF_MEASUREMENT: "kWh"}
        ),
    ],
    ids=["removed", "no unit", "another unit"],
)
async def test_lost_sensor(
    hass: HomeAssistant, lose: Callable[[HomeAssistant], object]
) -> None:
    """A sensor that is removed, renamed or becomes another one gives no more readings."""
    meter = Meter(hass)
    meter.report(400)
    stop = meter.start()
    before = meter.reading

    lose(hass)

    assert meter.reading == before
    assert meter.readings == 1
    stop()


async def test_same_value_again_is_news(hass: HomeAssistant, flying_time: None) -> None:
    """A meter that reports the same value is alive."""
    meter = Meter(hass)
    meter.report(0)
    stop = meter.start()
    first = meter.reading
    await asyncio.sleep(3)

    meter.report(0)

    assert meter.reading.at - first.at == pytest.approx(3, abs=1.5)
    assert meter.readings == 2
    stop()


async def test_age(hass: HomeAssistant, flying_time: None) -> None:
    """A reading's age is counted by the clock that never jumps."""
    meter = Meter(hass)
    meter.report(0)
    stop = meter.start()

    assert meter.reading.at == pytest.approx(hass.loop.time(), abs=1)
    stop()


@pytest.mark.parametrize(
    ("interval_s", "stale_s", "dead_s"),
    [
        (1, 30, 120),
        (30, 75, 150),
        # A cloud that comes every quarter of an hour: what is very old is dead all the same.
        (900, 2250, 2700),
    ],
)
async def test_patience(
    hass: HomeAssistant, interval_s: float, stale_s: float, dead_s: float
) -> None:
    """How long a reading counts depends on how often the sensor reports."""
    meter = Meter(hass)
    stop = meter.start()
    for beat in range(4):
        meter.report(beat, ago_s=(3 - beat) * interval_s)

    reading = meter.reading

    assert reading.stale_at - reading.at == pytest.approx(stale_s, rel=0.01)
    assert reading.dead_at - reading.at == pytest.approx(dead_s, rel=0.01)
    stop()


async def test_outage_is_no_rhythm(hass: HomeAssistant) -> None:
    """A sensor that was out of order for long is not trusted for as long afterwards."""
    meter = Meter(hass)
    stop = meter.start()
    for ago_s in 1202, 1201, 1200:
        meter.report(ago_s, ago_s=ago_s)
    meter.report("unavailable", ago_s=1199)
    for ago_s in 2, 1, 0:
        meter.report(ago_s, ago_s=ago_s)

    reading = meter.reading

    assert reading.dead_at - reading.at == pytest.approx(120, rel=0.01)
    stop()


async def test_old_state(hass: HomeAssistant) -> None:
    """What a sensor said long before the start is as old as it is."""
    meter = Meter(hass)
    meter.report(1, ago_s=1000)
    stop = meter.start()

    reading = meter.reading

    assert reading.at == pytest.approx(hass.loop.time() - 1000, abs=1)
    assert not reading.counts(hass.loop.time())
    stop()


async def test_unknown_rhythm(hass: HomeAssistant) -> None:
    """A single reading is taken for that of a source that comes once a minute."""
    meter = Meter(hass)
    meter.report(0)
    stop = meter.start()

    reading = meter.reading

    assert reading.stale_at - reading.at == pytest.approx(150)
    assert reading.dead_at - reading.at == pytest.approx(300)
    stop()
