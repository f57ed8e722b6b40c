"""A meter that repeats its last word while cars charge is found out, though nothing contradicts it."""

from typing import Final

import pytest

from custom_components.twcmanager.charging.model import GridReading
from custom_components.twcmanager.charging.repetition import Repetition

NEVER: Final = 1e9
DRAWS_W: Final = 4900.0


class Watcher:
    """A meter that says what it is told to, at its own pace."""

    def __init__(self, *, every_s: int = 10) -> None:
        """Begin to watch."""
        self.repetition = Repetition()
        self._every_s = every_s
        self._now = 0.0

    def hears(
        self,
        power_w: float,
        *,
        minutes: float,
        draw_w: float = DRAWS_W,
        battery_w: float = 0.0,
    ) -> bool:
        """Let the meter say the same for a while. Return whether it counts as frozen."""
        end = self._now + minutes * 60
        while self._now < end:
            self._now += self._every_s
            reading = GridReading(
                power_w=power_w,
                battery_w=battery_w,
                at=self._now,
                stale_at=NEVER,
                dead_at=NEVER,
            )
            self.repetition.watch(draw_w, reading)
        return self.repetition.frozen


@pytest.mark.parametrize("power_w", [0.0, -37.0, 2300.0])
def test_repeats_itself(power_w: float) -> None:
    """After ten minutes nobody believes it, until it says something else."""
    watcher = Watcher()
    assert not watcher.hears(power_w, minutes=10)
    assert watcher.hears(power_w, minutes=1)
    # Nor when the cars have stopped: that would have moved it.
    assert watcher.hears(power_w, minutes=60, draw_w=0)
    assert not watcher.hears(power_w + 1, minutes=1)


def test_while_no_car_charges() -> None:
    """A quiet night is no offence; what counts is from when a car charges."""
    watcher = Watcher()
    assert not watcher.hears(250, minutes=300, draw_w=0)
    assert not watcher.hears(250, minutes=9)
    assert not watcher.hears(250, minutes=1, draw_w=50)
    assert not watcher.hears(250, minutes=9)
    assert watcher.hears(250, minutes=2)


def test_moves_now_and_then() -> None:
    """A watt more or less every few minutes is life."""
    watcher = Watcher()
    assert not any(watcher.hears(each % 2, minutes=9) for each in range(50))


def test_few_readings_say_little() -> None:
    """A cloud that tells every 15 minutes has to repeat itself several times."""
    watcher = Watcher(every_s=900)
    assert not watcher.hears(-120, minutes=60)
    assert watcher.hears(-120, minutes=15)


def test_battery_that_holds_it_at_zero() -> None:
    """Then the battery moves; where the meter shows something else, nobody holds it."""
    watcher = Watcher()
    assert not any(
        watcher.hears(0, minutes=5, battery_w=-each) for each in range(1000, 1020)
    )
    assert any(
        watcher.hears(80, minutes=5, battery_w=-each) for each in range(1000, 1020)
    )


def test_coarse_meter() -> None:
    """One that lives, but tells little, is suspected less and less often."""
    watcher = Watcher()
    suspected = 0
    for hour in range(24):
        for part in range(6):
            if watcher.hears(hour * 100, minutes=10 if part else 1):
                suspected += 1
                break
    assert suspected == 3
