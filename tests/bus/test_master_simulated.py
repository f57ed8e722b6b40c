"""The master against simulated units for hours, with everything a bad line can do."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
import random

import pytest

from custom_components.twcmanager.bus.announcement import MASTER_ID
from custom_components.twcmanager.bus.codec import decode
from custom_components.twcmanager.bus.frame import FrameDecoder
from custom_components.twcmanager.bus.master import Master
from custom_components.twcmanager.bus.messages import (
    Ask,
    MasterHeartbeat,
    Protocol,
    SlaveLinkReady,
    UnitState,
)
from custom_components.twcmanager.bus.status import StopLessons, StopMethod, UnitStatus
from custom_components.twcmanager.simulator import (
    EU_1_PHASE,
    US,
    Faults,
    SimulatedCar,
    SimulatedSite,
    SimulatedUnit,
)

HOUR_S = 3600.0
PATIENCE_S = 0.3
# A unit that misses its master looks for one every 10 s.
FOUND_AGAIN_S = 12.0

A, B, C = 0x1234, 0xABCD, 0xC0DB
VINS = {A: "5YJ3E1EA7KF317123", B: "", C: "7SAYGDEE3PA400012"}


def large_car(unit_id: int) -> SimulatedCar:
    """Return one that charges all night."""
    return SimulatedCar(vin=VINS[unit_id], phases=3, battery_kwh=1000.0)


def three_units() -> list[SimulatedUnit]:
    """Return a new one, an old one, and one from North America."""
    new = SimulatedUnit(unit_id=A, serial_number="A16B0012345", car=large_car(A))
    old = SimulatedUnit(
        unit_id=B, protocol=Protocol.V1, volts=EU_1_PHASE, car=large_car(B)
    )
    american = SimulatedUnit(
        unit_id=C,
        rating_a=80.0,
        volts=US,
        serial_number="B17C0054321",
        car=large_car(C),
    )
    return [new, old, american]


class World:
    """Lets a master and a site converse, and watches the master's manners."""

    def __init__(
        self, units: list[SimulatedUnit], faults: Faults | None = None, seed: int = 0
    ) -> None:
        """Connect them."""
        self.faults = faults or Faults()
        self.site = SimulatedSite(units, faults=self.faults, seed=seed)
        self.now = 0.0
        self.master = Master(0.0)
        self.heartbeats: defaultdict[int, list[float]] = defaultdict(list)
        self.questions: defaultdict[int, list[float]] = defaultdict(list)
        self.sent = 0
        self._out = FrameDecoder()
        self._in = FrameDecoder()
        self._silent_until = 0.0

    def run(self, seconds: float) -> None:
        """Let time pass from event to event."""
        for _ in self.steps(seconds):
            pass

    def steps(self, seconds: float) -> Iterator[None]:
        """Let time pass, and look in after every event."""
        end = self.now + seconds
        while self.now < end:
            if data := self.master.poll(self.now):
                self._watch(data)
                self.site.receive(data, self.now)
            wake_at = self.master.wake_at(self.now)
            assert wake_at > self.now, "it would spin"
            event_at = self.site.next_event_at(self.now)
            self.now = max(self.now, min(wake_at, event_at, end))
            self.site.advance(self.now)
            if data := self.site.transmit(self.now):
                self.master.receive(data, self.now)
                self._listen(data)
            yield

    def _watch(self, data: bytes) -> None:
        [body] = self._out.feed(data)
        message = decode(body)
        self.sent += 1
        assert self.now >= self._silent_until, "it asked before the answer came"
        if isinstance(message, MasterHeartbeat):
            self.heartbeats[message.unit_id].append(self.now)
            self._silent_until = self.now + PATIENCE_S - 1e-6
        elif isinstance(message, Ask):
            self.questions[message.unit_id].append(self.now)
            self._silent_until = self.now + PATIENCE_S - 1e-6

    def _listen(self, data: bytes) -> None:
        for body in self._in.feed(data):
            message = decode(body)
            if body[0] == 0xFD and not isinstance(message, SlaveLinkReady):
                self._silent_until = 0.0

    @property
    def status(self) -> dict[int, UnitStatus]:
        """Return what the master knows."""
        return {unit.unit_id: unit for unit in self.master.units}

    @property
    def online(self) -> set[int]:
        """Return who the master thinks is there."""
        return {unit.unit_id for unit in self.master.units if unit.online}

    def offer(self, *limits_a: float) -> None:
        """Offer something to each unit."""
        for unit, limit_a in zip(self.site.units, limits_a, strict=True):
            self.master.offer(unit.unit_id, limit_a, self.now)

    def worst_gap(self, unit_id: int, since: float = 0.0) -> float:
        """Return the longest time between two heartbeats."""
        times = [at for at in self.heartbeats[unit_id] if at >= since]
        return max(later - earlier for earlier, later in pairwise(times))


