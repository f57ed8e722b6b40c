"""One unit: what it is told, what it may hold, what stops its car, and who is plugged in."""

from collections.abc import Callable
from math import inf, nan

import pytest

from custom_components.twcmanager.bus.messages import (
    Command,
    ContactorAction,
    ContactorMoved,
    FirmwareReply,
    MasterHeartbeat,
    MeterReply,
    MoveContactor,
    PlugReply,
    PlugState,
    Protocol,
    Question,
    SerialReply,
    SlaveHeartbeat,
    SlaveLinkReady,
    UnitState,
    VinReply,
)
from custom_components.twcmanager.bus.status import KnownUnit, StopMethod, UnitStatus
from custom_components.twcmanager.bus.unit import Unit

M, S = 0x7777, 0x1234
VIN = "5YJ3E1EA7KF317123"

NO_CHANGE, LIMIT, LIMIT_CHARGING = (
    Command.NO_CHANGE,
    Command.LIMIT,
    Command.LIMIT_CHARGING,
)
READY, CHARGING, STOPPED = UnitState.READY, UnitState.CHARGING, UnitState.STOPPED
WAITING, STARTING, ERROR = UnitState.WAITING, UnitState.STARTING, UnitState.ERROR

CHARGING_STATES = [
    CHARGING,
    UnitState.RAISING,
    UnitState.LOWERING,
    UnitState.LIMIT_BEING_SET,
    UnitState.LIMIT_SET,
]


class Bench:
    """A unit's record, a clock, and a unit to answer its heartbeats."""

    def __init__(
        self, protocol: Protocol = Protocol.V2, rating_a: float = 32.0
    ) -> None:
        """Put a unit on the bench, from which nothing has been heard."""
        self.now = 100.0
        self.protocol = protocol
        self.unit = Unit(KnownUnit(S, rating_a, protocol), self.now)
        self.limit_a = 0.0
        self.state = READY
        self.draw_a = 0.0

    @property
    def status(self) -> UnitStatus:
        """Return what is known of the unit."""
        return self.unit.status()

    def offer(self, limit_a: float) -> None:
        """Offer something."""
        self.unit.offer(limit_a, self.now)

    def tell(self) -> MasterHeartbeat | None:
        """Let it be told something; a second passes."""
        self.now += 1.0
        return self.unit.next_heartbeat(M, self.now)

    def hear(self, state: UnitState, limit_a: float, draw_a: float = 0.0) -> None:
        """Let it answer this, now."""
        self.state, self.limit_a, self.draw_a = state, limit_a, draw_a
        message = SlaveHeartbeat(S, M, state, limit_a, draw_a, self.protocol)
        self.unit.heartbeat(message, self.now)

    def beat(self, state: UnitState | None = None) -> MasterHeartbeat | None:
        """Tell it something and let it echo."""
        told = self.tell()
        if told is not None:
            if told.command is not NO_CHANGE:
                self.limit_a = told.limit_a
            self.hear(state or self.state, self.limit_a, self.draw_a)
        return told

    def beats(self, seconds: int) -> list[MasterHeartbeat | None]:
        """Go on like this for some seconds, and return what it was told."""
        return [self.beat() for _ in range(seconds)]

    def link_ready(self, rating_a: float = 32.0) -> None:
        """Let it look for a master."""
        message = SlaveLinkReady(S, 0x5A, rating_a, self.protocol)
        self.unit.link_ready(message, self.now)

    def plug(self, state: PlugState) -> None:
        """Let it answer the question about the plug."""
        self.unit.plug(PlugReply(S, state), self.now)

    def vin(self, text: str = VIN) -> None:
        """Let it answer the questions about the VIN."""
        for part, piece in (
            (Question.VIN_START, text[:7]),
            (Question.VIN_MIDDLE, text[7:14]),
            (Question.VIN_END, text[14:]),
        ):
            self.unit.vin(VinReply(S, part, piece), self.now)


def next_questions(bench: Bench, seconds: int = 20) -> set[Question]:
    """Return what the unit is asked within some seconds, and let it answer."""
    asked = set()
    for _ in range(seconds):
        bench.now += 1.0
        if question := bench.unit.due_question(bench.now):
            bench.unit.questions.answered(
                question, bench.now, charging=bench.status.charging
            )
            asked.add(question)
    return asked


