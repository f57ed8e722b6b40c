"""Measured grid power to what is left for cars.

The meter sees the cars too: surplus is the export plus what the cars drew *when the meter
looked*. Between two readings it stays what it was, so no reading is ever acted on twice.
"""

from bisect import bisect_right
from collections import deque
from typing import Final

from .model import GridReading

_MEMORY_S: Final = 1200.0


class DrawHistory:
    """What all cars together drew, for as long back as a meter may lag."""

    def __init__(self) -> None:
        """Begin with no memory, which reads as no draw."""
        self._times: deque[float] = deque()
        self._draws_w: deque[float] = deque()

    def add(self, at: float, draw_w: float) -> None:
        """Remember the draw from a moment on; one that has not changed costs nothing."""
        if self._draws_w and self._draws_w[-1] == draw_w:
            return
        self._times.append(at)
        self._draws_w.append(draw_w)
        while len(self._times) > 1 and self._times[1] < at - _MEMORY_S:
            self._times.popleft()
            self._draws_w.popleft()

    def found(self, draw_w: float) -> None:
        """Add a draw to all that is remembered: it was there before anyone could see it."""
        self._draws_w = deque(each + draw_w for each in self._draws_w)

    def draw_w(self, at: float) -> float:
        """Return the draw at a moment, the earliest known if that is later."""
        if not self._times:
            return 0.0
        return self._draws_w[max(0, bisect_right(self._times, at) - 1)]


def surplus_w(grid: GridReading, history: DrawHistory) -> float:
    """Return what the cars could have drawn at the time of the reading without import."""
    return history.draw_w(grid.at) - grid.power_w
