"""How sun and circuit are shared, and what the reason says."""

from math import inf, nan
from typing import Any

import pytest

from custom_components.twcmanager.charging.model import Mode, Reason

from .scene import VOLTS, Scene, connector

ENOUGH_W = 10 * VOLTS


def following(surplus_w: float = ENOUGH_W) -> Scene:
    """Return a car that follows this much sun."""
    scene = Scene(connector())
    scene.surplus_w = surplus_w
    scene.run(70)
    assert scene.offer().reason is Reason.FOLLOWING_SUN
    return scene


# --- one car and the sun --------------------------------------------------------------


def test_the_offer_is_the_surplus() -> None:
    """Ten amps' worth of sun is an offer of ten amps."""
    assert following().offer().limit_a == pytest.approx(10.0, abs=0.25)


def test_the_surplus_shown_is_without_the_cars() -> None:
    """The meter sees the car; what the car takes is still surplus."""
    assert following().decision.surplus_w == pytest.approx(ENOUGH_W)


def test_a_car_starts_after_a_minute_of_sun() -> None:
    """And says so while it waits."""
    scene = Scene(connector())
    scene.surplus_w = ENOUGH_W
    scene.run(59)
    assert scene.offer().limit_a == 0
    assert scene.offer().reason is Reason.ABOUT_TO_START
    scene.run(5)
    assert scene.offer().limit_a >= 6


def test_a_cloud_in_that_minute_starts_it_anew() -> None:
    """The minute has to be one of sun all along."""
    scene = Scene(connector())
    scene.surplus_w = ENOUGH_W
    scene.run(50)
    scene.surplus_w = 0
    scene.run(2)
    assert scene.offer().reason is Reason.WAITING_FOR_SUN
    scene.surplus_w = ENOUGH_W
    scene.run(50)
    assert scene.offer().limit_a == 0


def test_a_car_holds_the_minimum_through_a_cloud_of_three_minutes() -> None:
    """Contactors wear: stop only when the cloud stays."""
    scene = following()
    scene.surplus_w = 0
    scene.run(170)
    assert scene.offer().limit_a == 6
    assert scene.offer().reason is Reason.ABOUT_TO_STOP
    scene.run(15)
    assert scene.offer().limit_a == 0
    assert scene.offer().reason is Reason.WAITING_FOR_SUN


def test_sun_that_comes_back_in_time_lets_it_go_on() -> None:
    """Without a stop in between."""
    scene = following()
    scene.surplus_w = 0
    scene.run(100)
    scene.surplus_w = ENOUGH_W
    scene.run(5)
    assert scene.offer().limit_a == pytest.approx(10.0, abs=0.25)


def test_a_change_too_small_to_matter_is_not_sent() -> None:
    """Neither bus nor car is fidgeted."""
    scene = following()
    before = scene.offer().limit_a
    scene.surplus_w = (before + 0.2) * VOLTS
    scene.run(3)
    assert scene.offer().limit_a == before


def test_solar_and_minimum_never_goes_below_six_amps() -> None:
    """The minimum comes from the grid if it must, the rest from the sun."""
    scene = Scene(connector(mode=Mode.SOLAR_MINIMUM))
    scene.run(3)
    assert scene.offer().limit_a == 6
    assert scene.offer().reason is Reason.MINIMUM
    scene.surplus_w = ENOUGH_W
    scene.run(3)
    assert scene.offer().limit_a == pytest.approx(10.0, abs=0.25)
    assert scene.offer().reason is Reason.FOLLOWING_SUN


def test_a_car_found_charging_goes_on() -> None:
    """As after a restart: somebody has started it for some reason."""
    scene = Scene(
        connector(charging=True, draw_a=10.0, echo_a=10.0, at_most_a=10.0, told_at=1000)
    )
    scene.surplus_w = ENOUGH_W
    scene.run()
    assert scene.offer().limit_a == pytest.approx(10.0, abs=0.25)


# --- readings that are old, dead or absurd --------------------------------------------


def test_an_old_reading_holds_the_offer() -> None:
    """Nothing is decided with what no longer tells what is going on."""
    scene = following()
    before = scene.offer().limit_a
    scene.surplus_w = 0
    scene.age_s = 40
    scene.run(60)
    assert scene.offer().limit_a == before
    assert scene.offer().reason is Reason.HOLDING