def heartbeat(command: Command, limit_a: float = 0.0) -> MasterHeartbeat:
    """Return what a master says."""
    return MasterHeartbeat(M, S, command, limit_a)


def charging(limit_a: float = 16.0, protocol: Protocol = Protocol.V2) -> Bench:
    """Return a unit whose car has been charging for a while at what was offered."""
    bench = Bench(protocol)
    bench.offer(limit_a)
    bench.beat(WAITING)
    bench.beat(STARTING)
    bench.draw_a = limit_a - 0.3
    bench.beat(CHARGING)
    bench.beats(10)
    return bench


# --- which command --------------------------------------------------------------------


def test_until_somebody_decides_nothing_changes() -> None:
    """A car that charges when a new master comes goes on as it does."""
    bench = Bench()
    bench.hear(CHARGING, 16.0, 15.7)
    for _ in range(60):
        assert bench.tell() == heartbeat(NO_CHANGE)
        bench.hear(CHARGING, 16.0, 15.7)
    assert bench.status.at_most_a == 16.0


@pytest.mark.parametrize("state", [READY, WAITING, STARTING, ERROR])
def test_before_the_car_charges_the_limit_goes_with_05(state: UnitState) -> None:
    """It counts there, and on protocol 1 everywhere."""
    bench = Bench()
    bench.hear(state, 0.0)
    bench.offer(16.0)
    assert bench.tell() == heartbeat(LIMIT, 16.0)


@pytest.mark.parametrize("state", CHARGING_STATES)
def test_while_the_car_charges_the_limit_goes_with_09(state: UnitState) -> None:
    """A protocol 2 unit ignores 05 then."""
    bench = Bench()
    bench.hear(state, 6.0, 5.7)
    bench.offer(16.0)
    assert bench.tell() == heartbeat(LIMIT_CHARGING, 16.0)


@pytest.mark.parametrize("state", [READY, WAITING, STOPPED, *CHARGING_STATES])
def test_protocol_1_knows_only_05(state: UnitState) -> None:
    """Charging or not."""
    bench = Bench(Protocol.V1)
    bench.hear(state, 6.0, 5.7)
    bench.offer(16.0)
    assert bench.tell() == heartbeat(LIMIT, 16.0)


def test_a_heartbeat_tells_the_protocol() -> None:
    """What was remembered of the unit may be wrong."""
    bench = Bench(Protocol.V2)
    bench.protocol = Protocol.V1
    bench.hear(CHARGING, 6.0, 5.7)
    assert bench.status.protocol is Protocol.V1
    bench.offer(16.0)
    assert bench.tell() == heartbeat(LIMIT, 16.0)


def test_while_a_started_car_pauses_both_are_tried() -> None:
    """Reports do not say which of the two counts then."""
    bench = Bench()
    bench.hear(STOPPED, 0.0)
    bench.offer(16.0)
    commands = set()
    for _ in range(6):
        told = bench.tell()
        assert told is not None
        assert told.limit_a == 16.0
        commands.add(told.command)
        bench.hear(STOPPED, 0.0)
    assert commands == {LIMIT, LIMIT_CHARGING}


def test_what_was_echoed_is_not_repeated() -> None:
    """No change, until something changes."""
    bench = charging(16.0)
    assert set(bench.beats(60)) == {heartbeat(NO_CHANGE)}
    bench.offer(10.0)
    assert bench.beat() == heartbeat(LIMIT_CHARGING, 10.0)
    assert bench.beat() == heartbeat(NO_CHANGE)


def test_what_was_not_echoed_is_repeated() -> None:
    """Until it is."""
    bench = charging(16.0)
    bench.offer(10.0)
    for _ in range(5):
        assert bench.tell() == heartbeat(LIMIT_CHARGING, 10.0)
        bench.hear(CHARGING, 16.0, 15.7)


def test_a_unit_that_forgot_its_limit_is_told_again() -> None:
    """It had a power cut too short to be missed."""
    bench = charging(16.0)
    bench.tell()
    bench.hear(WAITING, 0.0)
    assert bench.tell() == heartbeat(LIMIT, 16.0)


@pytest.mark.parametrize("state", [WAITING, STARTING])
def test_who_asks_is_told(state: UnitState) -> None:
    """These states ask for amps, though the limit was echoed."""
    bench = Bench()
    bench.offer(16.0)
    bench.hear(state, 16.0)
    assert bench.beat() == heartbeat(LIMIT, 16.0)
    assert bench.beat() == heartbeat(LIMIT, 16.0)


