"""Finding a master, keeping it, losing it."""

from collections.abc import Sequence
from itertools import pairwise

import pytest

from custom_components.twcmanager.bus.messages import (
    MasterHeartbeat,
    Protocol,
    SlaveHeartbeat,
    SlaveLinkReady,
    UnitState,
)
from custom_components.twcmanager.simulator import (
    SimulatedCar,
    SimulatedSite,
    SimulatedUnit,
)

from .hand import LIMIT, LIMIT_CHARGING, MASTER_ID, Hand, hand


def times(heard: Sequence[tuple[float, object]], kind: type) -> list[float]:
    """Return when messages of a kind were heard."""
    return [now for now, message in heard if isinstance(message, kind)]


@pytest.mark.parametrize("rating_a", [32.0, 40.0, 48.0, 80.0])
@pytest.mark.parametrize("protocol", list(Protocol))
def test_a_unit_without_master_says_so_every_10_s(
    protocol: Protocol, rating_a: float
) -> None:
    """Its link-ready carries its rating, and its length tells the protocol."""
    master = hand(protocol=protocol, rating_a=rating_a, sign=0x42)
    heard = master.wait_timed(60)
    assert {message for _, message in heard} == {
        SlaveLinkReady(0x1234, 0x42, rating_a, protocol)
    }
    spoken = times(heard, SlaveLinkReady)
    assert len(spoken) == 6
    assert all(b - a == pytest.approx(10, abs=0.01) for a, b in pairwise(spoken))
    assert master.unit.blinking


def test_a_heartbeat_ends_its_search() -> None:
    """Afterwards it speaks only when spoken to."""
    master = hand()
    master.wait(30)
    for _ in range(30):
        assert master.beat().unit_id == 0x1234
    assert not master.unit.blinking
    master.raw = b""
    master.wait(9)
    assert not master.raw


def test_five_link_readys_after_the_second_link_ready_2() -> None:
    """Within 0.2 s, while the master is still announcing itself."""
    master = hand()
    master.wait(8)
    start = master.now
    spoken = times(master.link_ready(), SlaveLinkReady)
    # The second of step 2 is the seventh of the ten.
    assert [at - start - 0.6 for at in spoken] == pytest.approx(
        [0.06, 0.1, 0.14, 0.18, 0.22], abs=0.01
    )


def test_the_answer_comes_within_some_tens_of_ms_and_ends_with_fc() -> None:
    """As real units have it."""
    master = hand()
    master.beat()
    master.raw = b""
    master.site.receive(
        bytes.fromhex("c0 fb e0 77 77 12 34 00 00 00 00 00 00 00 00 00 14 c0"),
        master.now,
    )
    heard = master.wait_timed(0.1)
    [at] = times(heard, SlaveHeartbeat)
    assert 0.02 < at - (master.now - 0.1) < 0.08
    assert master.raw.endswith(b"\xc0\xfc")


def test_the_end_byte_can_be_another_or_none() -> None:
    """FC, FE, F8, FF or nothing."""
    unit = SimulatedUnit(unit_id=0x1234)
    master = Hand(SimulatedSite([unit], end_byte=b""))
    master.beat()
    assert master.raw.endswith(b"\xc0")


def test_a_heartbeat_to_another_unit_is_not_answered() -> None:
    """Each knows its id."""
    master = hand()
    assert not master.say(MasterHeartbeat(MASTER_ID, 0x4321, LIMIT, 10.0))
    assert master.unit.limit_a == 0


def test_a_unit_with_the_masters_id_picks_another() -> None:
    """After the master's link-readys, and the same one each time it is tried."""
    ids = set()
    for _ in range(2):
        master = hand(unit_id=MASTER_ID)
        assert not master.say(MasterHeartbeat(MASTER_ID, MASTER_ID, LIMIT, 10.0))
        heard = [message for _, message in master.link_ready()]
        assert master.unit.unit_id != MASTER_ID
        [link_ready] = set(heard)
        assert isinstance(link_ready, SlaveLinkReady)
        ids.add(link_ready.unit_id)
        assert master.beat().unit_id == link_ready.unit_id
    assert len(ids) == 1


