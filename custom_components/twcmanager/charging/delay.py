"""How late a meter's readings are, found out by looking at them.

A car that starts is seen by the meter some time after its Wall Connector has told it. Until
the meter shows it, the surplus worked out from both jumps, and jumps back once it does. So of
all delays the right one is the one at which the surplus is smoothest. Meters in the cloud
often show the mean since their last reading: that is told from a moment's reading in the same
way.
"""

from collections.abc import Sequence
from typing import Final

from .surplus import DrawHistory

DELAYS_S: Final = (
    *(0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0),
    *(15.0, 18.0, 22.0, 26.0, 30.0, 35.0, 40.0, 45.0, 50.0, 55.0, 60.0, 70.0),
)
_USUAL: Final = DELAYS_S.index(2.0)
# A meter that reads more often shows moments; its means would hardly differ from them.
_MEAN_BEAT_S: Final = 30.0
# How long evidence counts: half of it is forgotten after some 140 readings.
_FORGET: Final = 0.995
# What is better only by chance should not be believed.
_BETTER: Final = 0.9
# How fast the usual time between two readings follows what is seen.
_BEAT_GAIN: Final = 0.2
# A meter that reads often is mostly not late. So much is to speak for one that is: two ramps
# of a car that starts. For less, the first cloud that a car follows could make it believed.
_DOUBT_W: Final = 3000.0
_VERY_LATE_S: Final = 10.0
_DOUBTS_W: Final = 2 * tuple(
    _DOUBT_W * min(1.0, abs(each - DELAYS_S[_USUAL]) / _VERY_LATE_S)
    for each in DELAYS_S
)
# A meter that reads about as often as units tell may be ahead of them: what it reads while
# cars change is not clear, and to act on it may have them swing for ever. The next one is
# soon there, and a car that changes for longer has mostly been told to follow the sun.
_FAST_BEAT_S: Final = 3.0
_TELLING_S: Final = 2.0
_STEADY_W: Final = 100.0
_LONGEST_BLUR_S: Final = 10.0


class MeterDelay:
    """Watches the readings of one meter, and tells the draw of the cars in each of them."""

    def __init__(self, history: DrawHistory) -> None:
        """Begin with the delay of most meters."""
        self._history = history
        self._best = _USUAL
        self._costs = [0.0] * (2 * len(DELAYS_S))
        self._before: list[float] | None = None
        """The surplus of the last reading for each of the delays, None if all agreed on it."""
        self._before_w: float | None = None
        self._clear_w = 0.0
        self._clear_at = float("-inf")
        """When a reading last told clearly what the cars could have drawn: so much."""
        self._at = 0.0
        self.beat_s: float | None = None
        """The usual time between two readings."""

    @property
    def delay_s(self) -> float:
        """Return how late readings are."""
        return DELAYS_S[self._best % len(DELAYS_S)]

    @property
    def shows_means(self) -> bool:
        """Return whether readings are means since the one before, not moments."""
        return self._best >= len(DELAYS_S)

    def surplus_w(self, power_w: float, at: float) -> float:
        """Take the next reading (W, + import), and return what the cars could have drawn."""
        self._learn_beat(at)
        self._at = at
        if not self._is_blurred(at):
            self._clear_w, self._clear_at = self._clear_surplus_w(power_w, at), at
        elif at - self._clear_at > _LONGEST_BLUR_S:
            return self._history.draw_w(at - self.delay_s) - power_w
        return self._clear_w

    def _clear_surplus_w(self, power_w: float, at: float) -> float:
        if at - self._history.changed_at > DELAYS_S[-1] + (self.beat_s or 0.0):
            # The cars have drawn the same for long: any delay will do, none can be learned.
            surplus_w = self._history.draw_w(at) - power_w
            self._before, self._before_w = None, surplus_w
            return surplus_w
        draws_w = self._draws_w(at)
        surpluses_w = [each - power_w for each in draws_w]
        if self._before_w is not None:
            before = self._before or [self._before_w] * len(self._costs)
            self._costs = [
                cost * _FORGET + abs(surplus - earlier)
                for cost, surplus, earlier in zip(
                    self._costs, surpluses_w, before, strict=True
                )
            ]
            self._choose(draws_w, self._history.draw_w(at))
        self._before, self._before_w = surpluses_w, surpluses_w[self._best]
        return self._before_w

    def _is_blurred(self, at: float) -> bool:
        """Return whether cars change while the meter may see it before their units tell."""
        if self.beat_s is None or self.beat_s > _FAST_BEAT_S:
            return False
        return self._history.spread_w(at - _TELLING_S, at) > _STEADY_W

    def _learn_beat(self, at: float) -> None:
        if self._before_w is None:
            return
        passed_s = at - self._at
        if passed_s <= 0:
            return
        if self.beat_s is None:
            self.beat_s = passed_s
            if passed_s < _MEAN_BEAT_S:
                self._costs = list(_DOUBTS_W)
        self.beat_s += _BEAT_GAIN * (passed_s - self.beat_s)

    def _draws_w(self, at: float) -> list[float]:
        """Return what the cars drew in a reading, for each of the delays."""
        history, beat_s = self._history, self.beat_s
        draws_w = [history.draw_w(at - delay_s) for delay_s in DELAYS_S]
        if beat_s is None or beat_s < _MEAN_BEAT_S:
            return draws_w + draws_w
        return draws_w + [
            history.mean_w(at - delay_s - beat_s, at - delay_s) for delay_s in DELAYS_S
        ]

    def _choose(self, draws_w: Sequence[float], draw_w: float) -> None:
        """Believe in another delay once it is clearly better.

        What a car draws by now and did not yet, as late as a delay looks, is what that delay
        still has to pay for: without it the longest would look best while cars follow the sun.
        """
        costs = [
            cost + abs(draw_w - each)
            for cost, each in zip(self._costs, draws_w, strict=True)
        ]
        # The first of equals: a moment, and the shortest delay.
        best = min(range(len(costs)), key=costs.__getitem__)
        if costs[best] < _BETTER * costs[self._best]:
            self._best = best