@pytest.mark.parametrize(
    ("protocol", "state", "command"),
    [
        (Protocol.V1, CHARGING, LIMIT),
        (Protocol.V1, STOPPED, LIMIT),
        (Protocol.V2, CHARGING, LIMIT_CHARGING),
        (Protocol.V2, STOPPED, LIMIT_CHARGING),
        (Protocol.V2, WAITING, LIMIT),
    ],
)
def test_0_a_is_said_on_every_heartbeat(
    protocol: Protocol, state: UnitState, command: Command
) -> None:
    """Said once, it does not last: the relay would open and close every second."""
    bench = Bench(protocol)
    bench.offer(0.0)
    bench.hear(state, 0.0)
    assert set(bench.beats(60)) == {heartbeat(command, 0.0)}


@pytest.mark.parametrize("state", [UnitState.BUSY, UnitState.UNKNOWN])
def test_a_state_that_says_nothing_changes_nothing(state: UnitState) -> None:
    """Busy appears for a second in the middle of anything."""
    bench = charging(16.0)
    bench.tell()
    bench.hear(state, 16.0, 15.7)
    assert bench.status.state is CHARGING
    assert bench.status.charging
    bench.offer(10.0)
    assert bench.tell() == heartbeat(LIMIT_CHARGING, 10.0)


def test_an_error_is_shown() -> None:
    """And a unit in error does not charge."""
    bench = charging(16.0)
    bench.vin()
    bench.tell()
    bench.hear(ERROR, 0.0)
    assert bench.status.state is ERROR
    assert not bench.status.charging
    # It says nothing about the car.
    assert bench.status.plugged_in
    assert bench.status.vin == VIN


# --- how fast -------------------------------------------------------------------------


def test_the_first_offer_is_at_once() -> None:
    """There is nothing to wait for."""
    bench = Bench()
    bench.offer(16.0)
    assert bench.status.offer_a == 16.0


def test_raising_waits_5_s() -> None:
    """Since the last change, in whichever direction."""
    bench = Bench()
    bench.offer(6.0)
    bench.offer(7.0)
    offers = []
    for _ in range(12):
        told = bench.beat()
        assert told is not None
        offers.append(bench.status.offer_a)
        bench.offer(bench.status.offer_a + 1)
    assert offers == [6.0] * 4 + [7.0] * 5 + [8.0] * 3


def test_the_latest_wish_counts_when_the_wait_is_over() -> None:
    """Not the one it began with."""
    bench = Bench()
    bench.offer(6.0)
    bench.offer(20.0)
    bench.beats(3)
    bench.offer(12.0)
    bench.beats(3)
    assert bench.status.offer_a == 12.0


def test_lowering_is_at_once() -> None:
    """However lately it was changed."""
    bench = Bench()
    for limit_a in (16.0, 15.99, 10.0, 6.0, 0.0):
        bench.offer(limit_a)
        assert bench.status.offer_a == limit_a
        told = bench.tell()
        assert told is not None
        assert told.limit_a == limit_a


@pytest.mark.parametrize("nonsense_a", [nan, inf, -inf, -1.0, 32.01, 655.35])
def test_nonsense_is_offered_as_0_a(nonsense_a: float) -> None:
    """The master is the only thing that keeps the limit within the wiring."""
    bench = Bench(rating_a=32.0)
    bench.offer(16.0)
    bench.offer(nonsense_a)
    assert bench.status.offer_a == 0.0


def test_offers_are_in_hundredths_of_an_ampere() -> None:
    """As the wire carries them, or they would never be echoed."""
    bench = charging(13.3333333)
    assert bench.status.offer_a == 13.33
    assert bench.tell() == heartbeat(NO_CHANGE)


# --- what it may hold -----------------------------------------------------------------


def test_a_unit_may_hold_what_it_was_told() -> None:
    """Even if the answer was lost, or told of the limit before."""
    bench = charging(16.0)
    assert bench.status.at_most_a == 16.0
    bench.offer(32.0)
    assert bench.status.at_most_a == 16.0
    bench.tell()
    assert bench.status.at_most_a == 32.0
    bench.hear(CHARGING, 16.0, 15.7)
    assert bench.status.at_most_a == 32.0
    bench.hear(CHARGING, 32.0, 15.7)
    assert bench.status.at_most_a == 32.0


