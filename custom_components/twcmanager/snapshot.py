"""One moment, frozen: every value a person sees comes out of this."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from .bus.master import BusHealth
from .bus.status import UnitStatus
from .charging.model import Offer
from .store import UnitSettings


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
    session_kwh: float
    phases_used: int | None = None
    """How many its car was seen to use."""


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
