"""The home around the Wall Connectors: sun, house and the meter that sees them all.

Sun and house are functions of time: the same seed gives the same day, in whatever order one
looks at it. Their noise is made in pieces of fixed length, each from a seed of its own.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import floor, inf, pi, sin
import random
from typing import Protocol

type Curve = tuple[tuple[float, float], ...]
"""Points (second, value), a straight line between neighbours."""


class PowerSource(Protocol):
    """Something whose power is known at any time."""

    def power_w(self, now: float) -> float:
        """Return the power in W, never negative."""


@lru_cache(maxsize=256)
def _value_at_start(seed: str, piece: int) -> float:
    """Return a number from 0 to 1 that two neighbouring pieces agree upon."""
    return random.Random(f"{seed}/{piece}").random()


@dataclass(slots=True)
class _Noise:
    """A curve made of pieces, each made when first looked at."""

    piece_s: float
    _piece: int | None = field(default=None, init=False)
    _curve: Curve = field(default=(), init=False)
    _index: int = field(default=0, init=False)

    def value(self, now: float, make: _CurveMaker) -> float:
        piece = floor(now / self.piece_s)
        if piece != self._piece:
            self._piece, self._curve, self._index = piece, make(piece), 0
        offset = now - piece * self.piece_s
        curve, index = self._curve, self._index
        if offset < curve[index][0]:
            index = 0
        while curve[index + 1][0] <= offset:
            index += 1
        self._index = index
        (t0, v0), (t1, v1) = curve[index], curve[index + 1]
        return v0 + (v1 - v0) * (offset - t0) / (t1 - t0)


class _CurveMaker(Protocol):
    def __call__(self, piece: int, /) -> Curve:
        """Return the curve of a piece: first point at or before 0, last after its end."""


_CLOUDS_S = 1800.0


@dataclass(slots=True, kw_only=True)
class Sun:
    """What the roof delivers: a clear-sky bell with clouds passing in front of it."""

    peak_w: float = 8000.0
    midnight_at: float = 0.0
    """`now` at midnight of any day."""
    day_s: float = 86400.0
    """Length of a day: less than 24 h for those who do not want to wait for the sun."""
    sunrise_s: float = 7 * 3600.0
    """After midnight. Before it, or after `sunset_s` past the day's end: no night."""
    sunset_s: float = 19 * 3600.0
    wildness: float = 1.0
    """0 is a blue sky, 1 a day of broken clouds, 2 twice as wild."""
    cloud_s: float = 90.0
    """How long a cloud takes to pass at wildness 1."""
    seed: int = 0

    _noise: _Noise = field(default_factory=lambda: _Noise(_CLOUDS_S), init=False)

    def clear_sky_w(self, now: float) -> float:
        """Return what it would deliver without clouds."""
        time_s = (now - self.midnight_at) % self.day_s
        share = (time_s - self.sunrise_s) / (self.sunset_s - self.sunrise_s)
        if not 0 < share < 1:
            return 0.0
        return self.peak_w * float(sin(pi * share) ** 1.3)

    def power_w(self, now: float) -> float:
        """Return what it delivers."""
        clear_w = self.clear_sky_w(now)
        if clear_w == 0 or self.wildness <= 0:
            return clear_w
        return clear_w * self._noise.value(now, self._clouds)

    def _clouds(self, piece: int) -> Curve:
        """Let clouds pass: clear, an edge, a cloud of some thickness, an edge, clear."""
        rng = random.Random(f"clouds {self.seed} {self.wildness} {piece}")
        wild = self.wildness
        points = [(0.0, 0.9 + 0.1 * _value_at_start(f"clouds {self.seed}", piece))]
        at = 0.0
        while True:
            at += rng.expovariate(wild / self.cloud_s)
            edge_s = rng.uniform(0.25, 1.0) * self.cloud_s / wild**0.3
            cloud_s = rng.uniform(0.2, 1.6) * self.cloud_s / wild**0.3
            if at + cloud_s + 3 * edge_s >= _CLOUDS_S:
                break
            through = 1 - min(0.85, wild * rng.uniform(0.1, 0.6))
            points.append((at, rng.uniform(0.93, 1.0)))
            at += edge_s
            points.append((at, through))
            at += cloud_s
            points.append((at, min(1.0, through + rng.uniform(-0.05, 0.15) * wild)))
            at += rng.uniform(0.7, 1.3) * edge_s
            # The edge of a cloud reflects: a little more than clear for a moment.
            points.append((at, 1.0 + 0.06 * min(1.0, wild) * rng.random()))
            at += edge_s
        last = 0.9 + 0.1 * _value_at_start(f"clouds {self.seed}", piece + 1)
        points.append((_CLOUDS_S, last))
        return tuple(points)


@dataclass(frozen=True, slots=True)
class Appliance:
    """Something in the house that runs now and then."""

    power_w: float
    run_s: float
    per_day: float


