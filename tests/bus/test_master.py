"""The master on a scripted line: who is there, what is said, and when."""

from itertools import groupby, pairwise

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.twcmanager.bus.codec import encode_master, encode_slave
from custom_components.twcmanager.bus.master import Master
from custom_components.twcmanager.bus.messages import (
    Ask,
    Command,
    ContactorAction,
    FirmwareReply,
    MasterHeartbeat,
    MasterLinkReady,
    MeterReply,
    MoveContactor,
    Protocol,
    Question,
    SlaveHeartbeat,
    SlaveLinkReady,
    UnitState,
)
from custom_components.twcmanager.bus.status import KnownUnit, StopMethod

from .line import BYTE_S, MASTER_ID, Line, ScriptedUnit

A, B, C, D = 0x1234, 0xABCD, 0xC0DB, 0x0042
OTHER = 0x9999


def bus(*unit_ids: int) -> Line:
    """Return a line whose units have found their master."""
    line = Line(*(ScriptedUnit(unit_id) for unit_id in unit_ids))
    line.link_up()
    return line


# --- start-up -------------------------------------------------------------------------


def test_a_master_listens_first() -> None:
    """Another one would speak within 1.3 s."""
    line = Line(master=Master(0.0, known=[KnownUnit(A, 32.0, Protocol.V2)]))
    line.run(1.49)
    assert line.said == []
    line.run(0.1)
    assert line.said != []


@pytest.mark.parametrize("announced_a", [6.0, 32.0, 13.3333333])
def test_then_it_announces_itself(announced_a: float) -> None:
    """Five of each, 100 ms apart, with the sign and the amps that wake some cars."""
    line = Line(master=Master(0.0, announced_a=announced_a))
    line.run(60)
    said = line.bursts()
    assert line.said == said
    assert [message.step for _, message in said] == [1] * 5 + [2] * 5
    assert {
        (message.master_id, message.sign, message.max_a) for _, message in said
    } == {(0x7777, 0x77, round(announced_a, 2))}
    times = [at for at, _ in said]
    assert times[0] == pytest.approx(1.5)
    assert all(later - earlier >= 0.1 for earlier, later in pairwise(times))
    assert times[-1] < 3.0


def test_it_announces_little_by_default() -> None:
    """Any wiring carries 6 A."""
    line = Line()
    line.run(5)
    assert {message.max_a for _, message in line.bursts()} == {6.0}


def test_it_answers_who_looks_for_it() -> None:
    """At once; a unit it has never heard of has nothing to be told yet."""
    line = Line(ScriptedUnit(A, rating_a=80.0))
    line.run(5)
    line.said.clear()
    line.speak(line.units[0].link_ready)
    line.run(0.1)
    assert line.said[0][1] == MasterHeartbeat(MASTER_ID, A, Command.NO_CHANGE)
    status = line.status
    assert (status.unit_id, status.rating_a, status.online) == (A, 80.0, True)
    assert status.state is UnitState.READY


def test_it_lets_a_unit_finish() -> None:
    """After a link-ready comes one more byte."""
    line = Line(ScriptedUnit(A))
    line.run(5)
    line.said.clear()
    heard_at = line.now
    line.speak(line.units[0].link_ready)
    line.run(0.1)
    assert line.said[0][0] >= heard_at + 5 * BYTE_S


def test_one_heartbeat_answers_a_volley() -> None:
    """Units say it five times within 0.2 s."""
    line = Line(ScriptedUnit(A, deaf=True))
    line.run(5)
    line.said.clear()
    for step in range(5):
        line.speak(line.units[0].link_ready, at=line.now + 0.04 * step)
    line.run(0.45)
    assert len(line.said) == 1


@pytest.mark.parametrize("protocol", list(Protocol))
def test_a_unit_is_spoken_to_in_its_own_protocol(protocol: Protocol) -> None:
    """It may not understand the other."""
    master = Master(0.0)
    unit = ScriptedUnit(A, protocol=protocol)
    master.receive(encode_slave(unit.link_ready, protocol), 1.6)
    heartbeat = MasterHeartbeat(MASTER_ID, A, Command.NO_CHANGE)
    assert master.poll(1.7) == encode_master(heartbeat, protocol)
    assert master.units[0].protocol is protocol


