"""Less than a unit can offer: the car itself lets less be drawn, from little sun.

A unit offers 6 A or nothing. A car whose own current is set lower goes on with less, and what
it is offered stays what counts for the wires. Its current is set in whole amps, not often, and
only while it charges: a sleeping car is not woken for that.
"""

from math import ceil, floor
from typing import Final

from .borrowed import Borrowed, Loan
from .car import Allowed, Cable, Told
from .model import DRAWING_A, MINIMUM_A, Reason

_PAUSE_S: Final = 60.0
# So long after it has begun to draw, what the sun leaves for it is clear.
_SETTLED_S: Final = 15.0
# What lies less than this above what is set is not worth a word.
_STEP_A: Final = 1.0
# Below this no car charges.
_LEAST_A: Final = 1.0
# Whoever has it as high as it goes wants all there is, also when that is more one day.
_ALL_A: Final = 1000.0


class LowCurrent:
    """The current that one car lets itself draw."""

    def __init__(self, loan: Loan | None) -> None:
        """Take what was kept."""
        self._current = Borrowed(loan, _PAUSE_S)
        self._given_up = False
        self._draws_since: float | None = None

    @property
    def loan(self) -> Loan | None:
        """Return what is to be kept."""
        return self._current.loan

    @property
    def in_vain(self) -> bool:
        """Return whether the car has not done as it was told since it came."""
        return self._given_up or self._current.in_vain

    @property
    def lowered(self) -> bool:
        """Return whether the car lets itself draw less than units can offer."""
        return self.loan is not None and self.loan.ours < MINIMUM_A

    def least_a(self, told: Told, allowed: Allowed) -> float:
        """Return what the car can be brought to draw while it is offered the minimum."""
        if allowed.least_a is None or told.current_a is None:
            return MINIMUM_A
        # Nobody counts on what the car does not do, or somebody else has set.
        if self.in_vain or self._current.hands_off:
            return MINIMUM_A
        least_a = max(allowed.least_a, told.current_from_a, _LEAST_A)
        return min(float(ceil(least_a)), MINIMUM_A)

    def turn(
        self, told: Told, allowed: Allowed, cable: Cable | None, now: float
    ) -> float | None:
        """Return what to set its current to now, None for nothing."""
        if cable is not None and not self._charges(cable, now):
            return None
        self._given_up = cable is not None and self.in_vain
        wanted_a = self._wanted_a(told, allowed, cable)
        loan = self.loan
        if wanted_a is None and loan and loan.owners > told.current_to_a:
            if cable is None and told.current_a == told.current_to_a:
                # It can be no more than that where it is now.
                self._current = Borrowed(None, _PAUSE_S)
            wanted_a = told.current_to_a
        unlimited = told.current_a is not None and told.current_a >= told.current_to_a
        return self._current.turn(
            told.current_a, wanted_a, now, owners=_ALL_A if unlimited else None
        )

    def give_back(self, told: Told) -> float | None:
        """Return what to set its current to at once."""
        owners_a = self._current.give_back()
        return None if owners_a is None else min(owners_a, told.current_to_a)

    def _charges(self, cable: Cable, now: float) -> bool:
        """Return whether the car charges, and is going to, for a moment already."""
        if (
            cable.draw_a < DRAWING_A
            or not cable.offer.limit_a
            or cable.offer.reason is Reason.STOPPING_VEHICLE
        ):
            self._draws_since = None
            return False
        if self._draws_since is None:
            self._draws_since = now
        return now - self._draws_since >= _SETTLED_S

    def _wanted_a(
        self, told: Told, allowed: Allowed, cable: Cable | None
    ) -> float | None:
        """Return what its current is to be, None for what its owner had."""
        if cable is None or cable.offer.car_a is None or allowed.least_a is None:
            return None
        if not (cable.sure or (cable.known and self.lowered)):
            return None
        loan = self.loan
        owners_a = loan.owners if loan else told.current_a
        least_a = self.least_a(told, allowed)
        wanted_a = max(cable.offer.car_a, least_a)
        # Never more than its owner wants.
        if least_a >= MINIMUM_A or owners_a is None or owners_a <= wanted_a:
            return None
        lowered_a = loan.ours if loan and self.lowered else MINIMUM_A
        # Rounded down, so that a step up takes a whole one.
        if abs(wanted_a - lowered_a) < _STEP_A:
            return lowered_a if lowered_a < MINIMUM_A else None
        return float(floor(wanted_a))
