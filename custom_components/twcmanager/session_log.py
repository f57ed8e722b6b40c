"""The record of charging in Home Assistant: counted at every tick, kept, told to who listens."""

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .bus.status import UnitStatus
from .charging.model import Offer, Reason
from .charging.origin import Tariff
from .charging.session import (
    Account,
    Event,
    Happening,
    Session,
    Sessions,
    Sight,
    frozen,
)
from .conductor import Moment
from .const import DOMAIN
from .session_store import SessionStore
from .store import UnitRecord

type Listener = Callable[[Happening, Session], None]

# A unit whose event entity is not there yet, or disabled, may have this much to tell.
_MOST_UNTOLD: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Charged:
    """What a unit has charged, at one moment."""

    session: Session | None = None
    """What goes on, or else the last one."""
    last: Session | None = None
    """The last one that has ended."""
    # As far as it is on the disk:
    kept_session_kwh: float = 0.0
    """The energy of what goes on, or else of the last session."""
    kept_solar_kwh: float = 0.0
    """What the sun gave of all sessions."""
    kept_contactor_cycles: int = 0

    @property
    def session_kwh(self) -> float:
        """Return the energy of what goes on, or else of the last session."""
        return self.session.energy_kwh if self.session else 0.0


class SessionLog:
    """Counts the sessions of one bus."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, keep_days: float | None
    ) -> None:
        """Prepare; nothing is known until loaded."""
        self._hass = hass
        self._entry = entry
        self.store = SessionStore(hass, entry.entry_id, keep_days)
        self._sessions = Sessions()
        self._listeners: dict[str, Listener] = {}
        self._untold: dict[str, list[Event]] = {}

    async def async_load(self) -> None:
        """Load what was kept."""
        await self.store.async_load(self._sessions)
        if self.store.set_aside is None:
            return
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            f"sessions_set_aside_{self._entry.entry_id}",
            # It is said until somebody has read it, also after the next start.
            is_fixable=True,
            is_persistent=True,
            severity=ir.IssueSeverity.WARNING,
            translation_key="sessions_set_aside",
            translation_placeholders={
                "bus": self._entry.title,
                "path": str(self.store.set_aside),
            },
        )

    @callback
    def count(self, moment: Moment, tariff: Tariff, now: float, at: float) -> None:
        """Count what has passed since the last time."""
        events = self._sessions.count(
            [_sight(moment, status, record) for status, record in moment.known],
            moment.site.grid,
            tariff,
            meter_sees_cars=moment.site.preferences.meter_sees_cars,
            now=now,
            at=at,
        )
        for what, session in events:
            if what is Happening.ENDED:
                self.store.file(session)
            untold = self._untold.setdefault(session.unit, [])
            untold.append((what, frozen(session)))
            del untold[:-_MOST_UNTOLD]
        if events:
            self.store.save()
        else:
            power_w = sum(moment.power_w(status) for status, _ in moment.known)
            self.store.save_energy(grows=power_w > 0)

    @callback
    def forget(self, identity: str) -> None:
        """Forget a unit that is no longer there, but not what it has charged."""
        if session := self._sessions.forget(identity):
            self.store.file(session)
        self.store.save()

    # --- who listens ------------------------------------------------------------------

    @callback
    def listen(self, identity: str, listener: Listener) -> Callable[[], None]:
        """Tell somebody from now on which sessions of a unit come and go."""
        self._listeners[identity] = listener

        @callback
        def stop() -> None:
            del self._listeners[identity]

        self.announce()
        return stop

    @callback
    def announce(self) -> None:
        """Tell what has happened, once everybody can see it."""
        for identity, listener in list(self._listeners.items()):
            for what, session in self._untold.pop(identity, ()):
                listener(what, session)

    # --- who asks ---------------------------------------------------------------------

    def charged(self) -> Mapping[str, Charged]:
        """Return what every unit has charged until now."""
        return {
            unit: _charged(account, self.store.units.get(unit, Account()))
            for unit, account in self._sessions.accounts.items()
        }

    def open(self, units: Container[str] | None = None) -> list[Session]:
        """Return the sessions that go on, of some units or of all."""
        return [
            frozen(account.open)
            for unit, account in self._sessions.accounts.items()
            if account.open and (units is None or unit in units)
        ]

    def diagnostics(self) -> dict[str, Any]:
        """Return what is counted, as far as one may have to look at it."""
        checkpoint = self._sessions.checkpoint(0.0)
        return {
            "ended": len(self.store),
            "accounts": [*checkpoint["accounts"].values()],
        }


def _charged(account: Account, kept: Account) -> Charged:
    kept_session = kept.open or kept.last
    return Charged(
        session=frozen(account.open) if account.open else account.last,
        last=account.last,
        kept_session_kwh=kept_session.energy_kwh if kept_session else 0.0,
        kept_solar_kwh=kept.solar_kwh,
        kept_contactor_cycles=kept.contactor_cycles,
    )


def _sight(moment: Moment, status: UnitStatus, record: UnitRecord) -> Sight:
    """Return what a unit shows, as far as it is counted."""
    offer = moment.decision.offers.get(status.unit_id, Offer(0.0, Reason.OFFLINE))
    meter = status.meter
    return Sight(
        unit=record.identity,
        online=moment.connectors[status.unit_id].online,
        plugged_in=status.plugged_in,
        vin=status.vin,
        vehicle=record.vehicle,
        charging=status.charging,
        draw_a=status.draw_a,
        power_w=moment.power_w(status),
        counter_kwh=status.lifetime_kwh if meter else None,
        read_at=meter.at if meter else float("-inf"),
        reason=offer.reason,
    )
