"""Whose the energy was: what each vehicle has got in all its sessions, wherever it charged.

A session is one car's from plug to plug. What it got before it was recognised is the car's that
is recognised first. Whoever is not recognised in time counts among the others until it is, and
what was counted for somebody once is never taken back: these figures only grow.
"""

from dataclasses import dataclass
from typing import Final

from .presence import LATEST_S

OTHERS: Final = "others"
"""Where a vehicle's id would be: all those that nobody recognised."""
# The clouds of cars are asked every few minutes, and tell of the plug with that delay.
PATIENCE_S: Final = LATEST_S


@dataclass(frozen=True, slots=True)
class Got:
    """An energy, and how much of it was sun."""

    energy_kwh: float = 0.0
    solar_kwh: float = 0.0

    def __add__(self, more: Got) -> Got:
        """Return both together."""
        return Got(self.energy_kwh + more.energy_kwh, self.solar_kwh + more.solar_kwh)

    def __sub__(self, less: Got) -> Got:
        """Return what one has more than the other."""
        return Got(self.energy_kwh - less.energy_kwh, self.solar_kwh - less.solar_kwh)


def whose(vehicle: str | None, duration_s: float, *, ended: bool) -> str | None:
    """Return on whose account a session's energy goes, None while it may still turn out."""
    if vehicle is None and (ended or duration_s >= PATIENCE_S):
        return OTHERS
    return vehicle
