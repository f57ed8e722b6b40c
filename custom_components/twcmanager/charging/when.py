"""When to charge, and with what: everything its owner has said of a unit, put in order.

Safety has the last word anyway, and a unit that is switched off stays off. Below these the
first who has something to say is heard: charge now, the mode *off*, the plan of a car that
has to be ready, the schedule, a price that is low, the mode.
"""

from dataclasses import dataclass
from typing import Final

from .charge_now import ChargeNow
from .model import MINIMUM_A, Mode, Reason
from .schedule import AS_WITHOUT, Action, Rule

NO_LIMIT_A: Final = float("inf")


@dataclass(frozen=True, slots=True)
class Order:
    """What to charge with at present, and why if it is not the mode that says so."""

    mode: Mode
    at_most_a: float = NO_LIMIT_A
    reason: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What the plan of a car that has to be ready says at present."""

    amps: float = 0.0
    """What is to come from the grid if need be, 0 for nothing."""
    needed: bool = True
    """Whether the car still needs something."""


_BY_SCHEDULE: Final = {
    Action.OFF: Order(Mode.OFF, reason=Reason.NOT_SCHEDULED),
    Action.SOLAR: Order(Mode.SOLAR),
    Action.SOLAR_MINIMUM: Order(Mode.SOLAR_MINIMUM),
}


def order(
    mode: Mode,
    *,
    charge_now: ChargeNow | None = None,
    due: Due | None = None,
    rule: Rule = AS_WITHOUT,
    cheap: bool = False,
    has_sun: bool = True,
) -> Order:
    """Return what applies of all that was said.

    ``cheap`` is whether the grid costs so little that nobody need wait for the sun, and
    ``has_sun`` whether anybody could tell how much sun there is.
    """
    if charge_now is not None:
        return _fast(charge_now.at_most_a, Reason.CHARGE_NOW)
    # What somebody has chosen to be off is not for a clock to turn on.
    if mode is Mode.OFF:
        return Order(mode)
    if due is not None:
        if due.amps > 0:
            # A mean that is below what cars charge with is reached in less time.
            return _fast(max(due.amps, MINIMUM_A), Reason.READY_BY)
        if due.needed:
            return _meanwhile(mode, has_sun=has_sun)
    if rule.action is Action.FIXED:
        return _fast(rule.amps_a, Reason.SCHEDULED)
    if rule.action is not Action.MODE:
        return _BY_SCHEDULE[rule.action]
    if cheap:
        return _fast(None, Reason.CHEAP)
    return Order(mode) if due is None else _meanwhile(mode, has_sun=has_sun)


def _meanwhile(mode: Mode, *, has_sun: bool) -> Order:
    """Return what a car with a plan does while nothing is due: the sun is always welcome."""
    if mode is not Mode.FAST:
        return Order(mode)
    if has_sun:
        return Order(Mode.SOLAR)
    return Order(Mode.OFF, reason=Reason.PLANNED_LATER)


def _fast(most_a: float | None, reason: Reason) -> Order:
    return Order(Mode.FAST, NO_LIMIT_A if most_a is None else most_a, reason)
