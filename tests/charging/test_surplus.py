"""Surplus is the export plus what the cars drew when the meter looked."""

from custom_components.twcmanager.charging.model import GridReading
from custom_components.twcmanager.charging.surplus import DrawHistory, surplus_w


def reading(power_w: float, at: float) -> GridReading:
    """Return a reading taken at a time."""
    return GridReading(power_w=power_w, at=at, stale_at=at + 30, dead_at=at + 120)


def test_without_cars_it_is_the_export() -> None:
    """Import is less than nothing."""
    assert surplus_w(reading(-2300, 5), DrawHistory()) == 2300
    assert surplus_w(reading(700, 5), DrawHistory()) == -700


def test_what_the_cars_drew_when_the_meter_looked_is_added() -> None:
    """Not what they draw now: a slow meter has not seen that yet."""
    history = DrawHistory()
    history.add(0, 0)
    history.add(10, 2300)
    history.add(20, 4600)
    assert surplus_w(reading(-1000, 9.9), history) == 1000
    assert surplus_w(reading(-1000, 10), history) == 3300
    assert surplus_w(reading(-1000, 25), history) == 5600


def test_memory_is_bounded() -> None:
    """As far back as a meter may lag, no further."""
    history = DrawHistory()
    for second in range(10_000):
        history.add(second, second)
    assert history.draw_w(9_999) == 9_999
    assert history.draw_w(9_000) == 9_000
    assert history.draw_w(0) >= 8_000
