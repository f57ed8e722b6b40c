"""Which car is on which cable.

What counts, in this order: the VIN that a unit has read; that unit and car saw the plug at about
the same time; that a car says it is plugged in; that only one car and one cable are left. A car
that says it is not plugged in, or not at home, is on no cable. Whoever cannot be told is a guest.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

type CableId = str
type CarId = str

# A VIN takes a while to be read; before that nobody is called a guest.
SETTLING_S: Final = 30.0
# A car tells its maker's cloud of the plug, and that is asked every few minutes.
_SOONEST_S: Final = -60.0
LATEST_S: Final = 900.0
# Who says nothing for so long may have been unplugged without anybody's seeing it.
_SILENT_S: Final = 60.0


class Evidence(StrEnum):
    """What speaks for a car."""

    VIN = "vin"
    TIME = "time"
    PLUG = "plug"
    REMEMBERED = "remembered"
    """It was there before a restart, and nothing speaks against it."""
    LEFT = "left"
    """Nothing but that it is the only one left."""


@dataclass(frozen=True, slots=True)
class Presence:
    """Who is on a cable: a car, or without one a guest."""

    car: CarId | None = None
    evidence: Evidence | None = None

    @property
    def known(self) -> bool:
        """Return whether there is more to it than a guess."""
        return self.car is not None and self.evidence is not Evidence.LEFT


@dataclass(frozen=True, slots=True, kw_only=True)
class Cable:
    """A unit with a car on it."""

    since: float
    """When that was first seen."""
    came: bool
    """Whether it was seen to come then, and not just found."""
    vin: str | None = None
    reads_vins: bool = False
    """Whether the unit has read any, so that it should be able to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Car:
    """A car that somebody has told of."""

    vin: str | None = None
    told_vin: bool = False
    """Whether any unit has read its VIN, so that any should be able to."""
    plugged: bool | None = None
    plugged_at: float | None = None
    """When it was seen to begin to say so."""
    home: bool | None = None


def recognise(
    cables: Mapping[CableId, Cable],
    cars: Mapping[CarId, Car],
    before: Mapping[CableId, Presence],
    now: float,
) -> dict[CableId, Presence]:
    """Return who is on each cable, without those of whom it is too early to say."""
    found = dict(_by_vin(cables, cars))
    taken = {each.car for each in found.values()}
    free = {
        who: car
        for who, car in cars.items()
        if who not in taken and car.plugged is not False and car.home is not False
    }

    def settle(evidence: Evidence, pairs: Iterator[tuple[CableId, CarId]]) -> None:
        for cable, who in list(pairs):
            found[cable] = Presence(who, evidence)
            free.pop(who)

    def left() -> dict[CableId, Cable]:
        return {each: cable for each, cable in cables.items() if each not in found}

    for cable in left():
        was = before.get(cable, Presence())
        if was.known and was.car in free:
            says_so = free.pop(was.car).plugged
            remembered = was.evidence is Evidence.REMEMBERED
            found[cable] = (
                Presence(was.car, Evidence.PLUG) if remembered and says_so else was
            )
    settle(Evidence.TIME, _only_pairs(left(), free, _same_time))
    settle(Evidence.PLUG, _only_pairs(left(), free, _says_so))
    settled = {
        each: cable for each, cable in left().items() if now - cable.since >= SETTLING_S
    }
    settle(Evidence.LEFT, _only_pairs(settled, free, _may_be))
    return {**dict.fromkeys(settled, Presence()), **found}


def _by_vin(
    cables: Mapping[CableId, Cable], cars: Mapping[CarId, Car]
) -> Iterator[tuple[CableId, Presence]]:
    """Return who is known by a VIN; a VIN that nobody knows is a guest's."""
    owners = {car.vin: who for who, car in cars.items() if car.vin}
    for each, cable in cables.items():
        if cable.vin:
            yield each, Presence(owners.get(cable.vin), Evidence.VIN)


def _only_pairs(
    cables: Mapping[CableId, Cable],
    cars: Mapping[CarId, Car],
    fit: Callable[[Cable, Car], bool],
) -> Iterator[tuple[CableId, CarId]]:
    """Return the pairs that fit and whose both sides fit nobody else."""
    fitting = [
        (each, who)
        for each, cable in cables.items()
        for who, car in cars.items()
        if fit(cable, car)
    ]
    for pair in fitting:
        if sum(pair[0] == each or pair[1] == who for each, who in fitting) == 1:
            yield pair


def _same_time(cable: Cable, car: Car) -> bool:
    """Return whether unit and car saw the plug at about the same time."""
    if not cable.came or car.plugged_at is None:
        return False
    return _SOONEST_S <= car.plugged_at - cable.since <= LATEST_S


def _says_so(cable: Cable, car: Car) -> bool:
    """Return whether a car says that it is plugged in, and may be so here."""
    return car.plugged is True and _may_be(cable, car)


def _may_be(cable: Cable, car: Car) -> bool:
    """Return whether nothing speaks against a car."""
    if cable.reads_vins and car.told_vin:
        return False
    watched = cable.came and car.plugged_at is not None
    return not watched or _same_time(cable, car)


class PlugWatch:
    """Remembers since when somebody has been plugged in."""

    def __init__(self, plugged: Iterable[str] = (), now: float = 0.0) -> None:
        """Take who was plugged in before a restart."""
        # When they told is a matter of when they are first heard again.
        self._last: dict[str, tuple[bool, float | None]] = dict.fromkeys(
            plugged, (True, None)
        )
        self._since = dict.fromkeys(self._last, (now, False))

    def watch(
        self, who: str, *, plugged: bool | None, now: float
    ) -> tuple[float, bool] | None:
        """Return since when, and whether it was seen to come; None while it is not."""
        before, told_at = self._last.get(who, (None, None))
        told_at = now if told_at is None else told_at
        if plugged is not None:
            self._last[who] = plugged, now
        elif before is not None:
            self._last[who] = before, told_at
        if plugged is False or (plugged is None and now - told_at > _SILENT_S):
            self._since.pop(who, None)
        elif plugged and who not in self._since:
            self._since[who] = now, before is False
        return self._since.get(who)
