"""States, limits and answers of a Wall Connector."""

import pytest

from custom_components.twcmanager.bus.messages import (
    ContactorAction,
    ContactorMoved,
    FirmwareReply,
    MeterReply,
    PlugReply,
    PlugState,
    Protocol,
    Question,
    SerialReply,
    SlaveHeartbeat,
    UnitState,
    VinReply,
)
from custom_components.twcmanager.simulator import (
    EU_1_PHASE,
    EU_3_PHASE,
    US,
    SimulatedCar,
)

from .hand import LIMIT, LIMIT_CHARGING, Hand, hand

VIN = "5YJ3E7EB1KF000417"
VIN_QUESTIONS = (Question.VIN_START, Question.VIN_MIDDLE, Question.VIN_END)


def states(answers: list[SlaveHeartbeat]) -> list[UnitState]:
    """Return the states told, repetitions left out."""
    told: list[UnitState] = []
    for answer in answers:
        if not told or told[-1] is not answer.state:
            told.append(answer.state)
    return told


def vin(master: Hand) -> str:
    """Ask for the three parts of the VIN."""
    text = ""
    for question in VIN_QUESTIONS:
        reply = master.ask(question)
        assert isinstance(reply, VinReply)
        text += reply.text
    return text


def test_from_plug_to_current() -> None:
    """Ready, plugged in and asking, starting, charging."""
    master = hand(car=SimulatedCar(plugged=False))
    answer = master.beat(16, LIMIT)
    assert (answer.state, answer.limit_a) == (UnitState.READY, 0)
    master.car.plug_in()
    answer = master.beats(3)[-1]
    assert (answer.state, answer.limit_a) == (UnitState.WAITING, 0)
    offered_at = master.now
    answers = [master.beat(16, LIMIT)]
    while not master.car.drawing:
        answers.append(master.beat())
    # 1.5 s to the car, 15 s until it starts.
    assert master.now - offered_at == pytest.approx(17, abs=1)
    answers += master.beats(20)
    assert states(answers) == [
        UnitState.WAITING,
        UnitState.STARTING,
        UnitState.CHARGING,
    ]
    assert {answer.limit_a for answer in answers} == {16}
    assert answers[-1].draw_a == 15.7
    starting = [answer for answer in answers if answer.state is UnitState.STARTING]
    assert 2 <= len(starting) <= 4


def test_unplugged_its_limit_reads_zero() -> None:
    """And whoever comes next asks anew."""
    master = hand()
    master.charge(16)
    master.car.unplug()
    answer = master.beats(2)[-1]
    assert (answer.state, answer.limit_a, answer.draw_a) == (UnitState.READY, 0, 0)
    master.car.plug_in()
    answer = master.beats(30)[-1]
    assert (answer.state, answer.limit_a) == (UnitState.WAITING, 0)
    assert master.car.starts == 1


def test_a_new_limit_while_charging_passes_09_and_0a() -> None:
    """Protocol 2: being set, set, and charging again; the car follows its ramp."""
    master = hand()
    master.charge(10)
    answers = [master.beat(16, LIMIT_CHARGING), *master.beats(12)]
    assert states(answers) == [
        UnitState.LIMIT_BEING_SET,
        UnitState.LIMIT_SET,
        UnitState.CHARGING,
    ]
    draws_a = [answer.draw_a for answer in answers]
    assert draws_a == sorted(draws_a)
    assert (draws_a[0], draws_a[-1]) == (9.7, 15.7)
    # Repeating it changes nothing.
    assert set(states(master.beats(5, 16, LIMIT_CHARGING))) == {UnitState.CHARGING}


def test_down_goes_faster_than_up() -> None:
    """1 A/s up, 5 A/s down, 1.5 s after the command."""
    master = hand()
    master.charge(10)
    assert [answer.draw_a for answer in master.beats(4, 32)] == pytest.approx(
        [9.7, 9.7, 10.2, 11.2], abs=0.01
    )
    master.beats(30)
    assert [answer.draw_a for answer in master.beats(5, 10)] == pytest.approx(
        [31.7, 31.7, 29.2, 24.2, 19.2], abs=0.01
    )


def test_limits_that_follow_fast_all_reach_the_car() -> None:
    """Each 1.5 s after it was sent, however soon the next one comes."""
    master = hand()
    master.charge(16)
    draws_a = [master.beat(limit_a).draw_a for limit_a in (14, 12, 10, 8, 8)]
    assert draws_a == [15.7, 15.7, 13.7, 11.7, 9.7]