def test_a_known_unit_need_not_look_for_it() -> None:
    """A car that charges goes on when Home Assistant is started again."""
    known = KnownUnit(A, 32.0, Protocol.V2)
    unit = ScriptedUnit(A, state=UnitState.CHARGING, limit_a=16.0, draw_a=15.7)
    line = Line(unit, master=Master(0.0, known=[known]))
    line.run(1.7)
    assert len(line.heartbeats(A)) == 1
    assert line.status.charging
    assert line.status.at_most_a == 16.0
    line.run(60)
    assert unit.limit_a == 16.0


def test_known_units_that_are_gone_make_room_soon() -> None:
    """Who is remembered but does not answer is no reason to refuse who is there."""
    known = [KnownUnit(unit_id, 32.0, Protocol.V2) for unit_id in (A, B, C)]
    newcomer = ScriptedUnit(D)
    line = Line(newcomer, master=Master(0.0, known=known))
    line.run(10)
    line.speak(newcomer.link_ready)
    line.run(2)
    assert line.online == {D}
    assert line.master.refused(12.0) == ()


def test_a_master_that_only_looks_tells_nobody_anything() -> None:
    """It sees who is there all the same."""
    line = Line(ScriptedUnit(A), ScriptedUnit(B), master=Master(0.0, adopt=False))
    line.run(3)
    for unit in (*line.units, *line.units):
        line.speak(unit.link_ready)
    line.run(20)
    assert line.said == line.bursts()
    assert line.master.units == ()
    assert line.master.seen == (line.units[0].link_ready, line.units[1].link_ready)


# --- heartbeats and questions ---------------------------------------------------------


@pytest.mark.parametrize("echo", [False, True])
@pytest.mark.parametrize("reply_s", [0.005, 0.03, 0.16])
def test_one_heartbeat_per_unit_and_second(reply_s: float, echo: bool) -> None:
    """Whatever else there is to say."""
    line = bus(A, B, C)
    line.echo = echo
    for unit in line.units:
        unit.reply_s = reply_s
        unit.state = UnitState.CHARGING
    line.run(600)
    for unit_id in (A, B, C):
        gaps = line.gaps(unit_id)
        assert sum(gaps) / len(gaps) == pytest.approx(1.0, abs=0.002)
        assert max(gaps) < 1.1
    assert line.master.health.timeouts == 0


def test_questions_are_asked_in_the_idle_slots() -> None:
    """Never between the heartbeats of a round."""
    line = bus(A, B, C)
    line.run(600)
    rounds = [
        len(list(group))
        for is_heartbeat, group in groupby(
            line.said, lambda said: isinstance(said[1], MasterHeartbeat)
        )
        if is_heartbeat
    ]
    assert all(length % 3 == 0 for length in rounds[1:-1])
    for unit_id in (A, B, C):
        asked = line.asked(unit_id)
        assert asked.count(Question.METER) == pytest.approx(20, abs=2)
        assert asked.count(Question.PLUG_STATE) == pytest.approx(120, abs=25)


def test_all_units_get_their_questions() -> None:
    """Who they are is known soon."""
    line = Line(ScriptedUnit(A), ScriptedUnit(B), ScriptedUnit(C))
    line.link_up()
    line.run(10)
    assert {status.serial_number for status in line.master.units} == {
        f"A16B000{unit_id:04X}" for unit_id in (A, B, C)
    }
    assert all(status.identified for status in line.master.units)
    assert {status.firmware for status in line.master.units} == {"4.5.3.0"}


