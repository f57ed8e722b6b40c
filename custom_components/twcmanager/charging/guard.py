"""The last word: what is committed never exceeds what the wiring carries, on any line.

A connector may draw whatever it was last told until it says otherwise. So each one counts
with the largest of what it was granted, the highest limit it may have heard, and what its car
draws. Lowering is always allowed and at once; raising has to wait until the room for it has
been confirmed free, or the time has passed after which a silent unit stops its car. Who does
not heed what it is told leaves that much less for the others.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import isfinite
from typing import Final

from .allocation import Pool
from .model import ALL_LINES, DRAWING_A, Connector, ConnectorId, Site
from .wiring import wires

# A unit without a master stops its car after 20 to 30 s; some margin on top.
SILENT_STOPPED_S: Final = 35.0
# A unit confirms a lower limit at once, its car has 5 s to follow (IEC 61851).
FOLLOW_S: Final = 5.0
# Who has not followed after this long will not by itself.
HEED_S: Final = 15.0
# Units were seen to read up to 16 % high. What is no more than this above the limit, and for
# long, is the reading and not the car.
READS_HIGH: Final = 1.2

_TOLERANCE_A: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Grant:
    """What may be told to a connector; ``held`` if others have to lower first."""

    limit_a: float
    held: bool = False


class _Commitment:
    """What one connector may be drawing, as far as anyone can tell."""

    def __init__(self, connector: Connector, now: float) -> None:
        """Begin with a connector that was granted nothing."""
        self.lines = connector.lines
        """On which lines it counts."""
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

    def grant(self, limit_a: float) -> None:
        """Take note of what may be told to it from now on."""
        if limit_a < self.granted_a:
            self._lowered_at = self.seen_at
        self.granted_a = limit_a
        self.committed_a = max(self.committed_a, limit_a)

    def watch(self, connector: Connector, now: float) -> None:
        """Take note of what the connector says."""
        self.seen_at = now
        # Who is on no line is on lines unknown.
        self.lines = connector.lines or ALL_LINES
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
        draw_a = self._true_draw_a(connector, now)
        self.committed_a = max(told_a, draw_a, self._following_a)
        taken_a = max(limit_a, draw_a)
        self.excess_a = taken_a - self.granted_a if self._heedless(taken_a, now) else 0

    @staticmethod
    def _floor_a(connector: Connector) -> float:
        """Return what it may take though it is offered nothing."""
        goes_on = connector.charging or connector.draw_a >= DRAWING_A
        return connector.minimum_a if connector.zero_may_mean_minimum and goes_on else 0

    def _true_draw_a(self, connector: Connector, now: float) -> float:
        """Return what its car draws, or its limit if that is what the reading must mean."""
        draw_a = connector.draw_a
        if draw_a < DRAWING_A:
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


class Guard:
    """Remembers what was granted, as it may be on its way."""

    def __init__(self) -> None:
        """Begin with nothing granted."""
        self._commitments: dict[ConnectorId, _Commitment] = {}

    def watch(self, site: Site, now: float) -> None:
        """Take note of what all connectors hold. Comes first in a tick."""
        for connector in site.connectors:
            if connector.id not in self._commitments:
                self._commitments[connector.id] = _Commitment(connector, now)
            self._commitments[connector.id].watch(connector, now)
        # Who is gone without a word may charge on for as long as a silent one.
        self._commitments = {
            id_: each
            for id_, each in self._commitments.items()
            if now - each.seen_at <= SILENT_STOPPED_S
        }

    def pools(self, site: Site, now: float) -> list[Pool]:
        """Return all there is to share, less what the heedless take of it."""
        excess_a = {
            each.id: taken_a
            for each in site.connectors
            if (taken_a := self._commitments[each.id].excess_a)
        }
        return _less(self._bounds(site, now), excess_a)

    def _bounds(self, site: Site, now: float) -> list[Pool]:
        """Return all that limits anyone, as if nobody had anything yet."""
        lines = tuple((id_, each.lines) for id_, each in self._commitments.items())
        return list(wires(site.circuit_limit_a, site.circuits, lines))

    def grant(
        self, site: Site, wanted_a: Mapping[ConnectorId, float], now: float
    ) -> dict[ConnectorId, Grant]:
        """Return what may be told now, at most what is wanted."""
        target_a = self._within_limits(site, wanted_a, self.pools(site, now))
        committed_a = {id_: each.committed_a for id_, each in self._commitments.items()}
        free = _less(self._bounds(site, now), committed_a)
        left = [pool.room for pool in free]
        grants: dict[ConnectorId, Grant] = {}
        for connector in site.connectors:
            id_, commitment = connector.id, self._commitments[connector.id]
            # Without room it may keep what it was told, however much it draws.
            most_a = commitment.told_a
            if site.settled:
                room_a = _room_a(id_, free, left)
                most_a = max(most_a, commitment.committed_a + room_a)
            limit_a = min(target_a[id_], most_a)
            if limit_a < connector.minimum_a - _TOLERANCE_A:
                limit_a = 0.0
            _take(id_, max(0.0, limit_a - commitment.committed_a), free, left)
            held = limit_a < target_a[id_] - _TOLERANCE_A
            grants[id_] = Grant(limit_a, held=held)
        for id_, grant in grants.items():
            self._commitments[id_].grant(grant.limit_a)
        return grants

    @staticmethod
    def _within_limits(
        site: Site, wanted_a: Mapping[ConnectorId, float], pools: list[Pool]
    ) -> dict[ConnectorId, float]:
        """Cut what is wanted to every limit, whatever the layers above thought."""
        left = [pool.room for pool in pools]
        target_a = {}
        for connector in site.connectors:
            id_ = connector.id
            room_a = _room_a(id_, pools, left)
            limit_a = min(wanted_a.get(id_, 0.0), connector.most_a, room_a)
            if not limit_a >= connector.minimum_a - _TOLERANCE_A:
                limit_a = 0.0
            target_a[id_] = limit_a
            _take(id_, limit_a, pools, left)
        return target_a


def _less(pools: list[Pool], taken_a: Mapping[ConnectorId, float]) -> list[Pool]:
    """Return pools without what was taken of them."""
    if not taken_a:
        return pools
    return [
        replace(
            pool,
            room=pool.room
            - sum(
                cost * taken_a[id_]
                for id_, cost in pool.costs.items()
                if taken_a.get(id_)
            ),
        )
        for pool in pools
    ]


def _room_a(id_: ConnectorId, pools: list[Pool], left: list[float]) -> float:
    """Return how many amps all pools together leave to one connector."""
    room_a = float("inf")
    for pool, room in zip(pools, left, strict=True):
        if (cost := pool.costs.get(id_)) is not None:
            # Asked this way, what is not a number leaves nothing.
            share_a = room / cost if cost > 0 and isfinite(room) else 0.0
            room_a = min(room_a, share_a)
    return room_a


def _take(
    id_: ConnectorId, limit_a: float, pools: list[Pool], left: list[float]
) -> None:
    """Take what one connector gets from what is left."""
    if limit_a > 0:
        for index, pool in enumerate(pools):
            left[index] -= limit_a * pool.costs.get(id_, 0.0)
