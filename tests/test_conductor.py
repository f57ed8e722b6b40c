"""One bus conducted: who counts, who is behind which circuit, and when all have been heard."""

from dataclasses import replace
from typing import Any

import pytest

from custom_components.twcmanager.bus.master import Master
from custom_components.twcmanager.bus.messages import Protocol
from custom_components.twcmanager.bus.status import (
    NO_LESSONS,
    KnownUnit,
    Meter,
    StopLessons,
    StopMethod,
    UnitStatus,
)
from custom_components.twcmanager.charging.commitment import SILENT_STOPPED_S
from custom_components.twcmanager.charging.model import (
    Circuit,
    GridReading,
    MainFuse,
    Mode,
    PowerLimits,
    Preferences,
    Reason,
)
from custom_components.twcmanager.conductor import Conductor, Moment, Surroundings
from custom_components.twcmanager.store import Records, UnitRecord
from custom_components.twcmanager.units import Units

from .test_units import WIRING, record, status


class Bus(Master):
    """A master whose units are what a test says."""

    def __init__(self, *statuses: UnitStatus) -> None:
        """Take who is there; each is known to the master from before."""
        super().__init__(
            0.0, known=[KnownUnit(each.unit_id, 32.0, Protocol.V2) for each in statuses]
        )
        self.statuses = list(statuses)
        self.foreign = False
        self.offers: dict[int, float] = {}
        self.stop_methods: dict[int, StopMethod] = {}
        self.lessons: dict[int, StopLessons] = {}

    @property
    def units(self) -> tuple[UnitStatus, ...]:
        """Return what the test says."""
        return tuple(self.statuses)

    def foreign_master(self, now: float) -> bool:
        """Return what the test says."""
        return self.foreign

    def offer(self, unit_id: int, limit_a: float, now: float) -> None:
        """Note the offer."""
        self.offers[unit_id] = limit_a

    def set_stop_method(
        self,
        unit_id: int,
        method: StopMethod,
        lessons: StopLessons = NO_LESSONS,
    ) -> None:
        """Note the method, and what is known of it."""
        self.stop_methods[unit_id] = method
        self.lessons[unit_id] = lessons


def conduct(
    bus: Bus, *records: UnitRecord, settled_at: float = 0.0, **wiring: Any
) -> Conductor:
    """Return the conductor of a bus."""
    known = Records({each.identity: each for each in records})
    units = Units(known, {**WIRING, **wiring}, Mode.FAST)
    return Conductor(bus, units, settled_at=settled_at)


def _at(conductor: Conductor, now: float) -> Moment:
    return conductor.tick(Surroundings(), now)


def test_decisions_are_told() -> None:
    """What is decided for a unit is what its heartbeats carry from now on."""
    bus = Bus(status())

    moment = _at(conduct(bus, record()), 10.0)

    assert moment.decision.offers[0x1111].reason is Reason.FAST
    assert bus.offers == {0x1111: 20.0}
    assert [each.identity for _, each in moment.known] == ["A1"]


def test_strangers_count_but_are_told_nothing() -> None:
    """A unit that may still tell its serial number is nobody yet."""
    bus = Bus(status(serial_number=None, identified=False, draw_a=10.0))

    moment = _at(conduct(bus), 10.0)

    assert [each.draw_a for each in moment.site.connectors] == [10.0]
    assert bus.offers == {}
    assert not moment.known


def test_units_that_never_answered_may_not_exist() -> None:
    """A corrupted message can make one up."""
    moment = _at(conduct(Bus(status(state=None, told_at=None))), 10.0)

    assert moment.site.connectors == ()


def test_what_a_unit_tells_is_news_once() -> None:
    """And what stops its car follows it to its new id."""
    kept = record(unit_id=0x2222)
    kept.settings.stop_method = StopMethod.CONTACTOR
    kept.lessons = StopLessons(heeds_zero=False)
    bus = Bus(status())
    conductor = conduct(bus, kept)

    assert _at(conductor, 10.0).news == [kept]
    assert bus.stop_methods == {0x1111: StopMethod.CONTACTOR}
    assert bus.lessons == {0x1111: StopLessons(heeds_zero=False)}
    assert _at(conductor, 11.0).news == []


def test_phases_that_are_seen_are_news_once() -> None:
    """They are expected of the next car, also after a restart."""
    kept = record()
    meter = Meter(volts=(230, 231, 232), currents_a=(0.0, 16.0, 0.0), at=9.0)
    conductor = conduct(Bus(status(meter=meter)), kept)

    assert _at(conductor, 10.0).news == [kept]
    assert kept.phases == [1]
    assert _at(conductor, 11.0).news == []


