"""Plans: when to charge cars that have to be ready at a time, so that it costs the least.

Time is cut into slots in which nothing changes. In each, the sun that is expected comes
cheap and the grid at its price; cars share the circuit, and the panels they are behind. Slots
are filled from the cheapest to the dearest. One that is full for a car may still be free for
another that makes room for it elsewhere, so that in the end all get what they need if that
can be, at the least cost (for cars of the same power per ampere; others come close).

Currents of a plan are means over a slot: whoever follows it charges a shorter time with more.
Times are seconds of the calendar's clock.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean
from typing import Final

# Finer than any tariff, and late enough for a car that starts as late as it can.
SLOT_S: Final = 900.0
# No plan looks further.
HORIZON_S: Final = 7 * 86400.0
# Cars take their time to start, draw a little less than they are offered, and slow down
# when they are nearly full.
SLACK_S: Final = 1800.0

_HOUR_S: Final = 3600.0
# Less than this, in Ah, is nothing.
_NOTHING_AH: Final = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """A car that has to be ready, and how it charges."""

    id: Hashable
    need_kwh: float
    """What it is to get from the plug until then."""
    ready_at: float
    at_most_a: float
    watts_per_a: float
    slack_s: float = SLACK_S
    """How much sooner it is to be ready if that can be."""


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of the circuit that carries less: what those behind it may draw, per line."""

    limit_a: float
    members: frozenset[Hashable]


@dataclass(frozen=True, slots=True)
class Price:
    """What a kWh from the grid costs for a while, in any currency; it may be negative."""

    start: float
    end: float
    per_kwh: float


@dataclass(frozen=True, slots=True)
class Sun:
    """What the sun is expected to leave for cars for a while."""

    start: float
    end: float
    watts: float


@dataclass(frozen=True, slots=True)
class Planned:
    """What a car is to charge with for a while, as a mean, and how much of it is sun."""

    start: float
    end: float
    amps: float
    sun_a: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """When one car charges."""

    slots: tuple[Planned, ...] = ()
    missing_kwh: float = 0.0
    """What it will not get in time, though it charges as much as it can."""

    def at(self, at: float) -> Planned | None:
        """Return what is planned for a time, if anything."""
        return next((each for each in self.slots if each.start <= at < each.end), None)


def plan(
    trips: Sequence[Trip],
    *,
    now: float,
    circuit_a: float,
    panels: Iterable[Panel] = (),
    prices: Iterable[Price] = (),
    sun: Iterable[Sun] = (),
    sun_price: float = 0.0,
) -> dict[Hashable, Plan]:
    """Return the plans of cars that share a circuit.

    Panels lie apart or within each other. Without any price cars charge as late as they can.
    What nobody knows the price of counts as the mean of those that are known. ``sun_price``
    is what a kWh of sun would earn.
    """
    prices, sun = tuple(prices), tuple(sun)
    slots = _cut(trips, prices, sun, now)
    segments = _segments(trips, slots, prices, sun, circuit_a, sun_price)
    filling = _Filling(trips, slots, panels)
    # First with time to spare. Who cannot be ready like that takes what comes first.
    filling.open(slack=True)
    for segment in segments:
        filling.fill(segment)
    filling.open(slack=False)
    for segment in sorted(segments, key=lambda each: each.slot):
        filling.fill(segment)
    return filling.plans(segments)


@dataclass(slots=True)
class _Slot:
    """A while in which nothing changes, in s."""

    start: float
    end: float

    @property
    def hours(self) -> float:
        return (self.end - self.start) / _HOUR_S


@dataclass(slots=True)
class _Segment:
    """A part of a slot that comes at one price, and what of it is free."""

    slot: int
    cost: float
    free_ah: float
    is_sun: bool
    used_ah: float = 0.0


def _cut(
    trips: Sequence[Trip], prices: Sequence[Price], sun: Sequence[Sun], now: float
) -> list[_Slot]:
    """Return the slots from now until the last car has to be ready."""
    end = min(max((each.ready_at for each in trips), default=now), now + HORIZON_S)
    cuts = {now, end}
    for trip in trips:
        cuts |= {trip.ready_at, trip.ready_at - trip.slack_s}
    for price in prices:
        cuts |= {price.start, price.end}
    for each in sun:
        cuts |= {each.start, each.end}
    # Full quarters of the hour, so that a plan stays as it was when it is made anew.
    quarter = now - now % SLOT_S + SLOT_S
    while quarter < end:
        cuts.add(quarter)
        quarter += SLOT_S
    edges = sorted(each for each in cuts if now <= each <= end)
    return [_Slot(a, b) for a, b in pairwise(edges)]