@pytest.mark.parametrize("limit_a", [0.01, 17.23, 80, 655.35])
def test_it_echoes_any_limit(limit_a: float) -> None:
    """Even absurd ones: only the master keeps the limit within the wiring."""
    master = hand()
    master.charge(16)
    assert master.beat(limit_a).limit_a == limit_a
    assert master.beats(30, limit_a)[-1].draw_a <= 31.7


def test_zero_on_each_heartbeat_opens_the_relay_once() -> None:
    """State 03, no current, no wear."""
    master = hand()
    master.charge(16)
    assert master.unit.relay_cycles == 1
    answers = master.beats(60, 0, LIMIT_CHARGING)
    assert (answers[-1].state, answers[-1].limit_a) == (UnitState.STOPPED, 0)
    assert not master.unit.relay_closed
    answers = master.beats(30, 16, LIMIT_CHARGING)
    assert answers[-1].state is UnitState.CHARGING
    assert master.unit.relay_cycles == 2
    assert master.car.starts == 2


def test_zero_sent_once_wears_the_relay() -> None:
    """It flips between 01 and 03 each second."""
    master = hand()
    master.charge(16)
    master.beat(0, LIMIT_CHARGING)
    answers = master.beats(20)
    assert [answer.state for answer in answers[10:14]] in (
        [UnitState.CHARGING, UnitState.STOPPED] * 2,
        [UnitState.STOPPED, UnitState.CHARGING] * 2,
    )
    assert master.unit.relay_cycles >= 10


@pytest.mark.parametrize("limit_a", [0, 3, 5.99])
@pytest.mark.parametrize(("reports_floor", "echo_a"), [(False, None), (True, 6)])
def test_some_protocol_2_units_take_less_than_6_a_as_6_a(
    limit_a: float, reports_floor: bool, echo_a: float | None
) -> None:
    """Their car goes on, whatever they report."""
    master = hand(zero_opens_relay=False, reports_floor=reports_floor)
    master.charge(16)
    answer = master.beats(20, limit_a, LIMIT_CHARGING)[-1]
    assert answer.state is UnitState.CHARGING
    assert answer.draw_a == 5.7
    assert answer.limit_a == (limit_a if echo_a is None else echo_a)


def test_zero_does_not_start_a_car_that_waits() -> None:
    """Not even at a unit that takes 0 A as 6 A."""
    master = hand(zero_opens_relay=False)
    assert states(master.beats(60, 0, LIMIT)) == [UnitState.WAITING]


def test_protocol_1_stops_for_certain_and_takes_5_a() -> None:
    """Command 05 does it all."""
    car = SimulatedCar(minimum_a=5)
    master = hand(car=car, protocol=Protocol.V1, zero_opens_relay=False)
    master.charge(5)
    assert master.beat().draw_a == 4.7
    assert master.beats(10, 4.99, LIMIT)[-1].state is UnitState.STOPPED
    assert not car.drawing


def test_contactor_commands_cut_and_are_acknowledged() -> None:
    """A car that dislikes it refuses until plugged in again."""
    master = hand(car=SimulatedCar(dislikes_hard_cut=True))
    master.charge(16)
    unit_id = master.unit.unit_id
    assert master.contactor(ContactorAction.OPEN) == [
        ContactorMoved(unit_id, ContactorAction.OPEN)
    ]
    answer = master.beats(30, 16)[-1]
    assert (answer.state, answer.draw_a) == (UnitState.STOPPED, 0)
    assert master.contactor(ContactorAction.CLOSE) == [
        ContactorMoved(unit_id, ContactorAction.CLOSE)
    ]
    assert master.beats(60)[-1].draw_a == 0
    assert master.car.faulted
    master.car.unplug()
    master.beats(2)
    master.car.plug_in()
    master.beats(2)
    master.charge(16)


def test_contactor_closed_again_a_calm_car_goes_on() -> None:
    """It starts as from a new offer."""
    master = hand()
    master.charge(16)
    master.contactor(ContactorAction.OPEN)
    master.beats(10)
    master.contactor(ContactorAction.CLOSE)
    assert master.beats(40)[-1].draw_a == 15.7
    assert master.unit.relay_cycles == 2


