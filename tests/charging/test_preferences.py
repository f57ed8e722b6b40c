"""How the owner wants the sun used, and what becomes of it second by second.

The sun is given as the current that cars could draw without import: ``sun_a=10`` leaves 10 A.
"""

from typing import Any

import pytest

from custom_components.twcmanager.charging.model import (
    BatteryPriority,
    Mode,
    Preferences,
    Reason,
    Sharing,
)
from custom_components.twcmanager.charging.turns import TURN_S

from .home import WATTS_PER_A, Car, Home


def home(sun_a: float, *cars: Car, circuit_limit_a: float = 32, **wishes: Any) -> Home:
    """Return a home whose owner has wishes."""
    return Home(
        cars=cars or [Car(id=1)],
        sun_a=sun_a,
        circuit_limit_a=circuit_limit_a,
        preferences=Preferences(**wishes),
    )


def after(seconds: int, home: Home) -> Home:
    """Let time pass."""
    home.run(seconds)
    return home


@pytest.mark.parametrize(("reserve_w", "draw_a"), [(690, 7), (0, 10), (-690, 13)])
def test_a_reserve_is_left_to_the_grid(reserve_w: float, draw_a: float) -> None:
    """Below zero it helps the sun."""
    (car,) = after(120, home(10, reserve_w=reserve_w)).cars
    assert car.draw_a == pytest.approx(draw_a)


def test_nothing_is_fed_in() -> None:
    """When that earns too little, a car takes what sun there is, and the grid the rest."""
    wishes = Preferences(reserve_w=690, least_solar_share=0.67)
    thrifty, usual = home(2), home(2)
    usual.preferences = wishes
    thrifty.preferences = wishes.without_export
    assert after(120, usual).cars[0].draw_a == 0
    assert after(120, thrifty).cars[0].draw_a > 5
    # What may be imported anyway may be so still.
    assert Preferences(reserve_w=-300).without_export.reserve_w == -300


@pytest.mark.parametrize(
    ("share", "sun_a", "charges"),
    [(0.0, 0.5, True), (0.5, 2.8, False), (0.5, 3, True), (0.95, 5, False)],
)
def test_less_sun_than_asked_starts_no_car(
    share: float, sun_a: float, charges: bool
) -> None:
    """With a share of none it charges at the minimum whenever there is any sun."""
    tried = after(600, home(sun_a, least_solar_share=share))
    assert tried.limit_a() == (6 if charges else 0)


def test_who_wants_it_steady_has_fewer_starts() -> None:
    """On a day of clouds."""
    starts = []
    for steadiness in (0.2, 1.0, 5.0):
        tried = home(0, steadiness=steadiness)
        for _ in range(20):
            tried.run(150, sun_a=9)
            tried.run(150, sun_a=0)
        starts.append(tried.starts())
    assert starts[0] >= starts[1] > starts[2] == 1


def test_whole_amps_are_whole() -> None:
    """The nearest that the car can draw; and the minimum is the minimum."""
    tried = after(60, home(10, whole_amps=True))
    for sun_a in (10.2, 7.7, 4.5, 20.9, 31.9):
        tried.run(60, sun_a=sun_a)
        assert tried.limit_a() == int(tried.limit_a()) >= 6
        assert tried.cars[0].draw_a == pytest.approx(max(sun_a, 5.45), abs=0.9)


@pytest.mark.parametrize(
    ("wishes", "soc", "battery_w", "reason"),
    [
        ({}, 50, -2300, Reason.BATTERY_FIRST),
        ({}, 85, -2300, Reason.ABOUT_TO_START),
        ({"battery_priority": BatteryPriority.CAR}, 50, -2300, Reason.ABOUT_TO_START),
        ({"battery_priority": BatteryPriority.SHARED}, 5, -4600, Reason.ABOUT_TO_START),
        ({}, 95, 2300, Reason.WAITING_FOR_SUN),
        ({"battery_discharge_soc": 60}, 95, 2300, Reason.ABOUT_TO_START),
        ({"battery_discharge_soc": 60}, 55, 2300, Reason.WAITING_FOR_SUN),
    ],
)
def test_a_battery_comes_first_or_not(
    wishes: dict[str, Any], soc: float, battery_w: float, reason: Reason
) -> None:
    """All the sun is what it takes, and all that is exported is what it gives."""
    tried = home(max(0.0, -battery_w / WATTS_PER_A), **wishes)
    tried.battery_w, tried.battery_soc = battery_w, soc
    tried.run(1)
    assert tried.reason() is reason


def test_where_not_all_fit_they_take_turns() -> None:
    """Half an hour each, over hours, and no more starts than that."""
    cars = [Car(id=each, mode=Mode.FAST) for each in (1, 2, 3)]
    tried = after(6 * int(TURN_S) + 100, home(0, *cars, circuit_limit_a=13))
    assert all(2 <= tried.starts(each.id) <= 3 for each in cars)
    for each in cars:
        offered_s = sum(offers[each.id] > 0 for offers in tried.offered)
        assert offered_s == pytest.approx(4 * TURN_S, rel=0.1)


def test_who_shares_alike_takes_turns_with_the_sun_for_one() -> None:
    """Each with its half hour."""
    cars = [Car(id=each) for each in (1, 2, 3)]
    tried = after(8 * int(TURN_S), home(7, *cars, sharing=Sharing.EQUAL))
    assert [tried.starts(each.id) for each in cars] == pytest.approx([3, 3, 2], abs=1)


def test_a_higher_priority_preempts() -> None:
    """Sun and wires alike."""
    tried = after(100, home(10, Car(id=1)))
    tried.cars = [*tried.cars, Car(id=2, priority=1)]
    tried.run(600)
    assert tried.limit_a(1) == 0
    assert tried[2] == (10.55, Reason.FOLLOWING_SUN)
    fast = after(100, home(0, Car(id=1, mode=Mode.FAST), circuit_limit_a=10))
    fast.cars = [*fast.cars, Car(id=2, mode=Mode.FAST, priority=1)]
    fast.run(15)
    assert fast[1] == (0, Reason.WAITING_FOR_CIRCUIT)
    assert fast[2] == (10, Reason.CIRCUIT_LIMIT)


@pytest.mark.parametrize("delay_s", [0, 15, 30, 60])
def test_an_unknown_delay_does_not_make_it_oscillate(delay_s: int) -> None:
    """One start tells how late the meter is; less than two seconds do not matter."""
    tried = home(10)
    tried.meter_delay_s = delay_s
    tried.run(600)
    assert tried.starts() == 1
    assert tried.decision.meter_delay_s == pytest.approx(max(delay_s, 2), abs=0.5)
    draws_a = {offers[1] for offers in tried.offered[300:]}
    assert draws_a == {10.55}
