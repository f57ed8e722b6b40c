"""The wiring as its owner configured it: limits, circuits, and which line feeds what.

Whatever was not told, or cannot be so, counts as its worst: 6 A, and every line.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from .charging.model import ALL_LINES
from .charging.power import live_phases
from .const import (
    CONF_CIRCUIT_LIMIT,
    CONF_CIRCUITS,
    CONF_LIMIT,
    CONF_PHASES,
    CONF_UNIT_LIMITS,
    CONF_UNIT_LINES,
    CONF_UNITS,
    DEFAULT_LIMIT_A,
)

_LINES: Final = len(ALL_LINES)


class Wiring:
    """Looks up in an entry's data what belongs to a unit, by the key it is wired as."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        """Take an entry's data."""
        self.circuit_limit_a = float(data[CONF_CIRCUIT_LIMIT])
        self.circuits: Sequence[tuple[float, frozenset[str]]] = tuple(
            (float(each[CONF_LIMIT]), frozenset(each[CONF_UNITS]))
            for each in data.get(CONF_CIRCUITS, ())
        )
        """What each sub-panel or shared cable carries, and the units behind it."""
        self._limits: Mapping[str, float] = data[CONF_UNIT_LIMITS]
        self._phases: int = data.get(CONF_PHASES, 1)
        self._lines = {
            key: tuple(line - 1 for line in lines)
            for key, lines in data.get(CONF_UNIT_LINES, {}).items()
            if _can_be(lines)
        }

    def has_limit(self, key: str) -> bool:
        """Return whether the owner has told what this unit's wiring carries."""
        return key in self._limits

    def unit_limit_a(self, key: str) -> float:
        """Return what a unit's own wiring carries."""
        return float(self._limits.get(key, DEFAULT_LIMIT_A))

    def phases(self, key: str | None) -> int:
        """Return how many phases feed a unit, as far as its owner told."""
        return min(self._phases, len(self._lines.get(key or "", ALL_LINES)))

    def lines(
        self,
        key: str | None,
        volts: Sequence[int] | None,
        used: frozenset[int] | None,
    ) -> frozenset[int]:
        """Return the lines of the mains that a unit's car may load.

        ``used`` are the unit's own phases, counted from 0, if its car is sure to load no
        others. They only mean something where each has its line: one current may also go
        through two lines, as it does in North America.
        """
        lines = self._lines.get(key or "")
        if lines is None or (volts and live_phases(volts) > len(lines)):
            return ALL_LINES
        if used is None or len(lines) < _LINES:
            return frozenset(lines)
        return frozenset(lines[phase] for phase in used)


def _can_be(lines: Sequence[int]) -> bool:
    """Return whether these can be the lines that feed a unit."""
    return bool(lines) and set(lines) <= {1, 2, 3} and len(set(lines)) == len(lines)
