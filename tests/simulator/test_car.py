"""What a car makes of an offer."""

import pytest

from custom_components.twcmanager.bus.messages import UnitState
from custom_components.twcmanager.simulator import SimulatedCar

from .hand import LIMIT, hand


@pytest.mark.parametrize(
    ("limit_a", "draw_a"),
    [
        (5.9, 0),
        (6, 5.7),
        (6.49, 5.7),
        (6.5, 6.2),
        (16, 15.7),
        (31.99, 31.2),
        (32, 31.7),
    ],
)
def test_it_takes_offers_in_steps_and_draws_a_little_less(
    limit_a: float, draw_a: float
) -> None:
    """Half amps, rounded down, 0.3 A below; nothing below 6 A."""
    master = hand()
    assert master.beats(80, limit_a, LIMIT)[-1].draw_a == pytest.approx(draw_a)


@pytest.mark.parametrize(
    "car", [SimulatedCar(onboard_a=16), SimulatedCar(own_limit_a=16)], ids=str
)
def test_its_own_limits(car: SimulatedCar) -> None:
    """The onboard charger and the driver's setting."""
    master = hand(car=car)
    master.charge(32)
    assert car.draw_a == 16


def test_start_delay() -> None:
    """Counted from when the offer reaches it."""
    for delay_s in (3, 15, 40):
        master = hand(car=SimulatedCar(start_delay_s=delay_s))
        master.beat(10, LIMIT)
        while not master.car.drawing:
            master.beat()
        assert master.now == pytest.approx(1.5 + delay_s, abs=1.1)


def test_an_interrupted_start_begins_anew() -> None:
    """The offer has to stay."""
    master = hand()
    master.beats(10, 10, LIMIT)
    master.beats(5, 0, LIMIT)
    master.beats(12, 10, LIMIT)
    assert not master.car.drawing
    master.beats(10, 10, LIMIT)
    assert master.car.starts == 1


def test_a_sleeping_car_takes_long_to_notice() -> None:
    """And stays awake while it has something to do."""
    master = hand(car=SimulatedCar(asleep=True, wake_s=600))
    assert {answer.draw_a for answer in master.beats(590, 10, LIMIT)} == {0}
    master.beats(20)
    assert master.car.drawing
    assert not master.car.asleep


def test_it_falls_asleep_when_nothing_happens() -> None:
    """Only without an offer."""
    master = hand(car=SimulatedCar(sleeps_after_s=300))
    master.charge(10)
    master.beats(400)
    assert not master.car.asleep
    master.beats(290, 0)
    assert not master.car.asleep
    master.beats(30, 0)
    assert master.car.asleep


def test_6_a_stick() -> None:
    """Once offered 6 A it stays there until a spike of 16 A that lasts."""
    master = hand(car=SimulatedCar(sticks_at_6a=True))
    master.charge(10)
    assert master.beats(20, 6)[-1].draw_a == 5.7
    assert master.beats(60, 12)[-1].draw_a == 5.7
    master.beats(2, 16)
    assert master.beats(20, 12)[-1].draw_a == 5.7
    master.beats(8, 16)
    assert master.beats(20, 12)[-1].draw_a == 11.7


def test_its_own_switch() -> None:
    """Acts 3 s later; the unit keeps its offer."""
    master = hand()
    master.charge(16)
    master.car.enabled = False
    assert master.beats(3)[-1].draw_a == 15.7
    answer = master.beats(8)[-1]
    assert (answer.state, answer.limit_a) == (UnitState.STOPPED, 16)
    master.car.enabled = True
    assert master.beats(50)[-1].draw_a == 15.7
    assert master.car.starts == 2


def test_it_fills_up() -> None:
    """Tapering at the end, then it stops."""
    master = hand(car=SimulatedCar(battery_kwh=5, soc=0.9))
    master.charge(32)
    assert master.car.draw_a == pytest.approx(31.7)
    draws_a = [master.beat().draw_a for _ in range(900)]
    assert master.car.full
    assert draws_a[-1] == 0
    assert any(5 < draw_a < 20 for draw_a in draws_a)
    assert master.beat().state is UnitState.STOPPED
    assert master.car.soc == pytest.approx(1.0, abs=0.001)


def test_charge_limit() -> None:
    """Its driver wants it no fuller than this."""
    master = hand(car=SimulatedCar(battery_kwh=5, soc=0.5, charge_limit=0.55))
    master.charge(32)
    master.beats(200)
    assert not master.car.drawing
    assert master.car.soc == pytest.approx(0.55, abs=0.003)


def test_a_full_car_does_not_start() -> None:
    """However much it is offered."""
    master = hand(car=SimulatedCar(soc=1))
    assert master.beats(60, 16, LIMIT)[-1].state is UnitState.STOPPED
    assert not master.car.starts