def test_units_take_turns() -> None:
    """Who all of them are comes before what one of them measures."""
    line = Line(ScriptedUnit(A), ScriptedUnit(B), ScriptedUnit(C))
    line.run(5)
    for unit in line.units:
        line.speak(unit.link_ready)
    line.run(5)
    asked = [message for _, message in line.said if isinstance(message, Ask)]
    assert {message.unit_id for message in asked[:3]} == {A, B, C}
    assert {message.question for message in asked[:3]} == {Question.SERIAL_NUMBER}


def test_questions_are_no_flood() -> None:
    """They have broken links elsewhere."""
    line = Line(ScriptedUnit(A, state=UnitState.CHARGING))
    line.link_up()
    line.run(60)
    times = [at for at, message in line.said if isinstance(message, Ask)]
    assert len(times) > 10
    assert min(later - earlier for earlier, later in pairwise(times)) >= 0.5 - 1e-9


def test_a_busy_computer_does_not_slow_the_beat() -> None:
    """It is late every time, but not later and later."""
    line = bus(A, B, C)
    line.late_s = 0.02
    line.run(600)
    for unit_id in (A, B, C):
        gaps = line.gaps(unit_id)
        assert sum(gaps) / len(gaps) == pytest.approx(1.0, abs=0.002)


@pytest.mark.parametrize("answers", [set(), {Question.FIRMWARE_OLD}])
def test_questions_a_unit_does_not_answer_are_given_up(answers: set[Question]) -> None:
    """And do its heartbeats no harm meanwhile."""
    line = Line(ScriptedUnit(A, answers=answers, protocol=Protocol.V1))
    line.link_up()
    line.run(120)
    assert max(line.gaps(A)) < 1.1
    assert line.status.identified
    assert line.status.serial_number is None
    assert line.status.firmware == ("4.0.1" if answers else None)
    line.said.clear()
    line.run(3600)
    assert line.asked(A) == []
    assert len(line.heartbeats(A)) == pytest.approx(3600, abs=2)


def test_on_a_slow_line_too() -> None:
    """Where every answer is late, it is known who never answers."""
    line = Line(ScriptedUnit(A, answers=set(), reply_s=0.35))
    line.manners = False
    line.link_up()
    line.run(60)
    assert line.status.identified


def test_on_a_bad_line_nothing_is_given_up() -> None:
    """Whether it does not know the question or has not heard it cannot be told."""
    unit = ScriptedUnit(A, answers=set())
    line = Line(unit)
    line.run(3)
    line.speak(unit.link_ready)
    for _ in range(60):
        unit.deaf = not unit.deaf
        line.run(1.0)
    assert not line.status.identified
    unit.deaf = False
    unit.answers = set(Question)
    line.run(10)
    assert line.status.serial_number is not None


def test_who_does_not_answer_heartbeats_is_not_asked_for_more() -> None:
    """The line is the others' then."""
    line = bus(A, B)
    line.run(60)
    line.units[0].deaf = True
    line.run(2)
    line.said.clear()
    line.run(20)
    assert line.asked(A) == []
    assert line.asked(B) != []
    assert max(line.gaps(B)) < 1.1


def test_late_answers_count() -> None:
    """A slow gateway brings them after the master has stopped waiting."""
    line = bus(A)
    line.manners = False
    line.units[0].reply_s = 0.35
    line.units[0].state = UnitState.CHARGING
    line.run(300)
    assert line.online == {A}
    assert line.status.state is UnitState.CHARGING
    assert line.status.meter is not None
    assert max(line.gaps(A)) < 1.1
    assert line.master.health.timeouts > 100


def test_a_slow_line_starves_nobody() -> None:
    """No answer comes in time, and the computer is busy."""
    line = bus(A, B, C)
    line.manners = False
    line.late_s = 0.06
    for unit in line.units:
        unit.reply_s = 0.35
    line.run(120)
    for unit_id in (A, B, C):
        assert max(line.gaps(unit_id)) < 1.3


