"""Days to charge on: recorded ones, and wild ones made up for the purpose."""

from collections.abc import Iterator, Sequence
import csv
from dataclasses import dataclass
from itertools import count, pairwise
from math import exp, isfinite, pi, sin, sqrt
from pathlib import Path
import random
from typing import Final

from custom_components.twcmanager.simulator.home import Trace

TRACES: Final = Path(__file__).parent / "traces"

ROW_S: Final = 10
_FIRST_S: Final = 5 * 3600
_ROWS: Final = 17 * 3600 // ROW_S

# What the days made up are measured against.
_WILD: Final = "m2-2018-10-14"
# How long the weather takes to change.
_WEATHER_S: Final = 2400.0
# How long a cloud takes to pass, to begin with.
_CLOUD_S: Final = 90.0
# How close to the wanted wildness is close enough, and how often to try clouds of another size.
_FIT: Final = 0.04
_FITTINGS: Final = 12


@dataclass(frozen=True, slots=True)
class Day:
    """What the roof delivers and the house uses, in W, one value per 10 s.

    The sun's are samples in the middle of their 10 s, with straight lines between them; the
    house's hold for their 10 s.
    """

    name: str
    start_s: int
    """Seconds after midnight of the first row."""
    pv_w: tuple[float, ...]
    house_w: tuple[float, ...]

    @property
    def end_s(self) -> int:
        """Return when it is over, in seconds after midnight."""
        return self.start_s + len(self.pv_w) * ROW_S

    @property
    def sun(self) -> Trace:
        """Return the roof as the simulated home has it."""
        start = self.start_s + ROW_S / 2
        return Trace(values_w=self.pv_w, step_s=ROW_S, start=start, linear=True)

    @property
    def house(self) -> Trace:
        """Return the house as the simulated home has it."""
        return Trace(values_w=self.house_w, step_s=ROW_S, start=self.start_s)

    def surplus_w(self, step_s: float) -> list[float]:
        """Return sun less house in the middle of each step, negative when there is none."""
        sun, house = self.sun, self.house
        steps = round((self.end_s - self.start_s) / step_s)
        middles = [self.start_s + (step + 0.5) * step_s for step in range(steps)]
        return [sun.power_w(at) - house.power_w(at) for at in middles]

    @property
    def variability_kw(self) -> float:
        """Return how wild its sun is."""
        return variability_kw(self.pv_w)


def variability_kw(pv_w: Sequence[float]) -> float:
    """Return how wild the sun is: all changes from row to row added up."""
    return sum(abs(after - before) for before, after in pairwise(pv_w)) / 1000


def load(path: Path) -> Day:
    """Read a file of the columns date, seconds, pv_w and house_w.

    Raises ValueError saying what is wrong with it.
    """
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    try:
        seconds = [float(row["seconds"]) for row in rows]
        pv_w = tuple(float(row["pv_w"]) for row in rows)
        house_w = tuple(float(row["house_w"]) for row in rows)
    except (KeyError, TypeError, ValueError) as err:
        raise ValueError(f"{path}: not columns of numbers: {err!r}") from err
    if not all(isfinite(each) for each in (*seconds, *pv_w, *house_w)):
        raise ValueError(f"{path}: not columns of numbers: some are none")
    if len(rows) < 2:
        raise ValueError(f"{path}: no rows")
    if any(after - before != ROW_S for before, after in pairwise(seconds)):
        raise ValueError(f"{path}: rows are not {ROW_S} s apart")
    return Day(path.stem, int(seconds[0]), pv_w, house_w)


def recorded() -> list[Day]:
    """Return the days that come along."""
    return [load(path) for path in sorted(TRACES.glob("*.csv"))]


def wild(days: int, seed: int, least: float = 1.0, most: float = 2.0) -> list[Day]:
    """Make up days of fast broken clouds.

    Each is at least ``least`` and at most ``most`` times as wild as the wildest recorded one.
    Their houses are recorded ones. The same seed gives the same days.
    """
    houses = [day.house_w for day in recorded()]
    reference_kw = load(TRACES / f"{_WILD}.csv").variability_kw
    made = []
    for index in range(days):
        # As many tame ones as wild ones.
        share = index / max(1, days - 1)
        wanted_kw = reference_kw * (least + (most - least) * share)
        name = f"wild-{seed}-{index + 1}"
        house_w = random.Random(name).choice(houses)
        made.append(Day(name, _FIRST_S, _clouded(name, wanted_kw), house_w))
    return made


def _clouded(name: str, wanted_kw: float) -> tuple[float, ...]:
    """Return the roof's day in some season, with clouds that make it as wild as wanted.

    The smaller the clouds, the faster they come and go, the wilder the day.
    """
    for attempt in count():
        cloud_s = _CLOUD_S
        for _ in range(_FITTINGS):
            pv_w = _roof_w(random.Random(f"{name} {attempt}"), cloud_s)
            ratio = variability_kw(pv_w) / wanted_kw
            if abs(ratio - 1) < _FIT:
                return pv_w
            cloud_s *= min(2.0, max(0.5, ratio))
    raise AssertionError


def _roof_w(rng: random.Random, cloud_s: float) -> tuple[float, ...]:
    peak_w = rng.uniform(5500, 8500)
    rise_s = rng.uniform(5.5, 7.5) * 3600
    set_s = 24.5 * 3600 - rise_s
    pv_w = []
    for row, light in enumerate(_light(rng, cloud_s)):
        share = (_FIRST_S + (row + 0.5) * ROW_S - rise_s) / (set_s - rise_s)
        clear_w = peak_w * sin(pi * share) ** 1.3 if 0 < share < 1 else 0.0
        pv_w.append(round(clear_w * light))
    return tuple(pv_w)


def _light(rng: random.Random, cloud_s: float) -> Iterator[float]:
    """Yield which share of a clear sky's light comes through, row by row.

    How much of the sky is covered changes within the hour, a cloud takes its minute.
    """
    edge_s = cloud_s * rng.uniform(0.1, 0.5)
    usually = rng.uniform(0.2, 0.7)
    spread = rng.uniform(0.1, 0.3)
    cover, change = usually, 0.0
    covered, left_s = False, 0.0
    light = target = 1.0
    slow = exp(-ROW_S / _WEATHER_S)
    for _ in range(_ROWS):
        change = slow * change + sqrt(1 - slow**2) * rng.gauss(0, spread)
        cover = min(0.95, max(0.05, usually + change))
        left_s -= ROW_S
        if left_s <= 0:
            covered = not covered
            left_s = rng.expovariate(
                1 / (2 * cloud_s * (cover if covered else 1 - cover))
            )
            # The edges of clouds reflect: now and then there is more than clear light.
            target = rng.uniform(0.15, 0.75) if covered else rng.uniform(0.93, 1.07)
        # No cloud is the same all over.
        target = min(1.1, max(0.1, target + rng.gauss(0, 0.002)))
        step = ROW_S / edge_s
        light += max(-step, min(step, target - light))
        yield light
