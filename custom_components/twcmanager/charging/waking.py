"""Waking a sleeping car: only if it has to be, and only so often a day.

It has to be if it does not take what it is offered, or if nobody knows how full it is though
that matters. Each time costs it some of its battery.
"""

from dataclasses import dataclass
from typing import Final

from .car import Allowed, Cable, Told
from .model import DRAWING_A

# Most cars notice an offer by themselves.
_NOTICES_S: Final = 120.0
# A woken car may take minutes to tell that it is awake.
_PAUSE_S: Final = 900.0


@dataclass(frozen=True, slots=True)
class Wakes:
    """How often a car was woken on a day."""

    day: int
    count: int


class Waking:
    """Says when one car is to be woken."""

    def __init__(self, wakes: Wakes | None) -> None:
        """Take what was kept."""
        self.wakes = wakes
        self._ignores_since: float | None = None
        self._woken_at = float("-inf")
        self._declined = False
        """Whether it was awake, and did not take what it was offered all the same."""

    def due(
        self, told: Told, allowed: Allowed, cable: Cable | None, now: float, day: int
    ) -> bool:
        """Return whether to wake the car now. ``day`` is any count of days."""
        if cable is None or not cable.offer.limit_a or cable.draw_a >= DRAWING_A:
            self._ignores_since = None
            self._declined = False
        elif self._ignores_since is None:
            self._ignores_since = now
        since = self._ignores_since
        ignores = since is not None and now - since >= _NOTICES_S
        if ignores and told.asleep is False:
            # It waits for a schedule of its own, say, and may sleep until then.
            self._declined = True
        ignores = ignores and not self._declined
        wanted = cable is not None and (ignores or cable.needs_soc) and cable.sure
        before = self.wakes.count if self.wakes and self.wakes.day == day else 0
        if (
            not wanted
            or told.asleep is not True
            or before >= allowed.wakes_a_day
            or now - self._woken_at < _PAUSE_S
        ):
            return False
        self._woken_at = now
        self.wakes = Wakes(day, before + 1)
        return True
