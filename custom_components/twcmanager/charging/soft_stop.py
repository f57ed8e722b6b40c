"""A car that is stopped by its own switch before its current is taken away.

That is the gentlest way: no contactor opens under load, and no car takes it for a fault. The
car is left its minimum for the moment that takes. Whoever stops it by its switch has to see
that this is what is waited for; if nothing comes of it, its current is taken away all the same.
"""

from typing import Final

from .model import DRAWING_A, Connector

# A car that is told through the cloud of its maker mostly stops within ten.
LINGER_S: Final = 20.0


class SoftStop:
    """Says of one car whether to leave it its minimum until it has stopped by itself."""

    def __init__(self) -> None:
        """Begin with a car that nobody wants to stop."""
        self._since: float | None = None

    @property
    def busy(self) -> bool:
        """Return whether a car is being stopped."""
        return self._since is not None

    def lingers(
        self, connector: Connector, *, offered_a: float, wanted_a: float, now: float
    ) -> bool:
        """Return whether to wait for the car, which was offered something so far."""
        if (
            wanted_a > 0
            or not connector.stops_itself
            or not connector.online
            # Whoever switches the unit itself off means at once.
            or not connector.enabled
            or connector.draw_a < DRAWING_A
            or not offered_a
        ):
            self._since = None
            return False
        if self._since is None:
            self._since = now
        return now - self._since < LINGER_S
