"""What a unit may hold, whatever is late or lost on the way."""

from collections import deque

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.twcmanager.bus.held import LATEST_ANSWER_S, HeldLimit


def held(*words_a: float, now: float = 0.0) -> HeldLimit:
    """Return what is known of a unit told some limits, one after the other."""
    limit = HeldLimit()
    for step, word_a in enumerate(words_a):
        limit.told(word_a, now + step)
    return limit


def test_at_first_it_holds_nothing() -> None:
    """It was told nothing, and said nothing."""
    assert HeldLimit().at_most_a == 0.0


def test_it_may_hold_what_it_was_told() -> None:
    """It need not have answered."""
    assert held(16.0).at_most_a == 16.0
    assert held(16.0, 6.0).at_most_a == 16.0


def test_it_holds_what_it_says() -> None:
    """It may have been told that by another master."""
    limit = HeldLimit()
    limit.echoed(24.0, 5.0)
    assert limit.at_most_a == 24.0


def test_an_echo_confirms_a_lowering_at_once() -> None:
    """It can have got that limit from nothing but the new word."""
    limit = held(16.0)
    limit.echoed(16.0, 0.1)
    limit.told(6.0, 1.0)
    limit.echoed(6.0, 1.1)
    assert limit.at_most_a == 6.0


def test_the_first_answer_may_be_one_from_before_the_first_word() -> None:
    """Nobody knows yet what it held then."""
    limit = held(16.0, 6.0)
    limit.echoed(6.0, 1.1)
    assert limit.at_most_a == 16.0


def test_an_echo_of_the_limit_before_confirms_nothing() -> None:
    """Nor does any number of them."""
    limit = held(16.0)
    limit.echoed(16.0, 0.1)
    limit.told(6.0, 1.0)
    for step in range(5):
        limit.echoed(16.0, 2.0 + step)
        assert limit.at_most_a == 16.0
    limit.told(32.0, 7.0)
    limit.echoed(16.0, 7.1)
    assert limit.at_most_a == 32.0


def test_a_late_answer_does_not_hide_a_raise_taken_back() -> None:
    """6 A, 32 A, and 6 A again, which was lost: an answer from before says 6 A too."""
    limit = held(6.0)
    limit.echoed(6.0, 0.1)
    limit.told(32.0, 5.0)
    limit.told(6.0, 6.0)
    # Of the heartbeat before the raise, more than a second late.
    limit.echoed(6.0, 6.2)
    assert limit.at_most_a == 32.0
    # Of the raise: that is where the unit is.
    limit.echoed(32.0, 6.3)
    assert limit.at_most_a == 32.0
    # The repeated word has arrived.
    limit.told(6.0, 7.0)
    limit.echoed(6.0, 7.1)
    assert limit.at_most_a == 6.0


def test_after_a_raise_that_was_never_echoed_time_tells() -> None:
    """Nothing is later than the latest answer."""
    limit = held(6.0)
    limit.echoed(6.0, 0.1)
    limit.told(32.0, 5.0)
    limit.told(6.0, 6.0)
    limit.echoed(6.0, 5.0 + LATEST_ANSWER_S)
    assert limit.at_most_a == 32.0
    limit.echoed(6.0, 5.01 + LATEST_ANSWER_S)
    assert limit.at_most_a == 6.0


def test_a_word_repeated_is_as_young_as_its_last_time() -> None:
    """The unit may get that one only."""
    limit = held(6.0)
    limit.echoed(6.0, 0.1)
    for step in range(4):
        limit.told(32.0, 5.0 + step)
    limit.told(6.0, 9.0)
    limit.echoed(6.0, 5.1 + LATEST_ANSWER_S)
    assert limit.at_most_a == 32.0


def test_a_unit_that_says_something_else_may_still_take_what_is_on_its_way() -> None:
    """Unplugged it says 0 A, whatever it is told."""
    limit = held(16.0)
    limit.echoed(0.0, 0.5)
    assert limit.at_most_a == 16.0
    limit.echoed(0.0, 0.5 + LATEST_ANSWER_S)
    assert limit.at_most_a == 0.0


def test_a_unit_that_lost_its_power_holds_nothing() -> None:
    """It forgot all it was told."""
    limit = held(16.0, 6.0)
    limit.clear()
    assert limit.at_most_a == 0.0
    limit.echoed(6.0, 2.0)
    assert limit.at_most_a == 6.0


happenings = st.tuples(
    st.sampled_from([0.0, 0.1, 1.0, 1.0, 3.0, 7.0]),
    st.sampled_from([None, 0.0, 6.0, 16.0, 32.0]),
    st.sampled_from([0.0, 0.0, 0.1, 1.0, 2.5, 4.99]),
    st.sampled_from([0.0, 0.0, 0.1, 1.0, 2.5, 4.99]),
    st.booleans(),
    st.booleans(),
)


@settings(max_examples=500, deadline=None)
@given(st.lists(happenings, max_size=30))
def test_it_never_holds_more(
    history: list[tuple[float, float | None, float, float, bool, bool]],
) -> None:
    """Words and answers are lost or late, but overtake none of their kind."""
    limit, now, truth_a = HeldLimit(), 0.0, 0.0
    words: deque[tuple[float, float | None, float, bool]] = deque()
    answers: deque[tuple[float, float]] = deque()
    word_at = answer_at = 0.0

    def pass_time(until: float) -> None:
        nonlocal truth_a, answer_at
        while words and words[0][0] <= until:
            at, word_a, answer_s, answered = words.popleft()
            truth_a = truth_a if word_a is None else word_a
            if answered:
                answer_at = max(answer_at, at + answer_s)
                answers.append((answer_at, truth_a))
            while answers and answers[0][0] <= at:
                limit.echoed(answers[0][1], answers.popleft()[0])
            assert truth_a <= limit.at_most_a
        while answers and answers[0][0] <= until:
            limit.echoed(answers[0][1], answers.popleft()[0])
            assert truth_a <= limit.at_most_a

    for pause_s, word_a, word_s, answer_s, arrives, answered in history:
        now += pause_s
        pass_time(now)
        if word_a is not None:
            limit.told(word_a, now)
        if arrives:
            word_at = max(word_at, now + word_s)
            words.append((word_at, word_a, answer_s, answered))
    pass_time(now + 100)
    limit.echoed(truth_a, now + 100)
    assert limit.at_most_a == pytest.approx(truth_a)
