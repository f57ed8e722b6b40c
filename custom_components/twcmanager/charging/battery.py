"""The home's battery: who gets the sun first, and whether cars may have what it holds.

The grid's meter does not see the difference between sun that goes into the battery and sun
that was never there, nor between a house on sun and one on its battery.
"""

from typing import Final

from .model import BatteryPriority, GridReading, Preferences

# Once past a threshold it has to fall this far below it to count as not reached, in percent.
HYSTERESIS_SOC: Final = 5.0


class _Threshold:
    """Remembers whether a state of charge was reached, with hysteresis."""

    def __init__(self) -> None:
        self._reached = False

    def reached(self, soc: float | None, threshold: float) -> bool:
        if soc is None:
            self._reached = False
        elif soc >= threshold:
            self._reached = True
        elif soc < threshold - HYSTERESIS_SOC:
            self._reached = False
        return self._reached


class Battery:
    """Says how much of what the battery takes or gives is there for cars."""

    def __init__(self) -> None:
        """Begin with a battery of which nothing is known."""
        self._filled = _Threshold()
        self._spare = _Threshold()
        self.withheld_w = 0.0
        """What it takes at present that cars would have had if they came first."""

    def available_w(self, reading: GridReading, preferences: Preferences) -> float:
        """Return what to add to the surplus: below zero if the surplus was the battery's."""
        filled = self._filled.reached(
            reading.battery_soc, preferences.battery_first_soc
        )
        may_give = preferences.battery_discharge_soc is not None and (
            self._spare.reached(reading.battery_soc, preferences.battery_discharge_soc)
        )
        charging_w = max(0.0, -reading.battery_w)
        giving_w = max(0.0, reading.battery_w)
        share = 1.0
        if preferences.battery_priority is BatteryPriority.BATTERY and not filled:
            share = 0.0
        elif preferences.battery_priority is BatteryPriority.SHARED:
            share = 0.5
        self.withheld_w = (1 - share) * charging_w
        return share * charging_w - (0.0 if may_give else giving_w)
