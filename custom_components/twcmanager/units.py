"""The Wall Connectors of one bus as their owner knows them: identity, limits, settings."""

from collections.abc import Mapping
from typing import Any

from .bus.messages import Protocol
from .bus.status import UnitStatus
from .charging.model import Connector, Mode
from .charging.power import PhaseUse
from .const import (
    CONF_CIRCUIT_LIMIT,
    CONF_PHASES,
    CONF_UNIT_LIMITS,
    DEFAULT_LIMIT_A,
    unit_key,
)
from .store import Records, UnitRecord, UnitSettings


class Units:
    """Tells units apart for good, though their ids may change, and knows their limits."""

    def __init__(
        self, records: Records, wiring: Mapping[str, Any], first_mode: Mode
    ) -> None:
        """Take what was kept, how things are wired, and what new units start with."""
        self._records = records
        self._wiring = wiring
        self._first_mode = first_mode
        self._identities = {
            record.unit_id: identity for identity, record in records.units.items()
        }
        self._phases: dict[int, PhaseUse] = {}

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
                unit_id=status.unit_id,
                rating_a=status.rating_a,
                protocol=Protocol(status.protocol),
                settings=UnitSettings(mode=self._first_mode),
            )
        self._identities[status.unit_id] = record.identity
        return record

    def forget(self, identity: str) -> list[int]:
        """Forget a unit and return the ids it had, unless they are another's by now."""
        del self._records.units[identity]
        ids = [each for each, who in self._identities.items() if who == identity]
        for unit_id in ids:
            del self._identities[unit_id]
        return ids

    # --- limits -----------------------------------------------------------------------

    @property
    def configured_circuit_limit_a(self) -> float:
        """Return what the circuit carries, as the owner configured it."""
        return float(self._wiring[CONF_CIRCUIT_LIMIT])

    @property
    def circuit_limit_a(self) -> float:
        """Return what the cars may draw together at present."""
        limit_a = self._records.circuit_limit_a
        configured_a = self.configured_circuit_limit_a
        return configured_a if limit_a is None else min(limit_a, configured_a)

    def has_limit(self, unit_id: int) -> bool:
        """Return whether the owner has told what this unit's wiring carries."""
        return unit_key(unit_id) in self._wiring[CONF_UNIT_LIMITS]

    def unit_limit_a(self, record: UnitRecord) -> float:
        """Return what a unit's wiring and its rating allow."""
        limits = self._wiring[CONF_UNIT_LIMITS]
        limit_a = float(limits.get(unit_key(record.unit_id), DEFAULT_LIMIT_A))
        return min(limit_a, record.rating_a)

    def charge_limit_a(self, record: UnitRecord) -> float:
        """Return what the owner allows a unit at present."""
        limit_a = record.settings.charge_limit_a
        unit_limit_a = self.unit_limit_a(record)
        return unit_limit_a if limit_a is None else min(limit_a, unit_limit_a)

    # --- what decisions are made from -------------------------------------------------

    def connector(
        self, status: UnitStatus, record: UnitRecord | None, *, online: bool
    ) -> Connector:
        """Return a unit as the decisions see it; one without a record only counts."""
        settings = record.settings if record else UnitSettings(mode=Mode.OFF)
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
            charge_limit_a=self.charge_limit_a(record) if record else 0.0,
            zero_may_mean_minimum=status.protocol is not Protocol.V1,
            watts_per_a=self._watts_per_a(status),
            mode=settings.mode,
            enabled=settings.enabled,
            unstick=settings.unstick,
        )

    def _watts_per_a(self, status: UnitStatus) -> float:
        """Learn which phases the car uses, and return what 1 A amounts to."""
        use = self._phases.setdefault(status.unit_id, PhaseUse())
        meter = status.meter
        if status.plugged_in is False:
            use.car_left()
        elif meter and meter.currents_a:
            use.watch(meter.currents_a)
        return use.watts_per_a(
            meter.volts if meter else None, self._wiring.get(CONF_PHASES, 1)
        )
