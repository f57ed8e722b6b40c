"""When a car that needs sun is started and stopped: by what waiting costs, not by the clock.

A car charges at its minimum or not at all. Below a certain share of sun that costs more than
it brings. Clouds come and go and contactors wear, so a car is started once some energy would
have been gained, and stopped once a good deal more has been lost. A large gain is not waited
for, a small loss is borne for long.
"""

from collections import deque
from typing import Final

from .model import Preferences, Reason

# What is forgone before a start, and lost before a stop, in Wh, at a steadiness of 1.
START_WH: Final = 2.0
STOP_WH: Final = 40.0
# How long a contactor stays on or off at least.
SHORTEST_S: Final = 60.0
# To go on, less of it has to be sun than to start: import weighs that much less.
HYSTERESIS: Final = 16 / 9
# Contactors are made for some 100 000 switchings.
MOST_STARTS_AN_HOUR: Final = 8
MOST_STARTS_A_DAY: Final = 50

_HOUR_S: Final = 3600.0
_DAY_S: Final = 24 * _HOUR_S
# A clock that has stood still for longer has not seen what happened in the meantime.
_LONGEST_STEP_S: Final = 5.0


def import_weight(preferences: Preferences, *, running: bool) -> float:
    """Return how much more a watt of import counts than one of sun."""
    share = min(max(preferences.least_solar_share, 0.0), 0.95)
    weight = share / (1 - share)
    return weight / HYSTERESIS if running else weight


class Patience:
    """Decides for one car whether there is sun enough for it."""

    def __init__(self) -> None:
        """Begin without an opinion."""
        self.running: bool | None = None
        """Whether it is decided that it charges; None while the sun has no say."""
        self._account_wh = 0.0
        """What going on as it is has cost."""
        self._counted_at: float | None = None
        self._switched_at = float("-inf")
        self._starts: deque[float] = deque(maxlen=MOST_STARTS_A_DAY)

    @property
    def calm(self) -> bool:
        """Return whether nothing speaks against going on as it is."""
        return not self._account_wh

    def forget(self) -> None:
        """Begin anew, though not with what the contactor has done."""
        self.running = None
        self._account_wh = 0.0
        self._counted_at = None

    def stop(self) -> None:
        """Stop it for another reason than the sun."""
        self.running = False
        self._account_wh = 0.0
        self._counted_at = None

    def pause(self) -> None:
        """Leave it as it is: nothing is known of the time until the next decision."""
        self._counted_at = None

    def decide(self, gain_w: float, steadiness: float, now: float) -> Reason:
        """Decide with what charging gains over not charging. Return why it runs or not."""
        passed_s = 0.0 if self._counted_at is None else now - self._counted_at
        self._counted_at = now
        cost_w = -gain_w if self.running else gain_w
        energy_wh = cost_w * min(passed_s, _LONGEST_STEP_S) / _HOUR_S
        self._account_wh = max(0.0, self._account_wh + energy_wh)
        most_wh = (STOP_WH if self.running else START_WH) * steadiness
        rested = now - self._switched_at >= SHORTEST_S * max(1.0, steadiness)
        due = self._account_wh >= most_wh
        if due and rested and (self.running or self._may_start(now)):
            self.running = not self.running
            self._account_wh = 0.0
            self._switched_at = now
            if self.running:
                self._starts.append(now)
            return Reason.FOLLOWING_SUN if self.running else Reason.WAITING_FOR_SUN
        if self.running:
            return Reason.FOLLOWING_SUN if gain_w >= 0 else Reason.ABOUT_TO_STOP
        if due:
            return Reason.SPARING_CONTACTOR
        return Reason.ABOUT_TO_START if gain_w > 0 else Reason.WAITING_FOR_SUN

    def _may_start(self, now: float) -> bool:
        starts = self._starts
        if len(starts) == MOST_STARTS_A_DAY and now - starts[0] < _DAY_S:
            return False
        return (
            len(starts) < MOST_STARTS_AN_HOUR
            or now - starts[-MOST_STARTS_AN_HOUR] >= _HOUR_S
        )
