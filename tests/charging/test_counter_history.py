"""A lifetime counter that was logged: it never falls, and nonsense is left out."""

from typing import Final

from hypothesis import given, strategies as st
import pytest

from custom_components.twcmanager.charging.counter_history import (
    Reading,
    counter_by_hour,
)

HOUR_S: Final = 3600.0
NOON: Final = 450_000 * HOUR_S


def hours(*kwh: float, step_s: float = 1800.0) -> list[float]:
    """Return what each hour ends with, of a counter that is read every half hour."""
    readings = [Reading(NOON + step_s * n, each) for n, each in enumerate(kwh)]
    return [*counter_by_hour(readings).values()]


def test_by_hour() -> None:
    """The last reading of each hour counts; hours without any are left out."""
    readings = [
        Reading(NOON + minute * 60, kwh)
        for minute, kwh in ((0, 700.0), (50, 703.0), (65, 704.0), (190, 720.0))
    ]
    assert counter_by_hour(reversed(readings)) == {
        NOON: 703.0,
        NOON + HOUR_S: 704.0,
        NOON + 3 * HOUR_S: 720.0,
    }


@pytest.mark.parametrize(
    ("kwh", "expected"),
    [
        # Nothing was read yet.
        ((0, 0, 700, 701), [701]),
        # Once too high, once too low.
        ((700, 701, 70_000, 702, 7, 703), [701, 702, 703]),
        # Already the first.
        ((70_000, 700, 701, 702), [702]),
        ((7, 700, 701, 702), [702]),
        # 25 kW for half an hour, and the steps of a counter.
        ((700, 714.5, 729.1, 729), [714.5, 729]),
        # Nobody charges.
        ((700, 700, 700), [700, 700]),
        ((700,), []),
        ((), []),
    ],
)
def test_nonsense(kwh: tuple[float, ...], expected: list[float]) -> None:
    """It is no energy."""
    assert hours(*kwh) == expected


@given(st.lists(st.floats(-10, 100_000), max_size=40))
def test_it_never_falls(kwh: list[float]) -> None:
    """Whatever was logged."""
    told = hours(*kwh)
    assert told == sorted(told)
