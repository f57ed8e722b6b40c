"""What the sun leaves for cars: meter, battery and owner's wishes put together."""

from typing import Any

import pytest

from custom_components.twcmanager.charging.model import (
    BatteryPriority,
    GridReading,
    Preferences,
)
from custom_components.twcmanager.charging.sun import Sun
from custom_components.twcmanager.charging.surplus import DrawHistory


def reading(power_w: float, at: float, **changes: Any) -> GridReading:
    """Return a reading that counts for long."""
    return GridReading(
        power_w=power_w, at=at, stale_at=at + 1e6, dead_at=at + 1e6, **changes
    )


@pytest.fixture
def history() -> DrawHistory:
    """Return what cars drew: 2300 W, and from 60 s on 7000 W."""
    history = DrawHistory()
    history.add(at=0, draw_w=2300)
    history.add(at=60, draw_w=7000)
    return history


@pytest.mark.parametrize(("power_w", "surplus_w"), [(-3000, 3000), (500, -500)])
def test_without_cars_the_surplus_is_the_export(
    power_w: float, surplus_w: float
) -> None:
    """Grid power is positive when imported, and import is a negative surplus."""
    sun = Sun(DrawHistory())
    sun.take(reading(power_w, at=10), Preferences(), charging=False)
    assert sun.surplus_w == sun.expected_w == surplus_w


def test_the_draw_counts_that_was_when_the_meter_looked(history: DrawHistory) -> None:
    """A car that eats all the export has not used it up. Most meters are 2 s late."""
    for at, power_w in ((61.9, -1000), (62, 3700)):
        sun = Sun(history)
        sun.take(reading(power_w, at=at), Preferences(), charging=True)
        assert sun.surplus_w == 3300


def test_the_surplus_stays_the_same_until_the_next_reading() -> None:
    """A reading is not acted upon twice: what the cars do later does not change it."""
    history = DrawHistory()
    history.add(at=0, draw_w=0)
    sun = Sun(history)
    once = reading(-2000, at=5)
    sun.take(once, Preferences(), charging=False)
    history.add(at=3, draw_w=2000)
    sun.take(once, Preferences(), charging=True)
    assert sun.surplus_w == 2000


def test_a_meter_may_not_see_the_cars(history: DrawHistory) -> None:
    """Then what it shows is what is left for them."""
    sun = Sun(history)
    preferences = Preferences(meter_sees_cars=False)
    sun.take(reading(-1000, at=70), preferences, charging=True)
    assert sun.surplus_w == 1000


def test_a_battery_is_added() -> None:
    """What it takes is sun that cars may have if they come first."""
    sun = Sun(DrawHistory())
    filling = {"battery_w": -2000.0, "battery_soc": 50.0}
    preferences = Preferences(battery_priority=BatteryPriority.CAR)
    sun.take(reading(-500, 10, **filling), preferences, charging=False)
    assert (sun.surplus_w, sun.withheld_w) == (2500, 0)
    sun.take(reading(-500, 11, **filling), Preferences(), charging=False)
    assert (sun.surplus_w, sun.withheld_w) == (500, 2000)


def test_sun_that_is_held_back_is_tried() -> None:
    """Where feeding in is limited, and only there."""
    sun = Sun(DrawHistory())
    sun.take(reading(-1000, 10), Preferences(feed_in_limit_w=1000), charging=True)
    assert sun.surplus_w == 1300
    sun.take(reading(-1000, 11), Preferences(), charging=True)
    assert sun.surplus_w == 1000


def test_a_trend_is_followed_until_the_next_reading() -> None:
    """What is told is what there was, what is acted on is what there will be."""
    sun = Sun(DrawHistory())
    for step in range(50):
        sun.take(reading(-100.0 * step, 10 * step), Preferences(), charging=False)
    assert sun.surplus_w == 4900
    assert 4950 < sun.expected_w < 5000
