"""Whether the grid meter only repeats its last word, as one does whose device is gone.

Where cars follow the sun, such a word comes true of itself: they draw what it asks for, and
nothing changes any more, though the sun has long set. No meter that lives says the same to
the watt for long while cars draw.
"""

from typing import Final

from .model import GridReading

# For how long, and in how many further readings, a meter has to repeat itself.
_LONG_S: Final = 600.0
_OFTEN: Final = 4
# Below that no car charges, and it does no harm what the meter says.
_DRAWS_W: Final = 100.0


class Repetition:
    """Watches what the meter says while cars draw."""

    def __init__(self) -> None:
        """Begin without a word."""
        self.frozen = False
        self._said: tuple[float, float] | None = None
        self._since = 0.0
        self._times = 0
        self._long_s = _LONG_S

    def watch(self, draw_w: float, reading: GridReading) -> None:
        """Take a new reading."""
        # A battery may hold the meter at zero: then it is the battery that moves.
        battery_w = reading.battery_w if reading.power_w == 0 else 0.0
        said = reading.power_w, battery_w
        if said != self._said:
            if self.frozen:
                # It lives after all. One that is so coarse is given more time.
                self._long_s *= 2
            self.frozen = False
        elif self.frozen:
            # Not even the end of all charging has moved it.
            return
        elif draw_w >= _DRAWS_W:
            self._times += 1
            lasts_s = reading.at - self._since
            self.frozen = self._times >= _OFTEN and lasts_s >= self._long_s
            return
        self._said, self._since, self._times = said, reading.at, 0
