"""Amps to watts: which phases a car uses, learned from its unit's own meter."""

from typing import Final

NOMINAL_V: Final = 230.0
# A phase that is not connected reads next to nothing.
_LIVE_V: Final = 100.0
# Meter currents have steps of 0.5 A; only a clear draw tells which phases it is on.
_CLEAR_A: Final = 4.0
_USED_SHARE: Final = 0.3


class PhaseUse:
    """Remembers which phases the car at one connector uses, until it leaves."""

    def __init__(self) -> None:
        """Begin with an unknown car."""
        self._used: tuple[bool, ...] | None = None

    def car_left(self) -> None:
        """Forget: the next car may use other phases."""
        self._used = None

    def watch(self, currents_a: tuple[float, ...]) -> None:
        """Learn from the currents per phase, in A."""
        most_a = max(currents_a)
        if most_a >= _CLEAR_A:
            self._used = tuple(each >= most_a * _USED_SHARE for each in currents_a)

    def watts_per_a(self, volts: tuple[int, ...] | None, phases: int) -> float:
        """Return what 1 A per phase in use amounts to, in W.

        Without a reading of the voltages, ``phases`` at 230 V are taken for granted. A car
        not known yet is taken to use every phase there is.
        """
        if volts is None or max(volts) < _LIVE_V:
            return phases * NOMINAL_V
        if self._used is not None:
            used_v = sum(v for v, used in zip(volts, self._used, strict=True) if used)
            if used_v >= _LIVE_V:
                return used_v
        return sum(v for v in volts if v >= _LIVE_V)