def test_units_that_are_left_are_not_raised_any_more() -> None:
    """Neither those that have more than that, nor by a raise that still waits its time."""
    line = bus(A, B, C)
    for unit_id in (A, B):
        line.master.offer(unit_id, 16.0, line.now)
    line.run(10)
    line.master.offer(B, 0.0, line.now)
    line.master.offer(B, 16.0, line.now)
    line.master.leave_at(6.0, line.now)
    line.run(10)
    assert [unit.limit_a for unit in line.units] == [6.0, 0.0, 0.0]
    # Who was never told anything goes on as it does.
    assert {each.command for _, each in line.heartbeats(C)} == {Command.NO_CHANGE}


def test_offers_go_to_whom_they_are_made() -> None:
    """A unit that is not there is no problem."""
    line = bus(A, B)
    line.master.offer(A, 16.0, line.now)
    line.master.offer(B, 0.0, line.now)
    line.master.offer(OTHER, 32.0, line.now)
    line.run(10)
    assert [unit.limit_a for unit in line.units] == [16.0, 0.0]
    assert line.heartbeats(A)[0][1] == MasterHeartbeat(
        MASTER_ID, A, Command.LIMIT, 16.0
    )
    assert {message for _, message in line.heartbeats(B)} == {
        MasterHeartbeat(MASTER_ID, B, Command.LIMIT, 0.0)
    }
    assert line.heartbeats(OTHER) == []


def test_an_answer_that_does_not_say_whose_it_is() -> None:
    """It belongs to who was asked, and to nobody if nobody was."""
    line = Line(ScriptedUnit(A, answers={Question.FIRMWARE_OLD}), ScriptedUnit(B))
    line.link_up()
    line.speak(FirmwareReply(None, "6.6.6"))
    line.run(60)
    firmware = {status.unit_id: status.firmware for status in line.master.units}
    assert firmware == {A: "4.0.1", B: "4.5.3.0"}


def test_the_contactor_is_moved_in_an_idle_slot() -> None:
    """If the owner chose that."""
    line = bus(A, B)
    line.units[0].state = UnitState.CHARGING
    line.units[0].draw_a = 6.0
    line.master.set_stop_method(A, StopMethod.CONTACTOR)
    line.master.set_stop_method(OTHER, StopMethod.CONTACTOR)
    line.run(30)
    line.master.offer(A, 0.0, line.now)
    line.run(60)
    moves = [message for _, message in line.said if isinstance(message, MoveContactor)]
    assert moves == [MoveContactor(ContactorAction.OPEN, MASTER_ID, A)]
    for unit_id in (A, B):
        assert max(line.gaps(unit_id)) < 1.1


# --- coming and going -----------------------------------------------------------------


def test_a_silent_unit_is_given_up_after_26_s() -> None:
    """The others do not notice."""
    line = bus(A, B)
    line.run(10)
    line.units[0].deaf = True
    silent_since = line.now
    while A in line.online:
        line.run(0.1)
    assert line.now - silent_since == pytest.approx(26, abs=1.1)
    line.said.clear()
    line.run(60)
    assert line.heartbeats(A) == []
    assert max(line.gaps(B)) < 1.1
    assert {status.unit_id for status in line.master.units} == {A, B}


def test_its_next_link_ready_takes_it_back() -> None:
    """At once, with what was offered meanwhile."""
    line = bus(A, B)
    line.master.offer(A, 16.0, line.now)
    line.run(10)
    line.units[0].deaf = True
    line.run(60)
    assert line.online == {B}
    line.master.offer(A, 10.0, line.now)
    line.units[0].deaf = False
    line.said.clear()
    line.speak(line.units[0].link_ready)
    line.run(0.5)
    assert line.online == {A, B}
    assert [message.limit_a for _, message in line.heartbeats(A)] == [10.0]


def test_a_forgotten_unit_is_gone_until_it_calls() -> None:
    """Removed by hand."""
    line = bus(A, B)
    line.master.forget(A)
    line.master.forget(OTHER)
    line.run(1.5)
    line.said.clear()
    line.run(60)
    assert line.online == {B}
    assert line.heartbeats(A) == []
    line.speak(line.units[0].link_ready)
    line.run(1)
    assert line.online == {A, B}


