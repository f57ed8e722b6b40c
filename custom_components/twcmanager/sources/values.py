"""States of Home Assistant to numbers in the units that decisions are made with."""

from enum import StrEnum
import math
from typing import Final

from homeassistant.const import (
    ATTR_UNIT_OF_MEASUREMENT,
    PERCENTAGE,
    STATE_OFF,
    STATE_ON,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
    UnitOfElectricCurrent,
    UnitOfPower,
)
from homeassistant.core import State
from homeassistant.util.unit_conversion import ElectricCurrentConverter, PowerConverter

from ..charging.power import NOMINAL_V

# No home has more; a sensor that says so has the wrong unit or a fit.
_LARGEST_W: Final = 1_000_000.0
_LARGEST_A: Final = 2_000.0


class Quantity(StrEnum):
    """What an entity is asked for."""

    POWER = "power"
    """In W."""
    CURRENT = "current"
    """In A."""
    CHARGE = "charge"
    """In percent."""
    LIMIT = "limit"
    """In W; a current stands for that much on each line. 1 or 0 of what is on or off."""


class Problem(StrEnum):
    """Why an entity's state is no such number, or is not heard of."""

    MISSING = "source_missing"
    DISABLED = "source_disabled"
    UNAVAILABLE = "source_unavailable"
    NOT_A_NUMBER = "source_not_a_number"
    NO_UNIT = "source_no_unit"
    WRONG_UNIT = "source_wrong_unit"
    IMPLAUSIBLE = "source_implausible"
    SILENT = "source_silent"


# What time does not mend: somebody has to change something.
LASTING: Final = {
    Problem.MISSING,
    Problem.DISABLED,
    Problem.NO_UNIT,
    Problem.WRONG_UNIT,
}


def value_of(
    state: State | None, quantity: Quantity, *, lines: int = 1
) -> float | Problem:
    """Return what an entity tells of a quantity, or why it tells nothing.

    ``lines`` is how many lines a limit in A is for.
    """
    if state is None:
        return Problem.MISSING
    if state.state in {STATE_UNAVAILABLE, STATE_UNKNOWN}:
        return Problem.UNAVAILABLE
    if quantity is Quantity.LIMIT and state.state in {STATE_ON, STATE_OFF}:
        return float(state.state == STATE_ON)
    try:
        value = float(state.state)
    except ValueError:
        return Problem.NOT_A_NUMBER
    if not math.isfinite(value):
        return Problem.NOT_A_NUMBER
    unit = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)
    return _converted(value, unit, quantity, lines)


def power_of(state: State) -> float | None:
    """Return a sensor's power in W, None if it does not tell a plausible one."""
    power_w = value_of(state, Quantity.POWER)
    return None if isinstance(power_w, Problem) else power_w


def _converted(
    value: float, unit: object, quantity: Quantity, lines: int
) -> float | Problem:
    """Return a number in the quantity's own unit, if it is a plausible one."""
    if quantity is Quantity.CHARGE:
        # Some have no unit: there is no other way to say how full a battery is.
        if unit not in {None, PERCENTAGE}:
            return Problem.WRONG_UNIT
        return value if 0 <= value <= 100 else Problem.IMPLAUSIBLE
    if not isinstance(unit, str):
        return Problem.NO_UNIT
    if unit in PowerConverter.VALID_UNITS:
        power_w = PowerConverter.convert(value, unit, UnitOfPower.WATT)
        if not abs(power_w) < _LARGEST_W:
            return Problem.IMPLAUSIBLE
        return Problem.WRONG_UNIT if quantity is Quantity.CURRENT else power_w
    if quantity is Quantity.POWER or unit not in ElectricCurrentConverter.VALID_UNITS:
        return Problem.WRONG_UNIT
    ampere = UnitOfElectricCurrent.AMPERE
    current_a = ElectricCurrentConverter.convert(value, unit, ampere)
    if not abs(current_a) < _LARGEST_A:
        return Problem.IMPLAUSIBLE
    if quantity is Quantity.LIMIT:
        return current_a * NOMINAL_V * lines
    return current_a
