"""What another program has logged of charging, made into sessions: all that makes sense, once.

Whoever charged before with the program TWCManager has its logs: sessions with the lifetime
counter of their Wall Connector before and after, and what sun, home and cars had for power.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from typing import Final

from .ledger import LARGEST_KW, SLACK_KWH
from .session import Session

# The log has a row every few minutes at most. Of longer gaps it says nothing.
_LONGEST_GAP_S: Final = 900.0


class Skip(StrEnum):
    """Why something that was logged is no session for us."""

    UNREADABLE = "unreadable"
    """A time or a number is missing, or none."""
    NO_END = "no_end"
    NO_ENERGY = "no_energy"
    NONSENSE = "nonsense"
    """It ends before it begins, or had less than nothing or more than can be."""
    UNKNOWN_UNIT = "unknown_wall_connector"
    TOO_OLD = "older_than_kept"
    KNOWN = "already_there"
    OVERLAPS = "overlaps"
    """With another session of the same Wall Connector."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """A session as it was logged; what could not be read is None."""

    unit: str
    """The id of the Wall Connector, four hex digits."""
    began_at: float | None
    ended_at: float | None
    has_end: bool = True
    before_kwh: float | None
    after_kwh: float | None
    vin: str | None = None

    @property
    def energy_kwh(self) -> float:
        """Return what its counter says that it got."""
        return (self.after_kwh or 0.0) - (self.before_kwh or 0.0)


@dataclass(frozen=True, slots=True)
class Flow:
    """What was logged of one moment: powers in W."""

    at: float
    solar_w: float
    home_w: float
    """Without the cars."""
    cars_w: float


@dataclass(slots=True)
class Plan:
    """What there is to take over."""

    sessions: list[Session] = field(default_factory=list)
    skipped: Counter[Skip] = field(default_factory=Counter)
    unknown: set[str] = field(default_factory=set)
    """The ids of Wall Connectors that nobody knows."""


def plan(
    logged: Iterable[Logged],
    *,
    units: Mapping[str, str],
    vehicles: Mapping[str, str],
    there: Collection[Session],
    since: float,
    flows: Sequence[Flow] = (),
) -> Plan:
    """Return which sessions to take over.

    ``units`` tells whose an id is, ``vehicles`` whose a VIN. What is ``there`` already stays as
    it is, and what ended before ``since`` would not be kept.
    """
    made = Plan()
    spans = _Spans(there)
    for each in sorted(logged, key=lambda each: each.began_at or 0.0):
        unit = units.get(each.unit)
        if skip := _no_session(each):
            made.skipped[skip] += 1
        elif unit is None:
            made.unknown.add(each.unit)
            made.skipped[Skip.UNKNOWN_UNIT] += 1
        else:
            session = _session(each, unit, vehicles, flows)
            if session.seen_at < since:
                made.skipped[Skip.TOO_OLD] += 1
            elif skip := spans.clash(session):
                made.skipped[skip] += 1
            else:
                spans.add(session)
                made.sessions.append(session)
    return made


def _no_session(logged: Logged) -> Skip | None:
    """Return why something is no session, None if it is one."""
    if not logged.has_end:
        return Skip.NO_END
    values = logged.began_at, logged.ended_at, logged.before_kwh, logged.after_kwh
    if logged.began_at is None or logged.ended_at is None or None in values:
        return Skip.UNREADABLE
    if logged.energy_kwh == 0:
        return Skip.NO_ENERGY
    hours = (logged.ended_at - logged.began_at) / 3600
    most_kwh = LARGEST_KW * hours + SLACK_KWH
    if hours <= 0 or not 0 < logged.energy_kwh <= most_kwh:
        return Skip.NONSENSE
    return None


def _session(
    logged: Logged, unit: str, vehicles: Mapping[str, str], flows: Sequence[Flow]
) -> Session:
    assert logged.began_at is not None
    assert logged.ended_at is not None
    session = Session(
        unit=unit,
        began_at=logged.began_at,
        seen_at=logged.ended_at,
        ended_at=logged.ended_at,
        vin=logged.vin,
        vehicle=vehicles.get(logged.vin or ""),
        imported=True,
    )
    measured, solar = _shares(flows, logged.began_at, logged.ended_at)
    session.solar_kwh = logged.energy_kwh * solar
    session.import_kwh = logged.energy_kwh * (measured - solar)
    session.unmeasured_kwh = logged.energy_kwh * (1.0 - measured)
    return session


def _shares(
    flows: Sequence[Flow], began_at: float, ended_at: float
) -> tuple[float, float]:
    """Return which shares of a session's energy are known by their origin, and are sun."""
    first = bisect_left(flows, began_at, key=lambda flow: flow.at)
    last = bisect_right(flows, ended_at, key=lambda flow: flow.at)
    within = [
        (min(after.at, ended_at) - max(before.at, began_at), before)
        for before, after in pairwise(flows[max(0, first - 1) : last + 1])
        if after.at - before.at <= _LONGEST_GAP_S
    ]
    cars_ws = sum(passed_s * flow.cars_w for passed_s, flow in within)
    if cars_ws <= 0:
        return 0.0, 0.0
    solar_ws = sum(
        passed_s * min(flow.cars_w, max(0.0, flow.solar_w - flow.home_w))
        for passed_s, flow in within
    )
    measured = sum(passed_s for passed_s, _ in within) / (ended_at - began_at)
    return measured, measured * solar_ws / cars_ws


class _Spans:
    """When there were sessions, so that there are never two at once at one unit."""

    def __init__(self, sessions: Iterable[Session]) -> None:
        """Begin with those there are."""
        self._spans: dict[str, list[tuple[float, float]]] = {}
        for each in sorted(sessions, key=lambda each: each.began_at):
            self.add(each)

    def add(self, session: Session) -> None:
        """Take one more."""
        spans = self._spans.setdefault(session.unit, [])
        span = session.began_at, session.began_at + session.duration_s
        spans.insert(bisect_left(spans, span), span)

    def clash(self, session: Session) -> Skip | None:
        """Return why there is no room for a session."""
        spans = self._spans.get(session.unit, [])
        index = bisect_left(spans, (session.began_at, 0.0))
        for began_at, ended_at in spans[max(0, index - 1) : index + 1]:
            if began_at == session.began_at:
                return Skip.KNOWN
            if began_at < session.seen_at and session.began_at < ended_at:
                return Skip.OVERLAPS
        return None


def by_hour(sessions: Iterable[Session]) -> Iterator[tuple[float, float, float]]:
    """Return what went into cars in each hour with any, and how much of it was sun.

    An hour is told by when it began. A session's energy is spread evenly over its time.
    """
    hours: dict[float, tuple[float, float]] = {}
    for session in sessions:
        at, until = session.began_at, session.began_at + session.duration_s
        while at < until:
            hour = at // 3600 * 3600
            part = (min(until, hour + 3600) - at) / session.duration_s
            energy_kwh, solar_kwh = hours.get(hour, (0.0, 0.0))
            hours[hour] = (
                energy_kwh + part * session.energy_kwh,
                solar_kwh + part * session.solar_kwh,
            )
            at = hour + 3600
    for hour in sorted(hours):
        yield hour, *hours[hour]
