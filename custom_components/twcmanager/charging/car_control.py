"""What to do to a car itself, beside what its cable offers.

Only what its owner allows, and only to a car that is known to be on a cable of ours; undoing
takes less: what was done is undone wherever the car is by now. A car is switched on only if it
was switched off here. Whatever else keeps it from charging, such as its own schedule, is its
own affair.
"""

from collections.abc import Iterator
from typing import Final

from .borrowed import Borrowed
from .car import Act, Allowed, Cable, CarRecord, CarSetting, Means, Told
from .low_current import LowCurrent
from .model import DRAWING_A, Reason

# How long to leave the car alone after each word about a setting.
_SWITCH_PAUSE_S: Final = 10.0
# How long a car may go on though nothing is offered before its switch is tried.
_UNHEEDED_S: Final = 10.0

_OFF: Final = 0.0


class CarControl:
    """Decides for one car, time after time."""

    def __init__(self, record: CarRecord) -> None:
        """Take what was kept."""
        self._charging = Borrowed(record.charging, _SWITCH_PAUSE_S)
        self._current = LowCurrent(record.current)
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
        return self._stop_in_vain or self._charging.in_vain or self._current.in_vain

    def means(self, told: Told, allowed: Allowed) -> Means:
        """Return what can be achieved through the car, if it is sure that it is there."""
        return Means(
            stops_itself=allowed.stop_and_start
            # Not if that was in vain the last time: then its current is taken away at once.
            and not self._stop_in_vain
            and (told.charging is True or self._charging.lent),
            least_a=self._current.least_a(told, allowed),
            lowered=self._current.lowered,
        )

    def acts(
        self, told: Told, allowed: Allowed, cable: Cable | None, now: float
    ) -> list[Act]:
        """Return what to do now. ``cable`` is None for a car that is on none of ours."""
        return list(self._acts(told, allowed, cable, now))

    def give_back(self, told: Told) -> list[Act]:
        """Return how to leave the car as it was: nobody will be there to do it later."""
        return list(_as_acts(self._charging.give_back(), self._current.give_back(told)))

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
        yield from _as_acts(
            self._charging.turn(said, _OFF if stop else None, now),
            self._current.turn(told, allowed, cable, now),
        )

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


def _as_acts(charging: float | None, current_a: float | None) -> Iterator[Act]:
    if charging is not None:
        yield Act(CarSetting.CHARGING, charging)
    if current_a is not None:
        yield Act(CarSetting.CURRENT, current_a)
