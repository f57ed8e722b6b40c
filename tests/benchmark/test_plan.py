"""The benchmark of plans: what it compares with is what it says."""

from random import Random

import pytest

from benchmarks.plan import (
    HOMES,
    STRATEGIES,
    Home,
    optimum,
    planning_times,
    play,
    year_of_prices,
)

DAYS = 6


@pytest.mark.parametrize("name", HOMES)
def test_nothing_is_cheaper_than_the_optimum(name: str) -> None:
    """And the plan is close to it, while the others are not."""
    random = Random(7)
    home = HOMES[name]
    prices = year_of_prices(DAYS, random)
    needs = [[random.uniform(5, 35) for _ in home.stays] for _ in range(DAYS)]
    least = optimum(home, needs, prices)

    costs = {}
    for label, strategy in STRATEGIES.items():
        outcome = play(strategy, home, needs, prices)
        assert outcome.late_kwh < 1e-3
        costs[label] = outcome.cost
    assert least <= costs["plan"] + 1e-6
    assert costs["plan"] < least + 0.01 * abs(least)
    assert costs["plan"] < costs["latest start"] < costs["at once"]


def test_optimum_by_hand() -> None:
    """Two cars, one hour in which only one of them can charge with all it takes."""
    home = Home(circuit_a=16.0, stays=[(0, 2), (0, 1)])
    hour_kwh = 16 * 0.69
    assert optimum(home, [[hour_kwh, hour_kwh]], [1.0, 3.0]) == pytest.approx(
        hour_kwh * 4
    )
    # Who leaves last may wait for what is cheaper.
    assert optimum(home, [[hour_kwh, 0.0]], [3.0, 1.0]) == pytest.approx(hour_kwh)


def test_planning_times() -> None:
    """So many plans were made, and it took some time."""
    spread = planning_times(3, Random(1))
    assert spread.count == 3
    assert 0 < spread.mean <= spread.most