@pytest.mark.parametrize(
    ("volts", "phases", "power_w", "currents_a"),
    [
        (EU_3_PHASE, 3, 3 * 230 * 15.7, (15.5, 15.5, 15.5)),
        (EU_3_PHASE, 1, 230 * 15.7, (15.5, 0, 0)),
        (EU_1_PHASE, 3, 230 * 15.7, (15.5, 0, 0)),
        (US, 1, 240 * 15.7, (15.5, 0, 0)),
    ],
)
def test_the_meter(
    volts: tuple[int, int, int],
    phases: int,
    power_w: float,
    currents_a: tuple[float, float, float],
) -> None:
    """Lifetime kWh, volts and, in steps of 0.5 A, the phases the car uses."""
    car = SimulatedCar(phases=phases)
    master = hand(volts=volts, car=car, energy_wh=56_900)
    master.charge(16)
    reply = master.ask(Question.METER)
    assert isinstance(reply, MeterReply)
    assert reply.volts == volts
    assert reply.currents_a == pytest.approx(currents_a, abs=0.5)
    assert [current_a > 0 for current_a in reply.currents_a or ()] == [
        current_a > 0 for current_a in currents_a
    ]
    assert master.unit.power_w == pytest.approx(power_w)
    energy_wh = master.unit.energy_wh
    master.beats(60)
    assert master.unit.energy_wh - energy_wh == pytest.approx(power_w / 60)
    assert reply.energy_count == int(energy_wh / 1000)


def test_energy_is_counted_through_ramps() -> None:
    """16 A from nothing: 15.7 s of ramp, half its area."""
    master = hand(volts=US)
    master.beat(16, LIMIT)
    while not master.car.drawing:
        master.beat()
    master.unit.energy_wh -= master.unit.energy_wh
    before_a = master.car.draw_a
    master.beats(30)
    ramp_s = 15.7 - before_a
    amp_s = (before_a + 15.7) / 2 * ramp_s + 15.7 * (30 - ramp_s)
    assert master.unit.energy_wh == pytest.approx(amp_s * 240 / 3600)


def test_quirks_of_the_meter() -> None:
    """Energy in Wh, and currents that read high."""
    master = hand(energy_wh=10_690_796, energy_count_in_wh=True, reads_high_by=0.1)
    reply = master.ask(Question.METER)
    assert isinstance(reply, MeterReply)
    assert reply.energy_count == 10_690_796
    master.charge(16)
    assert master.beat().draw_a == pytest.approx(15.7 * 1.1)
    assert master.car.draw_a == pytest.approx(15.7)


def test_what_a_new_unit_tells() -> None:
    """Firmware, serial number, plug state."""
    master = hand(serial_number="A17D0004711", firmware="4.5.3.16")
    unit_id = master.unit.unit_id
    assert master.ask(Question.FIRMWARE) == FirmwareReply(unit_id, "4.5.3.16")
    assert master.ask(Question.FIRMWARE_OLD) == FirmwareReply(None, "4.5.3")
    assert master.ask(Question.SERIAL_NUMBER) == SerialReply(unit_id, "A17D0004711")
    assert master.ask(Question.PLUG_STATE) == PlugReply(unit_id, PlugState.PLUGGED_IN)
    master.charge()
    assert master.ask(Question.PLUG_STATE) == PlugReply(unit_id, PlugState.CHARGING)
    master.car.unplug()
    assert master.ask(Question.PLUG_STATE) == PlugReply(unit_id, PlugState.UNPLUGGED)


def test_old_units_do_not_answer_new_questions() -> None:
    """Protocol 1 tells its firmware and no more; any set can be chosen."""
    master = hand(protocol=Protocol.V1)
    answered = {question for question in Question if master.ask(question)}
    assert answered == {Question.FIRMWARE_OLD}
    master = hand(questions=frozenset({Question.METER}))
    answered = {question for question in Question if master.ask(question)}
    assert answered == {Question.METER}


def test_the_vin() -> None:
    """From a Tesla that is plugged in, if the CAN bus is not switched off."""
    assert vin(hand(car=SimulatedCar(vin=VIN))) == VIN
    assert vin(hand(car=SimulatedCar())) == ""
    assert vin(hand(car=SimulatedCar(vin=VIN), can_enabled=False)) == ""
    assert vin(hand(car=SimulatedCar(vin=VIN, plugged=False))) == ""