def test_a_unit_with_a_new_id_is_there_once() -> None:
    """The latest word counts; on the wires both do, until the old one has lapsed."""
    old, new = status(heard_at=5.0), status(unit_id=0x2222, heard_at=9.0)
    for statuses in (old, new), (new, old):
        moment = _at(conduct(Bus(*statuses), record()), 10.0)
        assert [each.unit_id for each, _ in moment.known] == [0x2222]
        assert len(moment.site.connectors) == 2


@pytest.mark.parametrize(("heard_at", "online"), [(75.0, True), (73.0, False)])
def test_online(heard_at: float, online: bool) -> None:
    """A unit counts as there for 26 s after its last word."""
    bus = Bus(status(heard_at=heard_at))

    (seen,) = _at(conduct(bus, record()), 100.0).site.connectors

    assert seen.online is online


def test_surroundings_reach_the_decision() -> None:
    """What is known of the home is decided from."""
    surroundings = Surroundings(
        grid=GridReading(power_w=-3000.0, at=9.0, stale_at=30.0, dead_at=60.0),
        fuse=MainFuse(limit_a=25.0, currents_a=(1.0, 2.0, 3.0)),
        limits=PowerLimits(cars_w=4200.0),
        preferences=Preferences(reserve_w=100.0),
    )

    site = conduct(Bus(status()), record()).tick(surroundings, 10.0).site

    assert site.grid is surroundings.grid
    assert site.fuse is surroundings.fuse
    assert site.limits is surroundings.limits
    assert site.preferences is surroundings.preferences
    assert site.circuit_limit_a == 40.0


def test_circuits() -> None:
    """Circuits name units as they are wired; who is unknown may be behind any."""
    circuits: Any = [
        {"name": "Garage", "limit": 16, "units": ["1111", "1112"]},
        {"name": "Carport", "limit": 10.0, "units": ["1113"]},
    ]
    moved = record("A2", unit_id=0x1112)
    bus = Bus(
        status(),
        status(unit_id=0x5555, serial_number="A2"),
        status(unit_id=0x6666, serial_number=None, identified=False),
    )

    site = _at(conduct(bus, record(), moved, circuits=circuits), 1.0).site

    assert site.circuits == (
        Circuit(16.0, frozenset({0x1111, 0x5555, 0x6666})),
        Circuit(10.0, frozenset({0x6666})),
    )


# --- settling -------------------------------------------------------------------------


def test_settled_after_the_start() -> None:
    """Until then, units not heard yet may charge on old offers."""
    conductor = conduct(Bus(status()), record(), settled_at=35.0)

    assert not _at(conductor, 34.9).site.settled
    assert _at(conductor, 35.0).site.settled


def test_another_master_unsettles() -> None:
    """What it told the units only shows once they have been heard again."""
    bus = Bus(status())
    conductor = conduct(bus, record())
    bus.foreign = True
    assert not _at(conductor, 100.0).site.settled
    bus.foreign = False

    assert not _at(conductor, 100.0 + SILENT_STOPPED_S - 0.1).site.settled
    assert _at(conductor, 100.0 + SILENT_STOPPED_S).site.settled


def test_lost_answers_unsettle() -> None:
    """A unit that was told to go on may do so though nobody has heard it."""
    mute = status(unit_id=0x1112, state=None, told_at=90.0)
    bus = Bus(status(), mute)
    conductor = conduct(bus, record())

    assert not _at(conductor, 90.0 + SILENT_STOPPED_S - 0.1).site.settled
    assert _at(conductor, 90.0 + SILENT_STOPPED_S).site.settled

    bus.statuses[1] = replace(mute, told_at=200.0)
    assert not _at(conductor, 200.0).site.settled
    # It was heard, and counts by itself from now on.
    bus.statuses[1] = status(unit_id=0x1112, serial_number="A2", told_at=201.0)
    assert not _at(conductor, 202.0).site.settled
    assert _at(conductor, 200.0 + SILENT_STOPPED_S).site.settled


def test_lost_answers_do_not_settle_sooner() -> None:
    """Whatever lasts longest counts."""
    bus = Bus(status(state=None, told_at=90.0))
    conductor = conduct(bus, settled_at=200.0)

    assert not _at(conductor, 199.0).site.settled
    assert _at(conductor, 200.0).site.settled


def test_units_that_were_told_nothing_do_not_unsettle() -> None:
    """Nobody told them to go on."""
    bus = Bus(status(state=None, told_at=None))
    assert _at(conduct(bus), 1.0).site.settled
