"""What each car drew when a meter looked."""

import pytest

from custom_components.twcmanager.charging.commitment import Commitment
from custom_components.twcmanager.charging.draws import LOOKED_S, Draws
from custom_components.twcmanager.charging.model import ALL_LINES

from .home import connector

L1 = frozenset({0})


class Cars:
    """Cars as their units tell, second by second."""

    def __init__(self) -> None:
        """Begin without any."""
        self.draws = Draws()
        self.commitments: dict[int, Commitment] = {}

    def say(
        self,
        now: float,
        *,
        id: int = 1,
        draw_a: float,
        limit_a: float = 32,
        online: bool = True,
        lines: frozenset[int] = ALL_LINES,
        watts_per_a: float = 690,
    ) -> bool:
        """Have a unit tell what its car draws. Return whether it was found drawing."""
        said = connector(
            id=id,
            draw_a=draw_a,
            at_most_a=limit_a,
            online=online,
            lines=lines,
            watts_per_a=watts_per_a,
            told_at=now,
        )
        commitment = self.commitments.setdefault(id, Commitment(said, now))
        commitment.watch(said, now)
        return self.draws.add(self.commitments, now)


@pytest.fixture
def cars() -> Cars:
    """Return one car that draws 10 A of 32 A since t = 1000, and 20 A since 1100."""
    cars = Cars()
    cars.say(1000, draw_a=10)
    cars.say(1100, draw_a=20)
    return cars


def test_at_a_moment(cars: Cars) -> None:
    """Anything within the seconds in which the meter may have looked."""
    assert cars.draws.amps(0, 1099) == (10, 10)
    assert cars.draws.amps(0, 1100) == (10, 20)
    assert cars.draws.amps(0, 1100 + LOOKED_S - 0.1) == (10, 20)
    assert cars.draws.amps(0, 1100 + LOOKED_S) == (20, 20)
    assert cars.draws.watts(1100) == (6900, 13800)


def test_before_anyone_could_see_it_was_there(cars: Cars) -> None:
    """A car that is found charging has been."""
    assert cars.draws.amps(0, 900) == (10, 10)
    assert Draws().amps(0, 900) == (0, 0)


def test_a_new_car_is_noticed() -> None:
    """If it draws anything: what was taken for the house's was its."""
    cars = Cars()
    assert cars.say(1000, id=1, draw_a=10)
    assert not cars.say(1001, id=1, draw_a=20)
    assert not cars.say(1001, id=2, draw_a=0)
    assert cars.say(1001, id=3, draw_a=6)


def test_several_cars_add_up(cars: Cars) -> None:
    """Line by line."""
    cars.say(1100, id=2, draw_a=6, lines=L1, watts_per_a=230)
    assert cars.draws.amps(0, 1200) == (26, 26)
    assert cars.draws.amps(1, 1200) == (20, 20)
    assert cars.draws.watts(1200) == (20 * 690 + 6 * 230,) * 2


def test_a_car_that_is_gone_draws_nothing(cars: Cars) -> None:
    """As far as anybody can tell."""
    cars.commitments.clear()
    cars.draws.add(cars.commitments, 1200)
    assert cars.draws.amps(0, 1200) == (0, 0)


def test_a_car_that_was_raised_may_be_faster_than_its_unit_tells() -> None:
    """Until it has risen, or does not mean to."""
    cars = Cars()
    cars.say(1000, draw_a=6, limit_a=6)
    cars.say(1100, draw_a=6, limit_a=16)
    assert cars.draws.amps(0, 1110) == (6, 16)
    cars.say(1120, draw_a=6, limit_a=16)
    assert cars.draws.amps(0, 1130) == (6, 6)


def test_a_silent_car_may_go_on_or_not(cars: Cars) -> None:
    """With all it was told."""
    cars.say(1200, draw_a=20, online=False)
    assert cars.draws.amps(0, 1210) == (0, 32)


def test_who_is_known_to_use_one_line_never_used_the_others(cars: Cars) -> None:
    """It was the house that did."""
    cars.say(1200, draw_a=20, lines=L1, watts_per_a=230)
    assert cars.draws.amps(0, 1199) == (20, 20)
    assert cars.draws.amps(1, 1199) == (0, 0)
    assert cars.draws.watts(1199) == (4600, 4600)


def test_who_may_use_more_lines_now_did_not_before(cars: Cars) -> None:
    """It is another car."""
    cars.say(1200, draw_a=20, lines=L1, watts_per_a=230)
    cars.say(1300, draw_a=10)
    assert cars.draws.amps(1, 1299) == (0, 0)
    assert cars.draws.watts(1299) == (4600, 4600)
    assert cars.draws.amps(1, 1310) == (10, 10)


def test_it_does_not_remember_for_ever(cars: Cars) -> None:
    """No reading is that old."""
    cars.say(1900, draw_a=5)
    assert cars.draws.amps(0, 1000) == (20, 20)