def test_a_dead_reading_stops_a_solar_car() -> None:
    """Cars never keep charging on a dead meter's last word."""
    scene = following()
    scene.age_s = 130
    scene.run()
    assert scene.offer().limit_a == 0
    assert scene.offer().reason is Reason.NO_GRID_READING


def test_a_dead_reading_leaves_solar_and_minimum_the_minimum() -> None:
    """Its owner allows that from the grid."""
    scene = Scene(connector(mode=Mode.SOLAR_MINIMUM))
    scene.age_s = 130
    scene.run(100)
    assert scene.offer().limit_a == 6
    assert scene.offer().reason is Reason.NO_GRID_READING


def test_it_goes_on_when_readings_come_again() -> None:
    """By itself, with the same patience as ever."""
    scene = following()
    scene.age_s = 130
    scene.run(2)
    scene.age_s = 0
    scene.run(70)
    assert scene.offer().limit_a == pytest.approx(10.0, abs=0.25)


def test_after_a_start_a_charging_car_waits_a_minute_for_the_first_reading() -> None:
    """Sensors come up later than we do."""
    scene = Scene(
        connector(charging=True, draw_a=9.0, echo_a=9.0, at_most_a=9.0, told_at=1000)
    )
    scene.surplus_w = None
    scene.run(50)
    assert scene.offer().limit_a == 9.0
    assert scene.offer().reason is Reason.HOLDING
    scene.run(20)
    assert scene.offer().limit_a == 0


@pytest.mark.parametrize("power_w", [nan, inf, -inf])
def test_what_is_not_a_number_is_no_reading(power_w: float) -> None:
    """The layers above filter such things; the core does not depend on it."""
    scene = following()
    scene.surplus_w = power_w
    scene.run(100)
    assert scene.offer().limit_a == 0


# --- what the owner says --------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"mode": Mode.OFF}, Reason.MODE_OFF),
        ({"enabled": False}, Reason.DISABLED),
        ({"plugged_in": False}, Reason.NO_VEHICLE),
        ({"online": False}, Reason.OFFLINE),
        ({"charge_limit_a": 5.0}, Reason.LIMIT_BELOW_MINIMUM),
    ],
)
def test_nothing_is_offered_and_the_reason_tells_why(
    changes: dict[str, Any], reason: Reason
) -> None:
    """Whatever the sun does."""
    scene = following()
    scene.change(**changes)
    scene.run()
    assert scene.offer().limit_a == 0
    assert scene.offer().reason is reason


def test_fast_takes_what_the_wiring_allows() -> None:
    """Sun or no sun."""
    scene = Scene(connector(mode=Mode.FAST))
    scene.run(3)
    assert scene.offer().limit_a == 32
    assert scene.offer().reason is Reason.FAST


def test_the_owners_limit_bounds_it() -> None:
    """And is named as what bounds it."""
    scene = Scene(connector(mode=Mode.FAST, charge_limit_a=10))
    scene.run(3)
    assert scene.offer().limit_a == 10
    assert scene.offer().reason is Reason.CHARGE_LIMIT


# --- several cars ---------------------------------------------------------------------


def test_two_cars_share_the_sun() -> None:
    """In equal parts."""
    scene = Scene(connector(1), connector(2))
    scene.surplus_w = 20 * VOLTS
    scene.run(80)
    assert scene.offer(1).limit_a == pytest.approx(10, abs=0.3)
    assert scene.offer(2).limit_a == pytest.approx(10, abs=0.3)


def test_sun_for_one_minimum_is_for_one_car() -> None:
    """The other waits; nobody gets three amps."""
    scene = Scene(connector(1), connector(2))
    scene.surplus_w = 9 * VOLTS
    scene.run(80)
    assert sorted((scene.offer(1).limit_a > 0, scene.offer(2).limit_a > 0)) == [
        False,
        True,
    ]


def test_a_car_that_takes_nothing_leaves_its_part_to_the_others() -> None:
    """It is full, or does not want to; it keeps the minimum in case it changes its mind."""
    scene = Scene(connector(1), connector(2))
    scene.appetite_a[1] = 0
    scene.surplus_w = 20 * VOLTS
    scene.run(300)
    assert scene.offer(1).reason is Reason.VEHICLE_NOT_CHARGING
    assert scene.offer(1).limit_a == 6
    assert scene.offer(2).limit_a == pytest.approx(20, abs=0.3)


