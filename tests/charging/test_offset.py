"""How far a car stays below its offer."""

import pytest

from custom_components.twcmanager.charging.offset import USUAL_A, Offset

from .home import connector


class Watched:
    """A car, and what is learned of it."""

    def __init__(self) -> None:
        """Begin with what is usual."""
        self.offset = Offset()
        self.now = 0.0

    def draw(
        self, offer_a: float, draw_a: float, seconds: int, step_s: float = 1
    ) -> None:
        """Have it draw something of an offer for some time."""
        for _ in range(int(seconds / step_s)):
            self.now += step_s
            self.offset.watch(connector(draw_a=draw_a), offer_a, self.now)


def test_of_a_new_car_the_usual_is_expected() -> None:
    """Steps of half an amp, and 0.3 A below them."""
    assert Offset().below_a == USUAL_A == 0.55


def test_what_it_does_is_learned_slowly() -> None:
    """A hundredth of the difference a second: its average is what counts."""
    car = Watched()
    car.draw(12, 11, 7 + 100)
    assert car.offset.below_a == pytest.approx(1 - 0.45 * 0.99**100, abs=0.01)
    car.draw(12, 11, 900)
    assert car.offset.below_a == pytest.approx(1, abs=0.01)
    car.draw(12, 12.5, 900)
    assert car.offset.below_a == pytest.approx(-0.5, abs=0.01)


def test_ticks_in_between_teach_nothing_more() -> None:
    """It is by the clock, not by how often somebody looks."""
    often, seldom = Watched(), Watched()
    often.draw(12, 11, 60, step_s=0.25)
    seldom.draw(12, 11, 60)
    assert often.offset.below_a == pytest.approx(seldom.offset.below_a, abs=0.01)


def test_ramps_teach_nothing() -> None:
    """Six seconds after the last change it may be steady."""
    car = Watched()
    for second in range(200):
        car.draw(10 + second / 10, 9, 1)
    for _ in range(50):
        car.draw(12, 11, 3)
        car.draw(12, 11.2, 3)
    assert car.offset.below_a == USUAL_A


@pytest.mark.parametrize(
    ("offer_a", "draw_a"),
    [
        # The minimum is the minimum, whatever the car makes of it.
        (6, 5.7),
        (6.1, 5.0),
        # It charges with next to nothing, or not at all.
        (8, 2.5),
        (2, 0),
        (0, 0),
        # It has a limit of its own.
        (16, 13),
        # It does not heed what it is told.
        (8, 16),
    ],
)
def test_what_says_nothing_about_steps_teaches_nothing(
    offer_a: float, draw_a: float
) -> None:
    """Other things keep it from what it is offered."""
    car = Watched()
    car.draw(offer_a, draw_a, 500)
    assert car.offset.below_a == USUAL_A


def test_it_never_believes_too_much() -> None:
    """2 A either way."""
    car = Watched()
    car.draw(16, 13.6, 2000)
    assert car.offset.below_a == 2
    car.draw(16, 17.99, 5000)
    assert -2 <= car.offset.below_a < -1.9
