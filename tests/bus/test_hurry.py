"""A changed offer does not wait for the second to end."""

from itertools import pairwise

import pytest

from custom_components.twcmanager.bus.messages import Ask, Command, UnitState
from custom_components.twcmanager.bus.status import StopMethod

from .line import Line, ScriptedUnit

A, B, C = 0x1234, 0xABCD, 0xC0DB
# A question may just be out: its answer is waited for.
AT_ONCE_S = 0.08
HURRIED_S = 0.4


def bus(*unit_ids: int) -> Line:
    """Return a line with units whose cars charge."""
    line = Line(*(ScriptedUnit(each, state=UnitState.CHARGING) for each in unit_ids))
    line.link_up()
    for unit_id in unit_ids:
        line.master.offer(unit_id, 16.0, line.now)
    line.run(10)
    line.said.clear()
    return line


def until_after_round(line: Line, seconds: float) -> None:
    """Let time pass until so long after a round began."""
    line.run(1.0)
    began_at = min(at for at, _ in line.heartbeats(A))
    line.run(began_at + 1.0 + seconds - line.now)
    line.said.clear()


def told_after_s(line: Line, unit_id: int, limit_a: float) -> float:
    """Offer something, and return how long it takes to be told."""
    offered_at = line.now
    line.master.offer(unit_id, limit_a, line.now)
    line.run(2.0)
    return next(
        at - offered_at
        for at, message in line.heartbeats(unit_id)
        if message.command is not Command.NO_CHANGE and message.limit_a == limit_a
    )


@pytest.mark.parametrize("limit_a", [6.0, 0.0, 20.0])
@pytest.mark.parametrize("seconds", [0.41, 0.6, 0.8, 0.99])
def test_a_changed_offer_is_told_at_once(seconds: float, limit_a: float) -> None:
    """Lower or higher."""
    line = bus(A)
    until_after_round(line, seconds)
    assert told_after_s(line, A, limit_a) < AT_ONCE_S


@pytest.mark.parametrize("seconds", [0.02, 0.1, 0.2, 0.39])
def test_but_not_in_a_flood(seconds: float) -> None:
    """A unit that has just been told something is left alone for a moment."""
    line = bus(A)
    until_after_round(line, seconds)
    assert told_after_s(line, A, 6.0) == pytest.approx(HURRIED_S - seconds, abs=0.01)


def test_whom_it_concerns_comes_first() -> None:
    """The others get their heartbeats after it."""
    line = bus(A, B, C)
    until_after_round(line, 0.6)
    assert told_after_s(line, C, 6.0) < AT_ONCE_S
    first = [min(at for at, _ in line.heartbeats(each)) for each in (C, A, B)]
    assert first == sorted(first)


def test_so_it_does_in_a_round_under_way() -> None:
    """Whose turn comes later anyway gets it next."""
    line = bus(A, B, C)
    line.run(1.0)
    began_at = min(at for at, _ in line.heartbeats(A))
    line.run(began_at + 1.01 - line.now)
    line.said.clear()
    # A is being asked; B and C wait for their turn.
    assert told_after_s(line, C, 6.0) < AT_ONCE_S
    assert line.heartbeats(C)[0][0] < line.heartbeats(B)[0][0]


def test_a_question_waits_for_the_news() -> None:
    """Its answer would hold the line."""
    line = bus(A)
    for step in range(30):
        until_after_round(line, 0.25)
        line.master.offer(A, 16.0 - 0.1 * (step + 1), line.now)
        line.run(0.3)
        kinds = [type(message) for _, message in line.said]
        assert Ask not in kinds[:1]


def test_the_next_round_is_a_second_later() -> None:
    """A hurried heartbeat is not one more, it only came earlier."""
    line = bus(A, B)
    until_after_round(line, 0.6)
    line.master.offer(A, 6.0, line.now)
    line.run(5.0)
    for unit_id in (A, B):
        assert line.gaps(unit_id) == pytest.approx([1.0] * 4, abs=0.1)


def test_with_a_meter_that_reads_every_second_the_beat_stays() -> None:
    """The rounds fall into step with it."""
    line = bus(A, B)
    until_after_round(line, 0.6)
    for step in range(60):
        line.master.offer(A, 15.9 - 0.1 * step, line.now)
        line.run(1.0)
    for unit_id in (A, B):
        assert len(line.heartbeats(unit_id)) == pytest.approx(60, abs=1)
        assert max(line.gaps(unit_id)) < 1.1


def test_offers_that_never_rest_leave_room_for_all() -> None:
    """Every unit gets its heartbeats, none is flooded."""
    line = bus(A, B, C)
    for step in range(600):
        line.master.offer(A, 15.99 - 0.01 * step, line.now)
        line.run(0.1)
    for unit_id in (A, B, C):
        times = [at for at, _ in line.heartbeats(unit_id)]
        gaps = [after - before for before, after in pairwise(times)]
        assert max(gaps) < 1.1
        assert sum(gaps) / len(gaps) == pytest.approx(HURRIED_S, abs=0.02)


def test_what_is_no_news_hurries_nobody() -> None:
    """The same offer again, a raise that has to wait, a unit that is gone."""
    line = bus(A, B)
    line.units[1].deaf = True
    line.run(30)
    line.master.offer(A, 10.0, line.now)
    line.run(1.5)
    until_after_round(line, 0.6)
    line.master.offer(A, 10.0, line.now)
    line.master.offer(A, 12.0, line.now)
    line.master.offer(B, 6.0, line.now)
    line.run(0.3)
    assert line.heartbeats(A) == []


def test_a_unit_left_in_silence_is_not_hurried_out_of_it() -> None:
    """There is nothing to tell it, however often that changes."""
    line = bus(A)
    line.units[0].draw_a = 6.0
    line.master.set_stop_method(A, StopMethod.SILENCE)
    line.master.offer(A, 0.0, line.now)
    line.run(15)
    line.said.clear()
    line.master.offer(A, 0.0, line.now)
    line.run(2)
    assert line.heartbeats(A) == []