def _segments(
    trips: Sequence[Trip],
    slots: Sequence[_Slot],
    prices: Sequence[Price],
    sun: Sequence[Sun],
    circuit_a: float,
    sun_price: float,
) -> list[_Segment]:
    """Return what slots have to give, the cheapest first."""
    watts_per_a = max((each.watts_per_a for each in trips), default=1.0)
    # Without prices, the grid is as dear at any time as at any other, and dearer than sun.
    usual = fmean(each.per_kwh for each in prices) if prices else sun_price + 1.0
    per_slot = _values(slots, [(each.start, each.end, each.per_kwh) for each in prices])
    sun_per_slot = _values(slots, [(each.start, each.end, each.watts) for each in sun])
    segments = []
    for index, slot in enumerate(slots):
        sun_a = min(max(sun_per_slot[index] or 0.0, 0.0) / watts_per_a, circuit_a)
        cost = per_slot[index]
        if sun_a > 0:
            segments.append(_Segment(index, sun_price, sun_a * slot.hours, True))
        segments.append(
            _Segment(
                index,
                usual if cost is None else cost,
                (circuit_a - sun_a) * slot.hours,
                False,
            )
        )
    latest_first = not prices
    return sorted(
        segments,
        key=lambda each: (
            each.cost,
            not each.is_sun,
            -each.slot if latest_first and not each.is_sun else each.slot,
        ),
    )


def _values(
    slots: Sequence[_Slot], spans: Sequence[tuple[float, float, float]]
) -> list[float | None]:
    """Return the value of each slot, None where there is none. The last one said counts."""
    values: list[float | None] = [None] * len(slots)
    ordered = sorted(spans)
    begin = 0
    for start, end, value in ordered:
        while begin < len(slots) and slots[begin].start < start:
            begin += 1
        index = begin
        while index < len(slots) and slots[index].end <= end:
            values[index] = value
            index += 1
    return values


