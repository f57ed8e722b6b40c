"""What is done to a car itself."""

from dataclasses import replace
from typing import Any

import pytest

from custom_components.twcmanager.charging.borrowed import Loan
from custom_components.twcmanager.charging.car import (
    Act,
    Allowed,
    Cable,
    CarSetting,
    Means,
    Told,
    is_sure,
)
from custom_components.twcmanager.charging.car_control import CarControl, CarRecord
from custom_components.twcmanager.charging.model import Offer, Reason
from custom_components.twcmanager.charging.presence import Evidence, Presence
from custom_components.twcmanager.charging.waking import Wakes

ALLOWED = Allowed(stop_and_start=True)
STOPPING = Offer(6.0, Reason.STOPPING_VEHICLE)
STOPPED = Offer(0.0, Reason.MODE_OFF)
OFF = Act(CarSetting.CHARGING, 0.0)
ON = Act(CarSetting.CHARGING, 1.0)


class Car:
    """A car that does as it is told, and what it is offered."""

    def __init__(self, record: CarRecord | None = None) -> None:
        """Begin with one that charges."""
        self.control = CarControl(record or CarRecord())
        self.told = Told(charging=True)
        self.allowed = ALLOWED
        self.cable: Cable | None = Cable(
            known=True,
            sure=True,
            online=True,
            draw_a=16.0,
            offer=Offer(16.0, Reason.FAST),
        )
        self.now = 0.0
        self.day = 1

    def on_cable(self, **changes: Any) -> None:
        """Change something about its cable."""
        assert self.cable
        self.cable = replace(self.cable, **changes)

    def run(self, seconds: float = 1, *, heeds: bool = True) -> list[Act]:
        """Let time pass, and return all that is done to the car."""
        done = []
        for _ in range(int(seconds)):
            self.now += 1
            acts = self.control.acts(
                self.told, self.allowed, self.cable, self.now, self.day
            )
            done += acts
            for act in acts if heeds else ():
                if act.setting is CarSetting.CHARGING:
                    self.told = replace(self.told, charging=bool(act.value))
                else:
                    self.told = replace(self.told, limit_soc=act.value)
        return done


@pytest.fixture
def car() -> Car:
    """Return a car that has charged for a while."""
    car = Car()
    assert car.run(10) == []
    return car


@pytest.mark.parametrize(
    ("evidence", "at_home", "sure"),
    [
        (Evidence.VIN, None, True),
        (Evidence.TIME, None, True),
        (Evidence.PLUG, None, False),
        (Evidence.PLUG, True, True),
        (Evidence.REMEMBERED, None, False),
        (Evidence.REMEMBERED, True, True),
        (Evidence.LEFT, True, False),
    ],
)
def test_sure(evidence: Evidence, at_home: bool | None, sure: bool) -> None:
    """A car that says it is plugged in may be so elsewhere; a guess is no knowledge."""
    assert is_sure(Presence("car", evidence), at_home=at_home) is sure
    assert not is_sure(Presence(None, evidence), at_home=True)


def test_means(car: Car) -> None:
    """Nobody waits for a car that may not be told, or says that it is off anyway."""
    means = car.control.means
    assert means(Told(charging=True), ALLOWED) == Means(stops_itself=True)
    assert means(Told(charging=False), ALLOWED) == Means()
    assert means(Told(), ALLOWED) == Means()
    assert means(Told(charging=True), Allowed()) == Means()


def test_stop_and_start(car: Car) -> None:
    """Off when it is to stop, on when it may charge again."""
    car.on_cable(offer=STOPPING)
    assert car.run(5) == [OFF]
    # It is waited for until it draws no more.
    assert car.control.means(car.told, ALLOWED).stops_itself
    car.on_cable(offer=STOPPED, draw_a=0.0)
    assert car.run(1000) == []
    car.on_cable(offer=Offer(6.0, Reason.FOLLOWING_SUN))
    assert car.run(100) == [ON]
    assert car.control.record == CarRecord()


def test_stopped_by_itself(car: Car) -> None:
    """There is nothing to be done to a car that is full, or heeds what is offered."""
    car.on_cable(draw_a=0.0)
    assert car.run(100) == []
    car.on_cable(offer=STOPPED)
    assert car.run(100) == []


def test_goes_on_though_nothing_is_offered(car: Car) -> None:
    """Then its switch is a stronger means."""
    car.on_cable(offer=STOPPED, draw_a=6.0)
    assert car.run(10) == []
    assert car.run(2) == [OFF]


@pytest.mark.parametrize("offer", [STOPPING, STOPPED])
def test_not_sure(car: Car, offer: Offer) -> None:
    """A car that may be elsewhere is left alone."""
    car.on_cable(offer=offer, sure=False)
    assert car.run(100) == []


