"""The form about limits: its fields, and what may be typed into them."""

from collections.abc import Mapping
import math
from typing import Any, Final

from homeassistant.const import UnitOfElectricCurrent
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import probatio

from .const import (
    CONF_CIRCUIT_LIMIT,
    CONF_PHASES,
    CONF_UNIT_LIMITS,
    DEFAULT_LIMIT_A,
    LARGEST_CIRCUIT_A,
    LARGEST_LIMIT_A,
    MINIMUM_LIMIT_A,
)

type Fields = dict[probatio.Marker, Any]
type Errors = dict[str, str]
type Figures = dict[str, str]

# --- limits ---------------------------------------------------------------------------

PHASES_FIELD: Final[Fields] = {
    probatio.Required(CONF_PHASES, default="1"): SelectSelector(
        SelectSelectorConfig(
            options=["1", "3"],
            mode=SelectSelectorMode.LIST,
            translation_key=CONF_PHASES,
        )
    )
}
_AMPS: Final = NumberSelector(
    NumberSelectorConfig(
        mode=NumberSelectorMode.BOX,
        step="any",
        unit_of_measurement=UnitOfElectricCurrent.AMPERE,
    )
)

# A bus has three units, but over the years may have had others, and each has its field.
MOST_UNIT_FIELDS: Final = 6


class LimitFields:
    """The fields for the limits of a circuit and of the units on it."""

    def __init__(
        self, ratings: Mapping[str, float | None], names: Mapping[str, str]
    ) -> None:
        """Take the units by key: each with its rating in A if that is known, and its name."""
        self._units = {
            f"unit_{number}": unit
            for number, unit in enumerate(sorted(ratings)[:MOST_UNIT_FIELDS], 1)
        }
        self._ratings = {
            field: ratings[unit] or LARGEST_LIMIT_A
            for field, unit in self._units.items()
        }
        self.labels = {field: names[unit] for field, unit in self._units.items()} | {
            f"rating_{field}": written(rating_a)
            for field, rating_a in self._ratings.items()
        }
        self.fields: Fields = {
            probatio.Required(field, default=DEFAULT_LIMIT_A): _AMPS
            for field in (CONF_CIRCUIT_LIMIT, *self._units)
        }

    def typed(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return what one would type to get an entry's data."""
        limits = data[CONF_UNIT_LIMITS]
        return {
            CONF_CIRCUIT_LIMIT: data[CONF_CIRCUIT_LIMIT],
            **{
                field: limits[unit]
                for field, unit in self._units.items()
                if unit in limits
            },
        }

    def unit_limits(self, user_input: Mapping[str, Any]) -> dict[str, float]:
        """Return the limits that were typed, by unit."""
        return {unit: user_input[field] for field, unit in self._units.items()}

    def check(self, user_input: Mapping[str, Any]) -> tuple[Errors, Figures]:
        """Return the first error, on its field, and the figures that explain it."""
        circuit_a = user_input[CONF_CIRCUIT_LIMIT]
        for field in (CONF_CIRCUIT_LIMIT, *self._units):
            limit_a = user_input[field]
            if error := self._error(field, limit_a, circuit_a):
                return {field: error}, {
                    "limit": written(limit_a),
                    "circuit": written(circuit_a),
                    "rating": self.labels.get(f"rating_{field}", ""),
                    "unit": self.labels.get(field, ""),
                }
        return {}, {}

    def _error(self, field: str, limit_a: float, circuit_a: float) -> str | None:
        if not math.isfinite(limit_a):
            return "not_a_number"
        if limit_a < MINIMUM_LIMIT_A:
            return "below_minimum"
        if field == CONF_CIRCUIT_LIMIT:
            return "circuit_above_largest" if limit_a > LARGEST_CIRCUIT_A else None
        if limit_a > LARGEST_LIMIT_A:
            return "above_largest"
        if limit_a > self._ratings[field]:
            return "above_rating"
        return "above_circuit" if limit_a > circuit_a else None


def believable_rating(rating_a: float) -> float | None:
    """Return a unit's rating, None if what it tells cannot be one."""
    return rating_a if MINIMUM_LIMIT_A <= rating_a <= LARGEST_LIMIT_A else None


def written(amps: float) -> str:
    """Return a current as people write it."""
    return f"{amps:g}"
