"""What grid operators and tariffs allow."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from custom_components.twcmanager.charging.guard import Guard
from custom_components.twcmanager.charging.limits import QUARTER_S, SAVING_S
from custom_components.twcmanager.charging.model import (
    GridReading,
    PowerLimits,
    Preferences,
    Reason,
    Site,
)

from .home import connector

NAN = float("nan")
WATTS_PER_A = 230.0
NO_LIMITS = PowerLimits()


@dataclass(kw_only=True)
class House:
    """A house with a grid meter and cars that want all they can get."""

    limits: PowerLimits = NO_LIMITS
    load_w: float = 500.0
    """What the rest of the house takes, less what the sun gives."""
    cars: int = 1
    wants_a: float = 32.0
    watts_per_a: float = WATTS_PER_A
    sees_cars: bool = True
    works: bool = True
    grid: GridReading | None = None
    now: float = 1000.0
    guard: Guard = field(default_factory=Guard)
    offers_a: Sequence[float] = ()
    draws_a: list[float] = field(default_factory=list)
    imports_w: list[float] = field(default_factory=list)
    """What was imported, second by second."""

    def run(self, seconds: float) -> None:
        """Let time pass."""
        for _ in range(int(seconds)):
            self.second()

    def second(self) -> None:
        """Let the cars follow, read the meter, and decide."""
        self.now += 1
        offers_a = self.offers_a or [0.0] * self.cars
        draws_a = self.draws_a or list(offers_a)
        self.draws_a = list(offers_a)
        cars_w = sum(self.draws_a) * WATTS_PER_A
        self.imports_w.append(self.load_w + cars_w)
        if self.works:
            self.read(self.load_w + (cars_w if self.sees_cars else 0))
        site = Site(
            connectors=tuple(
                connector(
                    id=index,
                    draw_a=draw_a,
                    charging=draw_a > 0,
                    echo_a=offer_a,
                    at_most_a=offer_a,
                    told_at=self.now,
                    watts_per_a=self.watts_per_a,
                )
                for index, (draw_a, offer_a) in enumerate(
                    zip(draws_a, offers_a, strict=True)
                )
            ),
            circuit_limit_a=80,
            limits=self.limits,
            grid=self.grid,
            preferences=Preferences(meter_sees_cars=self.sees_cars),
            settled=True,
        )
        self.guard.watch(site, self.now)
        self.reasons = {pool.reason for pool in self.guard.pools(site, self.now)}
        wishes = dict.fromkeys(range(self.cars), self.wants_a)
        grants = self.guard.grant(site, wishes, self.now)
        self.offers_a = [grant.limit_a for grant in grants.values()]

    def read(self, power_w: float) -> None:
        """Read the meter."""
        self.grid = GridReading(
            power_w=power_w,
            at=self.now,
            stale_at=self.now + 30,
            dead_at=self.now + 120,
        )

    @property
    def offers_w(self) -> float:
        """Return what all cars are offered."""
        return sum(self.offers_a) * WATTS_PER_A


class TestCars:
    """A limit for all cars together."""

    def test_no_limit(self) -> None:
        """None set."""
        house = House()
        house.run(30)
        assert house.offers_a == [32]
        assert Reason.POWER_LIMIT not in house.reasons

    def test_all_cars_together(self) -> None:
        """4.2 kW, as a grid operator may ask for."""
        house = House(limits=PowerLimits(cars_w=4200), cars=3)
        house.run(30)
        assert house.offers_w == pytest.approx(4200)
        assert house.offers_a == pytest.approx([4200 / 230, 0, 0])
        house.wants_a = 8
        house.run(30)
        assert house.offers_a == pytest.approx([8, 8, 0])

    def test_it_lowers_at_once(self) -> None:
        """As any other limit does."""
        house = House()
        house.run(30)
        house.limits = PowerLimits(cars_w=2300)
        house.run(1)
        assert house.offers_a == [10]

    @pytest.mark.parametrize("nonsense", [NAN, float("inf"), -5.0, 0.0])
    def test_nonsense_allows_nothing(self, nonsense: float) -> None:
        """A limit there is, only nobody knows which."""
        house = House(limits=PowerLimits(cars_w=nonsense))
        house.run(30)
        assert house.offers_a == [0]

    @pytest.mark.parametrize("unknown", [NAN, float("inf"), -230.0, 0.0])
    def test_who_is_not_known_may_use_three_lines(self, unknown: float) -> None:
        """Of what power an ampere is."""
        house = House(limits=PowerLimits(cars_w=6900), watts_per_a=unknown)
        house.run(30)
        assert house.offers_a == [10]


class TestImport:
    """A limit for the import of the whole home."""

    def test_cars_get_what_the_house_leaves(self) -> None:
        """And what the sun gives on top."""
        house = House(limits=PowerLimits(import_w=5000), load_w=1000)
        house.run(30)
        assert house.offers_w == pytest.approx(4000)
        house.load_w = -500
        house.run(60)
        assert house.offers_w == pytest.approx(5500)

    def test_it_lowers_at_once_and_raises_slowly(self) -> None:
        """The oven."""
        house = House(limits=PowerLimits(import_w=5000))
        house.run(60)
        house.load_w = 3000
        house.run(1)
        assert house.offers_w == pytest.approx(2000)
        house.load_w = 500
        house.run(29)
        assert house.offers_w == pytest.approx(2000)
        house.run(5)
        assert house.offers_w == pytest.approx(4500)

    def test_a_meter_that_does_not_see_the_cars(self) -> None:
        """Says what the rest takes."""
        limits = PowerLimits(import_w=5000, import_mean_w=5000)
        house = House(limits=limits, load_w=1000, sees_cars=False)
        house.run(60)
        assert house.offers_w == pytest.approx(4000)

    def test_a_late_meter_raises_nobody(self) -> None:
        """Nor lowers anyone."""
        house = House(limits=PowerLimits(import_w=5000), cars=2, wants_a=8)
        house.run(30)
        assert house.offers_a == [8, 8]
        house.works = False
        house.run(31)
        house.wants_a = 9
        house.run(60)
        assert house.offers_a == [8, 8]

    def test_a_dead_meter_leaves_the_minimum(self) -> None:
        """As much as fits into half of what may be imported."""
        house = House(limits=PowerLimits(import_w=6000), cars=3, wants_a=7)
        house.run(30)
        assert house.offers_a == [7, 7, 7]
        house.works = False
        house.run(130)
        assert house.offers_a == [6, 6, 0]
        house.works = True
        house.run(60)
        assert house.offers_a == [7, 7, 7]

    def test_a_car_found_charging_is_not_the_rest(self) -> None:
        """After a start the meter is read before the units are heard."""
        house = House(limits=PowerLimits(import_w=5000), cars=0)
        house.load_w = 500 + 16 * WATTS_PER_A
        house.run(30)
        house.load_w = 500
        house.cars = 1
        house.offers_a, house.draws_a = [16.0], [16.0]
        house.run(1)
        assert house.offers_w == pytest.approx(4500)

    def test_without_a_meter_the_same(self) -> None:
        """Nobody knows."""
        house = House(limits=PowerLimits(import_w=6000), works=False, cars=3)
        house.run(30)
        assert house.offers_a == [6, 6, 0]

    @pytest.mark.parametrize("absurd_w", [NAN, float("inf"), 2e6, -2e6])
    def test_absurd_powers_are_no_reading(self, absurd_w: float) -> None:
        """They make the meter late, and then dead."""
        house = House(limits=PowerLimits(import_w=5000))
        house.run(30)
        house.works = False
        for _ in range(110):
            house.read(absurd_w)
            house.second()
        assert house.offers_w == pytest.approx(4500)
        house.run(20)
        assert house.offers_a == [6]

    def test_nonsense_allows_what_the_sun_gives(self) -> None:
        """A limit there is, only nobody knows which: nothing is imported for cars."""
        house = House(limits=PowerLimits(import_w=NAN))
        house.run(30)
        assert house.offers_a == [0]
        house.load_w = -2300
        house.run(60)
        assert house.offers_a == [10]


class TestMean:
    """A limit for the mean of each quarter of an hour."""

    LIMITS = PowerLimits(import_mean_w=5000)

    @staticmethod
    def means_w(house: House) -> list[float]:
        """Return the mean import of every quarter of an hour, whenever it began."""
        seconds = int(QUARTER_S)
        sums = [0.0]
        for import_w in house.imports_w:
            sums.append(sums[-1] + max(0.0, import_w))
        return [
            (after - before) / seconds
            for before, after in zip(sums, sums[seconds:], strict=False)
        ]

    def test_what_is_allowed_is_used(self) -> None:
        """All of it, all the time."""
        house = House(limits=self.LIMITS)
        house.run(1800)
        assert house.offers_w == pytest.approx(4500)

    def test_what_others_overdrew_is_saved(self) -> None:
        """Before the quarter is over."""
        house = House(limits=self.LIMITS)
        house.run(1000)
        house.load_w = 7000
        house.run(120)
        assert house.offers_a == [0]
        house.load_w = 500
        house.run(40)
        assert 0 < house.offers_w < 4500
        house.run(1000)
        assert house.offers_w == pytest.approx(4500)
        # The quarter that ended with it could not be saved.
        means_w = self.means_w(house)
        assert max(means_w) > 5250
        assert max(means_w[1000:]) <= 5050

    def test_a_pause_does_not_allow_a_burst(self) -> None:
        """Quarters are counted by a clock that nobody here knows."""
        house = House(limits=self.LIMITS, load_w=-3000, wants_a=0)
        house.run(1000)
        house.load_w = 500
        house.wants_a = 32
        house.run(2000)
        assert max(self.means_w(house)) <= 5000

    def test_the_time_before_the_first_reading_counts_as_used(self) -> None:
        """Somebody may have."""
        house = House(limits=self.LIMITS, load_w=8000)
        house.run(SAVING_S)
        house.load_w = 500
        house.run(1)
        assert house.offers_a == [0]

    def test_the_smaller_of_two_limits_counts(self) -> None:
        """Of the import now and its mean."""
        for import_w, import_mean_w in ((3000, 5000), (5000, 3000)):
            limits = PowerLimits(import_w=import_w, import_mean_w=import_mean_w)
            house = House(limits=limits)
            house.run(30)
            assert house.offers_w == pytest.approx(2500)