def test_a_unit_may_hold_the_old_limit_until_it_echoes_the_new_one() -> None:
    """Lowering counts when it is confirmed."""
    bench = charging(16.0)
    bench.offer(6.0)
    for _ in range(3):
        bench.tell()
        assert bench.status.at_most_a == 16.0
    bench.hear(CHARGING, 16.0, 15.7)
    assert bench.status.at_most_a == 16.0
    bench.hear(CHARGING, 6.0, 5.7)
    assert bench.status.at_most_a == 6.0


def test_a_raise_taken_back_unheard_still_counts() -> None:
    """It was told 32 A, the answer was lost, it was told 6 A, the answer was lost."""
    bench = charging(16.0)
    bench.offer(32.0)
    bench.tell()
    bench.offer(6.0)
    bench.tell()
    assert bench.status.at_most_a == 32.0
    bench.tell()
    bench.hear(CHARGING, 6.0, 5.7)
    assert bench.status.at_most_a == 6.0


def test_a_late_answer_does_not_hide_a_raise() -> None:
    """It tells what was before."""
    bench = charging(16.0)
    bench.offer(32.0)
    bench.tell()
    bench.hear(CHARGING, 16.0, 15.7)
    assert bench.status.at_most_a == 32.0


def test_a_late_answer_does_not_hide_a_raise_taken_back() -> None:
    """It tells what was before; the newest word was lost, and the unit holds the one between."""
    bench = charging(6.0)
    bench.tell()
    bench.offer(32.0)
    bench.tell()
    bench.offer(6.0)
    bench.tell()
    bench.hear(CHARGING, 6.0, 5.7)
    assert bench.status.at_most_a == 32.0
    bench.hear(CHARGING, 32.0, 5.7)
    assert bench.status.at_most_a == 32.0
    bench.tell()
    bench.hear(CHARGING, 6.0, 5.7)
    assert bench.status.at_most_a == 6.0


def test_an_absurd_echo_is_taken_seriously() -> None:
    """Some other master told it that."""
    bench = Bench()
    bench.offer(6.0)
    bench.tell()
    bench.hear(CHARGING, 655.35, 15.7)
    assert bench.status.at_most_a == 655.35


# --- its link-ready -------------------------------------------------------------------


def test_a_unit_long_out_of_touch_has_stopped_its_car() -> None:
    """It holds no limit and draws nothing when it comes back."""
    bench = charging(16.0)
    bench.vin()
    bench.now += 31.0
    bench.link_ready()
    status = bench.status
    assert (status.draw_a, status.limit_a, status.at_most_a) == (0.0, 0.0, 0.0)
    assert not status.charging
    assert status.plugged_in is None
    assert status.vin is None


def test_a_unit_shortly_out_of_touch_may_still_charge() -> None:
    """Stopping takes it 20 to 30 s."""
    bench = charging(16.0)
    bench.now += 25.0
    bench.link_ready()
    assert bench.status.at_most_a == 16.0
    assert bench.status.draw_a == pytest.approx(15.7)


def test_a_link_ready_tells_the_rating() -> None:
    """What a person swapped the unit for."""
    bench = Bench(rating_a=32.0)
    bench.link_ready(rating_a=16.0)
    assert bench.status.rating_a == 16.0
    bench.offer(20.0)
    assert bench.status.offer_a == 0.0


def test_a_unit_that_comes_back_is_asked_anew() -> None:
    """Its firmware may have been updated."""
    bench = Bench()
    for question in (Question.SERIAL_NUMBER, Question.FIRMWARE):
        for _ in range(3):
            bench.unit.questions.unanswered(question)
    assert bench.status.identified
    bench.hear(READY, 0.0)
    bench.plug(PlugState.UNPLUGGED)
    bench.unit.online = False
    bench.link_ready()
    assert bench.status.online
    assert not bench.status.identified
    # Nor is it known who came and went meanwhile.
    assert bench.status.plugged_in is None


# --- what it answers ------------------------------------------------------------------


