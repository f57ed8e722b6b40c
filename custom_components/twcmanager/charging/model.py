"""The nouns of charging: connectors, readings, offers and the reasons for them.

Currents in A per phase, powers in W, times in s of one monotonic clock. Grid power is positive
when it is imported.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from math import isfinite
from typing import Final

# The least current at which a car starts reliably (IEC 61851).
MINIMUM_A: Final = 6.0

# Below this a car draws for its electronics at most.
DRAWING_A: Final = 0.5

type ConnectorId = int

# The lines (phases) of the mains, as this project numbers them: L1, L2, L3.
ALL_LINES: Final = frozenset({0, 1, 2})


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
    WAITING_FOR_TURN = "waiting_for_turn"
    NOT_SCHEDULED = "not_scheduled"
    PLANNED_LATER = "planned_later"
    SPARING_CONTACTOR = "sparing_contactor"
    BATTERY_FIRST = "battery_first"
    NOT_ALLOWED = "not_allowed"
    RECOGNISING_VEHICLE = "recognising_vehicle"
    # Something is offered.
    FAST = "fast"
    CHARGE_NOW = "charge_now"
    READY_BY = "ready_by"
    SCHEDULED = "scheduled"
    CHEAP = "cheap"
    FOLLOWING_SUN = "following_sun"
    MINIMUM = "minimum"
    OTHERS_MINIMUM = "others_minimum"
    ABOUT_TO_STOP = "about_to_stop"
    HOLDING = "holding"
    VEHICLE_NOT_CHARGING = "vehicle_not_charging"
    CHARGE_LIMIT = "charge_limit"
    CIRCUIT_LIMIT = "circuit_limit"
    MAIN_FUSE = "main_fuse"
    POWER_LIMIT = "power_limit"
    FREEING_STUCK_VEHICLE = "freeing_stuck_vehicle"
    STOPPING_VEHICLE = "stopping_vehicle"
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
    told_at: float | None = field(compare=False)
    """When it was last told anything, None if never. That it was told again is no news."""
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
    lines: frozenset[int] = ALL_LINES
    """The lines of the mains its car may draw on: all of them unless known better."""
    priority: int = 0
    """Who has the higher one comes first when there is not enough for all."""
    mode: Mode
    because: Reason | None = None
    """Why it has this mode at present, if its owner did not choose it."""
    enabled: bool
    unstick: bool = False
    """Whether a car that stays at 6 A may be woken with a short spike."""
    stops_itself: bool = False
    """Whether its car can be stopped by its own switch, too."""
    least_a: float = MINIMUM_A
    """What its car can be brought to draw, by its own setting, at the minimum."""
    lowered: bool = False
    """Whether its car draws less than it is offered by that setting."""

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
    """Power at the grid connection, + import, when it was measured, and until when it counts.

    With it what the home's battery did, as far as there is one that is known.
    """

    power_w: float
    battery_w: float = 0.0
    """What the home's battery gives, - while it is charged."""
    battery_soc: float | None = None
    """How full it is, in percent."""
    solar_w: float | None = None
    """What the sun gave, where that is measured by itself."""
    at: float
    stale_at: float
    """From here on it no longer says what is going on now."""
    dead_at: float
    """From here on nothing may be decided with it."""

    def counts(self, now: float) -> bool:
        """Return whether anything may be decided with it."""
        return isfinite(self.power_w) and now < self.dead_at


@dataclass(frozen=True, slots=True)
class Circuit:
    """A part of the wiring, a sub-panel say: what those behind it may draw, in A per line."""

    limit_a: float
    members: frozenset[ConnectorId]


@dataclass(frozen=True, slots=True, kw_only=True)
class MainFuse:
    """The fuse between home and grid, and what goes through it on each line."""

    limit_a: float
    currents_a: tuple[float, ...] | None
    """Of each line, + import; None if it was never read."""
    sees_cars: bool = True
    """Whether what is measured includes the cars."""
    at: float = 0.0
    stale_at: float = 0.0
    dead_at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerLimits:
    """What others than the wiring allow at present, in W; None for no limit."""

    cars_w: float | None = None
    """For all cars together, such as a grid operator's limit (section 14a EnWG)."""
    import_w: float | None = None
    """For the import of the whole home."""
    import_mean_w: float | None = None
    """For the mean import of each quarter of an hour, such as a capacity tariff's."""


class Sharing(StrEnum):
    """How several cars share what there is above their minima."""

    IN_TURN = "in_turn"
    """One is filled after the other."""
    EQUAL = "equal"


class BatteryPriority(StrEnum):
    """Who gets the sun first when the home has a battery."""

    CAR = "car"
    BATTERY = "battery"
    """The battery, up to a state of charge; above that the car."""
    SHARED = "shared"
    """Half of it each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """How the owner wants the sun used. The defaults suit most."""

    reserve_w: float = 0.0
    """What to leave to the grid; below zero what may be imported to help the sun."""
    least_solar_share: float = 2 / 3
    """A car starts if at least this share of its minimum is sun, 0 to 0.95."""
    steadiness: float = 1.0
    """How much to lose before starting or stopping: below 1 rather sun, above steady."""
    sharing: Sharing = Sharing.IN_TURN
    whole_amps: bool = False
    battery_priority: BatteryPriority = BatteryPriority.BATTERY
    battery_first_soc: float = 80.0
    """Up to which the battery comes first, in percent, if it does at all."""
    battery_discharge_soc: float | None = None
    """Down to which the battery may be discharged into cars, in percent; None for never."""
    feed_in_limit_w: float | None = None
    """At which export the inverter is throttled; None if it never is."""
    meter_sees_cars: bool = True

    @property
    def without_export(self) -> Preferences:
        """Return the same for a time in which rather nothing is fed in.

        Then any share of sun will do to start a car, and none of it is left to the grid.
        """
        return replace(self, least_solar_share=0.0, reserve_w=min(self.reserve_w, 0.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """All that one decision is made from."""

    connectors: tuple[Connector, ...]
    circuit_limit_a: float
    """What all connectors together may draw, per line."""
    circuits: tuple[Circuit, ...] = ()
    """What parts of them may draw: sub-panels, shared cables."""
    fuse: MainFuse | None = None
    limits: PowerLimits = PowerLimits()
    preferences: Preferences = Preferences()
    grid: GridReading | None
    settled: bool
    """Whether every unit that may still charge on an old offer has been heard."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a connector may draw, and why."""

    limit_a: float
    reason: Reason
    missing_w: float | None = None
    """How much more sun it would take to start its car, if that waits for sun."""
    car_a: float | None = None
    """What its car should let itself draw, if that is less than it is offered."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome of one tick."""

    offers: Mapping[ConnectorId, Offer] = field(default_factory=dict)
    surplus_w: float | None = None
    """What the cars could take without any import; None without a grid reading."""
    meter_delay_s: float | None = None
    """How far the grid meter lags behind, as far as that was learned."""
