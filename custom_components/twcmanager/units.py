"""The Wall Connectors of one bus as their owner knows them: identity, wiring, settings."""

from collections.abc import Iterable, Mapping
from itertools import chain, count
from types import MappingProxyType
from typing import Any

from .bus.messages import Protocol
from .bus.status import UnitStatus
from .charging.car import Means
from .charging.model import Connector, Mode
from .charging.power import PhaseUse
from .charging.when import Order
from .const import unit_key
from .store import Records, UnitRecord, UnitSettings
from .wiring import Wiring


class Units:
    """Tells units apart for good, though their ids may change, and knows their limits."""

    def __init__(
        self, records: Records, wiring: Mapping[str, Any], first_mode: Mode
    ) -> None:
        """Take what was kept, how things are wired, and what new units start with."""
        self._records = records
        self.wiring = Wiring(wiring)
        self._first_mode = first_mode
        self._identities = {
            record.unit_id: identity for identity, record in records.units.items()
        }
        self._phases: dict[tuple[str, int], PhaseUse] = {}

    def __getitem__(self, identity: str) -> UnitRecord:
        """Return what is kept of a unit. Raises KeyError for one never met."""
        return self._records.units[identity]

    def recognise(self, status: UnitStatus) -> UnitRecord | None:
        """Return the record of a unit, a new one once it is clear who it is."""
        units = self._records.units
        record = units.get(self._identities.get(status.unit_id, ""))
        told = status.serial_number
        if told is not None and (record is None or record.serial_number != told):
            # It may have a new id, or one that was another's.
            nameless = record is not None and record.serial_number is None
            record = next(
                (each for each in units.values() if each.serial_number == told),
                record if nameless else None,
            )
        if record is None:
            if not status.identified:
                return None
            identity = status.serial_number or unit_key(status.unit_id)
            record = units[identity] = UnitRecord(
                identity=identity,
                wired_as=self._new_wiring_key(status.unit_id),
                unit_id=status.unit_id,
                rating_a=status.rating_a,
                protocol=Protocol(status.protocol),
                settings=UnitSettings(mode=self._first_mode),
            )
        self._identities[status.unit_id] = record.identity
        return record

    def _new_wiring_key(self, unit_id: int) -> str:
        """Return what a new unit is configured under: its id, with a number if need be.

        The id may have been another's, whose wiring says nothing about this one's.
        """
        key = unit_key(unit_id)
        taken = {each.wired_as for each in self._records.units.values()}
        numbered = (f"{key}-{number}" for number in count(2))
        return next(each for each in chain([key], numbered) if each not in taken)

    def forget(self, identity: str) -> list[int]:
        """Forget a unit and return the ids it had, unless they are another's by now."""
        del self._records.units[identity]
        ids = [each for each, who in self._identities.items() if who == identity]
        for unit_id in ids:
            del self._identities[unit_id]
            self._phases.pop((identity, unit_id), None)
        return ids

    # --- limits -----------------------------------------------------------------------

    @property
    def configured_circuit_limit_a(self) -> float:
        """Return what the circuit carries, as the owner configured it."""
        return self.wiring.circuit_limit_a

    @property
    def circuit_limit_a(self) -> float:
        """Return what the cars may draw together at present."""
        limit_a = self._records.circuit_limit_a
        configured_a = self.configured_circuit_limit_a
        return configured_a if limit_a is None else min(limit_a, configured_a)

    def has_limit(self, record: UnitRecord) -> bool:
        """Return whether the owner has told what this unit's wiring carries."""
        return self.wiring.has_limit(record.wired_as)

    def unit_limit_a(self, record: UnitRecord) -> float:
        """Return what a unit's wiring and its rating allow."""
        return min(self.wiring.unit_limit_a(record.wired_as), record.rating_a)

    def charge_limit_a(self, record: UnitRecord) -> float:
        """Return what the owner allows a unit at present."""
        limit_a = record.settings.charge_limit_a
        unit_limit_a = self.unit_limit_a(record)
        return unit_limit_a if limit_a is None else min(limit_a, unit_limit_a)

    # --- what decisions are made from -------------------------------------------------

    def connector(
        self,
        status: UnitStatus,
        record: UnitRecord | None,
        now: float,
        *,
        online: bool,
        orders: Mapping[str, Order] = MappingProxyType({}),
        means: Mapping[str, Means] = MappingProxyType({}),
        car_phases: Mapping[str, int] = MappingProxyType({}),
    ) -> Connector:
        """Return a unit as the decisions see it; one without a record only counts.

        Without an order for the moment, the mode its owner chose counts. ``car_phases`` is on
        how many phases a car charges, for units with a car of which that was told.
        """
        settings = record.settings if record else UnitSettings(mode=Mode.OFF)
        order = orders.get(record.identity) if record else None
        order = order or Order(settings.mode)
        through_car = means.get(record.identity, Means()) if record else Means()
        key = record.wired_as if record else None
        use = self._watch_phases(status, record)
        volts = status.meter.volts if status.meter else None
        return Connector(
            id=status.unit_id,
            online=online,
            plugged_in=status.plugged_in,
            charging=status.charging,
            draw_a=status.draw_a,
            echo_a=status.limit_a,
            at_most_a=status.at_most_a,
            told_at=status.told_at,
            rating_a=status.rating_a,
            unit_limit_a=self.unit_limit_a(record) if record else 0.0,
            charge_limit_a=min(self.charge_limit_a(record), order.at_most_a)
            if record
            else 0.0,
            zero_may_mean_minimum=status.protocol is not Protocol.V1,
            watts_per_a=use.watts_per_a(
                volts,
                self.wiring.phases(key),
                car_phases.get(record.identity) if record else None,
            ),
            lines=self.wiring.lines(key, volts, use.proven(now)),
            priority=settings.priority,
            mode=order.mode,
            because=order.reason,
            enabled=settings.enabled,
            unstick=settings.unstick,
            stops_itself=through_car.stops_itself,
            least_a=through_car.least_a,
            lowered=through_car.lowered,
        )

    def phases_used(
        self, status: UnitStatus, record: UnitRecord
    ) -> frozenset[int] | None:
        """Return which of its phases a unit's car was seen to use, None if none yet."""
        return self._phases_of(status, record).used

    def _phases_of(self, status: UnitStatus, record: UnitRecord | None) -> PhaseUse:
        """Return what is known of the phases; of a stranger that is nothing."""
        if record is None:
            return PhaseUse()
        # Ids may change hands, and what was learned must not.
        who = record.identity, status.unit_id
        if who not in self._phases:
            self._phases[who] = PhaseUse(record.phases)
        return self._phases[who]

    def _watch_phases(self, status: UnitStatus, record: UnitRecord | None) -> PhaseUse:
        """Learn which phases the car uses."""
        use = self._phases_of(status, record)
        if status.plugged_in is False:
            use.car_left()
        elif status.meter and status.meter.currents_a:
            use.watch(status.meter.currents_a, status.meter.at)
        if not status.plugged_in:
            use.doubt()
        return use


def latest(
    met: Iterable[tuple[UnitStatus, UnitRecord | None]],
) -> list[tuple[UnitStatus, UnitRecord]]:
    """Return everyone who is known, once: a unit may have got another id."""
    last: dict[str, tuple[UnitStatus, UnitRecord]] = {}
    for status, record in met:
        if record is None:
            continue
        other = last.get(record.identity)
        if other is None or (other[0].heard_at or 0) < (status.heard_at or 0):
            last[record.identity] = status, record
    return list(last.values())
