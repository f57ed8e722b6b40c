"""What the rest of a home leaves of a limit, by a meter that sees home and cars together.

A meter says how much flows, not for whom. What others take is the reading less the cars' own
draw, and that is known to lie between two values only while a car changes. As long as a
reading can be explained by what others took before, it is; otherwise by the least change that
explains it. So a car that is lowered does not look like a house that takes more, and the
next reading does not lower it again, while a house that truly takes more shows at once.
"""

from collections import deque
from collections.abc import Mapping
from enum import Enum
from typing import Final

from .allocation import Pool
from .commitment import Commitment
from .model import ConnectorId, GridReading, MainFuse, Reason

# What others took in these last seconds is left to them: a kettle comes back.
RECOVERS_S: Final = 30.0
# Readings that leave much in doubt for longer than this are taken at their worst.
DOUBT_S: Final = 40.0
# Where nobody can see, others are left at least this share of the limit.
UNSEEN_SHARE: Final = 0.5
# The most they ever took is forgotten bit by bit, within this time.
_FORGET_S: Final = 24 * 3600.0


class Sight(Enum):
    """How well a meter tells what goes on now."""

    CLEAR = 1
    LATE = 2
    """It says nothing new: nobody is raised."""
    BLIND = 3
    """It says nothing at all."""


def sight(reading: GridReading | MainFuse | None, now: float) -> Sight:
    """Return what can be seen by the latest reading."""
    # Asked this way, a time that is not a number has passed.
    if reading is None or not now < reading.dead_at:
        return Sight.BLIND
    return Sight.CLEAR if now < reading.stale_at else Sight.LATE


def each_at_most(
    seen: Sight, commitments: Mapping[ConnectorId, Commitment], reason: Reason
) -> list[Pool]:
    """Return what each may have at most by itself, where not all can be seen."""
    if seen is Sight.CLEAR:
        return []
    return [
        Pool(each.told_a if seen is Sight.LATE else each.minimum_a, {id_: 1.0}, reason)
        for id_, each in commitments.items()
    ]


class Others:
    """What others than the cars take."""

    def __init__(self, *, much: float, least: float = float("-inf")) -> None:
        """Begin with nothing known.

        ``much`` is how much in doubt is a lot, ``least`` what they are always left.
        """
        self._much = much
        self._least = least
        self._load: float | None = None
        self._taken_at = float("-inf")
        self._doubt_since: float | None = None
        self._highest = 0.0
        self._lately: deque[tuple[float, float]] = deque()

    def forget_lately(self) -> None:
        """Begin anew with the next reading: what was taken for others' was a car's."""
        self._load = self._doubt_since = None
        self._lately.clear()

    def take(self, measured: float, cars: tuple[float, float], now: float) -> None:
        """Take a new reading, with the least and the most of it that was the cars'."""
        least, most = measured - cars[1], measured - cars[0]
        if self._load is None or self._doubtful(most - least, now):
            load = most
        else:
            load = min(max(self._load, least), most)
        self._load = load
        forgotten = min(1.0, (now - self._taken_at) / _FORGET_S)
        self._highest = max(load, self._highest * (1 - forgotten))
        self._taken_at = now
        # Only those that may yet be the highest of the last seconds are worth keeping.
        while self._lately and self._lately[-1][1] <= load:
            self._lately.pop()
        self._lately.append((now, load))
        while self._lately[0][0] <= now - RECOVERS_S:
            self._lately.popleft()

    def _doubtful(self, doubt: float, now: float) -> bool:
        if doubt <= self._much:
            self._doubt_since = None
        elif self._doubt_since is None:
            self._doubt_since = now
        return self._doubt_since is not None and now - self._doubt_since >= DOUBT_S

    def leave(self, limit: float, seen: Sight) -> float:
        """Return what they leave of a limit."""
        if seen is Sight.BLIND or not self._lately:
            return limit - max(limit * UNSEEN_SHARE, self._highest)
        return limit - max(self._lately[0][1], self._least)
