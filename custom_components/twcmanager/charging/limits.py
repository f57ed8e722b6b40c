"""What others than the wiring allow: grid operators and tariffs, in W.

A limit of the cars is theirs alone. Of a limit of the import they may have what the rest of
the home leaves, and what the sun gives on top. While the grid's meter is late nobody is
raised; when it is dead cars may have their minimum at most, as far as that fits next to half
of the limit and the most the home was seen to import.

A mean is that of a quarter of an hour. Which quarter only the meter knows, so none may exceed
it, whenever it begins: cars never lift the import above the mean, and what others imported
beyond it is saved within the rest of the quarter.
"""

from collections import deque
from collections.abc import Mapping
from math import isfinite
from typing import Final

from .allocation import Pool
from .commitment import Commitment
from .draws import Draws
from .headroom import Others, each_at_most, sight
from .model import ConnectorId, GridReading, PowerLimits, Reason, Site

QUARTER_S: Final = 900.0
# What was overdrawn is saved within this last part of a quarter.
SAVING_S: Final = 300.0
# No home imports or exports as much.
_ABSURD_W: Final = 1e6
_MUCH_W: Final = 1840.0


class LimitGuard:
    """Watches what the home imports."""

    def __init__(self) -> None:
        """Begin with nothing read."""
        self._others = Others(much=_MUCH_W)
        self._import = _Import()
        self._read: GridReading | None = None

    def watch(self, site: Site, draws: Draws, now: float, *, found: bool) -> None:
        """Take note of a new reading. ``found`` is whether a car was found drawing."""
        before, grid = self._read, site.grid
        if grid is None or not abs(grid.power_w) < _ABSURD_W:
            grid = before
        if grid is None:
            return
        self._read = grid
        if found:
            self._others.forget_lately()
        elif before and (before.at, before.power_w) == (grid.at, grid.power_w):
            return
        cars_w = draws.watts(min(grid.at, now))
        if site.preferences.meter_sees_cars:
            self._others.take(grid.power_w, cars_w, now)
            self._import.take(grid.power_w, now)
        else:
            self._others.take(grid.power_w, (0.0, 0.0), now)
            self._import.take(grid.power_w + cars_w[1], now)

    def pools(
        self, site: Site, commitments: Mapping[ConnectorId, Commitment], now: float
    ) -> list[Pool]:
        """Return what is there for the cars."""
        limits = site.limits
        costs = {id_: each.watts_per_a for id_, each in commitments.items()}
        pools = []
        if limits.cars_w is not None:
            pools.append(Pool(_number(limits.cars_w), costs, Reason.POWER_LIMIT))
        if (import_w := self._import_w(limits, now)) is not None:
            seen = sight(self._read, now)
            room_w = self._others.leave(import_w, seen)
            pools.append(Pool(room_w, costs, Reason.POWER_LIMIT))
            pools += each_at_most(seen, commitments, Reason.POWER_LIMIT)
        return pools

    def _import_w(self, limits: PowerLimits, now: float) -> float | None:
        """Return what may be imported now, None for any."""
        allowed_w = []
        if limits.import_w is not None:
            allowed_w.append(_number(limits.import_w))
        if limits.import_mean_w is not None:
            allowed_w.append(self._import.allowed_w(_number(limits.import_mean_w), now))
        return min(allowed_w, default=None)


class _Import:
    """What the home imported lately."""

    def __init__(self) -> None:
        """Begin with nothing known."""
        self._steps: deque[tuple[float, float, float]] = deque()
        """From when on how much was imported, and how much energy had been until then."""

    def take(self, power_w: float, now: float) -> None:
        """Count on with another power from now on. Export makes up for nothing."""
        self._steps.append((now, max(0.0, power_w), self._energy_j(now)))
        self._forget(now)

    def _forget(self, now: float) -> float:
        """Leave out what counts no more. Return from when on it does."""
        since = now - (QUARTER_S - SAVING_S)
        while len(self._steps) > 1 and self._steps[1][0] <= since:
            self._steps.popleft()
        return since

    def _energy_j(self, now: float) -> float:
        if not self._steps:
            return 0.0
        at, power_w, energy_j = self._steps[-1]
        return energy_j + power_w * (now - at)

    def allowed_w(self, mean_w: float, now: float) -> float:
        """Return what may be imported now for no quarter's mean to exceed the limit."""
        since = self._forget(now)
        # What nobody saw may have been all that was allowed.
        at, power_w, energy_j = self._steps[0] if self._steps else (now, 0.0, 0.0)
        before_j = (at - since) * (mean_w if at > since else power_w)
        imported_j = before_j + self._energy_j(now) - energy_j
        saved_w = (QUARTER_S * mean_w - imported_j) / SAVING_S
        return min(mean_w, max(0.0, saved_w))


def _number(limit_w: float) -> float:
    """Return a limit; one that is not a number allows nothing."""
    return limit_w if isfinite(limit_w) else 0.0