def test_a_fourth_unit_is_left_alone() -> None:
    """A bus carries three."""
    line = bus(A, B, C, D)
    assert line.online == {A, B, C}
    assert line.master.refused(line.now) == (D,)
    line.run(20)
    assert line.heartbeats(D) == []
    line.run(20)
    assert line.master.refused(line.now) == ()


def test_a_fourth_unit_is_taken_when_one_has_left() -> None:
    """And the one that left is the fourth then."""
    line = bus(A, B, C, D)
    line.units[0].deaf = True
    line.run(30)
    line.speak(line.units[3].link_ready)
    line.run(1)
    assert line.online == {B, C, D}
    assert line.master.refused(line.now) == ()
    line.units[0].deaf = False
    line.speak(line.units[0].link_ready)
    line.run(1)
    assert line.online == {B, C, D}
    assert line.master.refused(line.now) == (A,)


def test_a_unit_that_does_not_exist_is_forgotten() -> None:
    """A link-ready was corrupted on the way, and its checksum happened to be right."""
    line = bus(A)
    line.speak(SlaveLinkReady(0x1235, 0x5A, 32.0, Protocol.V2))
    line.run(20)
    assert max(line.gaps(A)) < 1.4
    phantom = next(each for each in line.master.units if each.unit_id == 0x1235)
    assert phantom.state is None
    line.run(10)
    assert {status.unit_id for status in line.master.units} == {A}


def test_units_that_do_not_exist_are_not_collected() -> None:
    """However many link-readys are corrupted."""
    line = Line(master=Master(0.0, adopt=False))
    for unit_id in range(1, 1000):
        line.speak(ScriptedUnit(unit_id).link_ready)
    line.run(1)
    assert 3 <= len(line.master.seen) < 20


def test_a_unit_with_the_masters_id_is_asked_to_take_another() -> None:
    """By announcing the master; the unit picks a new one then."""
    line = bus(A)
    line.run(60)
    assert not line.master.id_conflict(line.now)
    line.said.clear()
    for step in range(5):
        line.speak(ScriptedUnit(MASTER_ID).link_ready, at=line.now + 0.04 * step)
    line.run(10)
    assert [message.step for _, message in line.bursts()] == [1] * 5 + [2] * 5
    assert line.online == {A}
    assert max(line.gaps(A)) < 1.1
    assert line.master.id_conflict(line.now)
    # It has not heard: once more.
    line.said.clear()
    line.speak(ScriptedUnit(MASTER_ID).link_ready)
    line.run(30)
    assert [message.step for _, message in line.bursts()] == [1] * 5 + [2] * 5
    assert not line.master.id_conflict(line.now)


# --- others like us -------------------------------------------------------------------


def test_an_echo_is_not_another_master() -> None:
    """Two-wire adapters return every byte."""
    line = Line(
        ScriptedUnit(A), ScriptedUnit(B), master=Master(0.0, announced_a=13.3333)
    )
    line.echo = True
    line.link_up()
    line.master.offer(A, 16.6666, line.now)
    echoes = line.master.health.echoes
    line.run(120)
    assert not line.master.foreign_master(line.now)
    assert line.master.health.echoes - echoes == pytest.approx(len(line.said), abs=1)
    assert line.online == {A, B}
    assert line.units[0].limit_a == 16.67


def test_one_strange_message_is_no_master() -> None:
    """It may be a corrupted one of ours."""
    line = bus(A)
    strange = MasterHeartbeat(OTHER, A, Command.LIMIT, 16.0)
    for _ in range(5):
        line.speak_as_master(strange)
        line.run(15)
        assert not line.master.foreign_master(line.now)
    assert max(line.gaps(A)) < 1.1


