"""What a day of charging was worth, and what it could have been worth at best."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

# So much sun a start has to bring in: contactors wear.
START_KWH: Final = 0.05
SHORT_CYCLE_S: Final = 300.0
# From deciding to start until the car draws.
START_DELAY_S: Final = 15

_WS_PER_KWH: Final = 3.6e6
_TOLERANCE_A: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Score:
    """Energies in kWh."""

    sun_kwh: float
    """What went into the cars and did not come from the grid."""
    import_kwh: float
    """What came from the grid because of the cars."""
    starts: int

    @property
    def kwh(self) -> float:
        """Return what it was worth."""
        return self.sun_kwh - self.import_kwh - START_KWH * self.starts


@dataclass(frozen=True, slots=True)
class Range:
    """What cars together can draw when some number of them charges, in W."""

    least_w: float
    most_w: float
    step_w: float = 0.0
    """The steps in which they can, 0 for none."""

    def best_w(self, surplus_w: float) -> float:
        """Return what to draw best if they draw at all."""
        best_w = min(max(surplus_w, self.least_w), self.most_w)
        if not self.step_w:
            return best_w
        return self.least_w + round((best_w - self.least_w) / self.step_w) * self.step_w


def imported_w(surplus_w: float, cars_w: float) -> float:
    """Return how much more comes from the grid than without the cars."""
    return max(0.0, cars_w - max(0.0, surplus_w))


def available_kwh(surplus_w: Sequence[float], step_s: float, most_w: float) -> float:
    """Return what of the surplus the cars could take at all."""
    taken_w = sum([min(max(0.0, each), most_w) for each in surplus_w])
    return taken_w * step_s / _WS_PER_KWH


def score(
    surplus_w: Sequence[float], cars_w: Sequence[float], step_s: float, starts: int
) -> Score:
    """Return what a day was worth, from sun less house and the cars' power in each step."""
    imported = total = 0.0
    for surplus, cars in zip(surplus_w, cars_w, strict=True):
        if cars > 0:
            total += cars
            if cars > surplus:
                imported += cars - surplus if surplus > 0 else cars
    hours = step_s / _WS_PER_KWH
    return Score((total - imported) * hours, imported * hours, starts)


@dataclass(frozen=True, slots=True)
class Unused:
    """Where the sun went that the cars could have taken, in kWh."""

    charging_kwh: float
    """Not offered, or not taken, by cars that were charging."""
    waiting_kwh: float
    """While no car was charging."""


def unused(
    surplus_w: Sequence[float], cars_w: Sequence[float], step_s: float, most_w: float
) -> Unused:
    """Return what of the available sun the cars left."""
    charging = waiting = 0.0
    for surplus, cars in zip(surplus_w, cars_w, strict=True):
        left = min(surplus, most_w) - cars
        if left > 0:
            if cars > 0:
                charging += left
            else:
                waiting += left
    hours = step_s / _WS_PER_KWH
    return Unused(charging * hours, waiting * hours)


def optimum(
    surplus_w: Sequence[float], ranges: Sequence[Range], step_s: float = 1.0
) -> Score:
    """Return the best there is for someone who knows the day in advance.

    ``ranges`` says what one car can draw, two cars together, and so on. Cars are started one
    after the other; a decision to start is followed by 15 s of waiting. Stopping is at once.
    """
    wait = round(START_DELAY_S / step_s)
    hours = step_s / _WS_PER_KWH
    steps = len(surplus_w)
    gains = [[0.0] * steps]
    for power in ranges:
        gain = []
        for surplus in surplus_w:
            best_w = power.best_w(surplus)
            gain.append((best_w - 2 * imported_w(surplus, best_w)) * hours)
        gains.append(gain)
    # Backwards: what the rest of the day is worth with so many cars charging.
    worth = [[0.0] * (steps + 1) for _ in gains]
    # The sum of a range's gains up to a step, for those who wait for the next car.
    sums = [_running_sum(gain) for gain in gains]
    for step in range(steps - 1, -1, -1):
        for cars, gain in enumerate(gains):
            best = gain[step] + worth[cars][step + 1]
            if cars + 1 < len(gains) and step + wait < steps:
                waited = sums[cars][step + wait] - sums[cars][step]
                started = waited + worth[cars + 1][step + wait] - START_KWH
                best = max(best, started)
            if cars:
                best = max(best, worth[cars - 1][step])
            worth[cars][step] = best
    return _replay(surplus_w, ranges, gains, worth, step_s)


def _running_sum(values: Sequence[float]) -> list[float]:
    total = 0.0
    sums = [total]
    for value in values:
        total += value
        sums.append(total)
    return sums


def _replay(
    surplus_w: Sequence[float],
    ranges: Sequence[Range],
    gains: Sequence[Sequence[float]],
    worth: Sequence[Sequence[float]],
    step_s: float,
) -> Score:
    """Go through the day with the best decisions."""
    wait = round(START_DELAY_S / step_s)
    steps = len(surplus_w)
    cars_w = [0.0] * steps
    step = cars = starts = waiting = 0
    while step < steps:
        if not waiting:
            while cars and worth[cars - 1][step] >= worth[cars][step]:
                cars -= 1
            stay = gains[cars][step] + worth[cars][step + 1]
            if worth[cars][step] > stay:
                starts += 1
                waiting = wait
        if cars:
            cars_w[step] = ranges[cars - 1].best_w(surplus_w[step])
        step += 1
        if waiting:
            waiting -= 1
            cars += not waiting
    return score(surplus_w, cars_w, step_s, starts)


@dataclass(frozen=True, slots=True)
class Overload:
    """How far and how long the cars drew more than their circuit carries."""

    worst_a: float
    seconds: float
    ampere_seconds: float


def overload(draws_a: Sequence[float], step_s: float, circuit_a: float) -> Overload:
    """Return by how much the sum of all draws was too much."""
    excess_a = [each - circuit_a for each in draws_a if each > circuit_a + _TOLERANCE_A]
    return Overload(
        max(excess_a, default=0.0), len(excess_a) * step_s, sum(excess_a) * step_s
    )


def short_cycles(draw_a: Sequence[float], step_s: float) -> int:
    """Return how often a car was off for less than 5 min between two charges."""
    short, off_since = 0, None
    for step, draw in enumerate(draw_a):
        if draw == 0:
            if off_since is None and step and draw_a[step - 1] > 0:
                off_since = step
        elif off_since is not None:
            short += (step - off_since) * step_s < SHORT_CYCLE_S
            off_since = None
    return short
