"""The last word: what is committed never exceeds what the wiring carries, on any line.

A connector may draw whatever it was last told until it says otherwise. So each one counts
with the largest of what it was granted, the highest limit it may have heard, and what its car
draws. Lowering is always allowed and at once; raising has to wait until the room for it has
been confirmed free, or the time has passed after which a silent unit stops its car. Who does
not heed what it is told leaves that much less for the others.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Final

from .allocation import Pool
from .commitment import SILENT_STOPPED_S, Commitment
from .draws import Draws
from .fuse import FuseGuard
from .limits import LimitGuard
from .model import ConnectorId, Site
from .wiring import wires

_TOLERANCE_A: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Grant:
    """What may be told to a connector; ``held`` if others have to lower first."""

    limit_a: float
    held: bool = False


class Guard:
    """Remembers what was granted, as it may be on its way."""

    def __init__(self) -> None:
        """Begin with nothing granted."""
        self._commitments: dict[ConnectorId, Commitment] = {}
        self._draws: Draws | None = None
        """What cars drew lately, as long as anything depends on it."""
        self._fuse = FuseGuard()
        self._limits = LimitGuard()

    def watch(self, site: Site, now: float) -> None:
        """Take note of what all connectors hold. Comes first in a tick."""
        for connector in site.connectors:
            if connector.id not in self._commitments:
                self._commitments[connector.id] = Commitment(connector, now)
            self._commitments[connector.id].watch(connector, now)
        # Who is gone without a word may charge on for as long as a silent one.
        self._commitments = {
            id_: each
            for id_, each in self._commitments.items()
            if now - each.seen_at <= SILENT_STOPPED_S
        }
        self._watch_meters(site, now)

    def _watch_meters(self, site: Site, now: float) -> None:
        """Take note of what the home takes, where that limits anyone."""
        limits_import = site.limits.import_w, site.limits.import_mean_w
        if site.fuse is None and limits_import == (None, None):
            self._draws = None
            return
        if self._draws is None:
            self._draws, self._fuse, self._limits = Draws(), FuseGuard(), LimitGuard()
        found = self._draws.add(self._commitments, now)
        self._fuse.watch(site, self._draws, now, found=found)
        self._limits.watch(site, self._draws, now, found=found)

    @property
    def calm(self) -> bool:
        """Return whether everyone does as told, with nothing that time alone would change."""
        return all(each.calm for each in self._commitments.values())

    def pools(self, site: Site, now: float) -> list[Pool]:
        """Return all there is to share, less what the heedless take of it."""
        return _less(self._bounds(site, now), self._excess_a(site))

    def _excess_a(self, site: Site) -> dict[ConnectorId, float]:
        """Return what the heedless take more than they were granted."""
        return {
            each.id: taken_a
            for each in site.connectors
            if (taken_a := self._commitments[each.id].excess_a)
        }

    def _bounds(self, site: Site, now: float) -> list[Pool]:
        """Return all that limits anyone, as if nobody had anything yet."""
        lines = tuple((id_, each.lines) for id_, each in self._commitments.items())
        return [
            *wires(site.circuit_limit_a, site.circuits, lines),
            *self._fuse.pools(site, self._commitments, now),
            *self._limits.pools(site, self._commitments, now),
        ]

    def grant(
        self, site: Site, wanted_a: Mapping[ConnectorId, float], now: float
    ) -> dict[ConnectorId, Grant]:
        """Return what may be told now, at most what is wanted."""
        bounds = self._bounds(site, now)
        pools = _less(bounds, self._excess_a(site))
        target_a = self._within_limits(site, wanted_a, pools)
        committed_a = {id_: each.committed_a for id_, each in self._commitments.items()}
        free = _less(bounds, committed_a)
        left = [pool.room for pool in free]
        grants: dict[ConnectorId, Grant] = {}
        for connector in site.connectors:
            id_, commitment = connector.id, self._commitments[connector.id]
            # Without room it may keep what it was told, however much it draws.
            most_a = commitment.entitled_a
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
        Pool(
            pool.room
            - sum(pool.costs.get(id_, 0.0) * each_a for id_, each_a in taken_a.items()),
            pool.costs,
            pool.reason,
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