OTHERS = [
    pytest.param(
        [encode_master(MasterLinkReady(1, OTHER, 0x33, 0.0), Protocol.V2)],
        id="announces itself",
    ),
    pytest.param(
        [encode_master(MasterHeartbeat(OTHER, A, Command.LIMIT, 16.0), Protocol.V2)],
        id="speaks to our unit",
    ),
    pytest.param(
        [bytes.fromhex("C0 FB E0 99 99 12 34 08 06 40 00 00 00 00 00 00 A6 C0")],
        id="gives commands we never give",
    ),
    pytest.param(
        [bytes.fromhex("C0 FC 1D 00 00 00 00 00 00 00 00 00 00 00 00 00 1D C0")],
        id="is idle",
    ),
    pytest.param(
        [
            encode_slave(
                SlaveHeartbeat(D, OTHER, UnitState.READY, 0.0, 0.0, Protocol.V2),
                Protocol.V2,
            )
        ],
        id="is answered by its unit",
    ),
    pytest.param(
        [encode_master(Ask(Question.METER, OTHER, A), Protocol.V2)], id="asks"
    ),
    pytest.param(
        [encode_master(MoveContactor(ContactorAction.OPEN, OTHER, A), Protocol.V2)],
        id="moves a contactor",
    ),
    pytest.param(
        [encode_master(MasterHeartbeat(MASTER_ID, D, Command.NO_CHANGE), Protocol.V2)],
        id="has our id",
    ),
]


@pytest.mark.parametrize("says", OTHERS)
@pytest.mark.parametrize("echo", [False, True])
def test_another_master_silences_this_one(says: list[bytes], echo: bool) -> None:
    """Two of them corrupt each other: the one that came later keeps quiet."""
    line = bus(A)
    line.echo = echo
    line.run(30)
    for step in range(4):
        line.bring(says[0], at=line.now + 0.53 + 1.3 * step)
    line.run(2.0)
    assert line.master.foreign_master(line.now)
    line.said.clear()
    line.run(2.5)
    assert line.said == []
    # Half a minute after its last word we begin as on the first day.
    line.run(29.5)
    assert line.said == []
    line.run(5)
    assert not line.master.foreign_master(line.now)
    assert [message.step for _, message in line.bursts()] == [1] * 5 + [2] * 5
    line.speak(line.units[0].link_ready)
    line.run(1)
    assert line.online == {A}


def test_our_double_is_told_from_our_echo() -> None:
    """Another copy of this program says the same words as often as we do."""
    line = bus(A)
    line.manners = False
    says = MasterHeartbeat(MASTER_ID, A, Command.NO_CHANGE)
    for step in range(20):
        line.speak_as_master(says, at=line.now + 0.8 + step)
    line.run(20)
    assert line.master.foreign_master(line.now)


def test_against_another_master_nothing_is_ever_sent() -> None:
    """However long it goes on, and whoever calls."""
    line = bus(A)
    line.speak_as_master(MasterLinkReady(2, OTHER, 0x33, 32.0))
    line.run(1)
    for step in range(3600):
        message = MasterHeartbeat(OTHER, A, Command.LIMIT, 16.0)
        line.speak_as_master(message, at=line.now + step)
        if step % 10 == 0:
            line.speak(ScriptedUnit(D).link_ready, at=line.now + step + 0.3)
            line.speak(ScriptedUnit(MASTER_ID).link_ready, at=line.now + step + 0.6)
    line.run(1)
    line.said.clear()
    line.run(3600)
    assert line.said == []


# --- the line itself ------------------------------------------------------------------


def test_nobody_is_interrupted() -> None:
    """A frame takes 20 ms; what has not grown for 40 ms will not become one."""
    line = bus(A)
    link_ready = encode_slave(ScriptedUnit(B).link_ready, Protocol.V2)
    line.run(3)
    due_at = line.heartbeats(A)[-1][0] + 1.0
    line.bring(link_ready[:8], at=due_at - 0.01)
    line.bring(link_ready[8:], at=due_at + 0.02)
    line.run(2)
    assert B in line.online
    after = [at for at, _ in line.said if at > due_at - 0.01]
    assert after[0] > due_at + 0.02