APPLIANCES = (
    Appliance(90, 900, 36),  # fridge
    Appliance(2200, 150, 6),  # kettle
    Appliance(1100, 240, 3),  # microwave oven
    Appliance(2000, 1500, 1.5),  # oven, washing machine and the like, heating
    Appliance(600, 1200, 16),  # heat pump
    Appliance(250, 5400, 2),  # television, a computer
)
_HOUSE_S = 6 * 3600.0


@dataclass(slots=True, kw_only=True)
class HouseLoad:
    """What the house uses without its cars."""

    base_w: float = 350.0
    appliances: Sequence[Appliance] = APPLIANCES
    pace: float = 1.0
    """How many days' worth of switching fit into one."""
    seed: int = 0

    _noise: _Noise = field(default_factory=lambda: _Noise(_HOUSE_S), init=False)

    def power_w(self, now: float) -> float:
        """Return what it uses."""
        return self._noise.value(now, self._runs)

    def _runs(self, piece: int) -> Curve:
        rng = random.Random(f"house {self.seed} {piece}")
        steps: list[tuple[float, float]] = []
        for appliance in self.appliances:
            at = 0.0
            while True:
                at += rng.expovariate(appliance.per_day * self.pace / 86400)
                run_s = appliance.run_s * rng.uniform(0.6, 1.4)
                if at + run_s >= _HOUSE_S - 1:
                    break
                steps += [(at, appliance.power_w), (at + run_s, -appliance.power_w)]
                at += run_s
        return self._curve(sorted(steps), rng)

    def _curve(self, steps: list[tuple[float, float]], rng: random.Random) -> Curve:
        """Add the steps up; small things come and go all the time."""
        power_w = self.base_w
        points = [(0.0, power_w)]
        for at, change_w in steps:
            wobble = rng.uniform(0.97, 1.03)
            # Appliances switch within a moment.
            at = max(at, points[-1][0] + 0.2)
            points.append((at, points[-1][1]))
            power_w += change_w
            points.append((at + 0.2, max(0.0, power_w * wobble)))
        points.append((max(_HOUSE_S, points[-1][0] + 1), self.base_w))
        return tuple(points)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A recorded day: values of equal steps, held before the first and after the last."""

    values_w: Sequence[float]
    step_s: float
    start: float
    """`now` of the first value."""
    linear: bool = False
    """Whether to draw a line between values or to hold each until the next."""

    def power_w(self, now: float) -> float:
        """Return the power recorded for this moment."""
        place = (now - self.start) / self.step_s
        index = floor(place)
        if index < 0:
            return self.values_w[0]
        if index >= len(self.values_w) - 1:
            return self.values_w[-1]
        before_w = self.values_w[index]
        if not self.linear:
            return before_w
        return before_w + (self.values_w[index + 1] - before_w) * (place - index)


@dataclass(frozen=True, slots=True)
class MeterReading:
    """What the meter shows."""

    power_w: float
    """At the grid connection: positive is import, negative is export."""
    taken_at: float
    visible_at: float


@dataclass(slots=True, kw_only=True)
class GridMeter:
    """The meter at the grid connection, late and slow as meters are."""

    interval_s: float = 10.0
    delay_s: float = 2.0
    """From a measurement until someone can see it."""
    mean: bool = False
    """Whether it shows the mean since its last reading or the moment."""
    phase_s: float = 0.0
    """When the first reading is taken, counted from the start."""

    next_sample_at: float = field(default=inf, init=False)
    _under_way: deque[MeterReading] = field(default_factory=deque, init=False)
    _visible: MeterReading | None = field(default=None, init=False)
    _sum_ws: float = field(default=0.0, init=False)
    _since: float = field(default=0.0, init=False)

    def start(self, now: float) -> None:
        """Begin to measure."""
        self._since = now
        self.next_sample_at = now + (self.phase_s or self.interval_s)

    def add(self, power_w: float, seconds: float) -> None:
        """Count a mean power over some time."""
        self._sum_ws += power_w * seconds

    def sample(self, power_w: float) -> None:
        """Take the reading that is due, the power being this at the moment."""
        now = self.next_sample_at
        if self.mean and now > self._since:
            power_w = self._sum_ws / (now - self._since)
        self._sum_ws, self._since = 0.0, now
        self._under_way.append(MeterReading(power_w, now, now + self.delay_s))
        self.next_sample_at = now + self.interval_s

    def next_reading_at(self, now: float) -> float:
        """Return when there is a newer reading to be seen than now."""
        self.reading(now)
        if self._under_way:
            return self._under_way[0].visible_at
        return self.next_sample_at + self.delay_s

    def reading(self, now: float) -> MeterReading | None:
        """Return the newest reading that can be seen, None before the first."""
        while self._under_way and self._under_way[0].visible_at <= now:
            self._visible = self._under_way.popleft()
        return self._visible


@dataclass(slots=True, kw_only=True)
class SimulatedHome:
    """Sun, house and meter."""

    sun: PowerSource = field(default_factory=Sun)
    house: PowerSource = field(default_factory=HouseLoad)
    meter: GridMeter = field(default_factory=GridMeter)
