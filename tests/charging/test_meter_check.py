"""What the cars say about the grid meter: right ones are cleared, wrong ones found out."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
import math
from random import Random
from typing import Final

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.twcmanager.charging.meter_check import MeterCheck, Verdict
from custom_components.twcmanager.charging.model import GridReading

NEVER: Final = 1e9
VOLTS: Final = 230
ACCUSED: Final = {each for each in Verdict if each.startswith("meter_")}


# --- by hand --------------------------------------------------------------------------


@dataclass(kw_only=True)
class Witness:
    """A meter and cars, moved by hand."""

    interval_s: int = 10
    delay_s: int = 3
    tell: Callable[[float, float], float] = lambda house_w, cars_w: house_w + cars_w
    """What the meter makes of what the house and the cars draw."""

    def __post_init__(self) -> None:
        """Begin with a calm house."""
        self.check = MeterCheck()
        self.now = 0.0
        self.house_w = 1000.0
        self.battery_w = 0.0
        self.cars_w = 0.0
        self._past: deque[float] = deque([0.0] * (self.delay_s + 1), self.delay_s + 1)

    def wait(self, seconds: int, cars_w: float | None = None) -> Verdict:
        """Let time pass, with another draw of the cars from now on."""
        if cars_w is not None:
            self.cars_w = cars_w
        for _ in range(seconds):
            self.now += 1
            self._past.append(self.cars_w)
            reading = None
            if self.now % self.interval_s == 0:
                # A house is never quite still.
                house_w = self.house_w + 20 * math.sin(self.now)
                reading = self._reading(self.tell(house_w, self._past[0]))
            self.check.watch(self.cars_w, reading, self.now)
        return self.check.verdict

    def _reading(self, power_w: float) -> GridReading:
        return GridReading(
            power_w=power_w,
            battery_w=self.battery_w,
            at=self.now,
            stale_at=NEVER,
            dead_at=NEVER,
        )

    def start_and_stop(self, times: int, draw_w: float = 1400) -> Verdict:
        """Let a car start and stop, some minutes each."""
        self.wait(300)
        for _ in range(times):
            self.wait(300, cars_w=draw_w)
            self.wait(300, cars_w=0)
        return self.check.verdict


METERS: Final = {
    Verdict.RIGHT: lambda house_w, cars_w: house_w + cars_w,
    Verdict.INVERTED: lambda house_w, cars_w: -house_w - cars_w,
    Verdict.BLIND: lambda house_w, cars_w: house_w,
    Verdict.TOO_SMALL: lambda house_w, cars_w: round((house_w + cars_w) / 1000, 3),
    Verdict.TOO_LARGE: lambda house_w, cars_w: (house_w + cars_w) * 1000,
}


@pytest.mark.parametrize("truth", METERS)
def test_a_few_starts_are_enough(truth: Verdict) -> None:
    """Two cars that start and stop tell what is wrong with a meter, and that nothing is."""
    witness = Witness(tell=METERS[truth])
    assert witness.wait(600) is Verdict.UNKNOWN

    assert witness.start_and_stop(2) is truth


@pytest.mark.parametrize("truth", METERS)
@pytest.mark.parametrize(("interval_s", "delay_s"), [(1, 0), (10, 58), (60, 20)])
def test_any_interval_and_delay(truth: Verdict, interval_s: int, delay_s: int) -> None:
    """Nobody needs to know how often a meter tells, nor how late."""
    witness = Witness(tell=METERS[truth], interval_s=interval_s, delay_s=delay_s)
    for _ in range(3):
        witness.wait(600, cars_w=3000)
        witness.wait(600, cars_w=0)

    assert witness.check.verdict is truth


def test_large_step_is_enough() -> None:
    """No house makes up for 7 kW: an inverted meter that runs away is found out at once."""
    witness = Witness(tell=METERS[Verdict.INVERTED])
    witness.wait(300)

    assert witness.wait(200, cars_w=7400) is Verdict.INVERTED


def test_turned_round_while_cars_follow_it() -> None:
    """Whatever was right before an update, cars that run away are stopped at once."""
    witness = Witness()
    assert witness.start_and_stop(3) is Verdict.RIGHT
    witness.house_w = -4000
    witness.wait(300, cars_w=4000)

    witness.tell = METERS[Verdict.INVERTED]
    assert witness.wait(200, cars_w=11000) is Verdict.INVERTED

    # They are its next witness.
    witness.tell = METERS[Verdict.RIGHT]
    assert witness.wait(300, cars_w=0) is not Verdict.INVERTED


def test_small_steps_say_nothing() -> None:
    """A house makes up for 600 W every minute."""
    witness = Witness(tell=METERS[Verdict.INVERTED])

    assert witness.start_and_stop(6, draw_w=600) is Verdict.UNKNOWN


def test_a_right_answer_clears_the_meter() -> None:
    """A meter with the wrong sign is never right, not even once."""
    witness = Witness()
    witness.wait(300)
    witness.wait(300, cars_w=1400)
    witness.tell = METERS[Verdict.INVERTED]
    witness.wait(600)

    assert witness.start_and_stop(2) is Verdict.UNKNOWN
    # An update has turned the sign: the answer that was right is forgotten by and by.
    assert witness.start_and_stop(1) is Verdict.INVERTED


def test_a_meter_that_was_mended() -> None:
    """What was said of a meter is taken back when it answers as it should."""
    witness = Witness(tell=METERS[Verdict.INVERTED])
    assert witness.start_and_stop(2) is Verdict.INVERTED

    witness.tell = METERS[Verdict.RIGHT]

    assert witness.start_and_stop(1) is not Verdict.INVERTED
    assert witness.start_and_stop(1) is Verdict.RIGHT


def test_old_witnesses_do_not_count() -> None:
    """While the meter is not believed cars may not start: after a day they try again."""
    witness = Witness(tell=METERS[Verdict.INVERTED])
    assert witness.start_and_stop(2) is Verdict.INVERTED

    assert witness.wait(86400 - 2000) is Verdict.INVERTED
    assert witness.wait(3000) is Verdict.UNKNOWN


@pytest.mark.parametrize("level_w", [0, 900, -2500])
def test_frozen(level_w: float) -> None:
    """One step is enough if the meter repeats itself to the watt; a new value is life."""
    witness = Witness(tell=lambda house_w, cars_w: level_w)
    witness.wait(600)

    assert witness.wait(90, cars_w=3000) is Verdict.UNKNOWN
    assert witness.wait(60) is Verdict.FROZEN

    witness.tell = METERS[Verdict.RIGHT]
    assert witness.wait(10) is Verdict.UNKNOWN


def test_frozen_while_cars_follow_it() -> None:
    """Cars that have what the last word left them never change again: that word is doubted."""
    witness = Witness()
    witness.wait(600, cars_w=4900)

    witness.tell = lambda house_w, cars_w: -20.0
    assert witness.wait(590) is Verdict.UNKNOWN
    assert witness.wait(60) is Verdict.FROZEN


def test_battery_that_answers_instead() -> None:
    """A battery that covers the cars leaves the meter with nothing to tell."""
    witness = Witness(tell=lambda house_w, cars_w: house_w)
    witness.wait(300)
    for _ in range(4):
        witness.battery_w = 3000
        witness.wait(300, cars_w=3000)
        witness.battery_w = 0
        witness.wait(300, cars_w=0)

    assert witness.check.verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("noise_w", [0, 1, 20])
def test_meter_held_at_zero(noise_w: float) -> None:
    """Whoever holds the meter at zero, a battery nobody named say, hides the cars."""
    random = Random(1)
    witness = Witness(tell=lambda house_w, cars_w: 0.1 + random.gauss(0, noise_w))

    verdict = witness.start_and_stop(4)

    # One that never moves cannot be told from one that is frozen.
    assert verdict in ({Verdict.FROZEN} if noise_w == 0 else {Verdict.UNKNOWN})


@pytest.mark.parametrize("share", [1 / 3, 0.15])
def test_one_phase_taken_for_three(share: float) -> None:
    """A car that draws less than is thought is answered faintly, but the meter sees it."""
    witness = Witness(tell=lambda house_w, cars_w: house_w + cars_w * share)

    assert witness.start_and_stop(6, draw_w=4100) is Verdict.UNKNOWN


def test_large_step_among_others() -> None:
    """A witness whom the next one does not confirm is not enough."""
    witness = Witness(tell=METERS[Verdict.INVERTED])
    witness.wait(300)
    assert witness.wait(300, cars_w=7400) is Verdict.INVERTED
    witness.tell = lambda house_w, cars_w: house_w + cars_w * 0.45
    witness.wait(300)

    assert witness.wait(300, cars_w=0) is Verdict.UNKNOWN


def test_draw_unknown() -> None:
    """As long as a unit is silent nobody knows what its car draws."""
    witness = Witness(tell=METERS[Verdict.INVERTED])
    for _ in range(3):
        witness.wait(300, cars_w=1400)
        witness.check.watch(None, None, witness.now)
        witness.wait(300, cars_w=0)
        witness.check.watch(None, None, witness.now)

    assert witness.check.verdict is Verdict.UNKNOWN


def test_restless_house_says_nothing() -> None:
    """What a house does beside a step may be the house's or the meter's answer."""
    random = Random(7)
    witness = Witness(
        tell=lambda house_w, cars_w: -house_w - cars_w + random.uniform(-900, 900)
    )

    assert witness.start_and_stop(8) is Verdict.UNKNOWN


def test_slow_change_is_no_step() -> None:
    """Cars that follow the sun change because the meter did, not the other way round."""
    witness = Witness(tell=METERS[Verdict.BLIND])
    for _ in range(6):
        witness.wait(300)
        for amps in range(6, 20):
            witness.wait(10, cars_w=amps * VOLTS)
        witness.wait(300)
        for amps in range(20, 6, -1):
            witness.wait(10, cars_w=amps * VOLTS)

    assert witness.check.verdict is Verdict.UNKNOWN


# --- whole days -----------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Day:
    """A day with clouds, a house, and a car that follows the sun by this meter."""

    seed: int
    clouds: float = 1.0
    phases: int = 1
    interval_s: int = 10
    delay_s: int = 2
    sign: int = 1
    sees_cars: bool = True
    fast: bool = False
    """Whether the car starts and stops every half hour, sun or not."""
    hours: int = 6


def play(day: Day) -> set[Verdict]:
    """Return all that was ever said of the meter."""
    random = Random(day.seed)
    check = MeterCheck()
    sky = target = 1.0
    running, doubt_s = False, 0
    offer_a = draw_w = 0.0
    until = [0.0] * 3
    loads_w = [0.0] * 3
    grids_w: deque[float] = deque(maxlen=day.delay_s + 1)
    draws_w: deque[float] = deque(maxlen=day.delay_s + 1)
    reading = None
    verdicts = set()
    for now in range(day.hours * 3600):
        if random.random() < day.clouds / 120:
            target = random.choice([1, 1, 0.9, 0.6, 0.3, 0.2])
        sky += (target - sky) * random.uniform(0.02, 0.15)
        sun_w = 7000 * math.sin(math.pi * (now / 3600 + 3) / 12) * sky
        for each, power_w in enumerate((2000, 1500, 800)):
            if until[each] <= now:
                loads_w[each] = 0.0
                if random.random() < 1 / 2400:
                    loads_w[each] = power_w * random.uniform(0.8, 1.2)
                    until[each] = now + random.uniform(100, 1200)
        change_w = offer_a * VOLTS * day.phases - draw_w
        draw_w += max(-2300, min(1150, change_w))
        house_w = 300 + sum(loads_w) + random.gauss(0, 30) - sun_w
        grids_w.append(house_w + (draw_w if day.sees_cars else 0))
        draws_w.append(draw_w)
        if now % day.interval_s == 0:
            power_w = day.sign * round(grids_w[0])
            reading = GridReading(
                power_w=power_w, at=now, stale_at=NEVER, dead_at=NEVER
            )
            surplus_a = (draws_w[0] - power_w) / VOLTS / day.phases
            doubt_s = 0 if running == (surplus_a > 6) else doubt_s + day.interval_s
            if doubt_s >= (180 if running else 60):
                running, doubt_s = not running, 0
            offer_a = min(32, max(6, surplus_a)) if running else 0
            if day.fast:
                offer_a = 16 * (now // 1800 % 2)
        check.watch(draw_w, reading, now)
        verdicts.add(check.verdict)
    return verdicts


def days(base: Day, count: int) -> Iterable[set[Verdict]]:
    """Return what was said on several days."""
    return (play(replace(base, seed=seed)) for seed in range(count))


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    clouds=st.sampled_from([0.3, 1, 3]),
    phases=st.sampled_from([1, 3]),
    interval_s=st.sampled_from([1, 10, 60, 300]),
    delay_s=st.sampled_from([0, 5, 30, 60]),
    fast=st.booleans(),
)
def test_right_meters_are_never_accused(
    seed: int,
    clouds: float,
    phases: int,
    interval_s: int,
    delay_s: int,
    fast: bool,
) -> None:
    """Whatever sun and house do, and though the car answers to them."""
    day = Day(
        seed=seed,
        clouds=clouds,
        phases=phases,
        interval_s=interval_s,
        delay_s=delay_s,
        fast=fast,
    )

    assert not play(day) & ACCUSED


@pytest.mark.parametrize("fast", [False, True])
def test_inverted_meters_are_found_out(fast: bool) -> None:
    """On most days, whether the car runs away or is told when to charge."""
    found = list(days(Day(seed=0, sign=-1, fast=fast, clouds=0.3, hours=9), 4))

    assert sum(Verdict.INVERTED in each for each in found) >= 3
    assert all(not each & ACCUSED - {Verdict.INVERTED} for each in found)


def test_blind_meters_are_found_out() -> None:
    """On most days, for the sun may make up for a start."""
    found = list(days(Day(seed=0, sees_cars=False, fast=True, clouds=0.3, hours=9), 4))

    assert sum(Verdict.BLIND in each for each in found) >= 3
    assert all(not each & ACCUSED - {Verdict.BLIND} for each in found)


def test_right_meters_are_cleared() -> None:
    """On most ordinary days of an ordinary home."""
    found = list(days(Day(seed=0, hours=9), 4))

    assert sum(Verdict.RIGHT in each for each in found) >= 3
