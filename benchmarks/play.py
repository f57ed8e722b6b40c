"""A day of charging, event by event: bytes, meter readings, ticks."""

from dataclasses import dataclass, field
from time import process_time
from typing import Final

from custom_components.twcmanager.bus.announcement import MASTER_ID
from custom_components.twcmanager.const import unit_key

from .days import Day
from .plant import STEP_A, Plant
from .product import TICK_S, Product
from .score import (
    Overload,
    Score,
    Unused,
    available_kwh,
    optimum,
    overload,
    score,
    short_cycles,
    unused,
)

STEP_S = 0.5

# Events that are due at the same time get their turn one after the other.
_SHORTEST_S: Final = 1e-4


type Line = tuple[float, str, float, float]
"""One line of the log: when a unit got its heartbeat, the offer it had, the draw of its car."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """How a day went."""

    day: Day
    available_kwh: float
    unused: Unused
    score: Score
    stepped: Score
    """The best there is with the cars' steps."""
    decided: Score
    """The same with the cars charging when they did."""
    best: Score
    short_cycles: int
    overload: Overload
    commands: int
    """How often a unit was told another limit."""
    cpu_s: float
    log: list[Line] = field(default_factory=list)

    @property
    def share(self) -> float:
        """Return the share of the optimum's score."""
        return self.score.kwh / self.best.kwh if self.best.kwh > 0 else 0.0


def play(day: Day, plant: Plant, *, log: bool = False) -> Played:
    """Charge for a day."""
    began = process_time()
    run = _Run(day, plant, log=log)
    run.run()
    cpu_s = process_time() - began
    start, end = float(day.start_s), float(day.end_s)
    draws_a = [car.draws_a(start, end, STEP_S) for car in run.cars]
    sum_a = [sum(each) for each in zip(*draws_a, strict=True)]
    surplus_w = day.surplus_w(STEP_S)
    cars_w = [each * plant.watts_per_a for each in sum_a]
    starts = sum(car.starts for car in run.cars)
    ranges, stepped = plant.ranges(), plant.ranges(STEP_A)
    charging = [sum(each > 0 for each in draws) for draws in zip(*draws_a, strict=True)]
    decided_w = [
        stepped[min(cars, len(stepped)) - 1].best_w(surplus) if cars else 0.0
        for cars, surplus in zip(charging, surplus_w, strict=True)
    ]
    return Played(
        day=day,
        available_kwh=available_kwh(surplus_w, STEP_S, ranges[-1].most_w),
        unused=unused(surplus_w, cars_w, STEP_S, ranges[-1].most_w),
        score=score(surplus_w, cars_w, STEP_S, starts),
        stepped=optimum(day.surplus_w(1.0), stepped),
        decided=score(surplus_w, decided_w, STEP_S, starts),
        best=optimum(day.surplus_w(1.0), ranges),
        short_cycles=sum(short_cycles(each, STEP_S) for each in draws_a),
        overload=overload(sum_a, STEP_S, plant.limit_a),
        commands=run.commands,
        cpu_s=cpu_s,
        log=run.log,
    )


class _Run:
    """One day under way."""

    def __init__(self, day: Day, plant: Plant, *, log: bool) -> None:
        self.cars = plant.cars()
        self.site = plant.site(day, self.cars)
        self.commands = 0
        self.log: list[Line] = []
        self._end = day.end_s
        self._plant = plant
        self._logs = log
        self._product = Product(plant, self.site, self.site.now)
        self._told_a = [0.0 for _ in self.site.units]

    def run(self) -> None:
        """Go from event to event."""
        site, product = self.site, self._product
        master = product.master
        end, now = self._end, site.now
        next_tick = now + TICK_S
        due = wake = now
        reading = None
        while now < end:
            if now >= due:
                if data := site.transmit(now):
                    master.receive(data, now)
                    product.heard(data, now)
                    wake = master.wake_at(now)
                if (seen := site.meter) is not None and seen is not reading:
                    reading = seen
                    product.metered(seen, now)
                    wake = min(wake, master.wake_at(now))
                due = site.next_event_at(now)
            if now >= next_tick:
                next_tick += TICK_S
                product.tick(now)
                wake = min(wake, master.wake_at(now))
            if now >= wake:
                if said := master.poll(now):
                    self._tell(said, now)
                    due = site.next_event_at(now)
                wake = master.wake_at(now)
            now = max(now + _SHORTEST_S, min(due, wake, next_tick))
        site.advance(end)

    def _tell(self, data: bytes, now: float) -> None:
        """Hand the master's word to the units."""
        self.site.receive(data, now)
        self._plant.play_cars(self.site)
        for index, unit in enumerate(self.site.units):
            if unit.limit_a != self._told_a[index]:
                self._told_a[index] = unit.limit_a
                self.commands += 1
            if self._logs and data.startswith(_heartbeat_to(unit.unit_id)):
                line = (now, unit_key(unit.unit_id), unit.limit_a, unit.draw_a)
                self.log.append(line)


def _heartbeat_to(unit_id: int) -> bytes:
    """Return how a heartbeat to a unit of the plant begins: their ids need no escapes."""
    return b"\xc0\xfb\xe0" + MASTER_ID.to_bytes(2) + unit_id.to_bytes(2)
