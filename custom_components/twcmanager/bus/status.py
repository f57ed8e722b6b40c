"""What is known of a Wall Connector at one moment, frozen."""

from dataclasses import dataclass
from typing import Final

from .messages import Protocol, UnitId, UnitState

# Below this a car draws for its electronics at most.
DRAWING_A: Final = 0.5


@dataclass(frozen=True, slots=True)
class KnownUnit:
    """What to remember of a unit so that it is taken back at once after a restart."""

    unit_id: UnitId
    rating_a: float
    protocol: Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """A unit's own meter: V, and A per phase if its firmware tells. Taken at ``at`` (s)."""

    volts: tuple[int, int, int]
    currents_a: tuple[float, float, float] | None
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitStatus:
    """All there is to know about a unit at one moment. Times in s of the master's clock."""

    unit_id: UnitId
    protocol: Protocol
    rating_a: float
    online: bool
    """False once it was silent for too long, until its next link-ready."""
    heard_at: float | None
    """When it last said anything, None if never."""
    told_at: float | None
    """When it was last told its limit, None if never."""
    state: UnitState | None
    limit_a: float
    """The limit it last echoed."""
    at_most_a: float
    """The highest limit it may hold: what it echoed, or was told and has not answered."""
    draw_a: float
    offer_a: float
    """The limit heartbeats carry."""
    charging: bool
    plugged_in: bool | None
    """None if the unit does not tell."""
    meter: Meter | None
    lifetime_kwh: float | None
    serial_number: str | None
    firmware: str | None
    vin: str | None
    identified: bool
    """Whether the serial number is known, or known to be untold."""

    @property
    def drawing(self) -> bool:
        """Return whether its car draws more than for its electronics."""
        return self.draw_a >= DRAWING_A
