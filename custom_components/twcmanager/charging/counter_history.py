"""A lifetime counter as another program has logged it, hour by hour."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .ledger import LARGEST_KW, SLACK_KWH


@dataclass(frozen=True, slots=True, order=True)
class Reading:
    """Where a counter stood."""

    at: float
    kwh: float


def counter_by_hour(readings: Iterable[Reading]) -> dict[float, float]:
    """Return where a counter stood at last in each hour in which it was read.

    An hour is told by when it began. As the values are those of the counter itself, it does not
    matter which part of a log is read, or when.
    """
    return {each.at // 3600 * 3600: each.kwh for each in _believed(sorted(readings))}


def _believed(readings: Iterable[Reading]) -> Iterator[Reading]:
    """Return readings without nonsense, which counters tell now and then.

    The first is believed once another agrees with it. Zero was logged as long as nothing was read.
    """
    believed: Reading | None = None
    told: Reading | None = None
    for each in readings:
        if each.kwh <= 0:
            continue
        before = believed or told
        if before and _follows(before, each):
            believed = each
            yield each
        told = each


def _follows(before: Reading, after: Reading) -> bool:
    most_kwh = LARGEST_KW * (after.at - before.at) / 3600 + SLACK_KWH
    return 0 <= after.kwh - before.kwh <= most_kwh
