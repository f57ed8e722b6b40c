"""What flows through a main fuse beyond its rating when the house suddenly takes more.

Two cars charge as fast as they may behind a main fuse; the house takes 20 A more on one line,
again and again. Through the real master, controller and guard, next to the least possible.
"""

import argparse
from dataclasses import asdict, dataclass
from statistics import mean
from typing import Any, Final

from custom_components.twcmanager.charging.model import MainFuse, Mode

from .days import Day
from .plant import Plant, RecordedCar
from .product import TICK_S, Product
from .results import Table, publish, say

_FUSE_A: Final = 35.0
_BASE_A: Final = 1.0
_STEP_A: Final = 20.0
# The house takes it for so long, and leaves the cars in peace until the next time.
_LASTS_S: Final = 60.0
_EVERY_S: Final = 180.0
_FIRST_S: Final = 300.07
_STEP_S: Final = 0.02
_SHORTEST_S: Final = 1e-4
# One unit is told at once, the other when the first has answered: the mean of both.
_HEARTBEATS_S: Final = 0.04
# What a unit takes to pass a limit on to its car.
_COMMAND_S: Final = 1.5

_NOBODY: Final = Day("nobody", 0, (0.0, 0.0), (0.0, 0.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensor:
    """What tells the currents."""

    interval_s: float = 1.0
    delay_s: float = 0.0


_SENSORS: Final = {
    "every 1 s": Sensor(),
    "every 1 s, 1 s late": Sensor(delay_s=1.0),
    "every 5 s": Sensor(interval_s=5.0),
    "every 10 s, 2 s late": Sensor(interval_s=10.0, delay_s=2.0),
}


@dataclass(frozen=True, slots=True)
class Overload:
    """What one step of the house did to the fuse, in A s, and the least it could have done."""

    ampere_seconds: float
    least_ampere_seconds: float
    lasted_s: float


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what can be asked for."""
    parser.add_argument(
        "--steps", type=int, default=40, help="per sensor (default: 40)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Measure, print and keep."""
    rows = []
    data: dict[str, Any] = {"steps": arguments.steps}
    for label, sensor in _SENSORS.items():
        overloads = play(sensor, arguments.steps)
        data[label] = [asdict(each) for each in overloads]
        most = max(overloads, key=lambda each: each.ampere_seconds)
        rows.append(
            (
                label,
                f"{mean(each.ampere_seconds for each in overloads):.1f}",
                f"{mean(each.least_ampere_seconds for each in overloads):.1f}",
                f"{most.ampere_seconds:.1f}",
                f"{most.least_ampere_seconds:.1f}",
                f"{max(each.lasted_s for each in overloads):.2f}",
            )
        )
    columns = ("sensor", "mean A s", "least", "worst A s", "least", "longest s")
    say()
    publish(
        "fuse",
        "A house behind its main fuse",
        [Table("Overload", columns, rows)],
        _NOTES,
        data,
    )
    return 0


_NOTES = f"""\
Two cars of 16 A on three phases behind a main fuse of {_FUSE_A:g} A; the house takes
{_STEP_A:g} A more on one line for a minute. *least* is what cannot be avoided: the time until
the sensor tells of it, two heartbeats, the 1.5 s that a Wall Connector takes to pass a limit on,
and both cars going down by 5 A/s. A circuit breaker of {_FUSE_A:g} A carries
{_FUSE_A * 1.45:.0f} A for minutes at least."""


def play(sensor: Sensor, steps: int) -> list[Overload]:
    """Let the house take more again and again, and return what came of each time."""
    plant = Plant(
        connectors=2,
        phases=3,
        max_a=16.0,
        circuit_a=32.0,
        meter_interval_s=3600.0,
        zero_opens_relay=True,
    )
    cars = plant.cars()
    # Never in step with the sensor.
    steps_at = [_FIRST_S + number * (_EVERY_S + 0.137) for number in range(steps)]
    end = steps_at[-1] + _EVERY_S
    _charge(plant, cars, sensor, steps_at, end)
    draws_a = [car.draws_a(0.0, end, _STEP_S) for car in cars]
    overloads = []
    for step_at in steps_at:
        first = round(step_at / _STEP_S)
        last = round((step_at + _LASTS_S) / _STEP_S)
        over_a = [
            max(0.0, _BASE_A + _STEP_A + sum(each) - _FUSE_A)
            for each in zip(*(each[first:last] for each in draws_a), strict=True)
        ]
        read_at = next_reading_at(sensor, step_at)
        unavoidable_s = read_at + sensor.delay_s - step_at + _HEARTBEATS_S + _COMMAND_S
        excess_a = over_a[0]
        overloads.append(
            Overload(
                ampere_seconds=sum(over_a) * _STEP_S,
                least_ampere_seconds=excess_a * unavoidable_s
                + excess_a**2 / (2 * sum(car.ramp_down_a_per_s for car in cars)),
                lasted_s=sum(each > 0 for each in over_a) * _STEP_S,
            )
        )
    return overloads


def next_reading_at(sensor: Sensor, now: float) -> float:
    """Return when the sensor next reads."""
    return (now // sensor.interval_s + 1) * sensor.interval_s


def _charge(
    plant: Plant,
    cars: list[RecordedCar],
    sensor: Sensor,
    steps_at: list[float],
    end: float,
) -> None:
    """Let the cars charge until the end."""
    site = plant.site(_NOBODY, cars)
    product = Product(plant, site, 0.0, Mode.FAST)
    master = product.master
    under_way: list[tuple[float, float, float]] = []
    now = due = wake = next_tick = 0.0
    read_at = next_reading_at(sensor, now)
    while now < end:
        if now >= due:
            if data := site.transmit(now):
                master.receive(data, now)
                product.heard(data, now)
                wake = master.wake_at(now)
            due = site.next_event_at(now)
        if now >= read_at:
            site.advance(now)
            stepped = any(at <= now < at + _LASTS_S for at in steps_at)
            house_a = _BASE_A + (_STEP_A if stepped else 0.0)
            cars_a = sum(car.draw_a for car in cars)
            under_way.append((now + sensor.delay_s, house_a + cars_a, _BASE_A + cars_a))
            read_at = next_reading_at(sensor, now)
        if under_way and now >= under_way[0][0]:
            _, first_a, other_a = under_way.pop(0)
            product.fuse = MainFuse(
                limit_a=_FUSE_A,
                currents_a=(first_a, other_a, other_a),
                at=now,
                stale_at=now + 30.0,
                dead_at=now + 120.0,
            )
            product.tick(now)
            wake = min(wake, master.wake_at(now))
        if now >= next_tick:
            next_tick += TICK_S
            product.tick(now)
            wake = min(wake, master.wake_at(now))
        if now >= wake:
            if said := master.poll(now):
                site.receive(said, now)
                due = site.next_event_at(now)
            wake = master.wake_at(now)
        seen_at = under_way[0][0] if under_way else end
        now = max(now + _SHORTEST_S, min(due, wake, next_tick, read_at, seen_at))
    site.advance(end)
