"""The nouns of charging: connectors, readings, offers and the reasons for them.

Currents in A per phase, powers in W, times in s of one monotonic clock. Grid power is positive
when it is imported.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from math import isfinite
from typing import Final

# The least current at which a car starts reliably (IEC 61851).
MINIMUM_A: Final = 6.0

# Below this a car draws for its electronics at most.
DRAWING_A: Final = 0.5

type ConnectorId = int


class Mode(StrEnum):
    """What the owner wants a connector to charge with."""

    OFF = "off"
    SOLAR = "solar"
    SOLAR_MINIMUM = "solar_minimum"
    FAST = "fast"


class Reason(StrEnum):
    """Why an offer is what it is."""

    # Nothing is offered.
    OFFLINE = "offline"
    DISABLED = "disabled"
    MODE_OFF = "mode_off"
    NO_VEHICLE = "no_vehicle"
    LIMIT_BELOW_MINIMUM = "limit_below_minimum"
    WAITING_FOR_SUN = "waiting_for_sun"
    ABOUT_TO_START = "about_to_start"
    NO_GRID_READING = "no_grid_reading"
    WAITING_FOR_CIRCUIT = "waiting_for_circuit"
    # Something is offered.
    FAST = "fast"
    FOLLOWING_SUN = "following_sun"
    MINIMUM = "minimum"
    ABOUT_TO_STOP = "about_to_stop"
    HOLDING = "holding"
    VEHICLE_NOT_CHARGING = "vehicle_not_charging"
    CHARGE_LIMIT = "charge_limit"
    CIRCUIT_LIMIT = "circuit_limit"
    FREEING_STUCK_VEHICLE = "freeing_stuck_vehicle"
    # Less than decided, for the moment.
    SETTLING = "settling"
    OTHERS_LOWERING = "others_lowering"


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector:
    """One connector as it is now, and what its owner wants of it."""

    id: ConnectorId
    online: bool
    plugged_in: bool | None
    """None if it cannot be known without offering."""
    charging: bool
    draw_a: float
    echo_a: float
    """The limit it says it has."""
    at_most_a: float
    """The highest limit it may have, messages on the way included."""
    told_at: float | None
    """When it was last told anything, None if never."""
    rating_a: float
    unit_limit_a: float
    """What its wiring and its rating allow."""
    charge_limit_a: float
    """What its owner allows at present."""
    minimum_a: float = MINIMUM_A
    zero_may_mean_minimum: bool = True
    """Whether an offer of 0 A may be taken as the minimum (protocol 2)."""
    watts_per_a: float
    """What 1 A on the phases in use amounts to."""
    mode: Mode
    enabled: bool
    unstick: bool = False
    """Whether a car that stays at 6 A may be woken with a short spike."""

    @property
    def most_a(self) -> float:
        """Return the most it may be offered, 0 if that is below the minimum."""
        # Both asked for by themselves, so that one which is not a number allows nothing.
        if (
            self.unit_limit_a >= self.minimum_a
            and self.charge_limit_a >= self.minimum_a
        ):
            return min(self.unit_limit_a, self.charge_limit_a)
        return 0.0

    @property
    def draw_w(self) -> float:
        """Return what its car draws, which nobody knows of a unit that is silent."""
        return self.draw_a * self.watts_per_a if self.online else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class GridReading:
    """Power at the grid connection, + import, when it was measured, and until when it counts."""

    power_w: float
    at: float
    stale_at: float
    """From here on it no longer says what is going on now."""
    dead_at: float
    """From here on nothing may be decided with it."""

    def counts(self, now: float) -> bool:
        """Return whether anything may be decided with it."""
        return isfinite(self.power_w) and now < self.dead_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """All that one decision is made from."""

    connectors: tuple[Connector, ...]
    circuit_limit_a: float
    grid: GridReading | None
    settled: bool
    """Whether every unit that may still charge on an old offer has been heard."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a connector may draw, and why."""

    limit_a: float
    reason: Reason


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome of one tick."""

    offers: Mapping[ConnectorId, Offer] = field(default_factory=dict)
    surplus_w: float | None = None
    """What the cars could take without any import; None without a grid reading."""