def test_what_a_unit_tells_about_itself() -> None:
    """Serial number, firmware, meter."""
    bench = Bench()
    assert not bench.status.identified
    bench.unit.serial(SerialReply(S, "A16B0012345"), bench.now)
    assert bench.status.serial_number == "A16B0012345"
    assert bench.status.identified
    bench.unit.firmware(FirmwareReply(S, "4.5.3.0"), Question.FIRMWARE, bench.now)
    assert bench.status.firmware == "4.5.3.0"
    reply = MeterReply(S, 56, (230, 231, 229), (16.0, 15.5, 0.5))
    bench.unit.meter(reply, bench.now)
    meter = bench.status.meter
    assert meter is not None
    assert meter.volts == (230, 231, 229)
    assert meter.currents_a == (16.0, 15.5, 0.5)
    assert meter.at == bench.now
    assert bench.status.lifetime_kwh is None
    bench.unit.meter(reply, bench.now + 30)
    assert bench.status.lifetime_kwh == 56.0


def test_an_empty_serial_number_is_none() -> None:
    """But then it is known that there is none."""
    bench = Bench()
    bench.unit.serial(SerialReply(S, ""), bench.now)
    assert bench.status.serial_number is None
    assert bench.status.identified


def test_the_meter_is_read_as_soon_as_a_car_charges() -> None:
    """It tells which phases the car uses."""
    bench = Bench()
    next_questions(bench)
    bench.hear(WAITING, 16.0)
    assert Question.METER not in next_questions(bench, seconds=3)
    bench.hear(CHARGING, 16.0)
    assert Question.METER in next_questions(bench, seconds=3)
    bench.hear(CHARGING, 16.0)
    assert Question.METER not in next_questions(bench, seconds=1)


def test_every_answer_is_a_sign_of_life() -> None:
    """Not only heartbeats."""
    bench = Bench()
    moved = ContactorMoved(S, ContactorAction.OPEN)
    meter = MeterReply(S, 1, (230, 0, 0), None)
    answers: list[Callable[[], None]] = [
        lambda: bench.unit.meter(meter, bench.now),
        lambda: bench.unit.vin(VinReply(S, Question.VIN_END, ""), bench.now),
        lambda: bench.unit.contactor(moved, bench.now),
        lambda: bench.plug(PlugState.UNPLUGGED),
        bench.link_ready,
    ]
    for answer in answers:
        bench.now += 1.0
        answer()
        assert bench.status.heard_at == bench.unit.silence_since == bench.now


def test_drawing_is_more_than_standby() -> None:
    """A car's electronics take a little."""
    bench = Bench()
    bench.hear(STOPPED, 0.0, 0.4)
    assert not bench.status.drawing
    bench.hear(STOPPED, 0.0, 0.5)
    assert bench.status.drawing


# --- the car --------------------------------------------------------------------------


@pytest.mark.parametrize("state", [STOPPED, WAITING, STARTING, *CHARGING_STATES])
def test_most_states_tell_that_a_car_is_there(state: UnitState) -> None:
    """Nothing else needs to."""
    bench = Bench()
    bench.hear(state, 0.0)
    assert bench.status.plugged_in is True


def test_ready_does_not_tell() -> None:
    """A car may or may not be there."""
    bench = Bench()
    assert bench.status.plugged_in is None
    bench.hear(READY, 0.0)
    assert bench.status.plugged_in is None


@pytest.mark.parametrize(
    ("plug", "plugged_in"),
    [
        (PlugState.UNPLUGGED, False),
        (PlugState.CHARGING, True),
        (PlugState.PLUGGED_IN, True),
        (PlugState.UNKNOWN, None),
    ],
)
def test_the_plug_state_tells(plug: PlugState, plugged_in: bool | None) -> None:
    """Where the firmware knows the question."""
    bench = Bench()
    bench.hear(READY, 0.0)
    bench.plug(plug)
    assert bench.status.plugged_in is plugged_in


def test_the_heartbeat_outranks_the_plug_state() -> None:
    """It is fresher."""
    bench = Bench()
    bench.hear(READY, 0.0)
    bench.plug(PlugState.UNPLUGGED)
    bench.hear(WAITING, 0.0)
    assert bench.status.plugged_in is True
    bench.hear(READY, 0.0)
    assert bench.status.plugged_in is None


def test_an_empty_plug_echoes_0_a_whatever_it_is_told() -> None:
    """So does the echo tell, where nothing else does."""
    bench = Bench()
    bench.hear(READY, 0.0)
    bench.offer(6.0)
    for _ in range(2):
        assert bench.status.plugged_in is None
        bench.tell()
        bench.hear(READY, 0.0)
    assert bench.status.plugged_in is False


