"""What each car drew lately: for taking it out of what a meter of the house reads.

What a car drew at a moment is known to lie between two currents only. A unit tells it once a
second, and a car that was offered more may take it before its unit says so. And nobody knows
when exactly a meter looked: what counts are all the seconds in which it may have.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from .commitment import Commitment
from .model import ConnectorId

# A meter looked so long before its reading came in, at most.
LOOKED_S: Final = 5.0
# A car has followed a higher offer after this long, or will not.
_RISEN_S: Final = 20.0
# Readings that are older than this count for nothing anyway.
_MEMORY_S: Final = 600.0


@dataclass(frozen=True, slots=True)
class _Draw:
    """What a car drew from a moment on."""

    at: float
    least_a: float
    most_a: float
    lines: frozenset[int]
    watts_per_a: float


class _Car:
    """The draws of one car."""

    def __init__(self, committed_a: float) -> None:
        """Begin with a car that was found as it is: nothing has changed."""
        self.committed_a = committed_a
        self.raised_at = float("-inf")
        self.draws: deque[_Draw] = deque()

    def add(self, commitment: Commitment, now: float) -> None:
        """Remember what it draws from now on; what has not changed costs nothing."""
        if commitment.committed_a > self.committed_a:
            self.raised_at = now
        self.committed_a = commitment.committed_a
        least_a = most_a = commitment.draw_a
        if not commitment.heard or now - self.raised_at < _RISEN_S:
            most_a = commitment.committed_a
        draw = _Draw(now, least_a, most_a, commitment.lines, commitment.watts_per_a)
        draws = self.draws
        if draws and _same(draws[-1], draw):
            return
        draws.append(draw)
        while len(draws) > 1 and draws[1].at < now - _MEMORY_S:
            draws.popleft()

    def between(
        self, since: float, until: float, share: Callable[[_Draw, _Draw], float]
    ) -> tuple[float, float]:
        """Return the least and the most of a share of its draw in some seconds."""
        latest = self.draws[-1]
        least = most = None
        for draw in reversed(self.draws):
            # The earliest that is known was there before anyone could see it.
            if draw.at > until and draw is not self.draws[0]:
                continue
            factor = share(draw, latest)
            low, high = draw.least_a * factor, draw.most_a * factor
            least = low if least is None else min(least, low)
            most = high if most is None else max(most, high)
            if draw.at <= since:
                break
        return least or 0.0, most or 0.0


class Draws:
    """The draws of all cars."""

    def __init__(self) -> None:
        """Begin with no car."""
        self._cars: dict[ConnectorId, _Car] = {}

    def add(self, commitments: Mapping[ConnectorId, Commitment], now: float) -> bool:
        """Remember what all cars draw from now on. Return whether one was found drawing."""
        found = False
        for id_, commitment in commitments.items():
            if id_ not in self._cars:
                self._cars[id_] = _Car(commitment.committed_a)
                found |= commitment.draw_a > 0
            self._cars[id_].add(commitment, now)
        if len(self._cars) > len(commitments):
            self._cars = {id_: self._cars[id_] for id_ in commitments}
        return found

    def amps(self, line: int, at: float) -> tuple[float, float]:
        """Return the least and the most on a line when a reading was taken."""
        return self._sum(
            at,
            # Who is now known not to use a line never did; who may now did not before.
            lambda draw, latest: float(line in draw.lines and line in latest.lines),
        )

    def watts(self, at: float) -> tuple[float, float]:
        """Return the least and the most of their power when a reading was taken."""
        return self._sum(
            at, lambda draw, latest: min(draw.watts_per_a, latest.watts_per_a)
        )

    def _sum(
        self, at: float, share: Callable[[_Draw, _Draw], float]
    ) -> tuple[float, float]:
        each = [car.between(at - LOOKED_S, at, share) for car in self._cars.values()]
        return sum(least for least, _ in each), sum(most for _, most in each)


def _same(one: _Draw, other: _Draw) -> bool:
    return (
        one.least_a == other.least_a
        and one.most_a == other.most_a
        and one.lines == other.lines
        and one.watts_per_a == other.watts_per_a
    )
