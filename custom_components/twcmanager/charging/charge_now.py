"""Charge now: what a person asks for just this once, and how much of that is left.

Times are seconds of the calendar's clock, not of the monotonic one: it outlasts a restart.
"""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeNow:
    """Charge, whatever mode and sun say, until the first of these is reached.

    Without any of them until the car is unplugged, which ends it in any case.
    """

    at_most_a: float | None = None
    """None for as much as the limits allow."""
    ends_at: float | None = None
    energy_kwh: float | None = None
    """What is still to be charged."""
    soc: float | None = None
    """How full the car is to be, in percent."""
    soc_entity: str | None = None
    """Who tells how full it is."""
    raises_limit: bool = False
    """Whether the car's own limit is to be raised for that."""
    car_seen: bool = False
    """Whether the car has been plugged in. Until then it is waited for."""

    def after(
        self,
        at: float,
        *,
        plugged_in: bool | None,
        charged_kwh: float = 0.0,
        soc: float | None = None,
    ) -> ChargeNow | None:
        """Return what is left at a time, with what was charged since; None once done.

        A state of charge that nobody tells is not reached: the car rather charges.
        """
        left_kwh = None if self.energy_kwh is None else self.energy_kwh - charged_kwh
        if (
            (self.car_seen and plugged_in is False)
            or (self.ends_at is not None and at >= self.ends_at)
            or (left_kwh is not None and left_kwh <= 0)
            or (self.soc is not None and soc is not None and soc >= self.soc)
        ):
            return None
        return replace(
            self, energy_kwh=left_kwh, car_seen=self.car_seen or bool(plugged_in)
        )
