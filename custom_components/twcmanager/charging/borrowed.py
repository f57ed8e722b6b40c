"""A setting of a car that is borrowed: changed for as long as need be, then put back.

What its owner had is kept, so that it outlives a restart. Who turns the setting in the meantime
has it back: nobody is fought over his own car. A car is told through the cloud of its maker,
which takes a while, forgets things and must not be hammered.
"""

from dataclasses import dataclass, replace
from typing import Final

# So many times in vain are no coincidence.
IN_VAIN: Final = 3
_LONGEST_PAUSE_S: Final = 1800.0
# Settings are whole: percents, amps, on and off. What lies between is rounding.
_SAME: Final = 0.5


@dataclass(frozen=True, slots=True)
class Loan:
    """What is kept of a setting while it is not as its owner had it."""

    owners: float
    """What it was, and is going to be again."""
    ours: float
    """What the car was told last."""
    taken: bool = False
    """Whether it has said since that it has that."""


class Borrowed:
    """One setting. Yes and no are 1 and 0."""

    def __init__(self, loan: Loan | None, pause_s: float) -> None:
        """Take what was kept, and for how long to leave the car alone after each word."""
        self.loan = loan
        self._pause_s = pause_s
        self._told = 0
        self._told_at = float("-inf")
        self.hands_off = False
        """Whether somebody has turned it since, so that it is left alone."""

    @property
    def in_vain(self) -> bool:
        """Return whether the car does not do as it is told, again and again."""
        return self._told >= IN_VAIN

    @property
    def lent(self) -> bool:
        """Return whether the car was told last to have something else than its owner had."""
        return self.loan is not None and not _same(self.loan.ours, self.loan.owners)

    @property
    def taken(self) -> bool:
        """Return whether it has said since that it has that."""
        return self.loan is not None and self.loan.taken

    def turn(
        self,
        said: float | None,
        wanted: float | None,
        now: float,
        *,
        owners: float | None = None,
    ) -> float | None:
        """Return what to tell the car now, None for nothing.

        ``said`` is what it says to have, None if it says nothing. ``wanted`` is None for what
        its owner had; that is ``owners`` if it is not just what the car said at first.
        """
        if wanted is None:
            self.hands_off = False
        if said is None or self.hands_off:
            return None
        self._look(said)
        loan = self.loan
        if loan is None and (wanted is None or self.hands_off):
            return None
        owners = loan.owners if loan else said if owners is None else owners
        goal = owners if wanted is None else wanted
        if _same(said, goal):
            if loan and wanted is None and _same(loan.ours, goal):
                self._end()
                return None
            # What it was told before may still be on its way.
            if loan is None or wanted is not None:
                return None
        if loan is None or not _same(loan.ours, goal):
            self._told = 0
        # The pause doubles with each word in vain.
        pause_s = self._pause_s * 2 ** max(0, self._told - 1)
        if now - self._told_at < min(pause_s, _LONGEST_PAUSE_S):
            return None
        self.loan = Loan(owners, goal)
        self._told_at = now
        self._told += 1
        return goal

    def give_back(self) -> float | None:
        """Return what to tell the car at once: nobody will be there to do it later."""
        if self.loan is None:
            return None
        self.loan = Loan(self.loan.owners, self.loan.owners)
        return self.loan.owners

    def _look(self, said: float) -> None:
        """See whether the car did as it was told, or as somebody else told it."""
        if self.loan is None:
            return
        if _same(said, self.loan.ours):
            self._told = 0
            if not self.loan.taken:
                self.loan = replace(self.loan, taken=True)
        elif self.loan.taken:
            self._end()
            self.hands_off = True

    def _end(self) -> None:
        self.loan = None
        self._told = 0


def _same(one: float, other: float) -> bool:
    return abs(one - other) < _SAME