class _Filling:
    """Gives what slots have to the cars, and moves it between them where that helps."""

    def __init__(
        self, trips: Sequence[Trip], slots: Sequence[_Slot], panels: Iterable[Panel]
    ) -> None:
        """Begin with nothing given to anyone."""
        self._trips = trips
        self._slots = slots
        self._need_ah = [
            max(each.need_kwh, 0.0) * 1000 / each.watts_per_a for each in trips
        ]
        self._given_ah = [[0.0] * len(slots) for _ in trips]
        self._room_ah = [[0.0] * len(slots) for _ in trips]
        panels = tuple(panels)
        self._panels = [
            {index for index, each in enumerate(panels) if trip.id in each.members}
            for trip in trips
        ]
        self._panel_room_ah = [
            [max(each.limit_a, 0.0) * slot.hours for slot in slots] for each in panels
        ]

    def open(self, *, slack: bool) -> None:
        """Let each car charge until it has to be ready, or some slack sooner."""
        for car, trip in enumerate(self._trips):
            until = trip.ready_at - (trip.slack_s if slack else 0.0)
            most_a = max(trip.at_most_a, 0.0)
            for index, slot in enumerate(self._slots):
                open_ = slot.end <= until
                room_ah = most_a * slot.hours - self._given_ah[car][index]
                self._room_ah[car][index] = room_ah if open_ else 0.0

    def fill(self, segment: _Segment) -> None:
        """Give of a part of a slot as much as anybody can still use."""
        while segment.free_ah > _NOTHING_AH and (way := self._way(segment.slot)):
            # Who takes it in this slot, and who makes room for whom in which other slot.
            moves = [(car, slot, 1) for car, slot in way]
            moves += [(car, slot, -1) for (car, _), (_, slot) in pairwise(way)]
            in_need = way[-1][0]
            amount_ah = min(
                segment.free_ah, self._need_ah[in_need], self._most_ah(moves)
            )
            for car, slot, sign in moves:
                self._give(car, slot, sign * amount_ah)
            self._need_ah[in_need] -= amount_ah
            segment.free_ah -= amount_ah
            segment.used_ah += amount_ah

    def _most_ah(self, moves: Sequence[tuple[int, int, int]]) -> float:
        """Return how much those that take and leave, each in a slot, have room for."""
        amount_ah = float("inf")
        more: dict[tuple[int, int], int] = {}
        for car, slot, sign in moves:
            there_ah = self._room_ah if sign > 0 else self._given_ah
            amount_ah = min(amount_ah, there_ah[car][slot])
            for panel in self._panels[car]:
                more[panel, slot] = more.get((panel, slot), 0) + sign
        for (panel, slot), change in more.items():
            # By the shortest way, none gets more twice.
            if change > 0:
                amount_ah = min(amount_ah, self._panel_room_ah[panel][slot])
        return amount_ah

    def _give(self, car: int, slot: int, amount_ah: float) -> None:
        self._given_ah[car][slot] += amount_ah
        self._room_ah[car][slot] -= amount_ah
        for panel in self._panels[car]:
            self._panel_room_ah[panel][slot] -= amount_ah

    def _way(self, slot: int) -> list[tuple[int, int]] | None:
        """Return who takes of a slot so that somebody gets more, None if nobody does.

        The first takes it there. Each next one takes, in the slot told, what the one before
        leaves for it. The last one is still in need.
        """
        if not any(need_ah > _NOTHING_AH for need_ah in self._need_ah):
            return None
        ways = [
            [(car, slot)]
            for car, room_ah in enumerate(self._room_ah)
            if room_ah[slot] > _NOTHING_AH and self._fits(self._panels[car], slot)
        ]
        seen = {way[0][0] for way in ways}
        for way in ways:
            car = way[-1][0]
            if self._need_ah[car] > _NOTHING_AH:
                return way
            for other in range(len(self._trips)):
                if other in seen:
                    continue
                shared = self._shared(car, other)
                if shared is not None:
                    seen.add(other)
                    ways.append([*way, (other, shared)])
        return None

    def _shared(self, car: int, other: int) -> int | None:
        """Return a slot in which a car may leave something to another one."""
        # Behind a panel that both are behind, nothing changes.
        panels = self._panels[other] - self._panels[car]
        for index, (given_ah, room_ah) in enumerate(
            zip(self._given_ah[car], self._room_ah[other], strict=True)
        ):
            if (
                given_ah > _NOTHING_AH
                and room_ah > _NOTHING_AH
                and self._fits(panels, index)
            ):
                return index
        return None

    def _fits(self, panels: Iterable[int], slot: int) -> bool:
        """Return whether there is room behind all of these panels."""
        return all(self._panel_room_ah[each][slot] > _NOTHING_AH for each in panels)

    def plans(self, segments: Iterable[_Segment]) -> dict[Hashable, Plan]:
        """Return what came of it for each car."""
        sun_share = self._sun_shares(segments)
        plans = {}
        for trip, given_ah, need_ah in zip(
            self._trips, self._given_ah, self._need_ah, strict=True
        ):
            planned: list[Planned] = []
            for slot, amount_ah, share in zip(
                self._slots, given_ah, sun_share, strict=True
            ):
                if amount_ah > _NOTHING_AH:
                    amps = amount_ah / slot.hours
                    planned.append(Planned(slot.start, slot.end, amps, amps * share))
            missing_kwh = need_ah * trip.watts_per_a / 1000
            plans[trip.id] = Plan(
                slots=tuple(planned),
                missing_kwh=missing_kwh if need_ah > _NOTHING_AH else 0.0,
            )
        return plans

    def _sun_shares(self, segments: Iterable[_Segment]) -> list[float]:
        """Return which part of what is given in each slot is sun."""
        sun_ah = [0.0] * len(self._slots)
        all_ah = [0.0] * len(self._slots)
        for each in segments:
            all_ah[each.slot] += each.used_ah
            if each.is_sun:
                sun_ah[each.slot] += each.used_ah
        return [a / b if b else 0.0 for a, b in zip(sun_ah, all_ah, strict=True)]
