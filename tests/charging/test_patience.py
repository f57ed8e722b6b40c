"""When a car is started and stopped: by what waiting costs, not by the clock."""

import pytest

from custom_components.twcmanager.charging.model import Preferences, Reason
from custom_components.twcmanager.charging.patience import (
    HYSTERESIS,
    MOST_STARTS_A_DAY,
    MOST_STARTS_AN_HOUR,
    SHORTEST_S,
    START_WH,
    STOP_WH,
    Patience,
    import_weight,
)

HOUR_S = 3600


def gains_w(seconds: float) -> float:
    """Return the gain at which a car is started after so many seconds."""
    return 1.0001 * START_WH * HOUR_S / seconds


def loses_w(seconds: float) -> float:
    """Return the loss, a negative gain, at which it is stopped after so many."""
    return -1.0001 * STOP_WH * HOUR_S / seconds


class Waiting:
    """A car's patience, and the seconds in which it decides."""

    def __init__(self, *, steadiness: float = 1.0) -> None:
        """Begin with a car that does not charge."""
        self.patience = Patience()
        self.patience.running = False
        self.steadiness = steadiness
        self.now = 0.0
        self.reason: Reason | None = None

    def pass_time(self, seconds: int, gain_w: float) -> None:
        """Decide every second."""
        for _ in range(seconds):
            self.reason = self.patience.decide(gain_w, self.steadiness, self.now)
            self.now += 1

    def seconds_until(self, *, running: bool, gain_w: float) -> int:
        """Return how long it takes until it is decided otherwise."""
        began = self.now
        while self.patience.running is not running:
            self.pass_time(1, gain_w)
        return int(self.now - began)


@pytest.mark.parametrize("seconds", [1, 10, 100])
def test_a_start_takes_some_watt_hours(seconds: int) -> None:
    """A large gain is not waited for."""
    car = Waiting()
    assert car.seconds_until(running=True, gain_w=gains_w(seconds)) == seconds + 1
    assert car.reason is Reason.FOLLOWING_SUN


@pytest.mark.parametrize("seconds", [100, 1000])
def test_a_stop_takes_many_more(seconds: int) -> None:
    """A small loss is borne for long."""
    assert STOP_WH > 5 * START_WH
    car = Waiting()
    car.seconds_until(running=True, gain_w=5000)
    assert car.seconds_until(running=False, gain_w=loses_w(seconds)) == seconds
    assert car.reason is Reason.WAITING_FOR_SUN


def test_what_comes_in_between_is_set_off() -> None:
    """Gains against losses, though never in advance."""
    car = Waiting()
    car.pass_time(90, gain_w=gains_w(100))
    reasons = [car.reason]
    car.pass_time(100, gain_w=-1000)
    assert car.seconds_until(running=True, gain_w=gains_w(100)) == 100
    car.pass_time(1000, gain_w=10000)
    car.pass_time(99, gain_w=loses_w(100))
    reasons.append(car.reason)
    assert car.seconds_until(running=False, gain_w=loses_w(100)) == 1
    assert reasons == [Reason.ABOUT_TO_START, Reason.ABOUT_TO_STOP]


def test_nothing_gained_is_nothing_lost() -> None:
    """Then all stays as it is."""
    car = Waiting()
    car.pass_time(HOUR_S, gain_w=0)
    assert (car.patience.running, car.reason) == (False, Reason.WAITING_FOR_SUN)
    car.seconds_until(running=True, gain_w=5000)
    car.pass_time(HOUR_S, gain_w=0)
    assert (car.patience.running, car.reason) == (True, Reason.FOLLOWING_SUN)


@pytest.mark.parametrize("steadiness", [0.7, 3.0])
def test_who_wants_it_steady_waits_longer(steadiness: float) -> None:
    """Both ways, and so does the contactor."""
    car = Waiting(steadiness=steadiness)
    started_s = car.seconds_until(running=True, gain_w=gains_w(100))
    assert started_s == pytest.approx(100 * steadiness, abs=1)
    assert car.seconds_until(running=False, gain_w=loses_w(100)) == pytest.approx(
        100 * steadiness, abs=1
    )
    rest_s = SHORTEST_S * max(1.0, steadiness)
    assert car.seconds_until(running=True, gain_w=1e6) == rest_s


