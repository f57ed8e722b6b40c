"""How far a car draws below its offer: a little less, and in steps of its own.

What it does on average is learned, slowly: cars with steps of half an amp then draw what comes
nearest to the sun.
"""

from typing import Final

from .model import Connector

# Cars with steps of 0.5 A that stay 0.3 A below them.
USUAL_A: Final = 0.55
_LEAST_A: Final = -2.0
_MOST_A: Final = 2.0
_GAIN: Final = 0.01
# At the minimum a car may do what it likes; a bit above it, it steps.
_ABOVE_MINIMUM_A: Final = 0.2
# Ramps tell nothing.
_STEADY_S: Final = 6.0
_SAME_A: Final = 0.1
# More than this below its offer, a car has another limit.
_LIMITED_A: Final = 2.5


class Offset:
    """Watches one car."""

    def __init__(self) -> None:
        """Begin with what is usual."""
        self.below_a = USUAL_A
        self._offer_a = 0.0
        self._draw_a = 0.0
        self._steady_since = 0.0
        self._learned_at = 0.0

    def watch(self, connector: Connector, offer_a: float, now: float) -> None:
        """Take note of what is offered and drawn now."""
        draw_a = connector.draw_a
        if offer_a != self._offer_a or abs(draw_a - self._draw_a) > _SAME_A:
            self._offer_a = offer_a
            self._draw_a = draw_a
            self._steady_since = now
            return
        below_a = offer_a - draw_a
        if (
            now - self._steady_since >= _STEADY_S
            and now - self._learned_at >= 1
            and offer_a >= connector.minimum_a + _ABOVE_MINIMUM_A
            and draw_a >= connector.minimum_a / 2
            and _LEAST_A < below_a < _LIMITED_A
        ):
            self._learned_at = now
            self.below_a += _GAIN * (below_a - self.below_a)
            self.below_a = min(max(self.below_a, _LEAST_A), _MOST_A)
