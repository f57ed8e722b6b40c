"""How a circuit's amps or the sun's watts are divided."""

from hypothesis import given, strategies as st
import pytest

from custom_components.twcmanager.charging.allocation import Share, divide

AMOUNTS = st.floats(0, 100)


def test_nothing_wanted_nothing_given() -> None:
    """No shares, no parts."""
    assert divide(32, []) == {}


def test_one_alone_gets_its_most() -> None:
    """If it is there to be had."""
    assert divide(40, [Share(1, 6, 32)]) == {1: 32}
    assert divide(20, [Share(1, 6, 32)]) == {1: 20}


def test_what_is_left_above_the_minima_is_split_equally() -> None:
    """Two that want all of it get half each."""
    assert divide(32, [Share(1, 6, 32), Share(2, 6, 32)]) == {1: 16, 2: 16}


def test_what_one_cannot_use_goes_to_the_others() -> None:
    """Whatever their order."""
    shares = [Share(1, 6, 32), Share(2, 6, 8), Share(3, 6, 32)]
    assert divide(32, shares) == {1: 12, 2: 8, 3: 12}
    assert divide(32, shares[::-1]) == {1: 12, 2: 8, 3: 12}


def test_who_comes_first_gets_its_least_first() -> None:
    """The last one waits if not all minima fit."""
    shares = [Share(1, 6, 32), Share(2, 6, 32), Share(3, 6, 32)]
    assert divide(16, shares) == {1: 8, 2: 8, 3: 0}


def test_a_smaller_minimum_may_still_fit() -> None:
    """A connector that waits does not keep a more modest one from charging."""
    assert divide(12, [Share(1, 6, 6), Share(2, 8, 8), Share(3, 5, 5)]) == {
        1: 6,
        2: 0,
        3: 5,
    }


def test_minima_that_fit_exactly_fit() -> None:
    """Decimal fractions do not get in the way."""
    parts = divide(0.3, [Share(1, 0.1, 0.1), Share(2, 0.2, 0.2)])
    assert parts == {1: 0.1, 2: 0.2}


@pytest.mark.parametrize("total", [0.0, -5.0, float("nan")])
def test_of_nothing_nobody_gets_anything(total: float) -> None:
    """Nor of less than nothing, nor of what is not a number."""
    assert divide(total, [Share(1, 6, 32), Share(2, 6, 32)]) == {1: 0, 2: 0}


@given(
    total=st.floats(0, 240),
    shares=st.lists(st.tuples(AMOUNTS, AMOUNTS), max_size=5),
)
def test_never_more_than_there_is_nor_than_anyone_can_use(
    total: float, shares: list[tuple[float, float]]
) -> None:
    """Everyone gets nothing, or between its least and its most; nothing is wasted."""
    wanted = [
        Share(id_, least, least + extra) for id_, (least, extra) in enumerate(shares)
    ]
    parts = divide(total, wanted)
    assert sum(parts.values()) <= total + 1e-6
    for share in wanted:
        part = parts[share.id]
        assert part == 0 or share.least - 1e-6 <= part <= share.most + 1e-6
    served = [share for share in wanted if parts[share.id] > 0]
    if any(parts[share.id] < share.most - 1e-6 for share in served):
        assert sum(parts.values()) == pytest.approx(total, abs=1e-6)