def test_silence_of_10_s_makes_it_look_for_a_master_while_its_car_goes_on() -> None:
    """And back in time, the master finds everything as it was."""
    master = hand(gives_up_after_s=25)
    master.charge(16)
    heard = master.wait_timed(13)
    assert len(times(heard, SlaveLinkReady)) == 1
    assert master.unit.blinking
    assert master.unit.state is UnitState.CHARGING
    answer = master.beat()
    assert (answer.state, answer.limit_a) == (UnitState.CHARGING, 16)
    assert answer.draw_a == pytest.approx(15.7)
    assert not master.unit.blinking


def test_silence_of_20_to_30_s_stops_its_car() -> None:
    """Each unit has its own patience. When the master returns it asks for amps again."""
    patience = []
    for seed in range(8):
        master = hand(seed=seed)
        master.charge(16)
        last = master.now - 1
        while master.car.drawing:
            master.wait(0.1)
        patience.append(master.now - last)
        assert master.unit.state is UnitState.ERROR
        assert master.beat().state is UnitState.ERROR
        answer = master.beat()
        assert (answer.state, answer.limit_a) == (UnitState.WAITING, 0)
        master.charge(10)
        assert master.car.starts == 2
    assert min(patience) > 20
    assert max(patience) < 30.2
    assert max(patience) - min(patience) > 2


def test_a_unit_that_offered_nothing_has_nothing_to_stop() -> None:
    """It only looks for a master."""
    master = hand()
    master.beat()
    master.wait(60)
    assert master.unit.state is UnitState.WAITING


def test_power_cycle() -> None:
    """It forgets its master and what it was given, not its energy."""
    master = hand()
    master.charge()
    energy_wh = master.unit.energy_wh
    master.unit.power_up(master.now)
    heard = master.wait(6)
    assert any(isinstance(message, SlaveLinkReady) for message in heard)
    assert not master.car.drawing
    assert master.beat().limit_a == 0
    assert master.unit.energy_wh == energy_wh > 0


def test_busy_may_appear_any_time() -> None:
    """For one heartbeat, without consequence."""
    master = hand(busy_share=0.3)
    states = {answer.state for answer in master.beats(30)}
    assert states == {UnitState.BUSY, UnitState.WAITING}


def test_three_units_answer_for_themselves() -> None:
    """Each with its own car."""
    site = SimulatedSite(
        [SimulatedUnit(unit_id=n, car=SimulatedCar()) for n in (1, 2, 3)]
    )
    master = Hand(site)
    for limit_a, index in ((8, 0), (12, 1), (20, 2)):
        assert master.beat(limit_a, LIMIT, index).limit_a == limit_a
    for _ in range(40):
        for index in range(3):
            master.beat(unit=index)
    assert [unit.draw_a for unit in site.units] == pytest.approx([7.7, 11.7, 19.7])
    assert site.cars_w == pytest.approx(230 * (7.7 + 11.7 + 19.7))


def test_commands_have_their_time_on_protocol_2() -> None:
    """05 before the car charges, 09 while it does."""
    master = hand()
    assert master.beat(10, LIMIT_CHARGING).limit_a == 0
    assert master.beat(10, LIMIT).limit_a == 10
    master.charge(10)
    assert master.beat(20, LIMIT).limit_a == 10
    assert master.beat(20, LIMIT_CHARGING).limit_a == 20


def test_protocol_1_knows_only_05() -> None:
    """At any time."""
    master = hand(protocol=Protocol.V1)
    master.charge(10)
    assert master.beat(20, LIMIT_CHARGING).limit_a == 10
    assert master.beat(20, LIMIT).limit_a == 20
