"""Cars that are stopped by their own switch."""

from typing import Any

import pytest

from custom_components.twcmanager.charging.model import Mode, Reason
from custom_components.twcmanager.charging.soft_stop import SoftStop

from .home import Car, Home, connector


def _lingers(stop: SoftStop, now: float = 0.0, **changes: Any) -> bool:
    what = {"offered_a": 10.0, "wanted_a": 0.0}
    what |= {key: changes.pop(key) for key in what.keys() & changes}
    car = connector(**{"stops_itself": True, **changes})
    return stop.lingers(car, now=now, **what)


def test_waits_a_moment() -> None:
    """And not for ever."""
    stop = SoftStop()
    assert [now for now in range(40) if _lingers(stop, now)] == list(range(20))


@pytest.mark.parametrize(
    "changes",
    [
        {"wanted_a": 6.0},
        {"offered_a": 0.0},
        {"stops_itself": False},
        {"online": False},
        {"enabled": False},
        {"draw_a": 0.4},
    ],
)
def test_nothing_to_wait_for(changes: dict[str, Any]) -> None:
    """It may charge, has stopped, cannot stop by itself, or is to stop at once."""
    stop = SoftStop()
    assert not _lingers(stop, **changes)
    assert _lingers(stop, 100)
    assert not _lingers(stop, 101, **changes)
    assert not stop.busy


def test_stopped_in_time() -> None:
    """It is left its minimum until it draws no more, then nothing."""
    car = Car(id=1, mode=Mode.FAST, stops_itself=True)
    home = Home(cars=[car])
    home.run(60)

    car.mode = Mode.OFF
    home.run()
    assert home[1] == (6.0, Reason.STOPPING_VEHICLE)
    home.run(10)
    assert home[1] == (6.0, Reason.STOPPING_VEHICLE)
    car.takes_a = 0.0
    home.run(2)
    assert home[1] == (0.0, Reason.MODE_OFF)


def test_too_little_sun() -> None:
    """What counts is that it shall stop, not why."""
    car = Car(id=1, stops_itself=True)
    home = Home(cars=[car])
    home.run(120, sun_a=20)
    assert home.limit_a() > 15

    home.run(600, sun_a=-5)
    stopping = [each[1] for each in home.offered if each[1]][-15:]
    assert set(stopping) == {6.0}
    assert home[1] == (0.0, Reason.WAITING_FOR_SUN)


def test_wires_do_not_wait() -> None:
    """Others need what there is: it stops at once."""
    cars = [
        Car(id=1, mode=Mode.FAST, stops_itself=True),
        Car(id=2, mode=Mode.OFF, priority=1),
    ]
    home = Home(cars=cars, circuit_limit_a=10)
    home.run(60)
    assert home.limit_a(1) == 10
    cars[1].mode = Mode.FAST
    home.run()
    assert home[1] == (0.0, Reason.WAITING_FOR_CIRCUIT)
