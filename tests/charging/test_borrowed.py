"""Settings of a car that are changed for a while."""

from itertools import pairwise

import pytest

from custom_components.twcmanager.charging.borrowed import Borrowed, Loan


@pytest.fixture
def current() -> Borrowed:
    """Return a setting whose owner has nothing said about it yet."""
    return Borrowed(None, pause_s=60)


def test_changed_and_put_back(current: Borrowed) -> None:
    """To what its owner had."""
    assert current.turn(16, 5, 0) == 5
    assert current.turn(5, 5, 1) is None
    assert current.loan == Loan(16, 5, taken=True)
    assert current.turn(5, None, 100) == 16
    assert current.turn(5, None, 101) is None
    assert current.turn(16, None, 102) is None
    assert current.loan is None


def test_nothing_to_change(current: Borrowed) -> None:
    """It has what is wanted, or says nothing."""
    assert current.turn(5, 5, 0) is None
    assert current.turn(None, 5, 1) is None
    assert current.turn(16, None, 2) is None
    assert current.loan is None


def test_not_too_often(current: Borrowed) -> None:
    """A car's cloud is left alone for a while after each word."""
    assert current.turn(16, 5, 0) == 5
    assert current.turn(5, 4, 59) is None
    assert current.turn(5, 4, 60) == 4


def test_in_vain(current: Borrowed) -> None:
    """It is told again, with pauses that grow up to half an hour, and that is noticed."""
    told = [now for now in range(20000) if current.turn(16, 5, now)]

    assert told[:7] == [0, 60, 180, 420, 900, 1860, 3660]
    assert {b - a for a, b in pairwise(told[5:])} == {1800}
    assert current.in_vain
    current.turn(5, 5, 20001)
    assert not current.in_vain


def test_told_three_times(current: Borrowed) -> None:
    """Once or twice is a coincidence."""
    for now in 0, 60:
        current.turn(16, 5, now)
    assert not current.in_vain
    current.turn(16, 5, 180)
    assert current.in_vain


def test_turned_by_somebody_else(current: Borrowed) -> None:
    """It is theirs, until it is wanted anew."""
    current.turn(16, 5, 0)
    current.turn(5, 5, 1)
    assert current.turn(10, 5, 1000) is None
    assert current.loan is None
    assert current.turn(10, 4, 2000) is None
    assert current.turn(10, None, 3000) is None
    assert current.turn(10, 4, 4000) == 4
    assert current.loan == Loan(10, 4)


def test_word_that_is_still_on_its_way(current: Borrowed) -> None:
    """What was told is taken back, though nothing is to be seen of it yet."""
    assert current.turn(16, 5, 0) == 5
    assert current.turn(16, None, 59) is None
    assert current.turn(16, None, 60) == 16
    assert current.turn(16, None, 61) is None
    assert current.loan is None


def test_second_thoughts(current: Borrowed) -> None:
    """Wanted as it was in the meantime, and then otherwise."""
    current.turn(16, 5, 0)
    assert current.turn(16, 16, 100) is None
    assert current.turn(5, 16, 101) == 16
    assert current.turn(16, 16, 102) is None
    assert current.turn(16, 5, 200) == 5
    assert current.loan == Loan(16, 5)


def test_owner_who_had_more_than_is_said(current: Borrowed) -> None:
    """A car may show less than it was set to."""
    current.turn(6, 5, 0, owners=32)
    assert current.turn(5, None, 100) == 32


def test_given_back_at_once(current: Borrowed) -> None:
    """Without waiting: nobody is there later. It is looked after once somebody is."""
    assert current.give_back() is None
    current.turn(16, 5, 0)
    current.turn(5, 5, 1)
    assert current.lent
    assert current.taken
    assert current.give_back() == 16
    assert not current.lent

    after = Borrowed(current.loan, pause_s=60)
    assert after.turn(5, None, 0) == 16
    assert after.turn(16, None, 1) is None
    assert after.loan is None
    assert not after.taken
