"""Who may charge, and what everybody else gets.

Comes before all that is said about when to charge, charge now included; only what is off is
off for everybody.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from .model import MINIMUM_A, Mode, Reason
from .when import Order


class Admission(StrEnum):
    """Whose cars may charge at a unit."""

    ALL = "all"
    KNOWN = "known"
    """Those that their owner has named."""
    CHOSEN = "chosen"
    """Of these, the ones that were chosen for the unit."""


class Others(StrEnum):
    """What cars get that may not."""

    NOTHING = "nothing"
    SOLAR = "solar"
    MINIMUM = "minimum"


@dataclass(frozen=True, slots=True)
class Permit:
    """Somebody's word that the car which is there, or comes next, may charge this once."""

    car_seen: bool = False

    def after(self, *, plugged_in: bool) -> Permit | None:
        """Return what is left of it: nothing once the car has gone."""
        if self.car_seen and not plugged_in:
            return None
        return Permit(self.car_seen or plugged_in)


def may_charge(
    admission: Admission, *, known: bool, chosen: bool, permit: Permit | None
) -> bool:
    """Return whether a car may charge.

    ``known`` is whether it is one of its owner's, ``chosen`` if so for this unit.
    """
    if permit is not None or admission is Admission.ALL:
        return True
    return known and (chosen or admission is Admission.KNOWN)


def for_others(order: Order, others: Others, *, settled: bool) -> Order:
    """Return what is left of an order for a car that may not charge.

    ``settled`` is whether it has been found out whose car it is, or that nobody knows.
    """
    if order.mode is Mode.OFF:
        return order
    if others is Others.NOTHING:
        reason = Reason.NOT_ALLOWED if settled else Reason.RECOGNISING_VEHICLE
        return Order(Mode.OFF, reason=reason)
    if others is Others.SOLAR:
        return order if order.mode is Mode.SOLAR else Order(Mode.SOLAR, order.at_most_a)
    fast = order.mode is Mode.FAST
    return replace(
        order,
        at_most_a=min(order.at_most_a, MINIMUM_A),
        reason=Reason.OTHERS_MINIMUM if fast else order.reason,
    )