def test_a_car_that_does_not_want_to_charge_echoes() -> None:
    """It is full, or its owner said so."""
    bench = Bench()
    bench.offer(6.0)
    bench.tell()
    bench.hear(READY, 6.0)
    assert bench.status.plugged_in is True


def test_the_vin_leaves_with_the_car() -> None:
    """Whether the state tells it or the plug."""
    bench = charging()
    bench.vin()
    assert bench.status.vin == VIN
    bench.tell()
    bench.hear(READY, 0.0)
    assert bench.status.vin is None

    bench = Bench()
    bench.hear(READY, 0.0)
    bench.plug(PlugState.PLUGGED_IN)
    bench.vin()
    assert bench.status.vin == VIN
    bench.plug(PlugState.UNPLUGGED)
    assert bench.status.vin is None


def test_without_car_there_is_no_vin() -> None:
    """A late answer is about the car that left."""
    bench = Bench()
    bench.hear(READY, 0.0)
    bench.plug(PlugState.UNPLUGGED)
    bench.vin()
    assert bench.status.vin is None


def test_a_new_car_is_asked_for_its_vin() -> None:
    """However often the one before did not tell any."""
    bench = charging()
    for _ in range(5):
        bench.unit.vin(VinReply(S, Question.VIN_START, ""), bench.now)
    bench.now += 600.0
    assert Question.VIN_START not in next_questions(bench)
    bench.hear(READY, 0.0)
    assert Question.VIN_START not in next_questions(bench)
    bench.hear(WAITING, 0.0)
    assert Question.VIN_START in next_questions(bench)


def test_a_new_car_is_noticed_by_its_plug_too() -> None:
    """Where the state does not tell."""
    bench = Bench()
    bench.hear(READY, 0.0)
    bench.plug(PlugState.PLUGGED_IN)
    for _ in range(5):
        bench.unit.vin(VinReply(S, Question.VIN_START, ""), bench.now)
    bench.plug(PlugState.UNPLUGGED)
    bench.plug(PlugState.PLUGGED_IN)
    assert Question.VIN_START in next_questions(bench)


# --- stopping a car that does not heed 0 A --------------------------------------------


def defying(method: StopMethod) -> Bench:
    """Return a unit whose car goes on though it has just been offered 0 A."""
    bench = charging(16.0)
    bench.unit.stopping.chosen = method
    bench.offer(0.0)
    bench.draw_a = 6.0
    return bench


def contactor(bench: Bench) -> ContactorAction | None:
    """Return the contactor command that is due."""
    command = bench.unit.next_contactor_command(M, bench.now)
    assert command is None or command == MoveContactor(command.action, M, S)
    return command.action if command else None


def test_by_default_it_is_left_at_the_offer() -> None:
    """Stronger means have their price."""
    bench = defying(StopMethod.OFFER)
    for told in bench.beats(120):
        assert told == heartbeat(LIMIT_CHARGING, 0.0)
        assert contactor(bench) is None


def test_the_contactor_cuts_what_does_not_heed() -> None:
    """After 10 s, once, and closes when there is something to offer again."""
    bench = defying(StopMethod.CONTACTOR)
    for _ in range(10):
        assert contactor(bench) is None
        bench.beat()
    assert contactor(bench) is ContactorAction.OPEN
    bench.unit.contactor(ContactorMoved(S, ContactorAction.OPEN), bench.now)
    bench.draw_a = 0.0
    for _ in range(60):
        bench.beat(STOPPED)
        assert contactor(bench) is None
    bench.offer(6.0)
    assert contactor(bench) is ContactorAction.CLOSE
    bench.unit.contactor(ContactorMoved(S, ContactorAction.CLOSE), bench.now)
    for _ in range(60):
        bench.beat()
        assert contactor(bench) is None


@pytest.mark.parametrize("action", ContactorAction)
def test_a_contactor_command_is_repeated_until_acknowledged(
    action: ContactorAction,
) -> None:
    """Not more often than every 5 s."""
    bench = defying(StopMethod.CONTACTOR)
    bench.beats(11)
    if action is ContactorAction.CLOSE:
        bench.unit.contactor(ContactorMoved(S, ContactorAction.OPEN), bench.now)
        bench.offer(6.0)
    commands = []
    for _ in range(12):
        commands.append(contactor(bench))
        bench.beat()
    assert commands == ([action] + [None] * 4) * 2 + [action, None]