def test_not_so_sure_any_more(car: Car) -> None:
    """What was done stays until it is known that the car is gone."""
    car.on_cable(offer=STOPPING)
    car.run(2)
    car.on_cable(offer=STOPPED, draw_a=0.0, sure=False)
    assert car.run(100) == []
    car.on_cable(known=False)
    assert car.run(100) == [ON]


def test_not_allowed(car: Car) -> None:
    """Nor is one whose owner does not want it."""
    car.allowed = Allowed()
    car.on_cable(offer=STOPPING)
    assert car.run(100) == []


def test_silent_unit(car: Car) -> None:
    """It is no reason for anything."""
    car.on_cable(offer=STOPPING)
    car.run(2)
    car.on_cable(online=False, offer=Offer(0.0, Reason.OFFLINE))
    assert car.run(100) == []
    car.cable = None
    assert car.run(100) == [ON]


def test_switch_in_vain(car: Car) -> None:
    """It is not waited for the next time, and that outlives a restart; then it is again."""
    car.on_cable(offer=STOPPING)
    assert car.run(20, heeds=False) == [OFF, OFF]
    car.on_cable(offer=STOPPED)
    assert car.run(heeds=False) == [ON]
    assert car.control.in_vain

    car = Car(car.control.record)
    assert car.run(20) == []
    assert not car.control.means(car.told, ALLOWED).stops_itself
    car.on_cable(offer=STOPPED)
    assert car.run(1) == []
    assert not car.control.in_vain
    assert car.control.means(car.told, ALLOWED).stops_itself


def test_given_back(car: Car) -> None:
    """At once, as far as there is anything to be given back."""
    assert car.control.give_back(car.told) == []
    car.on_cable(offer=STOPPING)
    car.run(2)
    assert car.control.record == CarRecord(charging=Loan(1.0, 0.0, taken=True))
    assert car.control.give_back(car.told) == [ON]


RAISE = Act(CarSetting.CHARGE_LIMIT, 90.0)


@pytest.fixture
def limited() -> Car:
    """Return a car that stops at 80 %."""
    car = Car()
    car.told = Told(charging=True, limit_soc=80.0)
    car.run(10)
    return car


def test_limit_is_raised_for_who_asks(limited: Car) -> None:
    """And put back afterwards, be the car gone by then."""
    limited.on_cable(asked_soc=90.0)
    assert limited.run(100) == [RAISE]
    assert limited.control.record.charge_limit == Loan(80.0, 90.0, taken=True)
    limited.cable = None
    assert limited.run(100) == [Act(CarSetting.CHARGE_LIMIT, 80.0)]
    assert limited.control.record == CarRecord()


@pytest.mark.parametrize(
    "changes",
    [{"asked_soc": 80.0}, {"asked_soc": 70.0}, {"asked_soc": 90.0, "sure": False}],
)
def test_limit_is_left_alone(limited: Car, changes: dict[str, Any]) -> None:
    """It is never lowered, nor that of a car which may be elsewhere."""
    limited.on_cable(**changes)
    assert limited.run(100) == []


def test_limit_that_is_not_told(limited: Car) -> None:
    """Nobody would know what to put it back to."""
    limited.told = Told()
    limited.on_cable(asked_soc=90.0)
    assert limited.run(100) == []


def test_limit_stays_raised_while_it_is_known(limited: Car) -> None:
    """Even if it is not as sure any more; and its owner's word counts."""
    limited.on_cable(asked_soc=90.0)
    limited.run(2)
    limited.on_cable(sure=False)
    assert limited.run(100) == []
    limited.told = replace(limited.told, limit_soc=70.0)
    assert limited.run(100) == []
    assert limited.control.record == CarRecord()


def test_limit_in_vain(limited: Car) -> None:
    """Somebody should know."""
    limited.on_cable(asked_soc=90.0)
    assert limited.run(300, heeds=False) == [RAISE] * 3
    assert limited.control.in_vain


def test_everything_is_kept_and_given_back() -> None:
    """A crash undoes nothing."""
    record = CarRecord(
        charging=Loan(1.0, 0.0),
        current=Loan(16.0, 3.0),
        charge_limit=Loan(80.0, 90.0),
        wakes=Wakes(7, 2),
        stop_in_vain=True,
    )
    control = CarControl(record)
    assert control.record == record
    assert control.give_back(Told(current_to_a=32.0)) == [
        ON,
        Act(CarSetting.CURRENT, 16.0),
        Act(CarSetting.CHARGE_LIMIT, 80.0),
    ]


def test_woken(car: Car) -> None:
    """As told: once, and that is kept."""
    car.told = Told(asleep=True)
    car.allowed = Allowed(wakes_a_day=1)
    car.on_cable(draw_a=0.0)
    assert car.run(500, heeds=False) == [Act(CarSetting.WAKE, 1.0)]
    assert car.control.record == CarRecord(wakes=Wakes(1, 1))
    car.day = 2
    assert car.run(1000, heeds=False) == [Act(CarSetting.WAKE, 1.0)]