def linked(
    units: list[SimulatedUnit], faults: Faults | None = None, seed: int = 0
) -> World:
    """Return a world whose units have found their master, and then what is wrong with it."""
    world = World(units, seed=seed)
    world.run(15)
    assert world.online == {unit.unit_id for unit in units}
    if faults is not None:
        world.faults = world.site.faults = faults
    return world


# --- a good line ----------------------------------------------------------------------


def test_hours_of_charging() -> None:
    """Everybody gets a heartbeat a second, what is offered, and is known by name."""
    world = linked(three_units())
    began_at = world.now
    world.offer(16.0, 8.0, 40.0)
    world.run(HOUR_S)
    world.offer(6.0, 8.0, 48.0)
    world.run(HOUR_S)
    assert world.master.health.checksum_errors == 0
    assert world.master.health.noise_bytes == 0
    for unit in world.site.units:
        beats = len(world.heartbeats[unit.unit_id])
        assert beats == pytest.approx(world.now - began_at, rel=0.01)
        assert world.worst_gap(unit.unit_id, began_at) < 1.2
        assert unit.relay_cycles == 1
        assert unit.car.starts == 1
    assert [unit.limit_a for unit in world.site.units] == [6.0, 8.0, 48.0]
    for unit in world.site.units:
        status = world.status[unit.unit_id]
        assert status.state is UnitState.CHARGING
        assert status.draw_a == pytest.approx(unit.draw_a, abs=0.1)
        assert status.vin == (VINS[unit.unit_id] or None)
        assert status.serial_number == (unit.serial_number or None)
        assert status.at_most_a == unit.limit_a
    kwh = world.status[A].lifetime_kwh
    assert kwh is not None
    assert kwh == pytest.approx(world.site.units[0].energy_wh / 1000, abs=1.1)
    # Nobody is flooded: real masters ask a question every 2 s.
    asked = sum(len(times) for times in world.questions.values())
    assert asked < (world.now - began_at) / 2


@pytest.mark.parametrize("protocol", list(Protocol))
def test_0_a_keeps_the_relay_open(protocol: Protocol) -> None:
    """It does not open and close every second."""
    unit = SimulatedUnit(unit_id=A, protocol=protocol, car=SimulatedCar())
    world = linked([unit])
    world.offer(16.0)
    world.run(120)
    assert unit.draw_a > 15
    world.offer(0.0)
    world.run(600)
    assert unit.draw_a == 0.0
    assert unit.relay_cycles == 1
    world.offer(16.0)
    world.run(120)
    assert unit.draw_a > 15
    assert unit.relay_cycles == 2


def test_a_car_comes_and_goes() -> None:
    """And the VIN with it."""
    unit = SimulatedUnit(unit_id=A, car=SimulatedCar(vin=VINS[A], plugged=False))
    world = linked([unit])
    world.offer(16.0)
    world.run(60)
    assert world.status[A].plugged_in is False
    unit.car.plug_in()
    world.run(60)
    assert world.status[A].plugged_in is True
    assert world.status[A].charging
    assert world.status[A].vin == VINS[A]
    unit.car.unplug()
    unit.car = SimulatedCar(vin=VINS[C], plugged=False)
    world.run(20)
    assert world.status[A].plugged_in is False
    assert world.status[A].vin is None
    assert world.status[A].draw_a == 0.0
    unit.car.plug_in()
    world.run(20)
    assert world.status[A].vin == VINS[C]


