"""Where the surplus goes until the next reading.

Behind a cloud's edge the sun goes on rising or falling for a while. How much of a change goes
on is learned from the readings: on a calm day much of it, with a noisy house nothing.
"""

from typing import Final

# How long evidence counts: half of it is forgotten after some 35 readings.
_FORGET: Final = 0.98
# Changes of this size and below tell nothing.
_NOISE_W2: Final = 1e3
_MOST: Final = 0.98
# From a command until the car sees it, which is half a heartbeat and the unit's own time.
_COMMAND_S: Final = 1.6


class Trend:
    """Learns how much of the last change the next one repeats."""

    def __init__(self) -> None:
        """Begin with changes that tell nothing."""
        self._latest_w: float | None = None
        self._change_w = 0.0
        self._shared_w2 = 0.0
        self._all_w2 = _NOISE_W2

    def take(self, surplus_w: float) -> None:
        """Take the surplus of the next reading."""
        if self._latest_w is not None:
            change_w = surplus_w - self._latest_w
            self._shared_w2 = self._shared_w2 * _FORGET + self._change_w * change_w
            self._all_w2 = self._all_w2 * _FORGET + self._change_w**2
            self._change_w = change_w
        self._latest_w = surplus_w

    def expected_w(self, beat_s: float, delay_s: float) -> float:
        """Return the surplus in the middle of the time for which it will be acted on.

        A meter's reading is ``delay_s`` old and the next one comes after ``beat_s``. Raises
        ValueError before the first reading.
        """
        if self._latest_w is None:
            raise ValueError("no reading yet")
        kept = min(max(self._shared_w2 / self._all_w2, 0.0), _MOST)
        readings = (delay_s + _COMMAND_S + beat_s / 2) / beat_s if beat_s > 0 else 0.0
        # Each reading repeats the share ``kept`` of the change before: a geometric series.
        repeated = kept * (1 - float(kept**readings)) / (1 - kept)
        return self._latest_w + self._change_w * repeated
