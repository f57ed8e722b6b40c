"""A home to try the rules in: cars that do as they are offered, sun, house and a grid meter.

Units here lose nothing and answer at once. What the messages between do to all this is tried
in test_safety.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from custom_components.twcmanager.charging.controller import Controller
from custom_components.twcmanager.charging.model import (
    Connector,
    Decision,
    GridReading,
    Mode,
    Offer,
    Reason,
    Site,
)

WATTS_PER_A = 230.0


def connector(**changes: Any) -> Connector:
    """Return a connector with a car that charges with 10 A in solar mode."""
    usual = Connector(
        id=1,
        online=True,
        plugged_in=True,
        charging=True,
        draw_a=10.0,
        echo_a=10.0,
        at_most_a=10.0,
        told_at=None,
        rating_a=32.0,
        unit_limit_a=32.0,
        charge_limit_a=32.0,
        zero_may_mean_minimum=False,
        watts_per_a=WATTS_PER_A,
        mode=Mode.SOLAR,
        enabled=True,
    )
    return replace(usual, **changes)


def waiting(**changes: Any) -> Connector:
    """Return a connector with a car that was offered nothing yet."""
    idle = {"charging": False, "draw_a": 0.0, "echo_a": 0.0, "at_most_a": 0.0}
    return connector(**idle | changes)


@dataclass(kw_only=True)
class Car:
    """A car, its unit, and what their owner set."""

    id: int
    mode: Mode = Mode.SOLAR
    enabled: bool = True
    online: bool = True
    plugged_in: bool | None = True
    takes_a: float = 40.0
    """What it takes if offered, less than 6 A for none."""
    at_least_a: float = 0.0
    """What it goes on with although it was offered less."""
    unit_limit_a: float = 32.0
    charge_limit_a: float = 32.0
    zero_may_mean_minimum: bool = False
    unstick: bool = False
    draw_a: float = 0.0
    limit_a: float = 0.0

    def heed(self, limit_a: float) -> None:
        """Take an offer, and as much of it as it likes."""
        self.limit_a = limit_a
        self.draw_a = max(min(limit_a, self.takes_a), self.at_least_a)
        if not self.plugged_in or self.takes_a < 6 or not self.draw_a:
            self.draw_a = 0.0

    def connector(self, now: float) -> Connector:
        """Return what its unit says."""
        return connector(
            id=self.id,
            online=self.online,
            plugged_in=self.plugged_in,
            charging=self.draw_a > 0,
            draw_a=self.draw_a,
            echo_a=self.limit_a,
            at_most_a=self.limit_a,
            told_at=now,
            unit_limit_a=self.unit_limit_a,
            charge_limit_a=self.charge_limit_a,
            zero_may_mean_minimum=self.zero_may_mean_minimum,
            mode=self.mode,
            enabled=self.enabled,
            unstick=self.unstick,
        )


@dataclass(kw_only=True)
class Home:
    """Cars, sun, house, and a grid meter that is read every second."""

    cars: Sequence[Car]
    sun_a: float = 0.0
    """What the sun leaves for cars, as the current they could draw."""
    circuit_limit_a: float = 32.0
    settled: bool = True
    meter_works: bool = True
    """Whether there are new readings, each of which counts for 30 s and dies after 120 s."""
    reading: GridReading | None = None
    now: float = 1000.0
    decision: Decision = field(default_factory=Decision)
    controller: Controller = field(default_factory=Controller)
    offered: list[dict[int, float]] = field(default_factory=list)
    """What all cars were offered, second by second."""

    def run(self, seconds: float = 1, *, sun_a: float | None = None) -> None:
        """Let time pass."""
        if sun_a is not None:
            self.sun_a = sun_a
        for _ in range(int(seconds)):
            self.now += 1
            self.tick()

    def tick(self) -> None:
        """Read the meter, decide, and have the cars heed it."""
        if self.meter_works:
            drawn_w = sum(car.draw_a for car in self.cars) * WATTS_PER_A
            self.read(drawn_w - self.sun_a * WATTS_PER_A)
        site = Site(
            connectors=tuple(car.connector(self.now) for car in self.cars),
            circuit_limit_a=self.circuit_limit_a,
            grid=self.reading,
            settled=self.settled,
        )
        self.decision = self.controller.tick(site, self.now)
        for car in self.cars:
            car.heed(self.offer(car.id).limit_a)
        self.offered.append({car.id: self.limit_a(car.id) for car in self.cars})

    def read(self, power_w: float) -> None:
        """Read the grid's meter."""
        self.reading = GridReading(
            power_w=power_w,
            at=self.now,
            stale_at=self.now + 30,
            dead_at=self.now + 120,
        )

    def offer(self, id_: int = 1) -> Offer:
        """Return what a car is offered."""
        return self.decision.offers[id_]

    def __getitem__(self, id_: int) -> tuple[float, Reason]:
        """Return what a car is offered, and why."""
        return self.limit_a(id_), self.reason(id_)

    def starts(self, id_: int = 1) -> int:
        """Return how often a car was offered something after nothing."""
        offered = [0.0, *(offers.get(id_, 0.0) for offers in self.offered)]
        return sum(not a and b > 0 for a, b in pairwise(offered))

    def limit_a(self, id_: int = 1) -> float:
        """Return how much a car is offered."""
        return self.offer(id_).limit_a

    def reason(self, id_: int = 1) -> Reason:
        """Return why a car is offered what it is offered."""
        return self.offer(id_).reason
