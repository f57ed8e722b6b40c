"""A home to try the rules in: cars that do as they are offered, sun, house and a grid meter.

Cars stay a little below their offer, and the meter is a little late, both as is usual.

Units here lose nothing and answer at once. What the messages between do to all this is tried
in test_safety.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from statistics import fmean
from typing import Any

from custom_components.twcmanager.charging.controller import Controller
from custom_components.twcmanager.charging.model import (
    ALL_LINES,
    Circuit,
    Connector,
    Decision,
    GridReading,
    Mode,
    Offer,
    Preferences,
    Reason,
    Site,
)
from custom_components.twcmanager.charging.offset import USUAL_A

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
    priority: int = 0
    takes_a: float = 40.0
    """What it takes if offered, less than 6 A for none."""
    below_a: float = USUAL_A
    """How far it stays below what it is offered."""
    at_least_a: float = 0.0
    """What it goes on with although it was offered less."""
    unit_limit_a: float = 32.0
    charge_limit_a: float = 32.0
    zero_may_mean_minimum: bool = False
    unstick: bool = False
    stops_itself: bool = False
    least_a: float = 6.0
    """What it can be brought to draw at the minimum."""
    own_limit_a: float = 80.0
    """What it lets itself draw."""
    watts_per_a: float = WATTS_PER_A
    lines: frozenset[int] = ALL_LINES
    draw_a: float = 0.0
    limit_a: float = 0.0

    def heed(self, limit_a: float) -> None:
        """Take an offer, and as much of it as it likes."""
        self.limit_a = limit_a
        offered_a = limit_a - self.below_a if limit_a else 0.0
        most_a = min(self.takes_a, self.own_limit_a)
        self.draw_a = max(min(offered_a, most_a), self.at_least_a)
        if not self.plugged_in or self.takes_a < 6:
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
            watts_per_a=self.watts_per_a,
            lines=self.lines,
            priority=self.priority,
            mode=self.mode,
            enabled=self.enabled,
            unstick=self.unstick,
            stops_itself=self.stops_itself,
            least_a=self.least_a,
            lowered=self.own_limit_a < 6,
        )


@dataclass(kw_only=True)
class Home:
    """Cars, sun, house, and a grid meter that is read every few seconds."""

    cars: Sequence[Car]
    sun_a: float = 0.0
    """What the sun leaves for cars, as the current they could draw."""
    circuit_limit_a: float = 32.0
    circuits: tuple[Circuit, ...] = ()
    preferences: Preferences = field(default_factory=Preferences)
    settled: bool = True
    meter_delay_s: int = 2
    """How late the meter is."""
    meter_every_s: int = 1
    meter_shows_means: bool = False
    """Whether it shows the mean since its last reading instead of the moment."""
    meter_works: bool = True
    """Whether there are new readings, which count for 30 s, and die after 120 s, at least."""
    battery_w: float = 0.0
    """What the home's battery gives. It is not part of ``sun_a``."""
    battery_soc: float | None = None
    reading: GridReading | None = None
    now: float = 1000.0
    decision: Decision = field(default_factory=Decision)
    controller: Controller = field(default_factory=Controller)
    offered: list[dict[int, float]] = field(default_factory=list)
    """What all cars were offered, second by second."""
    grid_w: list[float] = field(default_factory=list)
    """What came from the grid, second by second."""

    def run(self, seconds: float = 1, *, sun_a: float | None = None) -> None:
        """Let time pass."""
        if sun_a is not None:
            self.sun_a = sun_a
        for _ in range(int(seconds)):
            self.now += 1
            self.tick()

    def tick(self) -> None:
        """Read the meter, decide, and have the cars heed it."""
        self.grid_w.append(self.drawn_w - self.sun_a * WATTS_PER_A - self.battery_w)
        if self.meter_works and len(self.grid_w) % self.meter_every_s == 0:
            self.read(self.shown_w())
        site = Site(
            connectors=tuple(car.connector(self.now) for car in self.cars),
            circuit_limit_a=self.circuit_limit_a,
            circuits=self.circuits,
            preferences=self.preferences,
            grid=self.reading,
            settled=self.settled,
        )
        self.decision = self.controller.tick(site, self.now)
        for car in self.cars:
            car.heed(self.offer(car.id).limit_a)
        self.offered.append({car.id: self.limit_a(car.id) for car in self.cars})

    @property
    def drawn_w(self) -> float:
        """Return what all cars draw."""
        return sum(car.draw_a * car.watts_per_a for car in self.cars)

    def shown_w(self) -> float:
        """Return what the meter shows by now of what came from the grid."""
        count = max(1, len(self.grid_w) - self.meter_delay_s)
        since = count - self.meter_every_s if self.meter_shows_means else count - 1
        return fmean(self.grid_w[max(0, since) : count])

    def read(self, power_w: float) -> None:
        """Read the grid's meter."""
        self.reading = GridReading(
            power_w=power_w,
            battery_w=self.battery_w,
            battery_soc=self.battery_soc,
            at=self.now,
            stale_at=self.now + max(30, 3 * self.meter_every_s),
            dead_at=self.now + max(120, 6 * self.meter_every_s),
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
