"""The main fuse: the house comes first, and a car is lowered before it trips."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import pytest

from custom_components.twcmanager.charging.fuse import MARGIN_A
from custom_components.twcmanager.charging.guard import Guard
from custom_components.twcmanager.charging.headroom import DOUBT_S, RECOVERS_S
from custom_components.twcmanager.charging.model import (
    ALL_LINES,
    MainFuse,
    Reason,
    Site,
)

from .home import connector

NAN = float("nan")
FUSE_A = 25.0
NEVER_READ = MainFuse(limit_a=FUSE_A, currents_a=None)


@dataclass(kw_only=True)
class Car:
    """A car that takes what it is offered, by a ramp."""

    id: int = 1
    wants_a: float = 32.0
    """What it is to be offered if there is room."""
    takes_a: float = 32.0
    online: bool = True
    lines: frozenset[int] = ALL_LINES
    known_lines: frozenset[int] | None = None
    limit_a: float = 0.0
    draw_a: float = 0.0
    told_a: float = 0.0
    """What its unit last said that it draws, which is a second old."""

    def live(self, offer_a: float) -> None:
        """Let a second pass with an offer."""
        self.told_a = self.draw_a
        self.limit_a = offer_a
        self.draw_a = min(self.limit_a, self.takes_a, self.draw_a + 2)
        if self.draw_a < 2:
            self.draw_a = 0.0


@dataclass(kw_only=True)
class House:
    """A house behind a fuse, with a meter on each line."""

    cars: Sequence[Car] = field(default_factory=lambda: [Car()])
    load_a: tuple[float, ...] = (5.0, 5.0, 5.0)
    interval_s: int = 1
    delay_s: int = 0
    tells_delay: bool = False
    """Whether a reading says when it was taken, and not only when it came in."""
    clock_ahead_s: float = 0.0
    """How much later than now a reading claims to be."""
    sees_cars: bool = True
    works: bool = True
    settled: bool = True
    fuse: MainFuse | None = NEVER_READ
    now: float = 1000.0
    guard: Guard = field(default_factory=Guard)
    flows: deque[tuple[float, ...]] = field(default_factory=deque)
    offers: list[float] = field(default_factory=list)
    """What the first car was offered, second by second."""
    worst_a: float = 0.0
    """The most that went through the fuse."""

    def run(self, seconds: float) -> None:
        """Let time pass."""
        for _ in range(int(seconds)):
            self.second()

    def second(self) -> None:
        """Let the cars follow, read the meter, and decide."""
        self.now += 1
        for car in self.cars:
            car.live(car.limit_a)
        flow = tuple(
            load_a + sum(car.draw_a for car in self.cars if line in car.lines)
            for line, load_a in enumerate(self.load_a)
        )
        self.worst_a = max(self.worst_a, *flow)
        self.flows.append(flow if self.sees_cars else self.load_a)
        while len(self.flows) > self.delay_s + 1:
            self.flows.popleft()
        if self.works and self.now % self.interval_s == 0:
            self.read(*self.flows[0])
        self.decide()

    def read(self, *currents_a: float) -> None:
        """Read the meter."""
        assert self.fuse
        self.fuse = replace(
            self.fuse,
            currents_a=currents_a,
            at=self.now
            + self.clock_ahead_s
            - (self.delay_s if self.tells_delay else 0),
            stale_at=self.now + 30,
            dead_at=self.now + 120,
        )

    def decide(self) -> None:
        """Have the guard decide."""
        site = Site(
            connectors=tuple(
                connector(
                    id=car.id,
                    online=car.online,
                    draw_a=car.told_a,
                    charging=car.told_a > 0,
                    echo_a=car.limit_a,
                    at_most_a=car.limit_a,
                    told_at=self.now,
                    lines=car.lines if car.known_lines is None else car.known_lines,
                )
                for car in self.cars
            ),
            circuit_limit_a=80,
            fuse=self.fuse and replace(self.fuse, sees_cars=self.sees_cars),
            grid=None,
            settled=self.settled,
        )
        self.guard.watch(site, self.now)
        wishes = {car.id: car.wants_a for car in self.cars}
        grants = self.guard.grant(site, wishes, self.now)
        self.rooms_a = {
            tuple(pool.costs): pool.room
            for pool in self.guard.pools(site, self.now)
            if pool.reason is Reason.MAIN_FUSE
        }
        for car in self.cars:
            car.limit_a = grants[car.id].limit_a
        self.offers.append(self.offer_a)

    @property
    def offer_a(self) -> float:
        """Return what the first car is offered."""
        return self.cars[0].limit_a if self.cars else 0.0

    @property
    def changes(self) -> list[float]:
        """Return each offer that differs from the one before."""
        return [now for before, now in pairwise([0, *self.offers]) if now != before]


METERS = pytest.mark.parametrize(
    ("interval_s", "delay_s"), [(1, 0), (1, 1), (1, 3), (5, 2), (10, 2), (10, 4)]
)


class TestRoom:
    """What the house leaves."""

    def test_a_car_gets_what_the_house_leaves(self) -> None:
        """Less a little that meters and units round."""
        house = House(load_a=(5, 10, 3))
        house.run(60)
        assert house.offer_a == FUSE_A - 10 - MARGIN_A
        assert house.worst_a <= FUSE_A

    def test_each_line_has_its_own(self) -> None:
        """A car on one line is not kept from charging by the load of another."""
        house = House(
            cars=[
                Car(id=1, lines=frozenset({0})),
                Car(id=2, lines=frozenset({1})),
            ],
            load_a=(15, 3, 20),
        )
        house.run(60)
        assert [car.limit_a for car in house.cars] == [9, 21]
        assert house.rooms_a == {(1,): 9, (2,): 21}

    def test_a_home_with_one_line(self) -> None:
        """Has one that counts."""
        house = House(load_a=(5,))
        house.run(60)
        assert house.offer_a == 19

    def test_cars_share_it(self) -> None:
        """What one was granted is not there for the other."""
        house = House(cars=[Car(id=1, wants_a=12), Car(id=2)], load_a=(4, 4, 4))
        house.run(60)
        assert [car.limit_a for car in house.cars] == [12, 8]

    def test_a_house_that_needs_all_of_it_gets_it(self) -> None:
        """Then no car charges."""
        house = House(load_a=(19, 0, 0))
        house.run(60)
        assert house.offer_a == 0

    def test_a_meter_that_does_not_see_the_cars(self) -> None:
        """Says what the house takes."""
        house = House(sees_cars=False)
        house.run(60)
        assert house.offer_a == 19

    def test_what_an_inverter_feeds_in_is_not_counted_on(self) -> None:
        """A cloud is faster than a car."""
        house = House(load_a=(-20, -20, -20))
        house.run(60)
        assert house.offer_a == FUSE_A - MARGIN_A

    def test_without_a_fuse_to_watch_there_is_no_limit(self) -> None:
        """As before anyone set one."""
        house = House(fuse=None, works=False)
        house.run(30)
        assert house.offer_a == 32

    @pytest.mark.parametrize("limit_a", [NAN, 0.0, -5.0, float("inf")])
    def test_a_fuse_of_nonsense_carries_nothing(self, limit_a: float) -> None:
        """Better no car than a tripped fuse."""
        house = House(fuse=MainFuse(limit_a=limit_a, currents_a=None))
        house.run(60)
        assert house.offer_a == 0


class TestLoweringAndRaising:
    """Down at once, up when it has lasted."""

    def test_lowered_with_the_reading(self) -> None:
        """In the same second, to what is left."""
        house = House()
        house.run(60)
        house.load_a = (15, 5, 5)
        house.second()
        assert house.offer_a == 9
        house.second()
        assert house.cars[0].draw_a == 9

    def test_raised_when_the_room_has_been_there_for_long(self) -> None:
        """A kettle comes back."""
        house = House()
        house.run(60)
        house.load_a = (15, 5, 5)
        house.run(60)
        house.load_a = (5, 5, 5)
        house.run(RECOVERS_S - 1)
        assert house.offer_a == 9
        house.run(5)
        assert house.offer_a == 19

    @METERS
    def test_one_change_of_the_house_is_one_change_of_the_offer(
        self, interval_s: int, delay_s: int
    ) -> None:
        """Though the meter still shows the old draw of the car for a while."""
        house = House(interval_s=interval_s, delay_s=delay_s)
        house.run(120)
        house.offers.clear()
        house.run(60)
        house.load_a = (12, 5, 5)
        house.run(120)
        house.load_a = (5, 5, 5)
        house.run(120)
        assert house.changes == [19, 12, 19]

    @METERS
    def test_a_car_that_rises_is_not_taken_for_the_house(
        self, interval_s: int, delay_s: int
    ) -> None:
        """Nor one that then takes less than it was offered."""
        for takes_a in (32.0, 10.0):
            house = House(interval_s=interval_s, delay_s=delay_s)
            house.cars[0].wants_a = 6
            house.cars[0].takes_a = takes_a
            house.run(100)
            house.cars[0].wants_a = 32
            house.offers.clear()
            house.run(200)
            assert house.changes == [19]

    def test_a_late_meter_that_says_how_late_it_is(self) -> None:
        """What the car drew back then is what counts."""
        house = House(interval_s=5, delay_s=20, tells_delay=True)
        house.run(120)
        house.offers.clear()
        house.run(60)
        house.load_a = (12, 5, 5)
        house.run(120)
        assert house.changes == [19, 12]

    def test_a_reading_from_the_future_is_one_of_now(self) -> None:
        """A clock is wrong."""
        house = House(delay_s=3, clock_ahead_s=100)
        house.run(120)
        house.offers.clear()
        house.run(60)
        house.load_a = (12, 5, 5)
        house.run(120)
        assert house.changes == [19, 12]

    def test_two_loads_one_after_the_other(self) -> None:
        """The second shows although the car is still coming down from the first."""
        house = House()
        house.run(60)
        house.load_a = (10, 5, 5)
        house.run(2)
        house.load_a = (18, 5, 5)
        house.run(2)
        assert house.offer_a <= 11
        house.run(8)
        assert house.offer_a <= 8
        house.run(10)
        assert house.offer_a == 6

    def test_a_car_that_starts_by_itself_is_held_back_for_a_moment_at_most(
        self,
    ) -> None:
        """Its unit tells a second after the meter has seen it."""
        house = House()
        house.cars[0].takes_a = 0
        house.run(60)
        house.cars[0].takes_a = 32
        house.run(90)
        assert house.offer_a == 19
        assert house.worst_a <= FUSE_A

    def test_what_stays_in_doubt_is_taken_at_its_worst(self) -> None:
        """A car that jumps all the time may hide what the house takes."""
        house = House(load_a=(10, 5, 5))
        car = house.cars[0]
        house.run(60)
        house.load_a = (19, 5, 5)
        for second in range(int(DOUBT_S) + 20):
            # Its unit says one thing, its car does another.
            car.takes_a = 20 if second % 4 < 2 else 6
            house.second()
        assert house.offer_a == 0


class TestWhoIsWho:
    """Which of the current was the cars'."""

    def test_a_car_found_charging_is_not_the_house(self) -> None:
        """After a start the meter is read before the units are heard."""
        house = House(settled=False)
        house.cars = [Car(draw_a=16, limit_a=16, told_a=16)]
        heard, house.cars = house.cars, []
        house.read(21, 21, 21)
        house.decide()
        house.cars = heard
        house.second()
        assert house.offer_a == 16

    def test_a_car_known_to_use_one_line_never_used_the_others(self) -> None:
        """What was taken for its draw there is not room for somebody else."""
        one = Car(id=1, wants_a=16, lines=frozenset({0}), known_lines=ALL_LINES)
        other = Car(id=2, lines=frozenset({1}))
        house = House(cars=[one, other], load_a=(2, 17, 2))
        house.run(60)
        one.known_lines = frozenset({0})
        house.run(60)
        assert one.limit_a == 16
        assert other.limit_a == 7
        assert house.worst_a <= FUSE_A

    def test_a_silent_car_goes_on_for_a_while(self) -> None:
        """What it takes is not the house's, nor anyone's to have."""
        house = House(cars=[Car(id=1, wants_a=12), Car(id=2)])
        house.run(60)
        assert [car.limit_a for car in house.cars] == [12, 7]
        house.cars[0].online = False
        house.run(10)
        assert house.cars[1].limit_a == 7