def test_a_car_that_cannot_take_more_leaves_the_rest_to_the_others() -> None:
    """Its onboard charger or its own settings limit it."""
    scene = Scene(connector(1), connector(2))
    scene.appetite_a[1] = 7
    scene.surplus_w = 24 * VOLTS
    scene.run(200)
    assert scene.offer(1).limit_a <= 9.5
    assert scene.offer(2).limit_a >= 14


# --- the circuit ----------------------------------------------------------------------


def test_two_fast_cars_share_the_circuit() -> None:
    """And say what bounds them."""
    scene = Scene(
        connector(1, mode=Mode.FAST),
        connector(2, mode=Mode.FAST),
        circuit_limit_a=32,
    )
    scene.run(60)
    assert scene.offer(1).limit_a == scene.offer(2).limit_a == 16
    assert scene.offer(1).reason is Reason.CIRCUIT_LIMIT


def test_who_does_not_fit_waits() -> None:
    """Two minima need twelve amps."""
    scene = Scene(
        connector(1, mode=Mode.FAST),
        connector(2, mode=Mode.FAST),
        circuit_limit_a=10,
    )
    scene.run(60)
    offers = sorted((scene.offer(1), scene.offer(2)), key=lambda each: each.limit_a)
    assert offers[0].limit_a == 0
    assert offers[0].reason is Reason.WAITING_FOR_CIRCUIT
    assert offers[1].limit_a == 10


def test_a_second_car_gets_its_part_once_the_first_has_gone_down() -> None:
    """Not a moment sooner."""
    scene = Scene(
        connector(1, mode=Mode.FAST),
        connector(2, mode=Mode.FAST, plugged_in=False),
        circuit_limit_a=32,
    )
    scene.run(10)
    assert scene.offer(1).limit_a == 32
    scene.change(2, plugged_in=True)
    scene.run()
    assert scene.offer(1).limit_a == 16
    assert scene.offer(2).limit_a == 0
    assert scene.offer(2).reason is Reason.OTHERS_LOWERING
    scene.run(20)
    assert scene.offer(2).limit_a == 16


def test_nothing_is_raised_before_everyone_was_heard() -> None:
    """After a start a unit not heard yet may still be charging."""
    scene = Scene(connector(mode=Mode.FAST))
    scene.settled = False
    scene.run(10)
    assert scene.offer().limit_a == 0
    assert scene.offer().reason is Reason.SETTLING
    scene.settled = True
    scene.run()
    assert scene.offer().limit_a == 32


def test_a_lower_circuit_limit_lowers_at_once() -> None:
    """The owner's word counts now."""
    scene = Scene(connector(mode=Mode.FAST))
    scene.run(10)
    scene.circuit_limit_a = 13
    scene.run()
    assert scene.offer().limit_a == 13


# --- stuck cars -----------------------------------------------------------------------


def test_a_stuck_car_is_woken_with_a_spike_if_its_owner_wants_that() -> None:
    """Sixteen amps for some seconds, then what was decided."""
    scene = Scene(connector(unstick=True))
    scene.appetite_a[1] = 6
    scene.surplus_w = 12 * VOLTS
    reasons = set()
    for _ in range(150):
        scene.run()
        reasons.add((scene.offer().reason, scene.offer().limit_a))
    assert (Reason.FREEING_STUCK_VEHICLE, 16.0) in reasons
    assert scene.offer().reason is Reason.FOLLOWING_SUN


def test_nobody_is_woken_unasked() -> None:
    """It is off by default."""
    scene = Scene(connector())
    scene.appetite_a[1] = 6
    scene.surplus_w = 12 * VOLTS
    for _ in range(150):
        scene.run()
        assert scene.offer().reason is not Reason.FREEING_STUCK_VEHICLE
        assert scene.offer().limit_a < 16


def test_a_spike_stays_within_the_circuit() -> None:
    """However stuck the car is."""
    scene = Scene(connector(unstick=True), circuit_limit_a=13)
    scene.appetite_a[1] = 6
    scene.surplus_w = 12 * VOLTS
    for _ in range(200):
        scene.run()
        assert scene.offer().limit_a <= 13
