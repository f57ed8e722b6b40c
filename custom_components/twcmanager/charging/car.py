"""The nouns of acting on a car: what it says, what its owner allows, what is done to it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from .model import MINIMUM_A, Offer
from .presence import Evidence, Presence

_SURE: Final = (Evidence.VIN, Evidence.TIME)


class CarSetting(StrEnum):
    """What can be done to a car."""

    CHARGING = "charging"
    """Its charging switch."""
    CURRENT = "current"
    """What it lets itself draw, in A."""
    CHARGE_LIMIT = "charge_limit"
    """The state of charge at which it stops by itself, in percent."""
    WAKE = "wake"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """What its owner allows to be done to a car. Nothing unless they say so."""

    stop_and_start: bool = False
    least_a: float | None = None
    """Down to what its own current may be set below what units can offer, None for not."""
    wakes_a_day: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a car says of itself. None is what it does not say at present."""

    charging: bool | None = None
    """Whether its switch lets it charge."""
    current_a: float | None = None
    """What it lets itself draw."""
    current_from_a: float = 0.0
    current_to_a: float = 0.0
    """What that can be set to at present."""
    limit_soc: float | None = None
    """At which state of charge it stops by itself, in percent."""
    asleep: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cable:
    """The cable that a car is on, as far as that is known."""

    known: bool
    """Whether there is more to it than a guess."""
    sure: bool
    """Whether there is enough to it to act on the car."""
    online: bool
    draw_a: float
    offer: Offer
    asked_soc: float | None = None
    """Up to what somebody wants it charged, raising its own limit for that if need be."""
    needs_soc: bool = False
    """Whether it matters how full it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What can be achieved through a car, for those who decide what it is offered."""

    stops_itself: bool = False
    """Whether it is worth waiting for it to stop by its switch."""
    least_a: float = MINIMUM_A
    """What it can be brought to draw while it is offered the minimum."""
    lowered: bool = False
    """Whether it lets itself draw less than its owner wants."""


def is_sure(presence: Presence, *, at_home: bool | None) -> bool:
    """Return whether a car may be acted on.

    One that says no more than that it is plugged in may be so anywhere.
    """
    return presence.known and (presence.evidence in _SURE or at_home is True)


@dataclass(frozen=True, slots=True)
class Act:
    """Something to be done to a car now. Yes and no are 1 and 0."""

    setting: CarSetting
    value: float