@pytest.mark.parametrize("method", [StopMethod.CONTACTOR, StopMethod.SILENCE])
def test_a_car_that_takes_0_a_as_6_a_is_stopped(method: StopMethod) -> None:
    """By the means its owner chose, and starts again when there is something to offer."""
    unit = SimulatedUnit(unit_id=A, zero_opens_relay=False, car=SimulatedCar())
    world = linked([unit])
    world.master.set_stop_method(A, method)
    world.offer(16.0)
    world.run(120)
    world.offer(0.0)
    world.run(8)
    assert unit.draw_a > 5
    world.run(60)
    assert unit.draw_a == 0.0
    assert world.status[A].draw_a == 0.0
    for _ in world.steps(600):
        assert unit.draw_a == 0.0
    assert world.online == {A}
    world.offer(10.0)
    world.run(120)
    assert unit.draw_a == pytest.approx(9.7, abs=0.1)


@pytest.mark.parametrize("method", [StopMethod.CONTACTOR, StopMethod.SILENCE])
def test_who_does_not_heed_0_a_is_not_waited_for_again(method: StopMethod) -> None:
    """Only until the car has come down to its minimum, so that it is cut under no more."""
    unit = SimulatedUnit(unit_id=A, zero_opens_relay=False, car=SimulatedCar())
    world = linked([unit])
    world.master.set_stop_method(A, method)
    took_s = []
    for _ in range(2):
        world.offer(16.0)
        world.run(120)
        world.offer(0.0)
        draws_a = [unit.draw_a for _ in world.steps(60) if unit.draw_a]
        took_s.append(len(draws_a))
        assert draws_a[-1] < 7
    assert world.status[A].lessons == StopLessons(heeds_zero=False)
    assert took_s[1] < took_s[0]


def test_who_heeds_0_a() -> None:
    """That is worth knowing, too."""
    world = linked([SimulatedUnit(unit_id=A, car=SimulatedCar())])
    world.offer(16.0)
    world.run(120)
    assert world.status[A].lessons == StopLessons()
    world.offer(0.0)
    world.run(20)
    assert world.status[A].lessons == StopLessons(heeds_zero=True)


@pytest.mark.parametrize("method", [StopMethod.CONTACTOR, StopMethod.SILENCE])
def test_a_car_that_takes_it_ill(method: StopMethod) -> None:
    """It is not stopped like that again until somebody chooses so once more."""
    car = SimulatedCar(dislikes_hard_cut=True)
    unit = SimulatedUnit(unit_id=A, zero_opens_relay=False, car=car)
    world = linked([unit])
    world.master.set_stop_method(A, method)
    world.offer(16.0)
    world.run(120)
    world.offer(0.0)
    world.run(120)
    car.faulted = True
    world.offer(16.0)
    world.run(1100)
    assert not world.status[A].lessons.taken_ill(method)
    world.run(200)
    assert world.status[A].lessons.taken_ill(method)

    car.unplug()
    world.run(20)
    car.plug_in()
    world.run(120)
    assert unit.draw_a > 15
    world.offer(0.0)
    world.run(120)
    assert unit.draw_a > 5
    world.master.set_stop_method(A, method)
    world.run(120)
    assert unit.draw_a == 0


def test_a_unit_with_the_masters_id_takes_another() -> None:
    """And is then a unit like any other."""
    unit = SimulatedUnit(unit_id=MASTER_ID, car=SimulatedCar())
    world = World([unit])
    world.run(30)
    assert unit.unit_id != MASTER_ID
    assert world.online == {unit.unit_id}


# --- a bad line -----------------------------------------------------------------------

FAULTS = [
    pytest.param(Faults(echo=True), 1.2, id="echo"),
    pytest.param(Faults(noise_per_s=5.0), 1.3, id="noise"),
    # Two answers that do not come take the third unit 0.6 s.
    pytest.param(Faults(lost_bytes=0.02), 1.7, id="lost bytes"),
    pytest.param(Faults(noise_per_s=2.0, lost_bytes=0.01, echo=True), 1.7, id="all"),
]


