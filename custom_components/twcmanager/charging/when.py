"""When to charge, and with what: everything its owner has said of a unit, put in order.

Safety has the last word anyway, and a unit that is switched off stays off. Below these the
first who has something to say is heard: charge now, then the mode.
"""

from dataclasses import dataclass
from typing import Final

from .charge_now import ChargeNow
from .model import Mode, Reason

NO_LIMIT_A: Final = float("inf")


@dataclass(frozen=True, slots=True)
class Order:
    """What to charge with at present, and why if it is not the mode that says so."""

    mode: Mode
    at_most_a: float = NO_LIMIT_A
    reason: Reason | None = None


def order(mode: Mode, charge_now: ChargeNow | None = None) -> Order:
    """Return what applies of all that was said."""
    if charge_now is not None:
        most_a = charge_now.at_most_a
        return Order(
            Mode.FAST, NO_LIMIT_A if most_a is None else most_a, Reason.CHARGE_NOW
        )
    return Order(mode)
