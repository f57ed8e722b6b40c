"""Cars after a hard stop."""

import pytest

from custom_components.twcmanager.bus.aftermath import Aftermath
from custom_components.twcmanager.bus.status import StopLessons, StopMethod

HARD = [StopMethod.CONTACTOR, StopMethod.SILENCE]
FOR_EVER = 100_000


class Car:
    """A car that was stopped, as its unit tells of it second by second."""

    def __init__(self, method: StopMethod | None) -> None:
        """Begin with the stop, if there was one."""
        self.aftermath = Aftermath()
        if method:
            self.aftermath.stopped(method)
        self.now = 0

    def run(
        self,
        seconds: int,
        *,
        offered: bool = True,
        car_seen: bool = True,
        draws: bool = False,
    ) -> StopMethod | None:
        """Let time pass until it has taken something ill."""
        for _ in range(seconds):
            self.now += 1
            taken_ill = self.aftermath.watch(
                offered=offered, car_seen=car_seen, draws=draws, now=self.now
            )
            if taken_ill:
                return taken_ill
        return None


@pytest.mark.parametrize("method", HARD)
def test_taken_ill(method: StopMethod) -> None:
    """Who does not charge within 20 minutes of being offered something; told once."""
    car = Car(method)
    assert car.run(FOR_EVER, offered=False) is None
    assert car.run(1200) is None
    assert car.run(1) is method
    assert car.run(FOR_EVER) is None


def test_no_stop() -> None:
    """A car that is just full has taken nothing ill."""
    assert Car(None).run(FOR_EVER) is None


@pytest.mark.parametrize("method", HARD)
def test_taken_well(method: StopMethod) -> None:
    """It charges again; that it is full later is another matter."""
    car = Car(method)
    assert car.run(600) is None
    assert car.run(1, draws=True) is None
    assert car.run(FOR_EVER) is None


@pytest.mark.parametrize("method", HARD)
def test_word_from_before_the_stop(method: StopMethod) -> None:
    """That it drew then is no sign that it takes it well."""
    car = Car(method)
    assert car.run(2, draws=True) is None
    assert car.run(1201) is method


@pytest.mark.parametrize("method", HARD)
def test_offered_in_bits(method: StopMethod) -> None:
    """It takes its time each time."""
    car = Car(method)
    for _ in range(10):
        assert car.run(600) is None
        assert car.run(600, offered=False) is None


@pytest.mark.parametrize("method", HARD)
def test_another_car(method: StopMethod) -> None:
    """It has nothing to do with that; a moment out of sight is no other car."""
    car = Car(method)
    car.run(59, car_seen=False)
    assert car.run(1201) is method

    car = Car(method)
    car.run(62, car_seen=False)
    assert car.run(FOR_EVER) is None


def test_unit_in_silence() -> None:
    """It tells nothing of its car, which may well be there."""
    car = Car(StopMethod.SILENCE)
    car.run(FOR_EVER, offered=False, car_seen=False)
    assert car.run(1201) is StopMethod.SILENCE

    car = Car(StopMethod.CONTACTOR)
    car.run(FOR_EVER, offered=False, car_seen=False)
    assert car.run(FOR_EVER) is None


def test_lessons() -> None:
    """What was learned once stays, but for what turns out to be otherwise."""
    before = StopLessons(heeds_zero=True, contactor_taken_ill=True)
    assert before.with_more(StopLessons()) == before
    assert before.with_more(
        StopLessons(heeds_zero=False, silence_taken_ill=True)
    ) == StopLessons(heeds_zero=False, contactor_taken_ill=True, silence_taken_ill=True)
    assert before.taken_ill(StopMethod.CONTACTOR)
    assert not before.taken_ill(StopMethod.SILENCE)
    assert not before.taken_ill(StopMethod.OFFER)
