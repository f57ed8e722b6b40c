"""Demands to offers: minima first, then what is left, never more than any pool holds.

Whatever limits several connectors together is a pool: a circuit on one line, the main fuse, a
power limit, the sun. A pool has room, and every amp of a connector costs some of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from .model import ConnectorId, Reason

_TOLERANCE: Final = 1e-9
# Less is no raise.
_WORTH_A: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Pool:
    """Something that connectors share, in any unit."""

    room: float
    costs: Mapping[ConnectorId, float]
    """What 1 A takes of it, for those it concerns."""
    reason: Reason
    """Why somebody gets less who runs into it."""


@dataclass(frozen=True, slots=True)
class Request:
    """What one connector needs at least, and can use at most, in A."""

    id: ConnectorId
    least_a: float
    most_a: float
    turn: int = 0
    """The lowest is filled first, and those of the same share what there is equally."""
    leftover: bool = False
    """Whether it gets its least only from what nobody else can use, and never more."""


@dataclass(frozen=True, slots=True)
class Part:
    """What it gets, and what kept it from getting more."""

    limit_a: float
    cut_by: Reason | None = None


def divide(
    requests: Sequence[Request],
    pools: Sequence[Pool],
    above_least: Sequence[Pool] = (),
) -> dict[ConnectorId, Part]:
    """Divide what there is: who comes first gets its least first.

    A connector whose least does not fit gets nothing, and leaves the room to those after it.
    What is left is then given turn by turn, the lowest first.
    ``above_least`` are pools that only what exceeds the least is taken from; who gets
    leftovers costs nothing of them.
    """
    left = _Left(pools)
    parts: dict[ConnectorId, Part] = {}
    turns: dict[int, list[Request]] = {}
    for request in requests:
        if request.leftover:
            continue
        part = parts[request.id] = _least(request, left)
        if part.limit_a:
            turns.setdefault(request.turn, []).append(request)
    left.add(above_least)
    for _, turn in sorted(turns.items()):
        if len(turn) == 1:
            parts[turn[0].id] = _fill_one(turn[0], left)
        else:
            parts |= _fill(turn, left)
    if leftovers := [each for each in requests if each.leftover]:
        left = _what_is_left(pools, {id_: part.limit_a for id_, part in parts.items()})
        parts |= {each.id: _least(each, left) for each in leftovers}
    return parts


class _Left:
    """What is left of some pools."""

    def __init__(self, pools: Sequence[Pool]) -> None:
        self._pools = list(pools)
        self._rooms = [pool.room for pool in pools]

    def add(self, pools: Sequence[Pool]) -> None:
        self._pools += pools
        self._rooms += [pool.room for pool in pools]

    def short_of(self, id_: ConnectorId, amount_a: float) -> Reason | None:
        """Return which pool does not have so much for a connector, if any."""
        for pool, room in zip(self._pools, self._rooms, strict=True):
            cost = pool.costs.get(id_)
            # Asked this way, room that is not a number is no room.
            if cost is not None and not cost * amount_a <= room + _TOLERANCE:
                return pool.reason
        return None

    def take(self, id_: ConnectorId, amount_a: float) -> None:
        for index, pool in enumerate(self._pools):
            if cost := pool.costs.get(id_):
                self._rooms[index] -= cost * amount_a

    def most_a(self, id_: ConnectorId) -> float:
        """Return how much there is for one connector."""
        most_a = float("inf")
        for pool, room in zip(self._pools, self._rooms, strict=True):
            if cost := pool.costs.get(id_):
                most_a = min(most_a, max(room, 0.0) / cost)
        return most_a

    def step_a(self, ids: Sequence[ConnectorId]) -> float:
        """Return by how much all of them can be raised together."""
        step_a = float("inf")
        for pool, room in zip(self._pools, self._rooms, strict=True):
            cost = sum([pool.costs.get(id_, 0.0) for id_ in ids])
            if cost > 0:
                step_a = min(step_a, max(room, 0.0) / cost)
        return step_a


def _least(request: Request, left: _Left) -> Part:
    """Give one its least if there is so much."""
    if (short := left.short_of(request.id, request.least_a)) is not None:
        return Part(0.0, short)
    left.take(request.id, request.least_a)
    return Part(request.least_a)


def _fill_one(request: Request, left: _Left) -> Part:
    """Raise one alone until it has its most or a pool it needs is empty."""
    id_, extra_a = request.id, request.most_a - request.least_a
    if extra_a <= _TOLERANCE:
        return Part(request.most_a)
    if left.short_of(id_, extra_a) is None:
        left.take(id_, extra_a)
        return Part(request.most_a)
    extra_a = 0.0
    # A pool may be empty, or its room no number.
    if left.short_of(id_, _WORTH_A) is None:
        extra_a = left.most_a(id_)
        left.take(id_, extra_a)
    return Part(request.least_a + extra_a, left.short_of(id_, _WORTH_A))


def _fill(group: Sequence[Request], left: _Left) -> dict[ConnectorId, Part]:
    """Raise all of a group in step until each has its most or a pool it needs is empty."""
    limits_a = {each.id: each.least_a for each in group}
    cut: dict[ConnectorId, Reason | None] = dict.fromkeys(limits_a)

    def can_grow(each: Request) -> bool:
        if each.most_a - limits_a[each.id] <= _TOLERANCE:
            limits_a[each.id] = each.most_a
            return False
        cut[each.id] = left.short_of(each.id, _WORTH_A)
        return cut[each.id] is None

    # Before anything is raised, too: a pool may be empty, or its room no number.
    growing = [each for each in group if can_grow(each)]
    while growing:
        ids = [each.id for each in growing]
        step_a = min(
            left.step_a(ids), *(each.most_a - limits_a[each.id] for each in growing)
        )
        for id_ in ids:
            limits_a[id_] += step_a
            left.take(id_, step_a)
        still = [each for each in growing if can_grow(each)]
        if len(still) == len(growing):
            break
        growing = still
    return {id_: Part(limit_a, cut[id_]) for id_, limit_a in limits_a.items()}


def spare_a(
    id_: ConnectorId, limits_a: Mapping[ConnectorId, float], pools: Sequence[Pool]
) -> float:
    """Return how much more one could get if all others have what is given here."""
    return _what_is_left(pools, limits_a).most_a(id_)


def _what_is_left(
    pools: Sequence[Pool], limits_a: Mapping[ConnectorId, float]
) -> _Left:
    left = _Left(pools)
    for id_, limit_a in limits_a.items():
        left.take(id_, limit_a)
    return left
