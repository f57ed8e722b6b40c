"""What a car still needs until it leaves: an energy since its plug, or a state of charge."""

from dataclasses import dataclass
from typing import Final

# What of the energy from the plug does not get into the battery.
_EFFICIENCY: Final = 0.9
# Less than this is no reason to start a car.
_ENOUGH_KWH: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a car is to have when it leaves."""

    energy_kwh: float
    """From the plug, since it was plugged in."""
    soc: float | None = None
    """In percent, instead of the energy where the car tells how full it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery:
    """A car's battery, as far as it is known."""

    size_kwh: float | None = None
    soc: float | None = None
    limit_soc: float | None = None
    """At which the car stops by itself."""


def needed_kwh(target: Target, charged_kwh: float, battery: Battery) -> float:
    """Return what is to come from the plug, 0 if that is not worth a start.

    A car that does not tell how full it is gets the energy: rather that than nothing.
    """
    if target.soc is None or battery.soc is None or battery.size_kwh is None:
        left_kwh = target.energy_kwh - charged_kwh
    else:
        soc = target.soc
        # More than its limit the car never takes.
        if battery.limit_soc is not None:
            soc = min(soc, battery.limit_soc)
        left_kwh = (soc - battery.soc) / 100 * battery.size_kwh / _EFFICIENCY
    return left_kwh if left_kwh >= _ENOUGH_KWH else 0.0
