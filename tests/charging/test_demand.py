"""What a connector should get at least and at most, seen by itself, and why."""

from typing import Any

import pytest

from custom_components.twcmanager.charging.demand import (
    HAD_ENOUGH_S,
    RAMP_TIME_S,
    TAKING_TIME_S,
    Appetite,
    demand,
)
from custom_components.twcmanager.charging.model import Mode, Reason

from .home import connector, waiting

NAN = float("nan")


class TestDemand:
    """Mode, switch and limits to a wish."""

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"online": False}, Reason.OFFLINE),
            ({"enabled": False}, Reason.DISABLED),
            ({"mode": Mode.OFF}, Reason.MODE_OFF),
            ({"charge_limit_a": 5.9}, Reason.LIMIT_BELOW_MINIMUM),
            ({"unit_limit_a": 5.9}, Reason.LIMIT_BELOW_MINIMUM),
            ({"charge_limit_a": NAN}, Reason.LIMIT_BELOW_MINIMUM),
            ({"unit_limit_a": NAN}, Reason.LIMIT_BELOW_MINIMUM),
            ({"plugged_in": False}, Reason.NO_VEHICLE),
        ],
    )
    @pytest.mark.parametrize("mode", [Mode.SOLAR, Mode.SOLAR_MINIMUM, Mode.FAST])
    def test_what_speaks_against_any_charging(
        self, mode: Mode, changes: dict[str, Any], reason: Reason
    ) -> None:
        """Nothing is wanted, and the sun has no say in it."""
        wish = demand(connector(**{"mode": mode} | changes))
        assert (wish.most_a, wish.reason, wish.by_sun) == (0, reason, False)

    def test_the_first_thing_to_change_is_the_reason(self) -> None:
        """Of several the one that is told would not help to change the others."""
        nothing_right = {
            "online": False,
            "enabled": False,
            "mode": Mode.OFF,
            "charge_limit_a": 0.0,
            "plugged_in": False,
        }
        reasons = []
        for name, value in {
            "": None,
            "online": True,
            "enabled": True,
            "mode": Mode.FAST,
            "charge_limit_a": 32.0,
            "plugged_in": True,
        }.items():
            if name:
                nothing_right[name] = value
            reasons.append(demand(connector(**nothing_right)).reason)
        assert reasons == [
            Reason.OFFLINE,
            Reason.DISABLED,
            Reason.MODE_OFF,
            Reason.LIMIT_BELOW_MINIMUM,
            Reason.NO_VEHICLE,
            Reason.FAST,
        ]

    def test_fast_wants_all_that_is_allowed(self) -> None:
        """By the wiring, whatever the sun does."""
        wish = demand(connector(mode=Mode.FAST, unit_limit_a=20))
        assert (wish.most_a, wish.reason) == (20, Reason.FAST)
        assert not wish.by_sun

    def test_fast_says_if_the_owner_limits_it(self) -> None:
        """So that nobody looks for a fault."""
        wish = demand(connector(mode=Mode.FAST, charge_limit_a=13))
        assert (wish.most_a, wish.reason) == (13, Reason.CHARGE_LIMIT)

    def test_solar_wants_all_of_it_from_the_sun(self) -> None:
        """The minimum, too."""
        wish = demand(connector(mode=Mode.SOLAR))
        assert (wish.most_a, wish.by_sun, wish.needs_sun) == (32, True, True)

    def test_solar_and_minimum_wants_the_minimum_in_any_case(self) -> None:
        """Only what is above has to come from the sun."""
        wish = demand(connector(mode=Mode.SOLAR_MINIMUM))
        assert (wish.most_a, wish.by_sun, wish.needs_sun) == (32, True, False)
        assert wish.reason is Reason.MINIMUM

    @pytest.mark.parametrize("mode", [Mode.SOLAR, Mode.SOLAR_MINIMUM, Mode.FAST])
    def test_the_minimum_will_do_to_see_whether_a_car_is_there(
        self, mode: Mode
    ) -> None:
        """Some units only tell once something is offered."""
        wish = demand(waiting(mode=mode, plugged_in=None))
        assert wish.most_a == 6
        assert wish.reason is not Reason.CHARGE_LIMIT

    def test_a_limit_of_just_the_minimum_is_enough(self) -> None:
        """At 6 A cars start."""
        assert demand(connector(mode=Mode.FAST, charge_limit_a=6)).most_a == 6

    def test_a_connector_may_have_its_own_minimum(self) -> None:
        """Some take 5 A, some cars are only steady at 8 A."""
        assert demand(connector(charge_limit_a=5, minimum_a=5)).most_a == 5
        assert demand(connector(charge_limit_a=7, minimum_a=8)).most_a == 0


class Watched:
    """An appetite and the seconds in which it is watched."""

    def __init__(self) -> None:
        """Watch a car that was offered nothing."""
        self.appetite = Appetite()
        self.now = 0.0
        self.draw_a = 0.0

    def offer(self, offer_a: float, draw_a: float, seconds: float) -> None:
        """Offer something for some seconds, of which the car takes something."""
        self.draw_a = draw_a
        for _ in range(int(seconds)):
            self.now += 1
            self.appetite.watch(connector(draw_a=draw_a), offer_a, self.now)

    @property
    def takes_nothing(self) -> bool:
        """Return whether it has ignored its offer for long."""
        return self.appetite.takes_nothing(self.now)

    @property
    def at_most_a(self) -> float:
        """Return the most worth offering."""
        return self.appetite.at_most_a(connector(draw_a=self.draw_a), self.now)


