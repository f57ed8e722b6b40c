"""What a day was worth, and the best there is."""

from itertools import product

from hypothesis import given, settings, strategies as st
import pytest

from benchmarks.score import (
    START_KWH,
    Overload,
    Range,
    Score,
    Unused,
    available_kwh,
    optimum,
    overload,
    score,
    short_cycles,
    unused,
)

ONE = Range(1300.0, 7300.0)
TWO = Range(2600.0, 14600.0)
# A decision to start takes two steps of this length.
STEP_S = 7.5
WAIT = 2

surpluses = st.lists(st.floats(-3e6, 9e6), min_size=1, max_size=8)


def brute_force(surplus_w: list[float], ranges: list[Range]) -> float:
    """Try everything: any number of cars in any step, as long as starts were waited for."""
    best = 0.0
    for cars in product(range(len(ranges) + 1), repeat=len(surplus_w)):
        rises = [
            (step, after - before)
            for step, (before, after) in enumerate(zip((0, *cars), cars, strict=False))
            if after > before
        ]
        if any(rise > 1 for _, rise in rises):
            continue
        if any(
            step < WAIT or len(set(cars[step - WAIT : step])) > 1 for step, _ in rises
        ):
            continue
        cars_w = [
            ranges[count - 1].best_w(surplus) if count else 0.0
            for count, surplus in zip(cars, surplus_w, strict=True)
        ]
        best = max(best, score(surplus_w, cars_w, STEP_S, len(rises)).kwh)
    return best


@settings(max_examples=150, deadline=None)
@given(surpluses)
def test_the_optimum_of_one_car_is_the_best_of_all_ways(surplus_w: list[float]) -> None:
    """With powers so large that a step of some seconds is worth a start."""
    huge = Range(ONE.least_w * 1000, ONE.most_w * 1000)
    assert optimum(surplus_w, [huge], STEP_S).kwh == pytest.approx(
        brute_force(surplus_w, [huge]), abs=1e-9
    )


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-3e6, 20e6), min_size=1, max_size=7))
def test_the_optimum_of_two_cars_is_the_best_of_all_ways(
    surplus_w: list[float],
) -> None:
    """They are started one after the other."""
    huge = [Range(each.least_w * 1000, each.most_w * 1000) for each in (ONE, TWO)]
    assert optimum(surplus_w, huge, STEP_S).kwh == pytest.approx(
        brute_force(surplus_w, huge), abs=1e-9
    )


def test_a_sunny_hour_is_used_but_for_the_start() -> None:
    """15 s of waiting and a start are all it costs."""
    best = optimum([3600.0] * 3600, [ONE])
    assert best.starts == 1
    assert best.import_kwh == 0
    assert best.sun_kwh == pytest.approx(3.6 - 3.6 * 15 / 3600)
    assert best.kwh == pytest.approx(best.sun_kwh - START_KWH)


def test_a_little_import_is_better_than_a_pause() -> None:
    """A short cloud does not stop the car; a long one does."""
    sunny, cloud = [3600.0] * 1800, [650.0]
    short = optimum(sunny + cloud * 60 + sunny, [ONE])
    assert short.starts == 1
    assert short.import_kwh == pytest.approx(0.65 * 60 / 3600)
    assert optimum(sunny + [0.0] * 600 + sunny, [ONE]).starts == 2


def test_without_sun_nothing_is_best() -> None:
    """Not even a start."""
    assert optimum([-500.0] * 600, [ONE]) == Score(0.0, 0.0, 0)


def test_import_is_only_what_the_cars_cause() -> None:
    """What the house imports by itself is not theirs."""
    result = score([-500.0, 1000.0, 3000.0], [2000.0] * 3, 3600.0, 1)
    assert result.import_kwh == pytest.approx(2.0 + 1.0 + 0.0)
    assert result.sun_kwh == pytest.approx(0.0 + 1.0 + 2.0)
    assert result.kwh == pytest.approx(3.0 - 3.0 - START_KWH)


def test_available_is_what_the_cars_could_take() -> None:
    """Not more than their charging power."""
    assert available_kwh([-500.0, 1000.0, 9000.0], 3600.0, 7300.0) == pytest.approx(8.3)


def test_unused_is_what_the_cars_left() -> None:
    """Charging or not; more than they could take does not count."""
    left = unused(
        [5000.0, 5000.0, 9000.0, -1.0], [4000.0, 0.0, 7300.0, 0.0], 3600, 7300
    )
    assert left == Unused(1.0, 5.0)


def test_overload_counts_what_is_above_the_circuit() -> None:
    """How far, how long, and both together."""
    assert overload([32.0, 33.0, 34.5, 10.0], 0.5, 32.0) == Overload(2.5, 1.0, 1.75)
    assert overload([32.0], 0.5, 32.0) == Overload(0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("draw_a", "count"),
    [
        ([0, 0, 6, 6], 0),
        ([0, 6, 0, 0, 6, 0], 1),
        ([6, 0, 6, 0, 6], 2),
        ([6, *[0] * 5, 6], 0),
        ([6, *[0] * 4, 6], 1),
    ],
)
def test_a_short_cycle_is_a_pause_of_less_than_five_minutes(
    draw_a: list[float], count: int
) -> None:
    """The night before and after is no pause."""
    assert short_cycles(draw_a, 60.0) == count
