"""Cars that draw less than a unit can offer."""

from dataclasses import replace
from typing import Any

import pytest

from custom_components.twcmanager.charging.borrowed import Loan
from custom_components.twcmanager.charging.car import Allowed, Cable, Told
from custom_components.twcmanager.charging.low_current import LowCurrent
from custom_components.twcmanager.charging.model import Mode, Offer, Reason, Sharing

from .home import WATTS_PER_A, Car, Home

ALLOWED = Allowed(least_a=2.0)
SAID = Told(current_a=16.0, current_from_a=0.0, current_to_a=32.0)


def _cable(car_a: float | None, **changes: Any) -> Cable:
    usual = Cable(
        known=True,
        sure=True,
        online=True,
        draw_a=5.5,
        offer=Offer(6.0, Reason.FOLLOWING_SUN, car_a=car_a),
    )
    return replace(usual, **changes)


class Setting:
    """The setting of a car that does as it is told."""

    def __init__(self, told: Told = SAID, allowed: Allowed = ALLOWED) -> None:
        """Begin with a setting that is its owner's."""
        self.current = LowCurrent(None)
        self.told = told
        self.allowed = allowed
        self.now = 0.0
        # It has drawn for a while.
        self.turn(_cable(None))

    def turn(
        self, cable: Cable | None, *, after_s: float = 60, heeds: bool = True
    ) -> float | None:
        """Return what it is set to after a while."""
        self.now += after_s
        set_a = self.current.turn(self.told, self.allowed, cable, self.now)
        if set_a is not None and heeds:
            self.told = replace(self.told, current_a=set_a)
        return set_a


# --- the setting ----------------------------------------------------------------------


def test_follows_the_sun() -> None:
    """In whole amps, rounded down, and not for less than one."""
    setting = Setting()
    suns_a = [5.4, 5.1, 4.9, 4.1, 4.0, 3.0, 3.9, 4.0, 4.9, 5.0, 2.5, 1.0, 0.1]
    told = [setting.turn(_cable(each)) for each in suns_a]
    assert told == [None, None, 4, None, None, 3, None, 4, None, 5, 2, None, None]
    assert setting.current.lowered

    assert setting.turn(_cable(None)) == 16
    assert setting.turn(_cable(None)) is None
    assert not setting.current.lowered
    assert setting.current.loan is None


def test_not_too_often() -> None:
    """Once a minute at most, and not while it starts."""
    setting = Setting()
    setting.turn(_cable(4.0, draw_a=0.0))
    assert setting.turn(_cable(4.0)) is None
    assert setting.turn(_cable(4.0), after_s=14) is None
    assert setting.turn(_cable(4.0)) == 4
    assert setting.turn(_cable(2.0), after_s=59) is None
    assert setting.turn(_cable(2.0), after_s=1) == 2


def test_least() -> None:
    """That of its owner, of the car, and of nature; in whole amps."""
    current = LowCurrent(None)
    assert current.least_a(SAID, ALLOWED) == 2
    assert current.least_a(SAID, Allowed(least_a=2.5)) == 3
    assert current.least_a(SAID, Allowed(least_a=0.2)) == 1
    assert current.least_a(replace(SAID, current_from_a=5.0), ALLOWED) == 5
    assert current.least_a(replace(SAID, current_from_a=8.0), ALLOWED) == 6
    assert current.least_a(replace(SAID, current_a=None), ALLOWED) == 6
    assert current.least_a(SAID, Allowed()) == 6


@pytest.mark.parametrize(
    "cable",
    [
        _cable(3.0, sure=False),
        _cable(3.0, draw_a=0.0),
        _cable(3.0, offer=Offer(6.0, Reason.STOPPING_VEHICLE, car_a=3.0)),
        _cable(3.0, offer=Offer(0.0, Reason.WAITING_FOR_SUN, car_a=3.0)),
        _cable(None),
        None,
    ],
)
def test_left_alone(cable: Cable | None) -> None:
    """A car that may be elsewhere, sleeps, is being stopped, or has enough sun."""
    assert Setting().turn(cable) is None


def test_not_allowed() -> None:
    """Nor one whose owner does not want it; what was done before is undone."""
    setting = Setting(allowed=Allowed())
    assert setting.turn(_cable(3.0)) is None
    setting.allowed = ALLOWED
    setting.turn(_cable(3.0))
    setting.allowed = Allowed()
    assert setting.turn(_cable(3.0)) == 16


@pytest.mark.parametrize("reason", [Reason.STOPPING_VEHICLE, Reason.WAITING_FOR_SUN])
def test_stays_while_it_stands(reason: Reason) -> None:
    """It may go on like that; nobody wakes it to put that back before it leaves."""
    setting = Setting()
    setting.turn(_cable(3.0))
    assert setting.turn(_cable(None, offer=Offer(0.0, reason), draw_a=0.0)) is None
    assert setting.turn(_cable(2.0, sure=False)) is None
    assert setting.turn(_cable(2.0, sure=False)) == 2
    assert setting.turn(None) == 16


def test_owner_wants_less() -> None:
    """Never more than that."""
    setting = Setting(replace(SAID, current_a=3.0))
    assert setting.turn(_cable(4.5)) is None
    assert setting.turn(_cable(3.0)) is None
    assert setting.turn(_cable(2.0)) == 2
    assert setting.turn(_cable(4.5)) == 3


def test_as_high_as_it_goes() -> None:
    """A car that shows no more than it is offered gets all it can have, as that grows."""
    setting = Setting(Told(current_a=6.0, current_to_a=6.0))
    assert setting.turn(_cable(3.0)) == 3
    assert setting.turn(_cable(None)) == 6
    assert setting.turn(_cable(None)) is None
    setting.told = replace(setting.told, current_to_a=16.0)
    assert setting.turn(_cable(None)) == 16
    assert setting.turn(_cable(None)) is None
    assert setting.turn(None) is None
    assert setting.turn(None) is None
    assert setting.current.loan is None


