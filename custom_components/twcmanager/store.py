"""What has to outlive a restart: which units there are, and how their owner set things.

Read with care: what is missing, or means nothing to this version, falls back to its default.
A setting may get lost that way; the bus must come up whatever is on the disk.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final, override

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store

from .bus.messages import Protocol
from .bus.status import KnownUnit, StopLessons, StopMethod, UnitStatus
from .charging.authorization import Admission, Others, Permit
from .charging.car_control import CarRecord
from .charging.charge_now import ChargeNow
from .charging.model import BatteryPriority, Mode, Preferences, Sharing
from .charging.need import Once, Reading, Target
from .charging.plain import revive
from .const import DOMAIN, LOGGER, unit_key

_VERSION: Final = 1
_MINOR_VERSION: Final = 2
_SAVE_DELAY_S: Final = 2.0
_SAVE_ENERGY_INTERVAL_S: Final = 60.0


@dataclass(slots=True, kw_only=True)
class UnitSettings:
    """What the owner of a Wall Connector set with its entities."""

    mode: Mode
    enabled: bool = True
    charge_limit_a: float | None = None
    """None for as much as the wiring allows."""
    priority: int = 0
    """Who has the higher one comes first."""
    unstick: bool = False
    ready_by: bool = False
    """Whether the car has to be ready at a time of the day."""
    ready_by_minute: int = 7 * 60
    """After midnight, by the clocks of the home."""
    ready_by_kwh: float = 10.0
    """What it is to get until then, from when it was plugged in."""
    ready_by_soc: float | None = None
    """How full it is to be instead, in percent, if it tells how full it is."""
    ready_by_km: float | None = None
    """How far it is to come with that, if it tells how far."""
    stop_method: StopMethod = StopMethod.OFFER
    admission: Admission = Admission.ALL
    others: Others = Others.NOTHING
    """What cars get that are not admitted."""

    @property
    def target(self) -> Target:
        """Return what the car is to have whenever it leaves."""
        return Target(
            energy_kwh=self.ready_by_kwh,
            soc=self.ready_by_soc,
            range_km=self.ready_by_km,
        )


@dataclass(slots=True, kw_only=True)
class UnitRecord:
    """A Wall Connector that has been met on this bus."""

    identity: str
    """Its serial number where it tells one, else its id."""
    wired_as: str
    """What its wiring is configured under: the id it was met with first."""
    unit_id: int
    rating_a: float
    protocol: Protocol
    serial_number: str | None = None
    firmware: str | None = None
    phases: list[int] = field(default_factory=list)
    """Of the unit's own, from 0: those that its last car was seen to use."""
    stopped: bool = False
    """Whether it was offered nothing last: it would not charge without us either."""
    lessons: StopLessons = field(default_factory=StopLessons)
    """What stopping its car has taught."""
    settings: UnitSettings
    charge_now: ChargeNow | None = None
    """What its owner asked for just this once, and is not done yet."""
    ready_once: Once | None = None
    """When its car has to be ready just this once, and with what."""
    reading: Reading | None = None
    """What the car on its cable said last of its battery."""
    vehicle: str | None = None
    """The car on its cable, if it was recognised."""
    permit: Permit | None = None
    """Somebody's word that the car may charge this once."""

    @property
    def known(self) -> KnownUnit:
        """Return what the master needs to take the unit back."""
        return KnownUnit(self.unit_id, self.rating_a, self.protocol)

    def learn_phases(self, used: frozenset[int] | None) -> bool:
        """Take over which phases the car uses. Return whether that was news."""
        if not used or sorted(used) == self.phases:
            return False
        self.phases = sorted(used)
        return True

    def learn_stopped(self, stopped: bool) -> bool:
        """Take over whether it is offered nothing. Return whether that was news."""
        if stopped is self.stopped:
            return False
        self.stopped = stopped
        return True

    def learn(self, status: UnitStatus) -> bool:
        """Take over what the unit tells about itself. Return whether that was news."""
        told = (
            status.unit_id,
            status.rating_a,
            status.protocol,
            status.serial_number or self.serial_number,
            status.firmware or self.firmware,
            self.lessons.with_more(status.lessons),
        )
        known = (
            self.unit_id,
            self.rating_a,
            self.protocol,
            self.serial_number,
            self.firmware,
            self.lessons,
        )
        if told == known:
            return False
        (
            self.unit_id,
            self.rating_a,
            self.protocol,
            self.serial_number,
            self.firmware,
            self.lessons,
        ) = told
        return True


