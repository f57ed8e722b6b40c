"""One moment, frozen: every value a person sees comes out of this."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from .bus.master import BusHealth
from .bus.status import UnitStatus
from .charging.charge_now import ChargeNow
from .charging.credit import Got
from .charging.model import MainFuse, Offer, Reason
from .charging.presence import Presence
from .conductor import Moment
from .departures import Departure, Departures
from .session_log import Charged
from .simulator import SimulatedSite
from .store import UnitSettings
from .units import Units
from .vehicles import Vehicle


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitSnapshot:
    """One Wall Connector."""

    identity: str
    available: bool
    status: UnitStatus
    offer: Offer
    settings: UnitSettings
    unit_limit_a: float
    """What its wiring and rating allow."""
    charge_limit_a: float
    power_w: float
    charged: Charged = field(default_factory=Charged)
    phases_used: int | None = None
    """How many its car was seen to use."""
    lines: tuple[int, ...] = ()
    """The lines of the mains, from 1, that its car counts on."""
    charge_now: ChargeNow | None = None
    """What its owner asked for just this once, as far as it is not done yet."""
    departure: Departure | None = None
    """When its car has to be ready, if it has to be."""
    presence: Presence | None = None
    """Who is on its cable, None if that is not known, or nobody is."""
    vehicle: Vehicle | None = None
    """The car that is, if it is one that is known."""

    @property
    def session_kwh(self) -> float:
        """Return the energy of the session that goes on, or else of the last one."""
        return self.charged.session_kwh


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeSnapshot:
    """The simulated home's own meters."""

    solar_w: float
    house_w: float
    grid_w: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The bus and everything on it."""

    connected: bool = False
    reconnects: int = 0
    health: BusHealth = field(default_factory=BusHealth)
    circuit_limit_a: float = 0.0
    surplus_w: float | None = None
    meter_delay_s: float | None = None
    fuse_room_a: tuple[float, ...] | None = None
    """What the main fuse leaves on each line."""
    units: Mapping[str, UnitSnapshot] = field(default_factory=dict)
    vehicles: Mapping[str, Got] = field(default_factory=dict)
    """What each vehicle has got, and all others together."""
    avoids_export: bool = False
    """Whether cars take all sun, as a kWh fed in earns little."""
    home: HomeSnapshot | None = None

    @property
    def total_current_a(self) -> float:
        """Return what all cars draw together, in A per phase."""
        return sum(each.status.draw_a for each in self.units.values() if each.available)

    @property
    def cars_charging(self) -> int:
        """Return how many cars draw current."""
        return sum(
            each.available and each.status.drawing for each in self.units.values()
        )


def unit_snapshots(
    moment: Moment,
    units: Units,
    charged: Mapping[str, Charged],
    departures: Departures,
    presences: Mapping[str, Presence],
    vehicles: Mapping[str, Vehicle],
    *,
    connected: bool,
) -> dict[str, UnitSnapshot]:
    """Return every unit that is known as it is at a moment."""
    return {
        record.identity: UnitSnapshot(
            identity=record.identity,
            available=connected and moment.connectors[status.unit_id].online,
            status=status,
            offer=moment.decision.offers.get(
                status.unit_id, Offer(0.0, Reason.OFFLINE)
            ),
            # Frozen means that changing a setting must not change the past.
            settings=replace(record.settings),
            unit_limit_a=moment.connectors[status.unit_id].unit_limit_a,
            charge_limit_a=moment.connectors[status.unit_id].charge_limit_a,
            power_w=moment.power_w(status),
            charged=charged.get(record.identity, Charged()),
            lines=tuple(
                sorted(line + 1 for line in moment.connectors[status.unit_id].lines)
            ),
            charge_now=record.charge_now,
            departure=departures[record.identity],
            presence=(presence := presences.get(record.identity)),
            vehicle=vehicles.get(presence.car) if presence and presence.car else None,
            phases_used=len(units.phases_used(status, record) or ()) or None,
        )
        for status, record in moment.known
    }


def fuse_room(fuse: MainFuse | None) -> tuple[float, ...] | None:
    """Return what the main fuse leaves on each line, None if nothing is known of it."""
    if fuse is None or fuse.currents_a is None:
        return None
    return tuple(fuse.limit_a - current_a for current_a in fuse.currents_a)


def home_snapshot(site: SimulatedSite) -> HomeSnapshot:
    """Return what the meters of a simulated home show."""
    return HomeSnapshot(
        solar_w=site.solar_w,
        house_w=site.house_w,
        grid_w=site.meter.power_w if site.meter else None,
    )
