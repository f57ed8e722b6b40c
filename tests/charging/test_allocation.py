"""Minima first, the rest in equal parts."""

from hypothesis import given, strategies as st
import pytest

from custom_components.twcmanager.charging.allocation import Share, divide


def test_equal_parts() -> None:
    """Two that want everything get half each."""
    assert divide(32, [Share(1, 6, 32), Share(2, 6, 32)]) == {1: 16, 2: 16}


def test_who_wants_less_leaves_the_rest() -> None:
    """What one cannot use goes to the other."""
    assert divide(32, [Share(1, 6, 8), Share(2, 6, 32)]) == {1: 8, 2: 24}


def test_who_comes_first_is_served_first() -> None:
    """A least that does not fit is nothing, not a part of it."""
    assert divide(10, [Share(1, 6, 32), Share(2, 6, 32)]) == {1: 10, 2: 0}


def test_a_smaller_one_further_back_may_still_fit() -> None:
    """Room that is there is used."""
    shares = [Share(1, 6, 32), Share(2, 8, 32), Share(3, 6, 32)]
    assert divide(13, shares) == {1: 6.5, 2: 0, 3: 6.5}


def test_nothing_to_divide() -> None:
    """Nobody gets anything."""
    assert divide(0, [Share(1, 6, 32)]) == {1: 0}
    assert divide(-5, [Share(1, 6, 32)]) == {1: 0}
    assert divide(10, []) == {}


shares_strategy = st.lists(
    st.tuples(st.floats(0, 20), st.floats(0, 40)), max_size=6
).map(
    lambda pairs: [
        Share(id_, least, least + extra) for id_, (least, extra) in enumerate(pairs)
    ]
)


@given(st.floats(0, 100), shares_strategy)
def test_never_more_than_there_is_nor_than_wanted(
    total: float, shares: list[Share]
) -> None:
    """And whoever is served gets its least."""
    parts = divide(total, shares)
    assert sum(parts.values()) <= total + 1e-6
    for share in shares:
        part = parts[share.id]
        assert part == 0 or share.least - 1e-9 <= part <= share.most + 1e-9


@given(st.floats(0, 100), shares_strategy)
def test_nothing_is_wasted(total: float, shares: list[Share]) -> None:
    """If something is left, everyone served has all it wants."""
    parts = divide(total, shares)
    if sum(parts.values()) < total - 1e-6:
        for share in shares:
            if parts[share.id]:
                assert parts[share.id] == pytest.approx(share.most)
