"""The cure for cars that, once offered 6 A, stay there when the offer rises.

Tesla firmware since October 2017 does. A short spike wakes them. Only used where the owner
allows it, only when a car is seen to be stuck, and only with what no other car was given.
"""

from typing import Final

from .model import Connector

# A car is stuck when it draws about 6 A though it was offered clearly more for a while.
_STUCK_A: Final = 6.5
_WORTHWHILE_A: Final = 7.5
_STUCK_FOR_S: Final = 30.0

_SPIKE_A: Final = 16.0
_SPIKE_80A_UNIT_A: Final = 21.0
_LARGE_UNIT_A: Final = 60.0
_SPIKE_S: Final = 8.0
_PAUSE_S: Final = 300.0

# Should it then stay at the spike, a slightly lower offer for a moment moves it.
_NUDGE_A: Final = 2.0
_NUDGE_S: Final = 10.0
_NUDGE_AFTER_S: Final = 20.0


class Unstick:
    """Watches one car and says when to offer it a spike."""

    def __init__(self) -> None:
        """Begin with a car that is not stuck."""
        self._stuck_since: float | None = None
        self._spiked_a: float | None = None
        self._spike_until = float("-inf")
        self._nudge_until: float | None = None
        self._not_before = float("-inf")

    @property
    def busy(self) -> bool:
        """Return whether it watches a car that may be stuck, or frees it."""
        return self._stuck_since is not None or self._spiked_a is not None

    def instead_of(
        self, connector: Connector, offer_a: float, most_a: float, now: float
    ) -> float:
        """Return what to offer now instead of ``offer_a``, mostly just that.

        ``most_a`` is what its limits and the other cars leave for it.
        """
        if not connector.unstick or not connector.charging or not offer_a:
            self._stuck_since = self._spiked_a = None
            return offer_a
        if self._spiked_a is not None:
            return self._after_spike(connector, self._spiked_a, offer_a, most_a, now)
        if not 0 < connector.draw_a <= _STUCK_A or connector.echo_a < _WORTHWHILE_A:
            self._stuck_since = None
            return offer_a
        if self._stuck_since is None:
            self._stuck_since = now
        spike_a = _SPIKE_80A_UNIT_A if connector.rating_a > _LARGE_UNIT_A else _SPIKE_A
        if (
            now - self._stuck_since < _STUCK_FOR_S
            or now < self._not_before
            or not offer_a < spike_a <= most_a
        ):
            return offer_a
        self._stuck_since = None
        self._spiked_a = spike_a
        self._spike_until = now + _SPIKE_S
        self._nudge_until = None
        self._not_before = now + _PAUSE_S
        return spike_a

    def _after_spike(
        self,
        connector: Connector,
        spike_a: float,
        offer_a: float,
        most_a: float,
        now: float,
    ) -> float:
        """Hold the spike, then see to it that the car leaves it."""
        if now < self._spike_until:
            return min(max(spike_a, offer_a), most_a)
        if self._nudge_until is None:
            if now < self._spike_until + _NUDGE_AFTER_S:
                return offer_a
            stays = abs(connector.draw_a - spike_a) < 1
            if stays and offer_a >= spike_a + _NUDGE_A:
                self._nudge_until = now + _NUDGE_S
            else:
                self._spiked_a = None
                return offer_a
        if now < self._nudge_until:
            return max(connector.minimum_a, offer_a - _NUDGE_A)
        # One nudge: a car that still stays has no more to take.
        self._spiked_a = None
        return offer_a
