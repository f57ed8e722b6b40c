"""Who is who on the bus, what its wiring carries, and what decisions see of it."""

from collections.abc import Mapping
from typing import Any

import pytest

from custom_components.twcmanager.bus.messages import Protocol, UnitState
from custom_components.twcmanager.bus.status import Meter, UnitStatus
from custom_components.twcmanager.charging.model import ALL_LINES, Connector, Mode
from custom_components.twcmanager.const import (
    CONF_CIRCUIT_LIMIT,
    CONF_PHASES,
    CONF_UNIT_LIMITS,
    CONF_UNIT_LINES,
    unit_key,
)
from custom_components.twcmanager.store import Records, UnitRecord, UnitSettings
from custom_components.twcmanager.units import Units

WIRING: Mapping[str, Any] = {
    CONF_CIRCUIT_LIMIT: 40.0,
    CONF_UNIT_LIMITS: {"1111": 20.0, "1112": 99.0},
    CONF_PHASES: 1,
}


def status(**what: Any) -> UnitStatus:
    """Return a unit that has told everything, unless a test wants it otherwise."""
    return UnitStatus(
        **{
            "unit_id": 0x1111,
            "protocol": Protocol.V2,
            "rating_a": 32.0,
            "online": True,
            "heard_at": 1.0,
            "told_at": 1.0,
            "state": UnitState.READY,
            "limit_a": 0.0,
            "at_most_a": 0.0,
            "draw_a": 0.0,
            "offer_a": 0.0,
            "charging": False,
            "plugged_in": True,
            "meter": None,
            "lifetime_kwh": None,
            "serial_number": "A1",
            "firmware": None,
            "vin": None,
            "identified": True,
            **what,
        }
    )


def record(identity: str = "A1", **what: Any) -> UnitRecord:
    """Return what is kept of a unit."""
    return UnitRecord(
        **{
            "identity": identity,
            "wired_as": unit_key(what.get("unit_id", 0x1111)),
            "unit_id": 0x1111,
            "rating_a": 32.0,
            "protocol": Protocol.V2,
            "serial_number": identity,
            "settings": UnitSettings(mode=Mode.FAST),
            **what,
        }
    )


def units(*records: UnitRecord, wiring: Mapping[str, Any] = WIRING) -> Units:
    """Return the units that have been met."""
    return Units(Records({each.identity: each for each in records}), wiring, Mode.SOLAR)


# --- identity -------------------------------------------------------------------------


def test_new_unit() -> None:
    """A unit that was never met gets a record with its serial number for a name."""
    known = units()

    met = known.recognise(status())

    assert met is not None
    assert met.identity == "A1"
    assert met.settings == UnitSettings(mode=Mode.SOLAR)
    assert known["A1"] is met
    assert known.recognise(status()) is met


def test_patience() -> None:
    """A unit that may still tell its serial number is nobody yet."""
    assert units().recognise(status(serial_number=None, identified=False)) is None


def test_nameless_unit() -> None:
    """A unit that tells no serial number goes by its id."""
    met = units().recognise(status(serial_number=None))

    assert met is not None
    assert met.identity == "1111"


def test_known_before_it_says_its_name() -> None:
    """After a restart a unit is known by its id until it has told its serial number."""
    known = record("A1")

    met = units(known).recognise(status(serial_number=None, identified=False))

    assert met is known


def test_new_id() -> None:
    """A unit may have to change its id; it stays who it is."""
    known = record("A1")

    assert units(known).recognise(status(unit_id=0x2222)) is known


def test_id_of_another() -> None:
    """Ids are random: one unit may have what was another's."""
    first, second = record("A1"), record("A2", unit_id=0x1112)
    known = units(first, second)

    assert known.recognise(status(unit_id=0x1112)) is first
    assert known.recognise(status(unit_id=0x1111, serial_number="A2")) is second


def test_exchanged_unit() -> None:
    """Another unit with the same id is another unit."""
    first = record("A1")
    known = units(first)

    met = known.recognise(status(serial_number="A9"))

    assert met is not None
    assert met is not first
    assert met.identity == "A9"
    assert known["A1"] is first


def test_late_name() -> None:
    """A unit that tells its serial number late stays who it was, in its device too."""
    nameless = record("1111", serial_number=None)
    known = units(nameless)

    met = known.recognise(status(serial_number="A1"))
    assert met is nameless
    assert met.learn(status(serial_number="A1"))

    assert known.recognise(status(serial_number="A1")) is nameless
    assert known.recognise(status(serial_number="A1", unit_id=0x2222)) is nameless


def test_forget() -> None:
    """Forgetting a unit tells which ids are free, not those another has by now."""
    known = units(record("A1"), record("A2", unit_id=0x1112))
    known.recognise(status(unit_id=0x1111, serial_number="A2"))
    known.recognise(status(unit_id=0x3333, serial_number="A1"))

    assert known.forget("A1") == [0x3333]
    assert known.forget("A2") == [0x1111, 0x1112]
    with pytest.raises(KeyError):
        known["A1"]


