"""What charging by a plan costs over a year of hourly prices, and how long planning takes.

Cars come home in the evening and have to be ready in the morning. The plan is made anew every
quarter of an hour, and costs as much as what was charged by it; next to the exact optimum, to
charging at once and to starting as late as possible.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from math import cos, inf, pi
from random import Random
from time import process_time
from typing import Final

from custom_components.twcmanager.charging.plan import (
    SLOT_S,
    Plan,
    Planned,
    Price,
    Trip,
    plan,
)

from .results import Spread, Table, publish

HOUR_S: Final = 3600.0
DAY_S: Final = 24 * HOUR_S
_WATTS_PER_A: Final = 690.0
_MOST_A: Final = 16.0
# Less than this, in kWh, is nothing.
_NOTHING_KWH: Final = 1e-6

type Prices = Sequence[float]
type Strategy = Callable[[list[Trip], float, float, list[Price]], dict[object, Plan]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Cars on one circuit: when they come home and leave, in hours after midnight."""

    circuit_a: float
    stays: Sequence[tuple[float, float]]


HOMES: Final = {
    "one car": Home(circuit_a=16.0, stays=[(18, 31)]),
    "three cars, circuit of 20 A": Home(
        circuit_a=20.0, stays=[(18, 30), (17, 31), (20, 36)]
    ),
}


def year_of_prices(days: int, random: Random) -> Prices:
    """Return made-up prices per kWh, hour by hour: two peaks a day, cheap at sunny noons."""
    prices = []
    level = 0.0
    for day in range(days + 2):
        # From 0 at midwinter to 1 at midsummer; weekends are cheaper, and weather lasts.
        summer = (1 - cos(2 * pi * day / 365)) / 2
        level = 0.7 * level + random.gauss(0, 0.03)
        base = 0.26 - 0.03 * summer + level - (0.03 if day % 7 > 4 else 0)
        sunny = summer * random.random()
        for hour in range(24):
            peaks = 0.09 * _bump(hour, 8, 2) + 0.13 * _bump(hour, 19, 2.5)
            dips = 0.06 * _bump(hour, 3, 3) + 0.3 * sunny * _bump(hour, 13, 2.5)
            prices.append(base + peaks - dips + random.gauss(0, 0.008))
    return prices


def _bump(hour: float, middle: float, width: float) -> float:
    return float(2 ** -(((hour - middle) / width) ** 2))


# --- ways to charge -------------------------------------------------------------------


def by_plan(
    trips: list[Trip], now: float, circuit_a: float, prices: list[Price]
) -> dict[object, Plan]:
    """Charge when it costs least."""
    return dict(plan(trips, now=now, circuit_a=circuit_a, prices=prices))


def latest_start(
    trips: list[Trip], now: float, circuit_a: float, prices: list[Price]
) -> dict[object, Plan]:
    """Charge as late as possible."""
    return dict(plan(trips, now=now, circuit_a=circuit_a))


def at_once(
    trips: list[Trip], now: float, circuit_a: float, prices: list[Price]
) -> dict[object, Plan]:
    """Charge whoever is there with all there is."""
    left_a = circuit_a
    plans: dict[object, Plan] = {}
    for each in trips:
        amps = min(each.at_most_a, left_a) if each.need_kwh > 0 else 0.0
        left_a -= amps
        plans[each.id] = Plan(slots=(Planned(now, now + SLOT_S, amps, 0.0),))
    return plans


STRATEGIES: Final[dict[str, Strategy]] = {
    "plan": by_plan,
    "latest start": latest_start,
    "at once": at_once,
}


@dataclass(slots=True)
class Outcome:
    """What a way to charge came to."""

    cost: float = 0.0
    late_kwh: float = 0.0
    """What was missing when cars left."""