@dataclass(slots=True)
class Records:
    """Everything kept for one bus."""

    units: dict[str, UnitRecord] = field(default_factory=dict)
    circuit_limit_a: float | None = None
    """What the owner set below the configured limit, None for all of it."""
    preferences: Preferences = field(default_factory=Preferences)
    charge_when_cheap: bool = False
    """Whether cars charge from the grid while that costs little."""
    cheap_price: float = 0.0
    """What counts as little, per kWh in the currency of the home."""
    avoid_cheap_export: bool = False
    """Whether cars take all sun while a kWh fed in earns little."""
    least_export_price: float = 0.0
    """What is little, per kWh in the currency of the home."""
    cars: dict[str, CarRecord] = field(default_factory=dict)
    """What was done to cars and has to be undone one day, by whose it is."""


class RecordStore:
    """Keeps the records on disk with HA's storage."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Prepare; ``records`` are empty until loaded."""
        self.records = Records()
        self._loop = hass.loop
        self._energy_due_at = 0.0
        self._store = _AnyMinorVersion(
            hass, _VERSION, f"{DOMAIN}.{entry_id}", minor_version=_MINOR_VERSION
        )

    async def async_load(self) -> None:
        """Load what was kept, if anything."""
        if (data := await self._store.async_load()) is None:
            return
        units = (_unit(each) for each in data.get("units", {}).values())
        self.records = Records(
            {unit.identity: unit for unit in units if unit},
            _understood(data, {"circuit_limit_a": _limit}).get("circuit_limit_a"),
            replace(
                Preferences(), **_understood(data.get("preferences", {}), _PREFERENCES)
            ),
            **_understood(data, _CHEAP),
            cars=_cars(data.get("cars")),
        )

    def save(self) -> None:
        """Save soon."""
        self._store.async_delay_save(self._data, _SAVE_DELAY_S)

    def save_energy(self) -> None:
        """Save once a minute: energy grows all the time and the disk is the user's.

        Not with a longer delay: it would put off what is to be saved soon, again and again.
        """
        now = self._loop.time()
        if now >= self._energy_due_at:
            self._energy_due_at = now + _SAVE_ENERGY_INTERVAL_S
            self.save()

    async def async_save_now(self) -> None:
        """Save before the entry goes."""
        await self._store.async_save(self._data())

    async def async_remove(self) -> None:
        """Forget everything: the entry is removed."""
        await self._store.async_remove()

    def _data(self) -> dict[str, Any]:
        return asdict(self.records)


class _AnyMinorVersion(Store[dict[str, Any]]):
    """A store whose reader takes what it understands, of older and newer writers."""

    @override
    async def _async_migrate_func(
        self,
        old_major_version: int,
        old_minor_version: int,
        old_data: dict[str, Any],
    ) -> dict[str, Any]:
        return old_data


# --- reading with care ----------------------------------------------------------------

type _Reader = Callable[[Any], Any]


def _understood(
    data: Mapping[str, Any], readers: Mapping[str, _Reader]
) -> dict[str, Any]:
    """Return what can be made sense of."""
    understood = {}
    for key, reader in readers.items():
        try:
            understood[key] = reader(data[key])
        except KeyError, TypeError, ValueError:
            continue
    return understood


def _number(least: float, most: float) -> _Reader:
    """Return what reads a number within a range."""

    def read(value: Any) -> float:
        if isinstance(value, bool) or not least <= value <= most:
            raise ValueError(value)
        return float(value)

    return read


def _limit(value: Any) -> float | None:
    """Return a limit in A that its owner has set, None for as much as there is."""
    return None if value is None else _AMPS(value)


def _any_number(value: Any) -> float | None:
    return None if value is None else _number(0.0, float("inf"))(value)


