"""The main fuse: what the house leaves of it to the cars, line by line.

Lowered at once, with the reading; raised once the house has left the room for half a minute.
What an inverter feeds in is not counted on beyond what the house takes: a cloud takes it away
faster than anyone can lower a car. While the meter is late nobody is raised. When it is dead
cars may have their minimum at most, as far as that fits next to half of the fuse and next to
the most the house was seen to take: what carries both is not overloaded unseen.
"""

from collections.abc import Mapping
from math import isfinite
from typing import Final

from .allocation import Pool
from .commitment import Commitment
from .draws import Draws
from .headroom import Others, each_at_most, sight
from .model import ALL_LINES, ConnectorId, MainFuse, Reason, Site

# Units and meters round, and readings come a second late.
MARGIN_A: Final = 1.0
# More than so many times its limit no fuse carries: that is no current.
_ABSURD: Final = 20.0
_MUCH_A: Final = 8.0


class FuseGuard:
    """Watches what goes through the main fuse."""

    def __init__(self) -> None:
        """Begin with nothing read."""
        self._others = [Others(much=_MUCH_A, least=0.0) for _ in ALL_LINES]
        self._read: MainFuse | None = None
        self._lines = len(ALL_LINES)

    def watch(self, site: Site, draws: Draws, now: float, *, found: bool) -> None:
        """Take note of a new reading. ``found`` is whether a car was found drawing."""
        before, fuse = self._read, site.fuse
        if fuse is None or not _plausible(fuse):
            fuse = before
        if fuse is None or fuse.currents_a is None:
            return
        self._read = fuse
        if found:
            for others in self._others:
                others.forget_lately()
        elif before and (before.at, before.currents_a) == (fuse.at, fuse.currents_a):
            return
        measured = list(zip(fuse.currents_a, self._others, strict=False))
        self._lines = len(measured)
        for line, (current_a, others) in enumerate(measured):
            cars_a = (
                draws.amps(line, min(fuse.at, now)) if fuse.sees_cars else (0.0, 0.0)
            )
            others.take(current_a, cars_a, now)

    def pools(
        self, site: Site, commitments: Mapping[ConnectorId, Commitment], now: float
    ) -> list[Pool]:
        """Return what is there for the cars."""
        if site.fuse is None:
            return []
        limit_a = site.fuse.limit_a if isfinite(site.fuse.limit_a) else 0.0
        seen = sight(self._read, now)
        rooms_a: dict[tuple[ConnectorId, ...], float] = {}
        for line, others in enumerate(self._others[: self._lines]):
            cars = tuple(id_ for id_, each in commitments.items() if line in each.lines)
            room_a = others.leave(limit_a - MARGIN_A, seen)
            # Lines that the same cars are on differ by what is left of them only.
            rooms_a[cars] = min(room_a, rooms_a.get(cars, room_a))
        pools = [
            Pool(room_a, dict.fromkeys(cars, 1.0), Reason.MAIN_FUSE)
            for cars, room_a in rooms_a.items()
            if cars
        ]
        return pools + each_at_most(seen, commitments, Reason.MAIN_FUSE)


def _plausible(fuse: MainFuse) -> bool:
    """Return whether its currents may be some."""
    return bool(fuse.currents_a) and all(
        abs(current_a) < _ABSURD * fuse.limit_a for current_a in fuse.currents_a or ()
    )
