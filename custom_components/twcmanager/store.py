"""What has to outlive a restart: which units there are, and how their owner set them."""

from dataclasses import asdict, dataclass, field
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store

from .bus.messages import Protocol
from .bus.status import KnownUnit, UnitStatus
from .bus.stopping import StopMethod
from .charging.model import Mode
from .const import DOMAIN

_VERSION: Final = 1
_SAVE_DELAY_S: Final = 2.0
_SAVE_ENERGY_INTERVAL_S: Final = 60.0


@dataclass(slots=True, kw_only=True)
class UnitSettings:
    """What the owner of a Wall Connector set with its entities."""

    mode: Mode
    enabled: bool = True
    charge_limit_a: float | None = None
    """None for as much as the wiring allows."""
    unstick: bool = False
    stop_method: StopMethod = StopMethod.OFFER


@dataclass(slots=True, kw_only=True)
class UnitRecord:
    """A Wall Connector that has been met on this bus."""

    identity: str
    """Its serial number where it tells one, else its id."""
    unit_id: int
    rating_a: float
    protocol: Protocol
    serial_number: str | None = None
    firmware: str | None = None
    session_kwh: float = 0.0
    settings: UnitSettings

    @property
    def known(self) -> KnownUnit:
        """Return what the master needs to take the unit back."""
        return KnownUnit(self.unit_id, self.rating_a, self.protocol)

    def learn(self, status: UnitStatus) -> bool:
        """Take over what the unit tells about itself. Return whether that was news."""
        told = (
            status.unit_id,
            status.rating_a,
            status.protocol,
            status.serial_number or self.serial_number,
            status.firmware or self.firmware,
        )
        known = (
            self.unit_id,
            self.rating_a,
            self.protocol,
            self.serial_number,
            self.firmware,
        )
        if told == known:
            return False
        (
            self.unit_id,
            self.rating_a,
            self.protocol,
            self.serial_number,
            self.firmware,
        ) = told
        return True


@dataclass(slots=True)
class Records:
    """Everything kept for one bus."""

    units: dict[str, UnitRecord] = field(default_factory=dict)
    circuit_limit_a: float | None = None
    """What the owner set below the configured limit, None for all of it."""


class RecordStore:
    """Keeps the records on disk with HA's storage."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Prepare; ``records`` are empty until loaded."""
        self.records = Records()
        self._loop = hass.loop
        self._energy_due_at = 0.0
        self._store: Store[dict[str, Any]] = Store(
            hass, _VERSION, f"{DOMAIN}.{entry_id}"
        )

    async def async_load(self) -> None:
        """Load what was kept, if anything."""
        if (data := await self._store.async_load()) is None:
            return
        self.records = Records(
            {
                identity: UnitRecord(
                    **{
                        **unit,
                        "protocol": Protocol(unit["protocol"]),
                        "settings": UnitSettings(
                            **{
                                **unit["settings"],
                                "mode": Mode(unit["settings"]["mode"]),
                                "stop_method": StopMethod(
                                    unit["settings"]["stop_method"]
                                ),
                            }
                        ),
                    }
                )
                for identity, unit in data["units"].items()
            },
            data["circuit_limit_a"],
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