def test_lost_time_is_not_made_up_for() -> None:
    """The computer slept: one heartbeat to everyone, and on as before."""
    line = bus(A, B)
    line.run(3)
    line.now += 10.0
    line.said.clear()
    line.run(10)
    for unit_id in (A, B):
        assert len(line.heartbeats(unit_id)) == 10
        assert min(line.gaps(unit_id)) > 0.9


def test_who_calls_need_not_wait() -> None:
    """It is worth asking the master at once what it has to say."""
    line = Line(ScriptedUnit(A))
    line.run(5.2)
    line.master.receive(encode_slave(line.units[0].link_ready, Protocol.V2), line.now)
    soon = line.now + 0.02
    assert line.master.wake_at(line.now) <= soon
    assert line.master.wake_at(soon) == soon
    assert line.master.poll(soon) is not None


def test_half_a_frame_does_not_hold_it_up_for_long() -> None:
    """Nor does what follows it if that is noise."""
    line = bus(A)
    line.run(3)
    line.bring(b"\xc0\xfd\xe2\x12", at=line.now + 0.5)
    line.run(5)
    assert max(line.gaps(A)) < 1.1


@pytest.mark.parametrize(
    "lump", [b"\xc0\xf8\xfe", b"\xf8", b"\xff\xfe\xf8\xc0\x00\x00"]
)
def test_steady_noise_does_not_keep_it_from_speaking(lump: bytes) -> None:
    """The mains induce the same into a line without terminators 50 times a second."""
    line = bus(A, B, C)
    for step in range(50 * 60):
        line.bring(lump, at=line.now + 0.02 * step)
    line.run(60)
    for unit_id in (A, B, C):
        assert max(line.gaps(unit_id)) < 1.5
        assert len(line.heartbeats(unit_id)) > 55


def test_health_keeps_the_books() -> None:
    """What a person needs to judge the wiring."""
    line = bus(A)
    health = line.master.health
    before = (health.frames, health.answers, health.timeouts)
    line.run(10)
    assert health.frames - before[0] == len(line.said)
    assert health.answers - before[1] == len(line.said)
    assert health.timeouts == before[2]
    # Two frames of about 18 bytes, and what the unit takes for thinking.
    assert health.answer_mean_s == pytest.approx(0.07, abs=0.01)
    assert health.answer_mean_s <= health.answer_worst_s < 0.08
    line.bring(b"\xc0\x01\x02\x03")
    line.bring(bytes.fromhex("C0 FD AA 12 34 00 00 00 00 00 00 00 00 00 F0 C0"))
    line.bring(bytes.fromhex("C0 FD AA 12 34 00 00 00 00 00 00 00 00 00 F1 C0"))
    line.run(0.2)
    assert health.noise_bytes == 3
    assert health.unknown_messages == 1
    assert health.checksum_errors == 1
    line.units[0].deaf = True
    line.run(10)
    assert health.timeouts - before[2] == pytest.approx(10, abs=1)


def test_answers_nobody_asked_for_do_no_harm() -> None:
    """Of strangers, and of units given up."""
    line = bus(A)
    line.speak(MeterReply(OTHER, 1, (230, 0, 0), None))
    line.speak(SlaveHeartbeat(OTHER, MASTER_ID, UnitState.READY, 0.0, 0.0, Protocol.V2))
    line.run(1)
    assert line.online == {A}
    line.units[0].deaf = True
    line.run(30)
    line.speak(MeterReply(A, 1, (1, 2, 3), None))
    line.speak(SlaveHeartbeat(A, MASTER_ID, UnitState.ERROR, 0.0, 0.0, Protocol.V2))
    line.run(1)
    assert line.online == set()
    assert line.status.state is UnitState.READY