def test_a_car_that_heeds_is_not_cut() -> None:
    """It just takes its time."""
    bench = defying(StopMethod.CONTACTOR)
    bench.beats(8)
    bench.draw_a = 0.3
    for _ in range(60):
        bench.beat()
        assert contactor(bench) is None


def test_a_car_that_heeds_in_the_last_second_is_not_cut_either() -> None:
    """What it said last counts."""
    bench = defying(StopMethod.CONTACTOR)
    bench.beats(9)
    bench.tell()
    assert contactor(bench) is ContactorAction.OPEN

    bench = defying(StopMethod.CONTACTOR)
    bench.beats(9)
    bench.tell()
    bench.hear(CHARGING, 0.0, 0.0)
    assert contactor(bench) is None


def test_a_short_draw_later_is_not_cut_at_once() -> None:
    """The contactor is for cars that go on."""
    bench = defying(StopMethod.CONTACTOR)
    bench.draw_a = 0.0
    bench.beats(600)
    bench.draw_a = 6.0
    bench.beats(5)
    assert contactor(bench) is None
    bench.draw_a = 0.0
    bench.beats(20)
    assert contactor(bench) is None


@pytest.mark.parametrize("method", [StopMethod.CONTACTOR, StopMethod.SILENCE])
def test_nothing_is_stopped_before_somebody_has_decided(method: StopMethod) -> None:
    """A car that charges when a new master comes goes on as it does."""
    bench = Bench()
    bench.unit.stopping.chosen = method
    bench.hear(CHARGING, 16.0, 15.7)
    for _ in range(60):
        assert bench.tell() == heartbeat(NO_CHANGE)
        bench.hear(CHARGING, 16.0, 15.7)
        assert contactor(bench) is None
    # Then it gets its 10 s to heed.
    bench.offer(0.0)
    for _ in range(9):
        assert contactor(bench) is None
        assert bench.tell() == heartbeat(LIMIT_CHARGING, 0.0)
        bench.hear(CHARGING, 0.0, 15.7)


def test_a_contactor_left_open_by_a_former_master_is_closed() -> None:
    """Or the car would never start again."""
    bench = Bench()
    bench.unit.stopping.chosen = StopMethod.CONTACTOR
    bench.offer(0.0)
    bench.beats(5)
    assert contactor(bench) is None
    bench.offer(6.0)
    bench.beat(READY)
    bench.beats(5)
    assert contactor(bench) is None
    bench.beat(WAITING)
    assert contactor(bench) is ContactorAction.CLOSE
    bench.unit.contactor(ContactorMoved(S, ContactorAction.CLOSE), bench.now)
    bench.beats(20)
    assert contactor(bench) is None


def test_a_contactor_that_carries_current_is_not_open() -> None:
    """No need to close it."""
    bench = charging(16.0)
    bench.unit.stopping.chosen = StopMethod.CONTACTOR
    assert contactor(bench) is None
    bench.draw_a = 0.0
    bench.beat(STOPPED)
    assert contactor(bench) is None


def test_a_change_of_mind_closes_the_contactor() -> None:
    """The owner wants no contactor commands any more."""
    bench = defying(StopMethod.CONTACTOR)
    bench.beats(11)
    assert contactor(bench) is ContactorAction.OPEN
    bench.unit.contactor(ContactorMoved(S, ContactorAction.OPEN), bench.now)
    bench.unit.stopping.chosen = StopMethod.OFFER
    bench.now += 5.0
    assert contactor(bench) is ContactorAction.CLOSE


def test_silence_stops_what_does_not_heed() -> None:
    """It lasts until there is something to offer: else the car would start again."""
    bench = defying(StopMethod.SILENCE)
    assert all(told is not None for told in bench.beats(9))
    assert set(bench.beats(31)) == {None}
    bench.link_ready()
    assert bench.status.draw_a == 0.0
    assert set(bench.beats(120)) == {None}
    bench.offer(6.0)
    assert bench.beat() == heartbeat(LIMIT, 6.0)


def test_silence_ends_when_the_owner_chooses_otherwise() -> None:
    """And 0 A is said again."""
    bench = defying(StopMethod.SILENCE)
    bench.beats(20)
    assert bench.beat() is None
    bench.unit.stopping.chosen = StopMethod.OFFER
    assert bench.beat() == heartbeat(LIMIT_CHARGING, 0.0)
