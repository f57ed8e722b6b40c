"""What one connector may be drawing, as far as anyone can tell.

It may draw whatever it was last told until it says otherwise: the largest of what it was
granted, the highest limit it may have heard, what its car draws, and what its car may not have
come down from yet.
"""

from math import isfinite
from typing import Final

from .model import ALL_LINES, DRAWING_A, Connector
from .power import NOMINAL_V

# A unit without a master stops its car after 20 to 30 s; some margin on top.
SILENT_STOPPED_S: Final = 35.0
# A unit confirms a lower limit at once, its car has 5 s to follow (IEC 61851).
FOLLOW_S: Final = 5.0
# Who has not followed after this long will not by itself.
HEED_S: Final = 15.0
# Units were seen to read up to 16 % high. What is no more than this above the limit, and for
# long, is the reading and not the car.
READS_HIGH: Final = 1.2
# A car whose power per ampere is not known may use every line there is.
_MOST_W_PER_A: Final = len(ALL_LINES) * NOMINAL_V

# A car that draws at least this share of its minimum is charging, whatever it was told.
_CHARGING_SHARE: Final = 0.5

_TOLERANCE_A: Final = 1e-6


class Commitment:
    """What one connector may be drawing, as far as anyone can tell."""

    def __init__(self, connector: Connector, now: float) -> None:
        """Begin with a connector that was granted nothing."""
        self.lines = connector.lines or ALL_LINES
        """On which lines it counts."""
        self.watts_per_a = _MOST_W_PER_A
        self.minimum_a = connector.minimum_a
        self.draw_a = 0.0
        """What its car draws for certain."""
        self.heard = connector.online
        self.granted_a = 0.0
        self.told_a = 0.0
        """The highest limit it may have, or as good as has."""
        self.committed_a = 0.0
        self.excess_a = 0.0
        """How much more than granted it takes, and will not give back by itself."""
        self.seen_at = now
        self._lowered_at = now
        self._following_a = 0.0
        self._followed_at = float("-inf")
        self._above_since: float | None = None
        self._heedless_since: float | None = None
        self._ignores_stop = False
        self._grown = False
        """Whether it counts on more lines than it was told its limit for."""

    def grant(self, limit_a: float) -> None:
        """Take note of what may be told to it from now on."""
        if limit_a < self.granted_a:
            self._lowered_at = self.seen_at
        self.granted_a = limit_a
        self.committed_a = max(self.committed_a, limit_a)

    @property
    def entitled_a(self) -> float:
        """Return what it may keep though there is no room for it."""
        return 0.0 if self._grown else self.told_a

    def watch(self, connector: Connector, now: float) -> None:
        """Take note of what the connector says."""
        self.seen_at = now
        # Who is on no line is on lines unknown.
        lines = connector.lines or ALL_LINES
        grows = not lines <= self.lines
        self.lines = lines
        known = isfinite(connector.watts_per_a) and connector.watts_per_a > 0
        self.watts_per_a = connector.watts_per_a if known else _MOST_W_PER_A
        self.minimum_a = connector.minimum_a
        self.draw_a = 0.0
        self.heard = connector.online
        if connector.told_at is not None and now - connector.told_at > SILENT_STOPPED_S:
            self.told_a = self.committed_a = self.excess_a = 0.0
            self._lowered_at = now
            self._above_since = self._heedless_since = None
            return
        limit_a = max(connector.at_most_a, self._floor_a(connector))
        told_a = max(self.granted_a, limit_a)
        if told_a < self.told_a:
            self._following_a = max(self.told_a, self._following_a)
            self._followed_at = now + FOLLOW_S
        elif now >= self._followed_at:
            self._following_a = 0.0
        self.told_a = told_a
        unconfirmed = told_a > self.granted_a + _TOLERANCE_A
        self._grown = grows or (self._grown and unconfirmed)
        draw_a = self._true_draw_a(connector, now)
        self.committed_a = max(told_a, draw_a, self._following_a)
        taken_a = max(limit_a, draw_a)
        heedless = self._heedless(taken_a, now)
        self.excess_a = taken_a - self.granted_a if heedless else 0.0
        if connector.online:
            self.draw_a = draw_a
        told_to_stop = connector.at_most_a < connector.minimum_a
        charges = draw_a >= connector.minimum_a * _CHARGING_SHARE
        self._ignores_stop |= heedless and told_to_stop and charges

    @property
    def calm(self) -> bool:
        """Return whether it does as it was told, with nothing that time alone would change."""
        return (
            not self._following_a
            and self._above_since is None
            and self._heedless_since is None
            and self.committed_a <= self.granted_a + _TOLERANCE_A
        )

    def _floor_a(self, connector: Connector) -> float:
        """Return what it may take though it is offered nothing."""
        goes_on = connector.charging or connector.draw_a >= DRAWING_A
        may_go_on = connector.zero_may_mean_minimum and goes_on
        # Who has ignored it once may start again by itself, at any moment.
        may_start = self._ignores_stop and connector.plugged_in
        return connector.minimum_a if may_go_on or may_start else 0.0

    def _true_draw_a(self, connector: Connector, now: float) -> float:
        """Return what its car draws, or its limit if that is what the reading must mean."""
        draw_a = connector.draw_a
        if not draw_a >= DRAWING_A:
            return 0.0
        if not self.told_a < draw_a <= self.told_a * READS_HIGH:
            self._above_since = None
        elif self._above_since is None:
            self._above_since = now
        elif now - self._above_since >= HEED_S:
            return self.told_a
        return draw_a

    def _heedless(self, taken_a: float, now: float) -> bool:
        """Return whether it takes more than it was granted for other reasons than delay."""
        if taken_a <= self.granted_a + _TOLERANCE_A:
            self._heedless_since = None
            return False
        if self._heedless_since is None:
            self._heedless_since = now
        had_time = now - self._heedless_since >= HEED_S
        # Long after the last lowering there is no delay to wait for: it started by itself.
        started = now - self._lowered_at >= HEED_S
        return had_time or (started and taken_a > self.granted_a * READS_HIGH)
