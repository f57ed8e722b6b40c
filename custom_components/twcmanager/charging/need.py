"""What a car still needs until it leaves: an energy since its plug, or so much in its battery.

Cars tell now and then how full they are, some rarely, and some not while they sleep. From one
word of theirs to the next it is counted on by what they were given.
"""

from dataclasses import dataclass
from typing import Final

# What of the energy from the plug does not get into the battery.
_EFFICIENCY: Final = 0.9
# Less than this is no reason to start a car.
_ENOUGH_KWH: Final = 0.05
# With less than this in it, nobody knows how far a full battery would do.
_LEAST_SOC: Final = 5.0
# A car that was given so much, in percent of its battery, should have said so by now.
_STUCK_SOC: Final = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a car is to have when it leaves."""

    energy_kwh: float
    """From the plug, since it was plugged in."""
    soc: float | None = None
    """In percent, instead of the energy where the car tells how full it is."""
    range_km: float | None = None
    """The same, where it tells how far that will do. Of both the one that is more counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Once:
    """What somebody wants of a car just this once, instead of what is usual."""

    ready_at: float
    target: Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a car said last of its battery, and what its session had charged by then."""

    vehicle: str
    soc: float
    charged_kwh: float
    full_range_km: float | None = None
    """How far it would come with a full battery."""


def read(
    before: Reading | None,
    vehicle: str,
    charged_kwh: float,
    *,
    soc: float | None,
    range_km: float | None = None,
) -> Reading | None:
    """Return what is known of a car on a cable, of what it says and of what it said before.

    That holds for as long as it stays: each session begins with 0 kWh.
    """
    same = (
        before is not None
        and before.vehicle == vehicle
        and before.charged_kwh <= charged_kwh
    )
    known = before if same else None
    if soc is None:
        return known
    full_km = None
    if range_km is not None and soc >= _LEAST_SOC:
        full_km = range_km / soc * 100
    # A word that is repeated is none: it may be hours old.
    if known and known.soc == soc and (known.full_range_km or not full_km):
        return known
    since_kwh = known.charged_kwh if known and known.soc == soc else charged_kwh
    return Reading(
        vehicle=vehicle, soc=soc, charged_kwh=since_kwh, full_range_km=full_km
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery:
    """A car's battery, as far as it is known."""

    size_kwh: float | None = None
    reading: Reading | None = None
    limit_soc: float | None = None
    """At which the car stops by itself."""

    def soc(self, charged_kwh: float) -> float | None:
        """Return how full it is: what the car said, and what it was given since."""
        if self.reading is None or self.size_kwh is None:
            return None
        return self.reading.soc + self._given_soc(charged_kwh)

    def stuck(self, charged_kwh: float) -> bool:
        """Return whether the car was given much and has not said so."""
        return self._given_soc(charged_kwh) >= _STUCK_SOC

    def _given_soc(self, charged_kwh: float) -> float:
        if self.reading is None or self.size_kwh is None:
            return 0.0
        given_kwh = charged_kwh - self.reading.charged_kwh
        return given_kwh * _EFFICIENCY / self.size_kwh * 100

    def wanted_soc(self, target: Target) -> float | None:
        """Return how full it is to be, None if that is not asked for or cannot be told."""
        wanted = [] if target.soc is None else [target.soc]
        full_km = self.reading.full_range_km if self.reading else None
        if target.range_km is not None and full_km:
            wanted.append(target.range_km / full_km * 100)
        return max(wanted, default=None)

    def allows(self, target: Target) -> bool:
        """Return whether the car lets itself be charged so far."""
        wanted = self.wanted_soc(target)
        most = 100.0 if self.limit_soc is None else self.limit_soc
        return wanted is None or wanted <= most


def needed_kwh(target: Target, charged_kwh: float, battery: Battery) -> float:
    """Return what is to come from the plug, 0 if that is not worth a start.

    A car of which it is not known how full it is gets the energy: rather that than nothing.
    """
    soc, wanted = battery.soc(charged_kwh), battery.wanted_soc(target)
    if soc is None or wanted is None or battery.size_kwh is None:
        left_kwh = target.energy_kwh - charged_kwh
    else:
        # More than its limit the car never takes.
        most = 100.0 if battery.limit_soc is None else battery.limit_soc
        left_soc = min(wanted, most) - soc
        left_kwh = left_soc / 100 * battery.size_kwh / _EFFICIENCY
    return left_kwh if left_kwh >= _ENOUGH_KWH else 0.0
