"""What can go wrong on the line, and that it goes wrong the same way again."""

import pytest

from custom_components.twcmanager.bus.codec import encode_master
from custom_components.twcmanager.bus.messages import (
    Command,
    MasterHeartbeat,
    MasterLinkReady,
    Protocol,
    SlaveHeartbeat,
    SlaveLinkReady,
    UnitState,
)
from custom_components.twcmanager.simulator import (
    Faults,
    SimulatedCar,
    SimulatedSite,
    SimulatedUnit,
)

from .hand import LIMIT, MASTER_ID, Hand


def two_units(seed: int = 0, faults: Faults | None = None) -> SimulatedSite:
    """Return a site of two units with cars."""
    return SimulatedSite(
        [SimulatedUnit(unit_id=n, car=SimulatedCar(), seed=seed) for n in (1, 2)],
        faults=faults or Faults(),
        seed=seed,
    )


def talk(site: SimulatedSite, seconds: int) -> Hand:
    """Send a heartbeat to each unit every second, heard or not."""
    master = Hand(site)
    for _ in range(seconds):
        for unit_id in (1, 2):
            master.say(MasterHeartbeat(MASTER_ID, unit_id, LIMIT, 16.0), 0.5)
    return master


def test_noise_stands_between_the_frames() -> None:
    """Frames stay whole."""
    master = talk(two_units(faults=Faults(noise_per_s=5)), 60)
    assert master.decoder.stats.frames >= 120
    assert master.decoder.stats.noise_bytes > 100


@pytest.mark.parametrize(
    "faults", [Faults(lost_bytes=0.01), Faults(corrupt_bytes=0.01)], ids=str
)
def test_lost_and_corrupt_bytes_cost_frames_both_ways(faults: Faults) -> None:
    """Some answers are missing, most come."""
    site = two_units(faults=faults)
    master = talk(site, 100)
    assert 90 < master.decoder.stats.frames < 190
    faults.lost_bytes = faults.corrupt_bytes = 0
    assert master.beat().unit_id == 1


def test_one_unit_silent() -> None:
    """Cut off it hears nothing either, and stops its car in the end."""
    site = two_units()
    talk(site, 30)
    assert all(unit.car.drawing for unit in site.units)
    site.faults.silent_units = frozenset({1})
    master = talk(site, 5)
    assert site.units[1].car.drawing
    assert master.decoder.stats.frames == 5
    talk(site, 30)
    assert [unit.state for unit in site.units] == [UnitState.CHARGING, UnitState.ERROR]
    site.faults.silent_units = frozenset()
    assert talk(site, 5).decoder.stats.frames == 10


def test_all_silent() -> None:
    """No answer and no link-ready."""
    master = talk(two_units(faults=Faults(all_silent=True)), 30)
    assert not master.raw


def test_echo() -> None:
    """The master reads itself, then the answer."""
    site = two_units(faults=Faults(echo=True))
    question = MasterHeartbeat(MASTER_ID, 1, LIMIT, 16.0)
    heard = Hand(site).say(question)
    assert heard[0] == question
    assert isinstance(heard[1], SlaveHeartbeat)


def test_another_master() -> None:
    """It announces itself and then speaks to the first unit, which answers it."""
    site = two_units(faults=Faults(other_master_id=0x4444))
    master = Hand(site)
    heard = master.wait(20)
    steps = [message.step for message in heard if isinstance(message, MasterLinkReady)]
    assert steps == [1] * 5 + [2] * 5
    assert MasterHeartbeat(0x4444, 1, Command.NO_CHANGE) in heard
    answers = [message for message in heard if isinstance(message, SlaveHeartbeat)]
    assert {(answer.unit_id, answer.master_id) for answer in answers} == {(1, 0x4444)}
    site.faults.other_master_id = None
    master.wait(1)
    heard = master.wait(8)
    assert not any(isinstance(message, MasterHeartbeat) for message in heard)


def test_faults_come_and_go() -> None:
    """Changed while it runs."""
    site = two_units()
    master = Hand(site)
    site.faults = Faults(noise_per_s=20)
    master.wait(5)
    assert len(master.raw) > 100
    site.faults = Faults()
    master.raw = b""
    heard = master.wait(30)
    assert {type(message) for message in heard} == {SlaveLinkReady}
    assert master.decoder.stats.noise_bytes > 0


def test_the_same_seed_repeats_every_byte() -> None:
    """Faults included; another seed does not."""
    faults = Faults(noise_per_s=2, lost_bytes=0.01, corrupt_bytes=0.01)
    runs = [talk(two_units(seed, faults), 60).raw for seed in (1, 1, 2)]
    assert runs[0] == runs[1] != runs[2]


def test_garbage_from_the_master_is_no_matter() -> None:
    """Any bytes, frames of no known message included."""
    site = two_units()
    site.receive(bytes(range(256)) * 8, 0.5)
    site.receive(encode_master(MasterLinkReady(1, 9, 9, 9.0), Protocol.V1)[:9], 0.6)
    site.receive(bytes.fromhex("c0 fb 77 00 00 00 00 00 00 00 00 00 00 00 77 c0"), 0.7)
    assert site.bytes_heard == 2048 + 9 + 16
    assert Hand(site).beat().unit_id == 1
