"""What is known of a Wall Connector at one moment, frozen."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from .messages import Protocol, UnitId, UnitState

# Below this a car draws for its electronics at most.
DRAWING_A: Final = 0.5


class StopMethod(StrEnum):
    """What stops a car that does not heed an offer of 0 A, each with its price."""

    OFFER = "offer"
    """Nothing more than 0 A on every heartbeat."""
    CONTACTOR = "contactor"
    """A hard cut by the contactor; Tesla cars may show a fault until replugged."""
    SILENCE = "silence"
    """No heartbeats: the unit stops its car with an error after 20 to 30 s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopLessons:
    """What stopping the car of a unit has taught, worth keeping."""

    heeds_zero: bool | None = None
    """Whether an offer of 0 A alone stops it, None if that is not known."""
    contactor_taken_ill: bool = False
    """Whether a car did not charge again once the contactor had stopped it."""
    silence_taken_ill: bool = False

    def taken_ill(self, method: StopMethod) -> bool:
        """Return whether a car has taken it ill to be stopped like this."""
        return (method is StopMethod.CONTACTOR and self.contactor_taken_ill) or (
            method is StopMethod.SILENCE and self.silence_taken_ill
        )

    def with_more(self, lessons: StopLessons) -> StopLessons:
        """Return these with what was learned since."""
        return StopLessons(
            heeds_zero=self.heeds_zero
            if lessons.heeds_zero is None
            else lessons.heeds_zero,
            contactor_taken_ill=self.contactor_taken_ill or lessons.contactor_taken_ill,
            silence_taken_ill=self.silence_taken_ill or lessons.silence_taken_ill,
        )


NO_LESSONS: Final = StopLessons()


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
    lessons: StopLessons = NO_LESSONS

    @property
    def drawing(self) -> bool:
        """Return whether its car draws more than for its electronics."""
        return self.draw_a >= DRAWING_A