@pytest.mark.parametrize("lost_s", [0.0, 5.0, 20.0])
def test_a_port_soon_back_loses_no_unit(lost_s: float) -> None:
    """They get their heartbeats as soon as the line has been listened to."""
    line = bus(A, B)
    line.master.offer(A, 16.0, line.now)
    line.run(10)
    line.cut(lost_s)
    line.said.clear()
    back_at = line.now
    line.run(5)
    assert line.online == {A, B}
    for unit_id in (A, B):
        assert line.heartbeats(unit_id)[0][0] - back_at == pytest.approx(1.5, abs=0.2)
    assert len(line.bursts()) == 10


def test_a_port_long_gone_finds_its_units_again() -> None:
    """They look for a master by themselves, or when one announces itself."""
    line = bus(A, B)
    line.run(10)
    line.cut(600.0)
    line.said.clear()
    line.run(3)
    assert line.online == set()
    assert line.said == line.bursts()
    for unit in line.units:
        line.speak(unit.link_ready)
        line.run(0.5)
    assert line.online == {A, B}


def test_half_a_frame_from_before_is_not_glued_to_what_comes_after() -> None:
    """The port was away in between."""
    line = bus(A)
    data = encode_slave(ScriptedUnit(B).link_ready, Protocol.V2)
    line.bring(data[:8])
    line.run(0.01)
    line.cut(1.0)
    line.bring(data[8:])
    line.run(3)
    assert line.online == {A}


# --- any history ----------------------------------------------------------------------

SAYINGS = [
    b"\xc0",
    b"\xc0\xfd\xe2",
    b"\x00" * 50,
    *(
        encode_slave(ScriptedUnit(unit_id).link_ready, Protocol.V2)
        for unit_id in (A, B, C, D, MASTER_ID)
    ),
    *(
        encode_slave(
            SlaveHeartbeat(A, master_id, UnitState.CHARGING, 16.0, 15.7, Protocol.V2),
            Protocol.V2,
        )
        for master_id in (MASTER_ID, OTHER)
    ),
    encode_slave(MeterReply(A, 56, (230, 230, 230), None), Protocol.V2),
    encode_master(MasterLinkReady(1, OTHER, 0x33, 0.0), Protocol.V2),
]
happenings = st.tuples(
    st.one_of(
        st.sampled_from([0.0, 0.01, 0.04, 0.05, 0.1, 0.3, 0.5, 1.0, 26.0, 30.0]),
        st.floats(0, 40, allow_nan=False),
    ),
    st.one_of(
        st.sampled_from(SAYINGS),
        st.binary(max_size=30),
        st.sampled_from(["restart", "offer", "offer nothing", "contactor", "silence"]),
    ),
)


@settings(max_examples=200, deadline=None)
@given(st.floats(0, 1e6), st.lists(happenings, max_size=30))
def test_it_is_never_woken_for_nothing(
    start: float, history: list[tuple[float, bytes | str]]
) -> None:
    """Whatever happens: when there is nothing to say, there is a later time to try again.

    And two questions are never out at a time: nobody asks within 0.3 s of having asked,
    unless someone has spoken.
    """
    now = start
    master = Master(now)
    silent_until = float("-inf")
    for pause, what in history:
        until = now + pause
        while True:
            data = master.poll(now)
            if data:
                assert now >= silent_until
                if data[1:3] == b"\xfb\xe0" or (data[1] == 0xFB and data[2] != 0xE2):
                    silent_until = now + 0.299
            wake_at = master.wake_at(now)
            assert wake_at > now
            if wake_at > until:
                break
            now = wake_at
        now = until
        if isinstance(what, bytes):
            master.receive(what, now)
            silent_until = float("-inf")
            continue
        silent_until = float("-inf")
        match what:
            case "restart":
                master.restart(now)
            case "offer":
                master.offer(A, 16.0, now)
            case "offer nothing":
                master.offer(A, 0.0, now)
            case "contactor":
                master.set_stop_method(A, StopMethod.CONTACTOR)
            case "silence":
                master.set_stop_method(A, StopMethod.SILENCE)


def test_the_lifetime_energy_is_known_soon() -> None:
    """Two readings have to agree: the second is not left for the idle interval."""
    line = bus(A)
    line.run(10)
    assert line.status.lifetime_kwh is not None