def test_contactors_rest_a_minute() -> None:
    """On or off, whatever it costs."""
    car = Waiting()
    car.seconds_until(running=True, gain_w=1e6)
    assert car.seconds_until(running=False, gain_w=-1e6) == SHORTEST_S
    car.pass_time(30, gain_w=1e6)
    assert car.reason is Reason.SPARING_CONTACTOR


def test_eight_starts_an_hour_are_the_most() -> None:
    """And fifty a day: contactors are made for some 100 000."""
    car = Waiting()
    starts: list[float] = []
    while car.now < 25 * HOUR_S:
        car.seconds_until(running=True, gain_w=1e6)
        starts.append(car.now)
        car.seconds_until(running=False, gain_w=-1e6)
    for start in starts:
        within_s = [start - each for each in starts if each <= start]
        assert sum(each < HOUR_S for each in within_s) <= MOST_STARTS_AN_HOUR
        assert sum(each < 24 * HOUR_S for each in within_s) <= MOST_STARTS_A_DAY
    assert sum(start < HOUR_S for start in starts) == MOST_STARTS_AN_HOUR
    assert sum(start < 24 * HOUR_S for start in starts) == MOST_STARTS_A_DAY


def test_starts_count_though_the_rest_is_forgotten() -> None:
    """An owner who switches back and forth does not make contactors younger."""
    car = Waiting()
    for _ in range(MOST_STARTS_AN_HOUR):
        car.seconds_until(running=True, gain_w=1e6)
        car.pass_time(60, gain_w=0)
        car.patience.forget()
        assert car.patience.running is None
        car.patience.stop()
    car.pass_time(60, gain_w=1e6)
    assert car.reason is Reason.SPARING_CONTACTOR


@pytest.mark.parametrize("how", ["stop", "forget"])
def test_what_is_stopped_for_another_reason_begins_anew(how: str) -> None:
    """With all that it takes to start."""
    car = Waiting()
    car.pass_time(90, gain_w=gains_w(100))
    getattr(car.patience, how)()
    car.patience.running = False
    assert car.seconds_until(running=True, gain_w=gains_w(100)) == 101


def test_a_pause_is_not_counted() -> None:
    """What nobody could see has cost nothing."""
    car = Waiting()
    car.pass_time(51, gain_w=gains_w(100))
    car.patience.pause()
    car.now += 600
    assert car.seconds_until(running=True, gain_w=gains_w(100)) == 51


def test_a_clock_that_stood_still_counts_for_five_seconds() -> None:
    """Nor was what happened meanwhile seen."""
    car = Waiting()
    car.pass_time(1, gain_w=gains_w(10))
    car.now += 600
    assert car.seconds_until(running=True, gain_w=gains_w(10)) == 6


@pytest.mark.parametrize(("share", "weight"), [(0.0, 0.0), (0.5, 1.0), (0.75, 3.0)])
def test_the_least_solar_share_says_what_import_costs(
    share: float, weight: float
) -> None:
    """More to start than to go on; with a share of half it costs what sun is worth."""
    preferences = Preferences(least_solar_share=share)
    weights = [import_weight(preferences, running=each) for each in (False, True)]
    assert weights == pytest.approx([weight, weight / HYSTERESIS])


@pytest.mark.parametrize(("share", "as_good_as"), [(1.0, 0.95), (7.0, 0.95), (-1, 0)])
def test_no_share_asks_for_the_impossible(share: float, as_good_as: float) -> None:
    """With all of it sun a car would never charge."""
    asked, taken = (Preferences(least_solar_share=each) for each in (share, as_good_as))
    assert import_weight(asked, running=True) == import_weight(taken, running=True)
