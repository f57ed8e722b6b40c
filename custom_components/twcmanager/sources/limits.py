"""Limits that others set: a grid operator, a tariff, the owner."""

from typing import Final

from ..charging.model import PowerLimits
from .inputs import Inputs
from .recipe import Options
from .values import Quantity

_LIMITS: Final = "cars", "import", "import_mean"

# What is on or off has no limit of its own.
_SWITCHES: Final = "binary_sensor", "switch", "input_boolean"


def limit_quantities(options: Options) -> dict[str, Quantity]:
    """Return the entities that tell limits, and what to ask them for."""
    named = (options.get(f"{name}_entity") for name in _LIMITS)
    return {entity_id: Quantity.LIMIT for entity_id in named if entity_id}


def power_limits(options: Options, inputs: Inputs) -> PowerLimits:
    """Return which limits apply at present."""
    cars_w, import_w, import_mean_w = (
        _limit_w(options.get(f"{name}_entity"), options.get(f"{name}_w"), inputs)
        for name in _LIMITS
    )
    return PowerLimits(cars_w=cars_w, import_w=import_w, import_mean_w=import_mean_w)


def _limit_w(
    entity_id: str | None, fixed_w: float | None, inputs: Inputs
) -> float | None:
    """Return one limit. While nobody tells whether it applies, it does.

    A limit that is told is kept until another one is, whatever becomes of its entity.
    """
    if entity_id is None:
        return fixed_w
    found = inputs[entity_id]
    if entity_id.partition(".")[0] in _SWITCHES:
        return None if found.problem is None and found.value == 0 else fixed_w
    return fixed_w if found.value is None else max(found.value, 0.0)