class TestTakesNothing:
    """A car that ignores its offer: full, asleep, or not willing."""

    def test_a_car_has_two_minutes_to_start(self) -> None:
        """Some are slow."""
        car = Watched()
        car.offer(6, 0, TAKING_TIME_S + 1)
        assert not car.takes_nothing
        car.offer(6, 0, 1)
        assert car.takes_nothing

    def test_a_car_is_not_blamed_for_what_it_was_not_offered(self) -> None:
        """Waiting for the sun does not count."""
        car = Watched()
        car.offer(0, 0, 10 * TAKING_TIME_S)
        assert not car.takes_nothing
        car.offer(6, 0, 1)
        assert not car.takes_nothing

    def test_what_its_electronics_draw_is_nothing(self) -> None:
        """Less than half an ampere is no charging."""
        car = Watched()
        car.offer(6, 0.4, TAKING_TIME_S + 2)
        assert car.takes_nothing

    def test_a_car_that_takes_something_again_is_a_taker_at_once(self) -> None:
        """However long it has taken none."""
        car = Watched()
        car.offer(6, 0, 2 * TAKING_TIME_S)
        car.offer(6, 5.7, 1)
        assert not car.takes_nothing

    def test_a_car_that_stops_by_itself_has_half_a_minute_to_go_on(self) -> None:
        """It is full, most likely: the sun is not kept for it for long."""
        car = Watched()
        car.offer(6, 5.7, 1)
        car.offer(6, 0, HAD_ENOUGH_S)
        assert not car.takes_nothing
        car.offer(6, 0, 1)
        assert car.takes_nothing

    def test_a_car_that_was_stopped_has_two_minutes_again(self) -> None:
        """It did not stop by itself, and may be slow."""
        car = Watched()
        car.offer(6, 5.7, 10)
        car.offer(0, 0, 1)
        car.offer(6, 0, TAKING_TIME_S + 1)
        assert not car.takes_nothing
        car.offer(6, 0, 1)
        assert car.takes_nothing

    def test_nothing_taken_means_the_minimum_will_do(self) -> None:
        """It stays on offer, in case the car wakes up."""
        car = Watched()
        car.offer(16, 0, 2 * TAKING_TIME_S)
        assert car.at_most_a == 6


class TestTakesLess:
    """A car limited by its own settings or its onboard charger."""

    def test_a_bit_more_than_it_takes_will_do(self) -> None:
        """2 A more, so that it shows when it wants more."""
        car = Watched()
        car.offer(16, 8, RAMP_TIME_S + 2)
        assert car.at_most_a == 10

    def test_cars_draw_a_little_less_than_offered(self) -> None:
        """38.8 of 40 A is no limit of the car's."""
        car = Watched()
        car.offer(40, 38.8, 10 * RAMP_TIME_S)
        large = connector(draw_a=38.8, unit_limit_a=48, charge_limit_a=48)
        assert car.appetite.at_most_a(large, car.now) == 48

    def test_a_ramp_is_not_a_limit(self) -> None:
        """After a rise a car needs its time."""
        car = Watched()
        car.offer(6, 5.7, 60)
        car.offer(16, 5.7, RAMP_TIME_S)
        assert car.at_most_a == 32
        car.offer(16, 5.7, 2)
        assert car.at_most_a == 7.7

    def test_a_car_that_just_began_is_not_limited_either(self) -> None:
        """Its offer may be old by then."""
        car = Watched()
        car.offer(16, 0, 100)
        car.offer(16, 3, RAMP_TIME_S)
        assert car.at_most_a == 32

    def test_it_stays_enough_when_it_is_all_that_is_offered(self) -> None:
        """Or the offer would swing between all and enough for ever."""
        car = Watched()
        car.offer(16, 8, RAMP_TIME_S + 2)
        car.offer(10, 8, 10 * RAMP_TIME_S)
        assert car.at_most_a == 10
        car.offer(7, 6.7, 10 * RAMP_TIME_S)
        assert car.at_most_a == 10

    def test_a_car_that_comes_near_it_wants_more(self) -> None:
        """It is offered all there is again, and given its time to take it."""
        car = Watched()
        car.offer(16, 8, RAMP_TIME_S + 2)
        car.offer(10, 9.7, 1)
        assert car.at_most_a == 32
        car.offer(16, 9.7, RAMP_TIME_S)
        assert car.at_most_a == 32
        car.offer(16, 9.7, 2)
        assert car.at_most_a == 11.7

    def test_it_follows_a_car_that_tapers_off(self) -> None:
        """A battery nearly full takes less and less."""
        car = Watched()
        car.offer(16, 12, RAMP_TIME_S + 2)
        assert car.at_most_a == 14
        car.offer(14, 10.5, 10)
        assert car.at_most_a == 14
        car.offer(14, 9, 1)
        assert car.at_most_a == 11

    def test_a_car_that_stops_is_a_new_car(self) -> None:
        """Its limit may be another when it starts again."""
        car = Watched()
        car.offer(16, 8, RAMP_TIME_S + 2)
        car.offer(10, 0, 1)
        assert car.at_most_a == 32

    def test_never_less_than_the_minimum_nor_more_than_allowed(self) -> None:
        """A car may draw 3 A of the 6 A it needs to be offered."""
        car = Watched()
        car.offer(16, 3, RAMP_TIME_S + 2)
        assert car.at_most_a == 6
        car = Watched()
        car.offer(32, 29, RAMP_TIME_S + 2)
        limited = connector(draw_a=29.0, charge_limit_a=30)
        assert car.appetite.at_most_a(limited, car.now) == 30