# --- limits ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kept", "limit_a"),
    [
        (record("A1"), 20.0),
        (record("A1", rating_a=16.0), 16.0),
        # The wiring may carry more than the unit is rated for.
        (record("A1", unit_id=0x1112), 32.0),
        # Nobody has told what its wiring carries.
        (record("A1", unit_id=0x9999), 6.0),
    ],
)
def test_unit_limit(kept: UnitRecord, limit_a: float) -> None:
    """Neither wiring nor rating may be exceeded."""
    assert units(kept).unit_limit_a(kept) == limit_a
    assert units(kept).charge_limit_a(kept) == limit_a


@pytest.mark.parametrize(
    ("wanted_a", "limit_a"), [(None, 20.0), (8.0, 8.0), (20.0, 20.0), (32.0, 20.0)]
)
def test_charge_limit(wanted_a: float | None, limit_a: float) -> None:
    """What the owner wants counts up to what the wiring carries."""
    kept = record(settings=UnitSettings(mode=Mode.FAST, charge_limit_a=wanted_a))

    assert units(kept).charge_limit_a(kept) == limit_a


@pytest.mark.parametrize(
    ("wanted_a", "limit_a"), [(None, 40.0), (16.0, 16.0), (99.0, 40.0)]
)
def test_circuit_limit(wanted_a: float | None, limit_a: float) -> None:
    """The same for the circuit."""
    known = Units(Records({}, wanted_a), WIRING, Mode.FAST)

    assert known.circuit_limit_a == limit_a
    assert known.configured_circuit_limit_a == 40.0


def test_has_limit() -> None:
    """Of some units it is known what their wiring carries."""
    assert units().has_limit(record())
    assert not units().has_limit(record(unit_id=0x9999))


def test_limits_follow_the_serial_number() -> None:
    """A unit that picks another id still hangs on the same wire."""
    known = units(record("A1"), record("A2", unit_id=0x1112))
    now = status(unit_id=0x9999)

    met = known.recognise(now)
    assert met is not None
    met.learn(now)

    assert known.has_limit(met)
    assert known.unit_limit_a(met) == 20.0


def test_units_that_exchange_their_ids_keep_their_own_limits() -> None:
    """Ids are random: what one wire carries says nothing about another's."""
    first, second = record("A1"), record("A2", unit_id=0x1112)
    known = units(first, second)
    for now in (
        status(unit_id=0x1112, serial_number="A1"),
        status(unit_id=0x1111, serial_number="A2"),
    ):
        met = known.recognise(now)
        assert met is not None
        met.learn(now)

    assert (first.unit_id, known.unit_limit_a(first)) == (0x1112, 20.0)
    assert (second.unit_id, known.unit_limit_a(second)) == (0x1111, 32.0)


def test_a_new_unit_does_not_inherit_a_limit() -> None:
    """Another unit with the id of one that is known is on another wire."""
    known = units(record("A1"))

    met = known.recognise(status(serial_number="A9"))

    assert met is not None
    assert met.wired_as == "1111-2"
    assert not known.has_limit(met)
    assert known.unit_limit_a(met) == 6.0
    met.learn(status(serial_number="A9"))
    third = known.recognise(status(serial_number="A10"))
    assert third is not None
    assert third.wired_as == "1111-3"


# --- what decisions see ---------------------------------------------------------------


def test_connector() -> None:
    """Decisions see the unit as it is and as its owner set it."""
    kept = record(
        settings=UnitSettings(
            mode=Mode.SOLAR_MINIMUM, enabled=False, charge_limit_a=10.0, unstick=True
        )
    )
    now = status(draw_a=9.5, limit_a=10.0, at_most_a=12.0, charging=True)

    seen = units(kept).connector(now, kept, 1.0, online=True)

    assert (seen.id, seen.online, seen.charging) == (0x1111, True, True)
    assert (seen.draw_a, seen.echo_a, seen.at_most_a) == (9.5, 10.0, 12.0)
    assert (seen.unit_limit_a, seen.charge_limit_a) == (20.0, 10.0)
    assert (seen.mode, seen.enabled, seen.unstick) == (Mode.SOLAR_MINIMUM, False, True)
    assert seen.zero_may_mean_minimum


def test_connector_of_old_firmware() -> None:
    """Protocol 1 takes 0 A for what it is."""
    seen = units().connector(status(protocol=Protocol.V1), record(), 1.0, online=True)

    assert not seen.zero_may_mean_minimum


def test_connector_of_a_stranger() -> None:
    """Who is not recognised yet is offered nothing, but counts."""
    seen = units().connector(status(draw_a=16.0), None, 1.0, online=True)

    assert seen.most_a == 0
    assert seen.draw_a == 16.0