def test_given_back_at_once() -> None:
    """As far as it can be set."""
    setting = Setting(Told(current_a=32.0, current_to_a=32.0))
    assert setting.current.give_back(setting.told) is None
    setting.turn(_cable(3.0))
    assert setting.current.give_back(setting.told) == 32
    assert not setting.current.lowered


def test_in_vain() -> None:
    """A car that does not do as it is told counts as one that cannot, until it leaves."""
    setting = Setting()
    told = [setting.turn(_cable(3.0), heeds=False) for _ in range(5)]
    assert told == [3, 3, None, 3, 16]
    assert setting.current.in_vain
    assert setting.current.least_a(SAID, ALLOWED) == 6
    assert setting.turn(_cable(3.0)) is None
    assert setting.current.in_vain
    setting.turn(None)
    assert not setting.current.in_vain
    assert setting.current.loan is None


def test_set_by_somebody_else() -> None:
    """It is theirs for now, and nobody counts on its being low."""
    setting = Setting()
    setting.turn(_cable(3.0))
    setting.turn(_cable(3.0))
    setting.told = replace(setting.told, current_a=10.0)
    assert setting.turn(_cable(3.0)) is None
    assert setting.current.least_a(setting.told, ALLOWED) == 6
    assert setting.turn(_cable(None)) is None
    assert setting.current.least_a(setting.told, ALLOWED) == 2


def test_kept() -> None:
    """What is lent is known after a restart."""
    setting = Setting()
    setting.turn(_cable(3.0))
    setting.turn(_cable(3.0))
    assert setting.current.loan == Loan(16.0, 3.0, taken=True)


# --- what is decided ------------------------------------------------------------------


def _run(home: Home, seconds: int) -> None:
    """Let time pass with cars that do as they are told, in whole amps once a minute."""
    for second in range(seconds):
        home.run()
        if second % 60 == 0:
            for car in home.cars:
                car_a = home.offer(car.id).car_a
                car.own_limit_a = 80.0 if car_a is None else int(car_a)


def test_little_sun() -> None:
    """It charges with what there is, while it is offered its minimum."""
    car = Car(id=1, least_a=2.0)
    home = Home(cars=[car], sun_a=3.5)
    _run(home, 600)
    assert home[1] == (6.0, Reason.FOLLOWING_SUN)
    assert home.offer().car_a == pytest.approx(3.5, abs=0.1)
    assert car.draw_a == 3
    assert home.starts() == 1

    home.sun_a = 12.0
    _run(home, 200)
    assert home.offer().car_a is None
    assert home.limit_a() > 11
    assert car.draw_a > 11
    home.sun_a = 2.2
    _run(home, 3600)
    assert home.limit_a() == 6
    assert car.draw_a == 2
    imported_w = max(home.grid_w[-600:])
    assert imported_w < 0.1 * WATTS_PER_A

    home.sun_a = 0.3
    _run(home, 3600)
    assert home[1] == (0.0, Reason.WAITING_FOR_SUN)
    assert home.offer().car_a is None


def test_others_cannot() -> None:
    """They wait for the sun they need."""
    home = Home(cars=[Car(id=1)], sun_a=3.5)
    _run(home, 600)
    assert home[1] == (0.0, Reason.WAITING_FOR_SUN)


def test_minimum_from_the_grid() -> None:
    """Whoever wants the minimum in any case gets it."""
    home = Home(cars=[Car(id=1, mode=Mode.SOLAR_MINIMUM, least_a=2.0)], sun_a=3.5)
    _run(home, 600)
    assert home.limit_a() == 6
    assert home.offer().car_a is None


def test_without_readings() -> None:
    """While nobody knows, it stays as it was."""
    home = Home(cars=[Car(id=1, least_a=2.0)], sun_a=3.5)
    _run(home, 600)
    home.meter_works = False
    home.run(60)
    assert home[1] == (6.0, Reason.HOLDING)
    assert home.offer().car_a == pytest.approx(3.5, abs=0.1)


def test_several() -> None:
    """The last in turn gives way first."""
    cars = [Car(id=1, least_a=2.0, priority=1), Car(id=2, least_a=2.0)]
    home = Home(cars=cars, sun_a=9.0)
    home.preferences = replace(home.preferences, sharing=Sharing.EQUAL)
    _run(home, 1200)
    assert home.limit_a(1) == home.limit_a(2) == 6
    assert home.offer(1).car_a is None
    assert home.offer(2).car_a == pytest.approx(3.5, abs=0.2)
    home.sun_a = 5.0
    _run(home, 1200)
    assert home.offer(1).car_a == pytest.approx(3.0, abs=0.2)
    assert home.offer(2).car_a == pytest.approx(2.0, abs=0.2)


def test_wires_count_what_is_offered() -> None:
    """Not what the car lets itself draw: that is its own affair."""
    cars = [Car(id=1, least_a=1.0), Car(id=2, least_a=1.0)]
    home = Home(cars=cars, sun_a=8.0, circuit_limit_a=11.0)
    _run(home, 1200)
    assert all(sum(each.values()) <= 11 for each in home.offered)


def test_not_taken_for_stuck() -> None:
    """A car that does not draw more because it does not let itself is not spiked."""
    car = Car(id=1, least_a=2.0, unstick=True, own_limit_a=3.0)
    home = Home(cars=[car], sun_a=10.0)
    home.run(300)
    assert 9 < home.limit_a() < 12
    assert max(each[1] for each in home.offered) < 12