def play(
    strategy: Strategy, home: Home, needs: Sequence[Sequence[float]], prices: Prices
) -> Outcome:
    """Charge day after day, with a new plan every quarter of an hour."""
    outcome = Outcome()
    for day, day_needs in enumerate(needs):
        left = trips_of(home, day, day_needs)
        now = day * DAY_S + min(stay[0] for stay in home.stays) * HOUR_S
        known = known_prices(prices, now)
        while left:
            here = [each for each in left if _came(home, each, day) <= now]
            plans = strategy(here, now, home.circuit_a, known)
            after = []
            for each in left:
                due = plans[each.id].at(now) if each.id in plans else None
                amps = due.amps if due else 0.0
                kwh = min(amps * _WATTS_PER_A * SLOT_S / HOUR_S / 1000, each.need_kwh)
                outcome.cost += kwh * prices[int(now // HOUR_S)]
                missing_kwh = each.need_kwh - kwh
                if each.ready_at > now + SLOT_S and missing_kwh > _NOTHING_KWH:
                    after.append(replace(each, need_kwh=missing_kwh))
                else:
                    outcome.late_kwh += missing_kwh
            left = after
            now += SLOT_S
    return outcome


def trips_of(home: Home, day: int, needs: Sequence[float]) -> list[Trip]:
    """Return the cars of one night, with what they need."""
    return [
        Trip(
            id=car,
            need_kwh=need_kwh,
            ready_at=day * DAY_S + leaves * HOUR_S,
            at_most_a=_MOST_A,
            watts_per_a=_WATTS_PER_A,
        )
        for car, ((_, leaves), need_kwh) in enumerate(
            zip(home.stays, needs, strict=True)
        )
    ]


def _came(home: Home, trip: Trip, day: int) -> float:
    return day * DAY_S + home.stays[int(str(trip.id))][0] * HOUR_S


def known_prices(prices: Prices, now: float) -> list[Price]:
    """Return what is known in the evening: all of today and tomorrow."""
    midnight = int(now // DAY_S) * 24
    return [
        Price(hour * HOUR_S, (hour + 1) * HOUR_S, prices[hour])
        for hour in range(midnight, min(midnight + 48, len(prices)))
    ]


# --- the optimum ----------------------------------------------------------------------


def optimum(home: Home, needs: Sequence[Sequence[float]], prices: Prices) -> float:
    """Return the least cost there is: the cheapest flow from cars to hours, exactly."""
    total = 0.0
    for day, day_needs in enumerate(needs):
        first = day * 24 + int(min(stay[0] for stay in home.stays))
        last = day * 24 + int(max(stay[1] for stay in home.stays))
        hour_kwh = _WATTS_PER_A / 1000
        rooms = [
            [
                _MOST_A * hour_kwh
                if day * 24 + came <= hour < day * 24 + leaves
                else 0.0
                for hour in range(first, last)
            ]
            for came, leaves in home.stays
        ]
        free = [home.circuit_a * hour_kwh] * (last - first)
        total += _cheapest_flow(list(day_needs), rooms, free, prices[first:last])
    return total


def _cheapest_flow(
    needs: list[float], rooms: list[list[float]], free: list[float], costs: Prices
) -> float:
    """Return the cost of the cheapest flow, by the shortest way that is left each time."""
    cars, hours = range(len(needs)), range(len(costs))
    given = [[0.0] * len(costs) for _ in needs]
    total = 0.0
    while True:
        # Bellman and Ford, from all who are in need, over cars and hours in turn.
        far_car = [0.0 if needs[car] > _NOTHING_KWH else inf for car in cars]
        far_hour = [inf] * len(costs)
        car_from = [-1] * len(needs)
        hour_from = [-1] * len(costs)
        for _ in cars:
            for car in cars:
                for hour in hours:
                    free_here = rooms[car][hour] - given[car][hour] > _NOTHING_KWH
                    if free_here and far_car[car] < far_hour[hour]:
                        far_hour[hour], hour_from[hour] = far_car[car], car
            for car in cars:
                for hour in hours:
                    taken = given[car][hour] > _NOTHING_KWH
                    if taken and far_hour[hour] < far_car[car]:
                        far_car[car], car_from[car] = far_hour[hour], hour
        ends = [
            (far_hour[hour] + costs[hour], hour)
            for hour in hours
            if free[hour] > _NOTHING_KWH and far_hour[hour] < inf
        ]
        if not ends:
            return total
        _, end = min(ends)
        way = [(hour_from[end], end)]
        while car_from[way[-1][0]] >= 0:
            hour = car_from[way[-1][0]]
            way.append((hour_from[hour], hour))
        amount = min(free[end], needs[way[-1][0]])
        for place, (car, hour) in enumerate(way):
            amount = min(amount, rooms[car][hour] - given[car][hour])
            if place + 1 < len(way):
                amount = min(amount, given[car][way[place + 1][1]])
        for place, (car, hour) in enumerate(way):
            given[car][hour] += amount
            if place + 1 < len(way):
                given[car][way[place + 1][1]] -= amount
        needs[way[-1][0]] -= amount
        free[end] -= amount
        total += amount * costs[end]


# --- time -----------------------------------------------------------------------------


def planning_times(runs: int, random: Random) -> Spread:
    """Return what planning takes of a processor, in ms: three cars, 48 hours, a price each quarter."""
    times = []
    for _ in range(runs):
        prices = [
            Price(slot * SLOT_S, (slot + 1) * SLOT_S, random.random())
            for slot in range(192)
        ]
        trips = [
            Trip(
                id=car,
                need_kwh=random.uniform(5, 150),
                ready_at=random.uniform(6, 48) * HOUR_S if car else 48 * HOUR_S,
                at_most_a=_MOST_A,
                watts_per_a=_WATTS_PER_A,
            )
            for car in range(3)
        ]
        began = process_time()
        plan(trips, now=0.0, circuit_a=25.0, prices=prices)
        times.append((process_time() - began) * 1000)
    return Spread.of(times)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what can be chosen."""
    parser.add_argument("--days", type=int, default=365, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=1, help="default: %(default)s")


def run(arguments: argparse.Namespace) -> int:
    """Measure, print and keep."""
    random = Random(arguments.seed)
    prices = year_of_prices(arguments.days, random)
    rows = []
    data: dict[str, object] = {"days": arguments.days, "seed": arguments.seed}
    for name, home in HOMES.items():
        needs = [
            [random.uniform(5, 35) for _ in home.stays] for _ in range(arguments.days)
        ]
        least = optimum(home, needs, prices)
        rows.append((f"{name}: optimum", f"{least:.2f}", "", "0.0"))
        data[name] = {"optimum": least}
        for label, strategy in STRATEGIES.items():
            outcome = play(strategy, home, needs, prices)
            more = (outcome.cost / least - 1) * 100
            late = f"{outcome.late_kwh:.1f}"
            rows.append(
                (f"{name}: {label}", f"{outcome.cost:.2f}", f"{more:+.1f}", late)
            )
            data[name] |= {label: asdict(outcome)}  # type: ignore[operator]
    spread = planning_times(200, random)
    data["planning_ms"] = asdict(spread)
    times = Table(
        "Time of a plan: three cars, 48 hours, a price each quarter of an hour",
        ("", "count", "mean ms", "p99 ms", "most ms"),
        [("plan", *spread.cells())],
    )
    costs = Table("Cost of a year", ("", "cost", "more %", "missing kWh"), rows)
    publish("plan", "Charging by a plan", [costs, times], _NOTES, data)
    return 0


_NOTES: Final = """\
Each car needs 5 to 35 kWh every night, 16 A on three phases at most. Prices are made up: two
peaks a day, cheap nights and sunny noons, weather that lasts for days. *optimum* is the
cheapest flow there is; the plan leaves half an hour of slack and is made anew every quarter
of an hour."""
