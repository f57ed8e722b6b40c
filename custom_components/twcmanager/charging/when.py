"""When to charge, and with what: everything its owner has said of a unit, put in order.

Safety has the last word anyway, and a unit that is switched off stays off. Below these the
first who has something to say is heard: charge now, the mode *off*, the schedule, the mode.
"""

from dataclasses import dataclass
from typing import Final

from .charge_now import ChargeNow
from .model import Mode, Reason
from .schedule import AS_WITHOUT, Action, Rule

NO_LIMIT_A: Final = float("inf")


@dataclass(frozen=True, slots=True)
class Order:
    """What to charge with at present, and why if it is not the mode that says so."""

    mode: Mode
    at_most_a: float = NO_LIMIT_A
    reason: Reason | None = None


_BY_SCHEDULE: Final = {
    Action.OFF: Order(Mode.OFF, reason=Reason.NOT_SCHEDULED),
    Action.SOLAR: Order(Mode.SOLAR),
    Action.SOLAR_MINIMUM: Order(Mode.SOLAR_MINIMUM),
}


def order(
    mode: Mode, *, charge_now: ChargeNow | None = None, rule: Rule = AS_WITHOUT
) -> Order:
    """Return what applies of all that was said."""
    if charge_now is not None:
        return _fast(charge_now.at_most_a, Reason.CHARGE_NOW)
    # What somebody has chosen to be off is not for a clock to turn on.
    if mode is Mode.OFF or rule.action is Action.MODE:
        return Order(mode)
    if rule.action is Action.FIXED:
        return _fast(rule.amps_a, Reason.SCHEDULED)
    return _BY_SCHEDULE[rule.action]


def _fast(most_a: float | None, reason: Reason) -> Order:
    return Order(Mode.FAST, NO_LIMIT_A if most_a is None else most_a, reason)
