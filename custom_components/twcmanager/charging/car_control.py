"""What to do to a car itself, beside what its cable offers.

Only what its owner allows, and only to a car that is known to be on a cable of ours; undoing
takes less: what was done is undone wherever the car is by now. A car is switched on only if it
was switched off here. Whatever else keeps it from charging, such as its own schedule, is its
own affair.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from .borrowed import Borrowed, Loan
from .model import DRAWING_A, Offer, Reason
from .presence import Evidence, Presence

# How long to leave the car alone after each word about a setting.
_SWITCH_PAUSE_S: Final = 10.0
# How long a car may go on though nothing is offered before its switch is tried.
_UNHEEDED_S: Final = 10.0

_SURE: Final = (Evidence.VIN, Evidence.TIME)

_ON: Final = 1.0
_OFF: Final = 0.0


class CarSetting(StrEnum):
    """What can be done to a car."""

    CHARGING = "charging"
    """Its charging switch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """What its owner allows to be done to a car. Nothing unless they say so."""

    stop_and_start: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a car says of itself. None is what it does not say at present."""

    charging: bool | None = None
    """Whether its switch lets it charge."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What can be achieved through a car, for those who decide what it is offered."""

    stops_itself: bool = False
    """Whether it is worth waiting for it to stop by its switch."""


def is_sure(presence: Presence, *, at_home: bool | None) -> bool:
    """Return whether a car may be acted on.

    One that says no more than that it is plugged in may be so anywhere.
    """
    return presence.known and (presence.evidence in _SURE or at_home is True)


@dataclass(frozen=True, slots=True, kw_only=True)
class CarRecord:
    """What has to outlive a restart: what was done to a car, and how that went."""

    charging: Loan | None = None
    stop_in_vain: bool = False
    """Whether it went on the last time it was stopped by its switch."""


@dataclass(frozen=True, slots=True)
class Act:
    """Something to be done to a car now. Yes and no are 1 and 0."""

    setting: CarSetting
    value: float


class CarControl:
    """Decides for one car, time after time."""

    def __init__(self, record: CarRecord) -> None:
        """Take what was kept."""
        self._charging = Borrowed(record.charging, _SWITCH_PAUSE_S)
        self._stop_in_vain = record.stop_in_vain
        self._stopping = False
        """Whether it is being stopped by its switch."""
        self._charged = False
        """Whether it has charged since somebody last saw how it stops."""
        self._unheeded_since: float | None = None

    @property
    def record(self) -> CarRecord:
        """Return what is to be kept."""
        return CarRecord(charging=self._charging.loan, stop_in_vain=self._stop_in_vain)

    @property
    def in_vain(self) -> bool:
        """Return whether the car does not do as it is told."""
        return self._stop_in_vain or self._charging.in_vain

    def means(self, told: Told, allowed: Allowed) -> Means:
        """Return what can be achieved through the car, if it is sure that it is there."""
        return Means(
            stops_itself=allowed.stop_and_start
            # Not if that was in vain the last time: then its current is taken away at once.
            and not self._stop_in_vain
            and (told.charging is True or self._charging.lent)
        )

    def acts(
        self, told: Told, allowed: Allowed, cable: Cable | None, now: float
    ) -> list[Act]:
        """Return what to do now. ``cable`` is None for a car that is on none of ours."""
        return list(self._acts(told, allowed, cable, now))

    def give_back(self) -> list[Act]:
        """Return how to leave the car as it was: nobody will be there to do it later."""
        charging = self._charging.give_back()
        return [] if charging is None else [Act(CarSetting.CHARGING, charging)]

    def _acts(
        self, told: Told, allowed: Allowed, cable: Cable | None, now: float
    ) -> Iterator[Act]:
        if cable is not None:
            if not cable.online:
                # Nothing is decided for a unit that is silent.
                return
            self._watch_stop(cable, now)
        stop = cable is not None and self._stops(allowed, cable, now)
        said = None if told.charging is None else float(told.charging)
        charging = self._charging.turn(said, _OFF if stop else None, now)
        if charging is not None:
            yield Act(CarSetting.CHARGING, charging)

    def _stops(self, allowed: Allowed, cable: Cable, now: float) -> bool:
        """Return whether the car's switch is to be off."""
        if not allowed.stop_and_start or (
            cable.offer.limit_a and not _is_being_stopped(cable)
        ):
            return False
        if self._charging.lent and self._charging.taken:
            return cable.known
        if not cable.sure:
            return False
        unheeded_since = self._unheeded_since
        return _is_being_stopped(cable) or (
            unheeded_since is not None and now - unheeded_since >= _UNHEEDED_S
        )

    def _watch_stop(self, cable: Cable, now: float) -> None:
        """Note how the car heeds its switch, and an offer of nothing."""
        draws = cable.draw_a >= DRAWING_A
        if cable.offer.limit_a or not draws:
            self._unheeded_since = None
        elif self._unheeded_since is None:
            self._unheeded_since = now
        stopping = _is_being_stopped(cable)
        if not cable.offer.limit_a and (self._stopping or self._charged):
            # After one stop without its switch it may try again.
            self._stop_in_vain = self._stopping and draws
            self._charged = False
        elif cable.offer.limit_a and draws and not stopping:
            self._charged = True
        self._stopping = stopping


def _is_being_stopped(cable: Cable) -> bool:
    """Return whether the car is left its minimum until its switch has stopped it."""
    return cable.offer.reason is Reason.STOPPING_VEHICLE
