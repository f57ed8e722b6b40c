"""Circuits, line by line, as far as they matter."""

import pytest

from custom_components.twcmanager.charging.model import ALL_LINES, Circuit
from custom_components.twcmanager.charging.wiring import wires

L1, L2, L12 = frozenset({0}), frozenset({1}), frozenset({0, 1})


def carries(
    limit_a: float, lines: dict[int, frozenset[int]], *circuits: Circuit
) -> dict[tuple[int, ...], float]:
    """Return which wires matter: who is on them, and what they carry."""
    found = wires(limit_a, circuits, tuple(lines.items()))
    assert all(cost == 1 for pool in found for cost in pool.costs.values())
    return {tuple(pool.costs): pool.room for pool in found}


def test_lines_that_all_are_on_are_one_wire() -> None:
    """What holds on one of them holds on the others."""
    assert carries(32, {1: ALL_LINES, 2: ALL_LINES}) == {(1, 2): 32}


def test_nobody_nothing() -> None:
    """Without connectors there is nothing to limit."""
    assert carries(32, {}) == {}


def test_cars_on_lines_of_their_own_share_no_wire() -> None:
    """Each has the whole limit for itself."""
    assert carries(32, {1: L1, 2: L2}) == {(1,): 32, (2,): 32}


def test_the_fullest_line_speaks_for_the_others() -> None:
    """Who is alone on another line never reaches the limit there first."""
    assert carries(32, {1: ALL_LINES, 2: L2}) == {(1, 2): 32}
    assert carries(32, {1: ALL_LINES, 2: L1, 3: L2}) == {(1, 2): 32, (1, 3): 32}


def test_a_part_of_the_circuit_has_a_limit_of_its_own() -> None:
    """A sub-panel in the garage, a cable that two share."""
    panel = Circuit(20, frozenset({1, 2}))
    everyone = dict.fromkeys((1, 2, 3), ALL_LINES)
    assert carries(32, everyone, panel) == {(1, 2, 3): 32, (1, 2): 20}


def test_parts_may_nest_and_overlap() -> None:
    """Any number of them."""
    everyone = dict.fromkeys((1, 2, 3), ALL_LINES)
    parts = (
        Circuit(25, frozenset({1, 2})),
        Circuit(16, frozenset({1})),
        Circuit(20, frozenset({2, 3})),
    )
    assert carries(32, everyone, *parts) == {
        (1, 2, 3): 32,
        (1, 2): 25,
        (1,): 16,
        (2, 3): 20,
    }


def test_a_part_that_carries_as_much_as_the_whole_is_no_limit() -> None:
    """The whole is full before it is."""
    everyone = dict.fromkeys((1, 2), ALL_LINES)
    assert carries(32, everyone, Circuit(32, frozenset({1}))) == {(1, 2): 32}
    assert carries(32, everyone, Circuit(40, frozenset({1, 2}))) == {(1, 2): 32}


def test_of_two_limits_the_smaller_counts() -> None:
    """Someone who is not there yet makes no difference."""
    everyone = dict.fromkeys((1, 2), ALL_LINES)
    assert carries(32, everyone, Circuit(20, frozenset({1, 2, 9}))) == {(1, 2): 20}
    assert carries(32, everyone, Circuit(20, frozenset({9}))) == {(1, 2): 32}


def test_a_part_is_full_line_by_line() -> None:
    """As the whole is."""
    lines = {1: L1, 2: L2, 3: L12}
    assert carries(40, lines, Circuit(16, frozenset({1, 2, 3}))) == {
        (1, 3): 16,
        (2, 3): 16,
    }


@pytest.mark.parametrize("nonsense", [float("nan"), float("inf"), float("-inf")])
def test_a_limit_that_is_no_number_allows_nothing(nonsense: float) -> None:
    """Nor does an endless one: there are no such wires."""
    assert carries(nonsense, {1: ALL_LINES}) == {(1,): 0}
    panel = Circuit(nonsense, frozenset({2}))
    assert carries(32, {1: L1, 2: L2}, panel) == {(1,): 32, (2,): 0}
