"""Schedules: what applies inside and outside of the hours that an owner has chosen."""

from dataclasses import dataclass
from enum import StrEnum


class Action(StrEnum):
    """What cars do for as long as a part of a schedule applies."""

    MODE = "mode"
    """What their charging mode says."""
    OFF = "off"
    SOLAR = "solar"
    SOLAR_MINIMUM = "solar_minimum"
    FIXED = "fixed"
    """They charge with a fixed current, sun or no sun."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What applies, and with which current if that is fixed."""

    action: Action
    amps_a: float | None = None


AS_WITHOUT = Rule(Action.MODE)


@dataclass(frozen=True, slots=True)
class Schedule:
    """What applies in its hours, and what in all others."""

    inside: Rule
    outside: Rule

    def rule(self, *, open_: bool | None) -> Rule:
        """Return what applies; while nobody knows the hour it is as without a schedule."""
        if open_ is None:
            return AS_WITHOUT
        return self.inside if open_ else self.outside
