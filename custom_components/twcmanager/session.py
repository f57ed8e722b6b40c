"""What goes into each car, from plug to plug."""

from .bus.messages import UnitState
from .bus.status import UnitStatus
from .conductor import Moment


class Sessions:
    """Counts energy in the records of units, from what their cars draw at every tick."""

    def __init__(self) -> None:
        """Begin without having seen anyone."""
        self._counted_at: float | None = None
        self._before: dict[str, UnitStatus] = {}
        self.began = False
        """Whether a session has just begun."""
        self.counted = False
        """Whether energy has just been counted."""

    def count(self, moment: Moment, now: float) -> None:
        """Count what went into the cars since the last time."""
        passed_h = 0.0 if self._counted_at is None else (now - self._counted_at) / 3600
        self._counted_at = now
        self.began = self.counted = False
        for status, record in moment.known:
            before = self._before.get(record.identity)
            if before and _car_gone(before) and status.plugged_in:
                record.session_kwh = 0.0
                self.began = True
            energy_kwh = moment.power_w(status) * passed_h / 1000
            if energy_kwh > 0:
                record.session_kwh += energy_kwh
                self.counted = True
        self._before = {record.identity: status for status, record in moment.known}


def _car_gone(status: UnitStatus) -> bool:
    """Return whether a unit has no car, as far as it tells; an error tells nothing."""
    if status.plugged_in is None:
        return status.state is UnitState.READY
    return not status.plugged_in
