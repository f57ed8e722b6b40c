"""Amps to watts and to lines: which phases a car uses, learned from its unit's own meter.

Two questions with different stakes. What an amp amounts to in watts: one clear reading tells,
and to be wrong for a while costs a little sun. Which lines of the mains a car loads: to be
wrong costs a fuse. That is only believed once several clear readings agree, and only of the
same car, and it is taken back at the first current on another phase.
"""

from collections.abc import Iterable, Sequence
from typing import Final

NOMINAL_V: Final = 230.0
# A phase that is not connected reads next to nothing.
_LIVE_V: Final = 100.0
# Meter currents have steps of 0.5 A; only a clear draw tells which phases it is on.
_CLEAR_A: Final = 4.0
_USED_SHARE: Final = 0.3

# Some cars leave phases out at 6 to 7 A and take them again with more.
_STEADY_A: Final = 7.5
# One step of the meter is noise, or a car's electronics.
_NOTHING_A: Final = 0.5
_PROOF: Final = 3
# The meter is read every 30 s while no car charges. Without an answer nothing is proven.
_FRESH_S: Final = 40.0


class PhaseUse:
    """Remembers which phases the car at one connector uses, until it leaves."""

    def __init__(self, expected: Iterable[int] | None = None) -> None:
        """Begin with an unknown car, of which the phases of the one before are expected."""
        self._expected = frozenset(expected or ())
        self._read_at = float("-inf")
        self._used: frozenset[int] | None = None
        self._only: frozenset[int] = frozenset()
        self._agreeing = 0

    def car_left(self) -> None:
        """Forget: the next car may use other phases, though mostly it is the same again."""
        self._expected = self._used or self._expected
        self._used = None
        self.doubt()

    def doubt(self) -> None:
        """Take back what was proven: it may be another car."""
        self._agreeing = 0

    def watch(self, currents_a: Sequence[float], at: float) -> None:
        """Learn from the currents per phase, in A, read at a time; each reading counts once."""
        if at <= self._read_at:
            return
        self._read_at = at
        most_a = max(currents_a)
        if most_a >= _CLEAR_A:
            self._used = _above(currents_a, most_a * _USED_SHARE)
        touched = _above(currents_a, _NOTHING_A)
        if not touched <= self._only:
            self._agreeing = 0
        if most_a >= _STEADY_A:
            self._agreeing = self._agreeing + 1 if touched == self._only else 1
            self._only = touched

    @property
    def used(self) -> frozenset[int] | None:
        """Return the phases it was seen to use, None if that is not known."""
        return self._used

    def proven(self, now: float) -> frozenset[int] | None:
        """Return the only phases that its car loads, None unless that is beyond doubt."""
        if self._agreeing < _PROOF or now - self._read_at > _FRESH_S:
            return None
        return self._only

    def watts_per_a(
        self, volts: Sequence[int] | None, phases: int, car_phases: int | None = None
    ) -> float:
        """Return what 1 A per phase in use amounts to, in W.

        Without a reading of the voltages, ``phases`` at 230 V are taken for granted. A car
        that was not seen to charge yet is taken to use ``car_phases`` if its owner told how
        many that are, else the phases of the one before, the first every one.
        """
        if volts is None or max(volts) < _LIVE_V:
            return min(phases, car_phases or phases) * NOMINAL_V
        live = [v for v in volts if v >= _LIVE_V]
        if self._used is None and car_phases is not None:
            return sum(live[:car_phases])
        used_v = sum(volts[phase] for phase in self._used or self._expected)
        return used_v if used_v >= _LIVE_V else sum(live)


def live_phases(volts: Sequence[int]) -> int:
    """Return how many phases are connected, as a unit's meter sees it."""
    return sum(v >= _LIVE_V for v in volts)


def _above(currents_a: Sequence[float], least_a: float) -> frozenset[int]:
    return frozenset(
        phase for phase, current_a in enumerate(currents_a) if current_a > least_a
    )
