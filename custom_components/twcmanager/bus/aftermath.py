"""What a hard stop has done to the car: some show a fault then, until they are replugged."""

from typing import Final

from .status import StopMethod

# A sleeping car may take a quarter of an hour to notice an offer.
_TAKEN_ILL_S: Final = 1200.0
# Between two words of its unit a car may be out of sight for a moment.
_GONE_S: Final = 60.0


class Aftermath:
    """Watches one car after it was stopped the hard way."""

    def __init__(self) -> None:
        """Begin with a car that was not."""
        self._stopped_by: StopMethod | None = None
        self._has_stopped = False
        self._waits_since: float | None = None
        self._gone_since: float | None = None

    def stopped(self, method: StopMethod) -> None:
        """Take note of how the car was stopped."""
        self._stopped_by = method
        self._has_stopped = False

    def watch(
        self, *, offered: bool, car_seen: bool, draws: bool, now: float
    ) -> StopMethod | None:
        """Return what the car has taken ill, once it is clear that it has.

        That is when it does not charge again though it is offered something for long.
        """
        method = self._stopped_by
        if method is None:
            return None
        self._watch_car(offered=offered, car_seen=car_seen, now=now)
        # What the unit said before the stop counts for nothing.
        self._has_stopped = self._has_stopped or not draws
        if not offered or not car_seen:
            self._waits_since = None
        elif draws:
            if self._has_stopped:
                self._stopped_by = None
        elif self._waits_since is None:
            self._waits_since = now
        elif now - self._waits_since >= _TAKEN_ILL_S:
            self._stopped_by = None
            return method
        return None

    def _watch_car(self, *, offered: bool, car_seen: bool, now: float) -> None:
        """Forget about it once the car is gone; a unit left in silence does not tell."""
        tells = offered or self._stopped_by is not StopMethod.SILENCE
        if car_seen or not tells:
            self._gone_since = None
        elif self._gone_since is None:
            self._gone_since = now
        elif now - self._gone_since >= _GONE_S:
            self._stopped_by = None