class TestBlind:
    """When the meter says nothing."""

    def test_a_late_meter_keeps_what_there_is(self) -> None:
        """Nobody is raised by it."""
        house = House(cars=[Car(id=1, wants_a=10), Car(id=2, wants_a=0)])
        house.run(60)
        house.works = False
        house.run(31)
        house.cars[0].wants_a = house.cars[1].wants_a = 16
        house.run(60)
        assert [car.limit_a for car in house.cars] == [10, 0]

    def test_a_dead_meter_leaves_the_minimum(self) -> None:
        """As much as fits next to half of the fuse."""
        house = House(cars=[Car(id=1), Car(id=2), Car(id=3)])
        house.run(60)
        house.works = False
        house.run(119)
        assert [car.limit_a for car in house.cars] == [19, 0, 0]
        house.run(1)
        assert [car.limit_a for car in house.cars] == [6, 0, 0]
        house.run(10)
        assert [car.limit_a for car in house.cars] == [6, 6, 0]

    def test_a_dead_meter_leaves_nothing_where_the_house_takes_much(self) -> None:
        """The most it took within a day may come again."""
        house = House()
        house.run(60)
        house.load_a = (20, 5, 5)
        house.run(5)
        house.load_a = (5, 5, 5)
        house.run(600)
        assert house.offer_a == 19
        house.works = False
        house.run(121)
        assert house.offer_a == 0

    def test_a_meter_never_read_leaves_the_minimum(self) -> None:
        """After a start too, until it is read."""
        house = House(works=False)
        house.run(60)
        assert house.offer_a == 6
        house.works = True
        house.run(1)
        assert house.offer_a > 6

    @pytest.mark.parametrize("absurd_a", [NAN, float("inf"), 1e9, -1e9])
    def test_absurd_currents_are_no_reading(self, absurd_a: float) -> None:
        """They make the meter late, and then dead."""
        house = House()
        house.run(60)
        house.works = False
        for second in range(121):
            house.read(absurd_a, 5, 5)
            house.second()
            if second < 110:
                assert house.offer_a == 19
        assert house.offer_a == 6

    def test_a_meter_that_names_no_line_is_not_read(self) -> None:
        """Nothing is not zero."""
        house = House(load_a=())
        house.works = False
        house.read()
        house.load_a = (0.0,)
        house.run(30)
        assert house.offer_a == 6

    def test_it_recovers(self) -> None:
        """As soon as it is read again."""
        house = House()
        house.run(60)
        house.works = False
        house.run(200)
        house.works = True
        house.run(30)
        assert house.offer_a == 19