class Charging:
    """A car at a three-phase unit, whose meter is read every 5 s."""

    def __init__(self, **wiring: Any) -> None:
        """Begin with a car plugged in that does not charge yet."""
        self.units = units(wiring={**WIRING, CONF_PHASES: 3, **wiring})
        self.record = record()
        self.now = 100.0

    def look(
        self,
        *currents_a: float,
        volts: tuple[int, int, int] = (230, 231, 232),
        **what: Any,
    ) -> Connector:
        """Let 5 s pass; with currents there is a new reading of the meter."""
        self.now += 5
        if currents_a:
            a, b, c = currents_a
            self.meter = Meter(volts=volts, currents_a=(a, b, c), at=self.now)
            what["meter"] = self.meter
        return self.units.connector(status(**what), self.record, self.now, online=True)

    def on_one_phase(self) -> Connector:
        """Let the car charge on the unit's first phase until that is beyond doubt."""
        for _ in range(3):
            seen = self.look(16.0, 0.0, 0.0)
        return seen


def test_watts() -> None:
    """Which phases a car uses shows in the unit's own meter, until the car leaves."""
    car = Charging()

    assert car.look().watts_per_a == 690
    assert car.look(0.0, 0.0, 0.0).watts_per_a == 693
    assert car.look(16.0, 0.0, 0.0).watts_per_a == 230
    assert car.look(0.5, 0.0, 0.0).watts_per_a == 230
    assert car.look(0.0, 0.0, 0.0, plugged_in=False).watts_per_a == 230


def test_watts_after_a_restart() -> None:
    """The next car is expected to be like the last, until it shows."""
    car = Charging()
    car.record.phases = [1]
    assert car.look(0.0, 0.0, 0.0).watts_per_a == 231
    assert car.look(6.0, 6.0, 6.0).watts_per_a == 693


# --- lines ----------------------------------------------------------------------------


def _mapped(*lines: int, **wiring: Any) -> Charging:
    return Charging(**{CONF_UNIT_LINES: {"1111": list(lines)}, **wiring})


def test_a_unit_of_which_nothing_is_known_may_load_every_line() -> None:
    """Also one whose car uses a single phase: nobody told which line that is."""
    assert Charging().on_one_phase().lines == ALL_LINES


def test_lines_of_a_one_phase_car() -> None:
    """What its unit calls L1 is the line its owner told."""
    assert _mapped(3, 1, 2).look().lines == ALL_LINES
    assert _mapped(3, 1, 2).on_one_phase().lines == {2}


def test_lines_are_not_believed_too_soon() -> None:
    """One clear reading tells the watts; the wires want more of them."""
    car = _mapped(1, 2, 3)
    assert car.look(16.0, 0.0, 0.0).lines == ALL_LINES
    assert car.look(16.0, 0.0, 0.0).lines == ALL_LINES
    assert car.look(16.0, 0.0, 0.0).lines == {0}


def test_lines_of_another_car() -> None:
    """It may use all of them: nothing is left of the one before."""
    for plugged_in in False, None:
        car = _mapped(1, 2, 3)
        car.on_one_phase()
        car.look(plugged_in=plugged_in)
        assert car.look(16.0, 0.0, 0.0).lines == ALL_LINES


def test_lines_of_a_unit_that_takes_over_an_id() -> None:
    """What was learned belongs to the unit."""
    car = _mapped(1, 2, 3)
    car.on_one_phase()
    car.record = record("A9", wired_as="1111")
    assert car.look(16.0, 0.0, 0.0).lines == ALL_LINES


def test_lines_of_a_one_phase_unit() -> None:
    """It is fed by one line, or in North America by two that carry the same current."""
    one_phase = {CONF_PHASES: 1}
    for told, lines in ((2,), {1}), ((1, 2), {0, 1}):
        car = _mapped(*told, **one_phase)
        for _ in range(4):
            seen = car.look(16.0, 0.0, 0.0, volts=(240, 0, 0))
        assert seen.lines == lines
        assert seen.watts_per_a == 240


def test_watts_of_a_one_phase_unit_among_others() -> None:
    """Without a meter the lines that feed it tell how many phases it has."""
    assert _mapped(2).look().watts_per_a == 230


def test_lines_that_the_meter_contradicts() -> None:
    """A unit that sees three phases is fed by three lines, whatever its owner said."""
    assert _mapped(2).look(16.0, 0.0, 0.0).lines == ALL_LINES


@pytest.mark.parametrize("lines", [(), (0,), (4,), (1, 1), (1, 2, 2), (1, 2, 3, 1)])
def test_lines_that_cannot_be(lines: tuple[int, ...]) -> None:
    """Nonsense is the same as nothing."""
    assert _mapped(*lines).on_one_phase().lines == ALL_LINES


def test_lines_of_a_stranger() -> None:
    """Nobody knows where it is connected."""
    known = units(wiring={**WIRING, CONF_UNIT_LINES: {"1111": [1]}})
    assert known.connector(status(), None, 1.0, online=True).lines == ALL_LINES


def test_phases_used() -> None:
    """How many phases the car uses is shown once it was seen."""
    car = Charging()
    now = status()
    assert car.units.phases_used(now, car.record) is None
    car.look(16.0, 15.5, 0.0)
    assert car.units.phases_used(now, car.record) == frozenset({0, 1})
