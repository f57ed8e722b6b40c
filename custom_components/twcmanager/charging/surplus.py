"""What the cars drew, back to when a meter may have looked.

The meter sees the cars too: surplus is the export plus what the cars drew *when the meter
looked*. Between two readings it stays what it was, so no reading is ever acted on twice.
"""

from bisect import bisect_right
from collections import deque
from itertools import islice
from typing import Final

_MEMORY_S: Final = 1200.0


class DrawHistory:
    """What all cars together drew, for as long back as a meter may lag."""

    def __init__(self) -> None:
        """Begin with no memory, which reads as no draw."""
        self._times: deque[float] = deque()
        self._draws_w: deque[float] = deque()
        self._energies_ws: deque[float] = deque()
        """What was drawn up to each of the times."""

    def add(self, at: float, draw_w: float) -> None:
        """Remember the draw from a moment on; one that has not changed costs nothing."""
        times = self._times
        if not times:
            self._energies_ws.append(0.0)
        elif self._draws_w[-1] == draw_w:
            return
        else:
            passed_ws = self._draws_w[-1] * (at - times[-1])
            self._energies_ws.append(self._energies_ws[-1] + passed_ws)
        times.append(at)
        self._draws_w.append(draw_w)
        while len(times) > 1 and times[1] < at - _MEMORY_S:
            times.popleft()
            self._draws_w.popleft()
            self._energies_ws.popleft()

    def found(self, draw_w: float) -> None:
        """Add a draw to all that is remembered: it was there before anyone could see it."""
        remembered = list(zip(self._times, self._draws_w, strict=True))
        self._times.clear()
        self._draws_w.clear()
        self._energies_ws.clear()
        for at, drawn_w in remembered:
            self.add(at, drawn_w + draw_w)

    @property
    def changed_at(self) -> float:
        """Return since when the draw has been what it is."""
        return self._times[-1] if self._times else float("-inf")

    def draw_w(self, at: float) -> float:
        """Return the draw at a moment, the earliest known if that is later."""
        if not self._times:
            return 0.0
        return self._draws_w[max(0, bisect_right(self._times, at) - 1)]

    def spread_w(self, start: float, end: float) -> float:
        """Return how far apart the least and the most draw of a time were."""
        first = max(0, bisect_right(self._times, start) - 1)
        last = bisect_right(self._times, end)
        draws_w = list(islice(self._draws_w, first, last))
        return max(draws_w) - min(draws_w) if draws_w else 0.0

    def mean_w(self, start: float, end: float) -> float:
        """Return the mean draw over a time, which must not be empty."""
        return (self._energy_ws(end) - self._energy_ws(start)) / (end - start)

    def _energy_ws(self, at: float) -> float:
        if not self._times:
            return 0.0
        index = max(0, bisect_right(self._times, at) - 1)
        return self._energies_ws[index] + self._draws_w[index] * (
            at - self._times[index]
        )
