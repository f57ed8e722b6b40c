"""When the master looks for something to ask or to command: only when there may be."""

from custom_components.twcmanager.bus.messages import (
    ContactorAction,
    MasterHeartbeat,
    MoveContactor,
    Question,
    UnitState,
)
from custom_components.twcmanager.bus.status import StopMethod

from .line import MASTER_ID, Line, ScriptedUnit

A = 0x1234


def settled(*answers: Question) -> Line:
    """Return a line with a unit that was asked for everything, and answers only this."""
    line = Line(ScriptedUnit(A, answers=answers))
    line.link_up()
    line.run(120)
    line.said.clear()
    return line


def test_with_nothing_to_ask_it_only_wakes_for_heartbeats() -> None:
    """And for their answers."""
    line = settled()
    polls = []
    really_poll = line.master.poll

    def poll(now: float) -> bytes | None:
        polls.append(now)
        return really_poll(now)

    line.master.poll = poll  # type: ignore[method-assign]
    line.run(60)
    assert {type(message) for _, message in line.said} == {MasterHeartbeat}
    # Each answer is looked at once, which is no reason to look again.
    assert len(polls) < 2.2 * 60


def test_a_car_that_begins_to_charge_is_measured_at_once() -> None:
    """Though the next look was to be half a minute later."""
    line = settled(Question.METER)
    line.run(25)
    while Question.METER not in line.asked(A):
        line.run(1)
    line.said.clear()
    line.run(3)
    line.units[0].state = UnitState.CHARGING
    line.run(2)
    assert Question.METER in line.asked(A)


def test_a_unit_that_answers_nothing_is_commanded_all_the_same() -> None:
    """Nothing it says is new, and there is nothing to ask it."""
    line = settled()
    line.units[0].state = UnitState.CHARGING
    line.units[0].draw_a = 6.0
    line.run(30)
    line.master.offer(A, 0.0, line.now)
    line.run(30)
    line.said.clear()
    line.master.set_stop_method(A, StopMethod.CONTACTOR)
    line.run(2)
    opened = MoveContactor(ContactorAction.OPEN, MASTER_ID, A)
    assert opened in [message for _, message in line.said]


def test_a_car_that_does_not_heed_is_cut_when_its_time_is_up() -> None:
    """However quiet it is on the line."""
    line = settled()
    line.master.set_stop_method(A, StopMethod.CONTACTOR)
    line.units[0].state = UnitState.CHARGING
    line.units[0].draw_a = 6.0
    line.run(30)
    line.master.offer(A, 0.0, line.now)
    line.run(8)
    moves = [message for _, message in line.said if isinstance(message, MoveContactor)]
    assert moves == []
    line.run(4)
    moves = [message for _, message in line.said if isinstance(message, MoveContactor)]
    assert moves == [MoveContactor(ContactorAction.OPEN, MASTER_ID, A)]
