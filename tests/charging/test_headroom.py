"""What others take, by a meter that sees home and cars together."""

import pytest

from custom_components.twcmanager.charging.headroom import (
    DOUBT_S,
    RECOVERS_S,
    Others,
    Sight,
    sight,
)
from custom_components.twcmanager.charging.model import MainFuse

NAN = float("nan")
DAY_S = 24 * 3600.0
LIMIT_A = 30.0


@pytest.fixture
def others() -> Others:
    """Return others that took 5 A until now, t = 1000."""
    others = Others(much=8, least=0)
    others.take(15, (10, 10), 1000)
    return others


def taken(others: Others) -> float:
    """Return what they took lately."""
    return LIMIT_A - others.leave(LIMIT_A, Sight.CLEAR)


def test_what_the_cars_did_not_draw_others_did(others: Others) -> None:
    """To the ampere, while the cars' draw is known."""
    assert taken(others) == 5
    others.take(25, (10, 10), 1001)
    assert taken(others) == 15


def test_a_reading_that_can_be_explained_changes_nothing(others: Others) -> None:
    """Whether the car has come down or not."""
    others.take(15, (4, 10), 1001)
    others.take(9, (4, 10), 1002)
    others.take(9, (4, 4), 1003)
    assert taken(others) == 5


def test_what_cannot_be_explained_is_the_least_change_that_can(others: Others) -> None:
    """At least so much the house has taken."""
    others.take(17, (4, 10), 1001)
    assert taken(others) == 7


def test_the_most_of_the_last_seconds_counts(others: Others) -> None:
    """It may come again."""
    others.take(25, (10, 10), 1001)
    others.take(15, (10, 10), 1002)
    others.take(15, (10, 10), 1000.9 + RECOVERS_S)
    assert taken(others) == 15
    others.take(15, (10, 10), 1001 + RECOVERS_S)
    assert taken(others) == 5


def test_much_in_doubt_for_long_is_taken_at_its_worst(others: Others) -> None:
    """Cars that change all the time may hide what the house takes."""
    for second in range(int(DOUBT_S)):
        others.take(25, (10, 20), 1001 + second)
        assert taken(others) == 5
    others.take(25, (10, 20), 1001 + DOUBT_S)
    assert taken(others) == 15


def test_a_clear_reading_ends_the_doubt(others: Others) -> None:
    """It begins anew with the next one, and a little of it is none."""
    for second in range(3 * int(DOUBT_S)):
        certain = second % 30 == 0
        others.take(15, (10, 10) if certain else (2, 12), 1001 + second)
        assert taken(others) == 5
    for second in range(3 * int(DOUBT_S)):
        others.take(15, (4, 12), 2001 + second)
        assert taken(others) == 5


def test_the_most_in_a_day_is_what_may_come_unseen(others: Others) -> None:
    """Half of the limit at least; forgotten bit by bit."""
    assert others.leave(LIMIT_A, Sight.BLIND) == 15
    others.take(30, (10, 10), 1001)
    others.take(15, (10, 10), 1002)
    assert others.leave(LIMIT_A, Sight.BLIND) == pytest.approx(10, abs=0.01)
    others.take(15, (10, 10), 1002 + DAY_S / 5)
    assert others.leave(LIMIT_A, Sight.BLIND) == pytest.approx(14, abs=0.01)
    others.take(15, (10, 10), 1002 + 3 * DAY_S)
    assert others.leave(LIMIT_A, Sight.BLIND) == 15


def test_nothing_known_is_as_good_as_blind() -> None:
    """Nobody has seen anything yet, or what was seen was a car's."""
    others = Others(much=8)
    assert others.leave(LIMIT_A, Sight.CLEAR) == 15
    others.take(10, (0, 0), 1000)
    assert others.leave(LIMIT_A, Sight.CLEAR) == 20
    others.forget_lately()
    assert others.leave(LIMIT_A, Sight.CLEAR) == 15


def test_sight() -> None:
    """A reading counts until it is late, and somewhat until it is dead."""
    read = MainFuse(limit_a=25, currents_a=(1,), at=0, stale_at=10, dead_at=20)
    seen = [sight(read, now) for now in (0, 9.9, 10, 19.9, 20)]
    assert seen == [Sight.CLEAR, Sight.CLEAR, Sight.LATE, Sight.LATE, Sight.BLIND]
    assert sight(None, 0) is Sight.BLIND
    assert sight(read, NAN) is Sight.BLIND