@pytest.mark.parametrize(("faults", "worst_gap_s"), FAULTS)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_disturbed_line(faults: Faults, worst_gap_s: float, seed: int) -> None:
    """Heartbeats go out as ever, offers arrive, and no unit holds more than is known."""
    rng = random.Random(seed)
    world = linked(three_units(), faults, seed)
    began_at = world.now
    for _ in range(20):
        offers_a = [rng.choice([0.0, 6.0, 12.0, 16.0, 32.0]) for _ in world.site.units]
        world.offer(*offers_a)
        for _ in world.steps(60):
            known = world.status
            for unit in world.site.units:
                assert unit.limit_a <= known[unit.unit_id].at_most_a + 0.001
        assert [unit.limit_a for unit in world.site.units] == offers_a
    assert world.online == {A, B, C}
    assert not world.master.foreign_master(world.now)
    for unit_id in (A, B, C):
        assert world.worst_gap(unit_id, began_at) < worst_gap_s
        assert world.status[unit_id].vin == (VINS[unit_id] or None)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_line_that_changes_bytes(seed: int) -> None:
    """Some wrong messages have a right checksum: they pass, and everything goes on."""
    world = linked(three_units(), Faults(corrupt_bytes=0.01, noise_per_s=1.0), seed)
    world.offer(16.0, 10.0, 40.0)
    world.run(HOUR_S)
    world.site.faults = Faults()
    world.run(60)
    assert world.online == {A, B, C}
    assert [unit.limit_a for unit in world.site.units] == [16.0, 10.0, 40.0]
    for unit in world.site.units:
        assert world.status[unit.unit_id].at_most_a == unit.limit_a
    assert world.master.health.checksum_errors > 100


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_units_fall_silent_and_come_back(seed: int) -> None:
    """One at a time or all together; the others do not notice."""
    rng = random.Random(seed)
    world = linked(three_units(), Faults(), seed)
    offers_a = [16.0, 10.0, 40.0]
    world.offer(*offers_a)
    world.run(60)
    for _ in range(20):
        since = world.now
        silent = rng.sample(range(3), rng.choice([1, 1, 2, 3]))
        world.faults.silent_units = frozenset(silent)
        world.run(rng.uniform(5, 90))
        for place, unit in enumerate(world.site.units):
            if place not in silent:
                # Once, when it was the silent one's turn before them.
                assert world.worst_gap(unit.unit_id, since) < 1.4
        silent_units = [world.site.units[place] for place in silent]
        if world.now - since > 27:
            assert not world.online & {unit.unit_id for unit in silent_units}
        if world.now - since > 31:
            assert all(unit.draw_a == 0 for unit in silent_units)
        world.faults.silent_units = frozenset()
        world.run(FOUND_AGAIN_S)
        assert world.online == {A, B, C}
        world.run(60)
        assert [unit.limit_a for unit in world.site.units] == offers_a
        assert all(unit.draw_a > 9 for unit in world.site.units)


@pytest.mark.parametrize("other_id", [MASTER_ID, 0x9999])
def test_another_master_comes_and_goes(other_id: int) -> None:
    """Nothing is said against it, and everything goes on when it has left."""
    world = linked(three_units())
    world.offer(16.0, 10.0, 40.0)
    world.run(60)
    world.faults.other_master_id = other_id
    world.run(5)
    assert world.master.foreign_master(world.now)
    sent = world.sent
    world.run(600)
    assert world.sent == sent
    world.faults.other_master_id = None
    world.run(29)
    assert world.sent == sent
    world.run(1 + FOUND_AGAIN_S)
    assert not world.master.foreign_master(world.now)
    assert world.online == {A, B, C}
    world.run(60)
    assert all(unit.draw_a > 9 for unit in world.site.units)


@pytest.mark.parametrize("away_s", [3.0, 15.0, 40.0, 600.0])
def test_the_port_comes_and_goes(away_s: float) -> None:
    """Cars do not notice a short absence; after a long one they go on by themselves."""
    world = linked(three_units())
    world.offer(16.0, 10.0, 40.0)
    world.run(120)
    for _ in range(3):
        world.now += away_s
        world.site.advance(world.now)
        world.master.restart(world.now)
        world.run(5)
        assert world.online == {A, B, C}
        world.run(120)
        assert all(unit.draw_a > 9 for unit in world.site.units)
    interrupted = away_s > 30
    assert all(
        unit.car.starts == (4 if interrupted else 1) for unit in world.site.units
    )
