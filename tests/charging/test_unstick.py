"""The cure for cars that stay at 6 A when the offer rises."""

from itertools import pairwise
from typing import Any

import pytest

from custom_components.twcmanager.charging.unstick import Unstick

from .home import connector


class Stuck:
    """A car that was offered more and stays where it is."""

    def __init__(self, **changes: Any) -> None:
        """Get stuck."""
        self.unstick = Unstick()
        self.usual = {"unstick": True, "draw_a": 5.8, "echo_a": 12.0} | changes
        self.now = 0.0

    def offers(
        self, offer_a: float, seconds: int, most_a: float = 32.0, **changes: Any
    ) -> list[float]:
        """Return what is offered instead of an offer, second by second."""
        offers = []
        for _ in range(seconds):
            self.now += 1
            car = connector(**self.usual | changes)
            most = min(most_a, car.most_a)
            offers.append(self.unstick.instead_of(car, offer_a, most, self.now))
        return offers


def test_after_half_a_minute_a_spike_for_eight_seconds() -> None:
    """16 A wake it, then it is offered what was wanted."""
    assert Stuck().offers(12, 60) == [12] * 30 + [16] * 8 + [12] * 22


def test_units_of_80_a_get_a_higher_spike() -> None:
    """21 A, as is known to help there."""
    car = Stuck(rating_a=80.0, unit_limit_a=40.0, charge_limit_a=40.0)
    assert 21 in car.offers(12, 60, most_a=40)


@pytest.mark.parametrize(
    "changes",
    [
        {"unstick": False},
        {"charging": False},
        {"draw_a": 0.0},
        {"draw_a": 6.6},
        # It has not heard of the higher offer yet.
        {"echo_a": 7.4},
        {"unit_limit_a": 15.0},
        {"charge_limit_a": 15.0},
    ],
)
def test_no_spike_without_need_or_leave(changes: dict[str, Any]) -> None:
    """Only where the owner allows it, the car is stuck, and the limits allow it."""
    assert Stuck(**changes).offers(12, 100) == [12] * 100


def test_no_spike_from_what_others_were_given() -> None:
    """A spike must not stop another car."""
    assert Stuck().offers(12, 100, most_a=15.9) == [12] * 100


def test_no_spike_where_the_offer_is_one() -> None:
    """More than 16 A would have woken it."""
    assert Stuck().offers(16, 100) == [16] * 100
    assert Stuck().offers(20, 100) == [20] * 100


def test_no_spike_for_a_car_offered_nothing() -> None:
    """It is about to stop."""
    assert Stuck().offers(0, 100) == [0] * 100


def test_a_car_that_takes_more_in_between_is_not_stuck() -> None:
    """The half minute starts anew."""
    car = Stuck()
    assert car.offers(12, 25) + car.offers(12, 1, draw_a=8.0) == [12] * 26
    assert car.offers(12, 31)[-2:] == [12, 16]


def test_the_next_spike_comes_after_five_minutes() -> None:
    """A car that is limited to 6 A by itself must not be fidgeted with."""
    offers = Stuck().offers(12, 700)
    spikes = [
        second
        for second in range(1, 700)
        if offers[second] == 16 and offers[second - 1] == 12
    ]
    assert len(spikes) == 3
    assert all(b - a >= 300 for a, b in pairwise(spikes))


def test_a_spike_goes_with_the_offer() -> None:
    """More if it rises, no more than there is left if that falls."""
    car = Stuck()
    assert car.offers(12, 31)[-1] == 16
    assert car.offers(18, 1) == [18]
    assert car.offers(12, 1, most_a=14) == [14]
    assert car.offers(12, 1, most_a=12) == [12]


def test_a_spike_ends_when_the_car_is_to_stop() -> None:
    """And with it all that was planned."""
    car = Stuck()
    assert car.offers(12, 31)[-1] == 16
    assert car.offers(0, 1) == [0]
    assert car.offers(12, 20, draw_a=16.0) == [12] * 20


def test_a_car_that_stays_at_the_spike_is_offered_less_for_a_moment() -> None:
    """2 A less for 10 s, once: after that it is known to be all it takes."""
    car = Stuck()
    # The sun has come out in the meantime.
    assert car.offers(12, 31)[-1] == 16
    assert car.offers(18, 7) == [18] * 7
    nudged = car.offers(18, 300, draw_a=15.7)
    assert nudged == [18] * 20 + [16] * 10 + [18] * 270


def test_no_nudge_where_the_spike_is_about_all_there_is() -> None:
    """Less than 2 A above are not worth it."""
    car = Stuck()
    assert car.offers(12, 31)[-1] == 16
    assert car.offers(17, 300, draw_a=15.7) == [17] * 300


def test_a_car_that_was_woken_is_left_alone() -> None:
    """It follows, somewhere below or above the spike."""
    car = Stuck()
    car.offers(12, 38)
    assert car.offers(12, 100, draw_a=11.7) == [12] * 100
    car = Stuck()
    car.offers(12, 38)
    assert car.offers(24, 100, draw_a=23.7) == [24] * 100
