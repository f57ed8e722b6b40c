"""The last word: what is committed never exceeds what the wiring carries.

A connector may draw whatever it was last told until it says otherwise. So each one counts
with the largest of what it was granted, the highest limit it may have heard, and what its car
draws. Lowering is always allowed and at once; raising has to wait until the room for it has
been confirmed free, or the time has passed after which a silent unit stops its car.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from .model import DRAWING_A, Connector, ConnectorId, Site

# A unit without a master stops its car after 20 to 30 s; some margin on top.
SILENT_STOPPED_S: Final = 35.0

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
        self._granted_a: dict[ConnectorId, float] = {}

    def committed_a(self, connector: Connector, now: float) -> float:
        """Return the most a connector may be drawing now, in A per phase."""
        if connector.told_at is not None and now - connector.told_at > SILENT_STOPPED_S:
            return 0.0
        granted_a = self._granted_a.get(connector.id, 0.0)
        committed_a = max(granted_a, connector.at_most_a, connector.draw_a)
        if connector.zero_may_mean_minimum and (
            connector.charging or connector.draw_a >= DRAWING_A
        ):
            return max(committed_a, connector.minimum_a)
        return committed_a

    def grant(
        self, site: Site, wanted_a: Mapping[ConnectorId, float], now: float
    ) -> dict[ConnectorId, Grant]:
        """Return what may be told now, at most what is wanted."""
        connectors = {each.id: each for each in site.connectors}
        committed_a = {each.id: self.committed_a(each, now) for each in site.connectors}
        target_a = self._within_limits(connectors, wanted_a, site.circuit_limit_a)
        room_a = site.circuit_limit_a - sum(committed_a.values())
        grants: dict[ConnectorId, Grant] = {}
        for id_, connector in connectors.items():
            target = target_a[id_]
            rise_a = target - committed_a[id_]
            if rise_a <= _TOLERANCE_A:
                grants[id_] = Grant(target)
                continue
            allowed_a = min(rise_a, max(room_a, 0.0)) if site.settled else 0.0
            limit_a = committed_a[id_] + allowed_a
            if limit_a < connector.minimum_a - _TOLERANCE_A:
                limit_a = 0.0
            else:
                room_a -= allowed_a
            grants[id_] = Grant(limit_a, held=limit_a < target - _TOLERANCE_A)
        self._granted_a = {id_: grant.limit_a for id_, grant in grants.items()}
        return grants

    @staticmethod
    def _within_limits(
        connectors: Mapping[ConnectorId, Connector],
        wanted_a: Mapping[ConnectorId, float],
        circuit_limit_a: float,
    ) -> dict[ConnectorId, float]:
        """Cut what is wanted to every limit, whatever the layers above thought."""
        left_a = circuit_limit_a
        target_a = {}
        for id_, connector in connectors.items():
            limit_a = min(wanted_a.get(id_, 0.0), connector.most_a, left_a)
            if not limit_a >= connector.minimum_a - _TOLERANCE_A:
                limit_a = 0.0
            target_a[id_] = limit_a
            left_a -= limit_a
        return target_a