def _soc(value: Any) -> float | None:
    return None if value is None else _PERCENT(value)


def _yes_or_no(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(value)
    return value


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _revived(kind: type) -> _Reader:
    return lambda value: None if value is None else revive(kind, value)


def _phases(value: Any) -> list[int]:
    if not all(each in {0, 1, 2} for each in value):
        raise ValueError(value)
    return list(value)


_AMPS: Final = _number(0.0, 1000.0)
_PERCENT: Final = _number(0.0, 100.0)

_PREFERENCES: Final[Mapping[str, _Reader]] = {
    "reserve_w": _number(-100_000.0, 100_000.0),
    "least_solar_share": _number(0.0, 0.95),
    "steadiness": _number(0.1, 10.0),
    "sharing": Sharing,
    "whole_amps": _yes_or_no,
    "battery_priority": BatteryPriority,
    "battery_first_soc": _PERCENT,
    "battery_discharge_soc": _soc,
}
_CHEAP: Final[Mapping[str, _Reader]] = {
    "charge_when_cheap": _yes_or_no,
    "cheap_price": _number(-100_000.0, 100_000.0),
    "avoid_cheap_export": _yes_or_no,
    "least_export_price": _number(-100_000.0, 100_000.0),
}
_SETTINGS: Final[Mapping[str, _Reader]] = {
    "mode": Mode,
    "enabled": _yes_or_no,
    "charge_limit_a": _limit,
    "priority": lambda value: int(_number(0, 10)(value)),
    "unstick": _yes_or_no,
    "ready_by": _yes_or_no,
    "ready_by_minute": lambda value: int(_number(0, 24 * 60 - 1)(value)),
    "ready_by_kwh": _number(0.0, 1000.0),
    "ready_by_soc": _soc,
    "ready_by_km": _any_number,
    "stop_method": StopMethod,
    "admission": Admission,
    "others": Others,
}
_CHARGE_NOW: Final[Mapping[str, _Reader]] = {
    "at_most_a": _limit,
    "ends_at": _any_number,
    "energy_kwh": _any_number,
    "soc": _soc,
    "soc_entity": _text,
    "car_seen": _yes_or_no,
}


def _charge_now(value: Any) -> ChargeNow | None:
    """Return what was asked for. Without one of its limits it might never end: all of it."""
    if value is None:
        return None
    return ChargeNow(
        **{key: read(value[key]) for key, read in _CHARGE_NOW.items()},
        **_understood(value, {"raises_limit": _yes_or_no}),
    )


_UNIT: Final[Mapping[str, _Reader]] = {
    "identity": str,
    "wired_as": str,
    "unit_id": int,
    "rating_a": _AMPS,
    "protocol": Protocol,
    "serial_number": _text,
    "firmware": _text,
    "phases": _phases,
    "stopped": _yes_or_no,
    "charge_now": _charge_now,
    "vehicle": _text,
    "lessons": lambda value: revive(StopLessons, value),
    "permit": _revived(Permit),
    "ready_once": _revived(Once),
    "reading": _revived(Reading),
}


def _cars(data: Any) -> dict[str, CarRecord]:
    """Return what is kept of each car, as far as it can be made sense of."""
    cars = {}
    for who, each in data.items() if isinstance(data, dict) else ():
        try:
            cars[who] = revive(CarRecord, each)
        except (TypeError, ValueError) as err:
            LOGGER.warning("What was kept of a vehicle is of no use: %r", err)
    return cars


def _unit(data: Any) -> UnitRecord | None:
    """Return what is kept of a unit, None if too little of it can be made sense of."""
    try:
        known = _understood(data, _UNIT)
        settings = _understood(data.get("settings", {}), _SETTINGS)
        return UnitRecord(
            **{"wired_as": unit_key(known["unit_id"]), **known},
            # Whoever set a mode unknown here wants the car charged.
            settings=UnitSettings(**{"mode": Mode.FAST, **settings}),
        )
    except (AttributeError, KeyError, TypeError) as err:
        LOGGER.warning("What was kept of a Wall Connector is of no use: %r", err)
        return None
