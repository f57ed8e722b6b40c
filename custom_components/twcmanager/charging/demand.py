"""What each connector should get at least and at most, and why, seen by itself."""

from dataclasses import dataclass
from typing import Final

from .model import DRAWING_A, Connector, Mode, Reason

# A car that was offered something needs this long to take it: some start slowly.
TAKING_TIME_S: Final = 120.0
# One that took it and then stopped by itself has had enough, or goes on soon.
HAD_ENOUGH_S: Final = 30.0
# One that took nothing is not asked again before this long, if others want what there is.
REFUSED_S: Final = 1800.0
# After a change of the offer a car needs this long to ramp to it.
RAMP_TIME_S: Final = 20.0
# A car draws a little less than offered; more than this means it cannot or will not.
UNTAKEN_A: Final = 2.0
# One that comes this close to what was thought to be enough for it wants more.
WANTS_MORE_A: Final = 1.5


@dataclass(frozen=True, slots=True)
class Demand:
    """A connector's wish. With ``most_a`` 0 it gets nothing, for ``reason``."""

    connector: Connector
    most_a: float
    reason: Reason
    by_sun: bool = False
    """Whether what it gets above the minimum has to come from the surplus."""
    needs_sun: bool = False
    """Whether the minimum has to, too."""


def demand(connector: Connector) -> Demand:
    """Return what a connector's mode and state ask for."""
    if not connector.online:
        return _nothing(connector, Reason.OFFLINE)
    if not connector.enabled:
        return _nothing(connector, Reason.DISABLED)
    if connector.mode is Mode.OFF:
        return _nothing(connector, connector.because or Reason.MODE_OFF)
    if connector.most_a == 0:
        return _nothing(connector, Reason.LIMIT_BELOW_MINIMUM)
    if connector.plugged_in is False:
        return _nothing(connector, Reason.NO_VEHICLE)
    # Whether a car is there may only show once something is offered: the minimum will do.
    most_a = connector.most_a if connector.plugged_in else connector.minimum_a
    if connector.mode is Mode.FAST:
        limited = connector.most_a < connector.unit_limit_a
        usual = Reason.CHARGE_LIMIT if limited else Reason.FAST
        return Demand(connector, most_a, connector.because or usual)
    if connector.mode is Mode.SOLAR_MINIMUM:
        return Demand(connector, most_a, Reason.MINIMUM, by_sun=True)
    return Demand(
        connector, most_a, Reason.WAITING_FOR_SUN, by_sun=True, needs_sun=True
    )


def _nothing(connector: Connector, reason: Reason) -> Demand:
    return Demand(connector, 0.0, reason)


class Appetite:
    """Watches what one car takes of its offers, so that the rest can go to others."""

    def __init__(self) -> None:
        """Begin without an offer."""
        self._offer_a = 0.0
        self._offered_since = 0.0
        self._changed_at = 0.0
        self._drawing = False
        self._has_drawn = False
        """Whether it has taken any of what it has been offered since that was nothing."""
        self._enough_a: float | None = None
        self._refused_until = float("-inf")

    def watch(self, connector: Connector, offer_a: float, now: float) -> None:
        """Take note of what is offered and drawn now."""
        if offer_a and not self._offer_a:
            self._offered_since = now
        if offer_a > self._offer_a:
            self._changed_at = now
        self._offer_a = offer_a
        drawing = connector.draw_a >= DRAWING_A
        if drawing and not self._drawing:
            self._changed_at = now
        if drawing:
            self._offered_since = now
        self._drawing = drawing
        self._has_drawn = offer_a > 0 and (drawing or self._has_drawn)
        if drawing or not connector.plugged_in:
            self._refused_until = float("-inf")
        elif offer_a and now - self._offered_since > self._patience_s:
            self._refused_until = now + REFUSED_S
        self._enough_a = self._enough(connector, now)

    @property
    def _patience_s(self) -> float:
        """Return how long a car that draws nothing may still be going to."""
        return HAD_ENOUGH_S if self._has_drawn else TAKING_TIME_S

    def _enough(self, connector: Connector, now: float) -> float | None:
        """Return what is enough for a car that cannot or will not take more, else None."""
        draw_a, enough_a = connector.draw_a, self._enough_a
        if not self._drawing:
            return None
        if enough_a is not None and draw_a > enough_a - WANTS_MORE_A:
            return None
        # Enough stays enough while the car draws a bit less; once it tapers off, look anew.
        if enough_a is not None and draw_a >= enough_a - 2 * UNTAKEN_A:
            return enough_a
        settled = now - self._changed_at > RAMP_TIME_S
        if settled and draw_a < self._offer_a - UNTAKEN_A:
            return draw_a + UNTAKEN_A
        return enough_a

    def takes_nothing(self, now: float) -> bool:
        """Return whether the car has ignored its offer for long: full, or not willing."""
        return now < self._refused_until

    def at_most_a(self, connector: Connector, now: float) -> float:
        """Return the most that is worth offering: a bit above what a limited car draws."""
        if self.takes_nothing(now):
            return connector.minimum_a
        if self._enough_a is None:
            return connector.most_a
        return min(connector.most_a, max(connector.minimum_a, self._enough_a))
