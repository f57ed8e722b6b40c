"""What to do to a car itself, beside what its cable offers.

Only what its owner allows, and only to a car that is known to be on a cable of ours; undoing
takes less: what was done is undone wherever the car is by now. A car is switched on only if it
was switched off here. Whatever else keeps it from charging, such as its own schedule, is its
own affair.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from .borrowed import Borrowed, Loan
from .car import Act, Allowed, Cable, CarSetting, Means, Told
from .low_current import LowCurrent
from .model import DRAWING_A, Reason
from .waking import Wakes, Waking

# How long to leave the car alone after each word about a setting.
_SWITCH_PAUSE_S: Final = 10.0
_LIMIT_PAUSE_S: Final = 60.0
# How long a car may go on though nothing is offered before its switch is tried.
_UNHEEDED_S: Final = 10.0

_ON: Final = 1.0
_OFF: Final = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CarRecord:
    """What has to outlive a restart: what was done to a car, and how that went."""

    charging: Loan | None = None
    current: Loan | None = None
    charge_limit: Loan | None = None
    wakes: Wakes | None = None
    stop_in_vain: bool = False
    """Whether it went on the last time it was stopped by its switch."""


class CarControl:
    """Decides for one car, time after time."""

    def __init__(self, record: CarRecord) -> None:
        """Take what was kept."""
        self._charging = Borrowed(record.charging, _SWITCH_PAUSE_S)
        self._current = LowCurrent(record.current)
        self._charge_limit = Borrowed(record.charge_limit, _LIMIT_PAUSE_S)
        self._waking = Waking(record.wakes)
        self._stop_in_vain = record.stop_in_vain
        self._stopping = False
        """Whether it is being stopped by its switch."""
        self._charged = False
        """Whether it has charged since somebody last saw how it stops."""
        self._unheeded_since: float | None = None

    @property
    def record(self) -> CarRecord:
        """Return what is to be kept."""
        return CarRecord(
            charging=self._charging.loan,
            current=self._current.loan,
            charge_limit=self._charge_limit.loan,
            wakes=self._waking.wakes,
            stop_in_vain=self._stop_in_vain,
        )

    @property
    def in_vain(self) -> bool:
        """Return whether the car does not do as it is told."""
        return (
            self._stop_in_vain
            or self._charging.in_vain
            or self._current.in_vain
            or self._charge_limit.in_vain
        )

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
        self, told: Told, allowed: Allowed, cable: Cable | None, now: float, day: int
    ) -> list[Act]:
        """Return what to do now. ``cable`` is None for a car that is on none of ours.

        ``day`` is any count of days.
        """
        if cable is not None:
            if not cable.online:
                # Nothing is decided for a unit that is silent.
                return []
            self._watch_stop(cable, now)
        stop = cable is not None and self._stops(allowed, cable, now)
        charging = None if told.charging is None else float(told.charging)
        limit_soc = None if cable is None else self._limit_soc(told, cable)
        return _as_acts(
            {
                CarSetting.WAKE: _ON
                if self._waking.due(told, allowed, cable, now, day)
                else None,
                CarSetting.CHARGING: self._charging.turn(
                    charging, _OFF if stop else None, now
                ),
                CarSetting.CURRENT: self._current.turn(told, allowed, cable, now),
                CarSetting.CHARGE_LIMIT: self._charge_limit.turn(
                    told.limit_soc, limit_soc, now
                ),
            }
        )

    def give_back(self, told: Told) -> list[Act]:
        """Return how to leave the car as it was: nobody will be there to do it later."""
        return _as_acts(
            {
                CarSetting.CHARGING: self._charging.give_back(),
                CarSetting.CURRENT: self._current.give_back(told),
                CarSetting.CHARGE_LIMIT: self._charge_limit.give_back(),
            }
        )

    def _limit_soc(self, told: Told, cable: Cable) -> float | None:
        """Return what its charge limit is to be, None for what its owner had.

        It is never lowered, and only raised for who has asked for just that.
        """
        loan = self._charge_limit.loan
        owners_soc = loan.owners if loan else told.limit_soc
        if cable.asked_soc is None or owners_soc is None:
            return None
        if not (cable.sure or (cable.known and self._charge_limit.lent)):
            return None
        return cable.asked_soc if cable.asked_soc > owners_soc else None

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


def _as_acts(values: Mapping[CarSetting, float | None]) -> list[Act]:
    return [Act(each, value) for each, value in values.items() if value is not None]
