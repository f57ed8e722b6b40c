"""Plans: when to charge cars that have to be ready at a time, so that it costs the least."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, combinations, pairwise, product
from typing import Any, Final

from hypothesis import assume, given, settings, strategies as st
import pytest

from custom_components.twcmanager.charging.plan import (
    HORIZON_S,
    Panel,
    Plan,
    Price,
    Sun,
    Trip,
    plan,
)

QUARTER_S: Final = 900.0
HOUR_S: Final = 3600.0
# A Monday noon in January, at a full hour.
NOON: Final = 1_768_824_000.0
WATTS_PER_A: Final = 230.0
# 20 A for an hour.
HOUR_KWH: Final = 4.6


def trip(hours: float = 1.0, ready_h: float = 8.0, **changes: Any) -> Trip:
    """Return a car that needs 20 A for some hours, and has to be ready in some."""
    return Trip(
        **{
            "id": 1,
            "need_kwh": hours * HOUR_KWH,
            "ready_at": NOON + ready_h * HOUR_S,
            "at_most_a": 20.0,
            "watts_per_a": WATTS_PER_A,
            "slack_s": 0.0,
            **changes,
        }
    )


def hourly(*per_kwh: float | None) -> list[Price]:
    """Return prices of the hours from noon on; nobody knows that of an hour with None."""
    return [
        Price(NOON + hour * HOUR_S, NOON + (hour + 1) * HOUR_S, each)
        for hour, each in enumerate(per_kwh)
        if each is not None
    ]


def hours(made: Plan) -> list[tuple[float, float, float]]:
    """Return when a car charges with what: from and until which hour after noon."""
    joined: list[tuple[float, float, float]] = []
    for each in made.slots:
        start, end = (each.start - NOON) / HOUR_S, (each.end - NOON) / HOUR_S
        amps = round(each.amps, 6)
        if joined and joined[-1][1:] == (start, amps):
            joined[-1] = joined[-1][0], end, amps
        else:
            joined.append((start, end, amps))
    return joined


def alone(*trips: Trip, **known: Any) -> Plan:
    """Return the plan of the first car."""
    plans = plan(trips, **{"now": NOON, "circuit_a": 100.0, **known})
    return plans[trips[0].id]


def kwh(made: Plan) -> float:
    """Return what a car gets."""
    return sum(each.amps * (each.end - each.start) for each in made.slots) * (
        WATTS_PER_A / HOUR_S / 1000
    )


# --- one car --------------------------------------------------------------------------


def test_latest_start() -> None:
    """Where nothing is known, it charges as late as it can: plans change."""
    assert hours(alone(trip(1.5))) == [(6.5, 8, 20)]


def test_latest_start_with_slack() -> None:
    """But it leaves itself some time."""
    assert hours(alone(trip(1.5, slack_s=1800.0))) == [(6, 7.5, 20)]


def test_slack_of_any_length() -> None:
    """It need not end with a quarter of the hour."""
    last = alone(trip(1.5, slack_s=1200.0)).slots[-1]
    assert last.end == NOON + 8 * HOUR_S - 1200
    assert last.amps == pytest.approx(20)


def test_slack_is_used_when_it_has_to_be() -> None:
    """Rather late than never."""
    assert hours(alone(trip(7.75, slack_s=1800.0))) == [(0, 7.75, 20)]
    assert hours(alone(trip(7.75, slack_s=1800.0), prices=hourly(*range(8)))) == [
        (0, 7.75, 20)
    ]
    assert alone(trip(7.75, slack_s=1800.0)).missing_kwh == 0


def test_too_late() -> None:
    """Who cannot be ready in time charges at once, with all there is, and is told."""
    made = alone(trip(10))

    assert hours(made) == [(0, 8, 20)]
    assert made.missing_kwh == pytest.approx(2 * HOUR_KWH)


@pytest.mark.parametrize("ready_h", [0.0, -5.0])
def test_departure_that_is_over(ready_h: float) -> None:
    """There is nothing to plan any more."""
    made = alone(trip(1, ready_h))

    assert made.slots == ()
    assert made.missing_kwh == pytest.approx(HOUR_KWH)


@pytest.mark.parametrize("need_kwh", [0.0, -3.0])
def test_nothing_needed(need_kwh: float) -> None:
    """A car that has enough waits for nothing."""
    assert alone(trip(need_kwh=need_kwh)) == Plan()


def test_no_car() -> None:
    """Nobody needs a plan."""
    assert plan([], now=NOON, circuit_a=32) == {}


def test_nothing_allowed() -> None:
    """A limit of nothing gives nothing."""
    assert alone(trip(at_most_a=0.0)).missing_kwh == pytest.approx(HOUR_KWH)
    assert alone(trip(), circuit_a=0.0).missing_kwh == pytest.approx(HOUR_KWH)


def test_far_future() -> None:
    """Nobody plans for more than a week; who leaves later has time."""
    made = alone(trip(1, 24 * 365.0))

    assert made.slots[-1].end <= NOON + HORIZON_S
    assert made.missing_kwh == 0


# --- prices ---------------------------------------------------------------------------


def test_cheapest_hours() -> None:
    """It charges when that costs least, before it leaves."""
    made = alone(trip(2), prices=hourly(9, 3, 8, 7, 1, 6, 5, 4, 0, 0))
    assert hours(made) == [(1, 2, 20), (4, 5, 20)]


def test_equal_prices() -> None:
    """Of two that cost the same, the sooner is the safer."""
    made = alone(trip(1), prices=hourly(9, 3, 8, 3, 3, 6, 5, 4))
    assert hours(made) == [(1, 2, 20)]


def test_part_of_an_hour() -> None:
    """The last slot may be more than is needed."""
    made = alone(trip(1.3), prices=hourly(9, 3, 8, 7, 1, 6, 5, 4))
    assert kwh(made) == pytest.approx(1.3 * HOUR_KWH)
    assert hours(made)[-1] == (4, 5, 20)


def test_negative_prices() -> None:
    """Who is paid for charging does that first."""
    made = alone(
        trip(1),
        prices=hourly(1, 2, -1, 3, 4, 5, 6, 7),
        sun=[Sun(NOON, NOON + HOUR_S, 4600)],
    )
    assert hours(made) == [(2, 3, 20)]


def test_gap_in_the_prices() -> None:
    """What nobody knows counts as the mean: the cheaper go first, the dearer last."""
    prices = hourly(9, None, 8, None, 7, None, 6, None)
    assert hours(alone(trip(3), prices=prices)) == [(1, 2, 20), (4, 5, 20), (6, 7, 20)]

    rest = alone(trip(5), prices=prices)
    assert rest.missing_kwh == 0
    assert kwh(rest) == pytest.approx(5 * HOUR_KWH)


def test_prices_of_any_length() -> None:
    """Of a tariff, or of five minutes each; those of yesterday and of next week too."""
    prices = [
        Price(NOON - 86400, NOON - 80000, -5),
        Price(NOON - HOUR_S, NOON + 3.1 * HOUR_S, 9),
        Price(NOON + 3.1 * HOUR_S, NOON + 3.3 * HOUR_S, 1),
        Price(NOON + 3.3 * HOUR_S, NOON + 30 * HOUR_S, 5),
        Price(NOON + 30 * HOUR_S, NOON + 90 * HOUR_S, -5),
    ]
    made = alone(trip(0.2), prices=prices)

    assert made.slots[0].start == pytest.approx(NOON + 3.1 * HOUR_S)
    assert made.slots[-1].end == pytest.approx(NOON + 3.3 * HOUR_S)


# --- sun ------------------------------------------------------------------------------


def test_sun_first() -> None:
    """What the sun is expected to give need not be bought; the rest starts late."""
    sun = [Sun(NOON + HOUR_S, NOON + 3 * HOUR_S, 2300)]
    made = alone(trip(1.5), sun=sun)

    assert hours(made) == [(1, 3, 10), (7.5, 8, 20)]
    assert {(round(each.amps), each.sun_a) for each in made.slots} == {
        (10, 10),
        (20, 0),
    }


def test_sun_and_grid_together() -> None:
    """Who has no time to wait takes both."""
    made = alone(trip(1, 1), sun=[Sun(NOON, NOON + HOUR_S, 2300)])
    assert {(each.amps, each.sun_a) for each in made.slots} == {(20, 10)}


def test_sun_that_is_worth_more() -> None:
    """Where a kWh sold earns more than one bought costs, it is sold."""
    known = {"prices": hourly(*[10] * 8), "sun": [Sun(NOON, NOON + HOUR_S, 4600)]}

    assert alone(trip(1), **known, sun_price=8).slots[0].sun_a == 20
    assert alone(trip(1), **known, sun_price=12).slots[0].sun_a == 0
    # Where both are the same, it is rather used than sold.
    later = {**known, "sun": [Sun(NOON + HOUR_S, NOON + 2 * HOUR_S, 4600)]}
    assert alone(trip(1), **later, sun_price=10).slots[0].sun_a == 20


@pytest.mark.parametrize("watts", [0, -500])
def test_no_sun(watts: float) -> None:
    """A forecast of nothing is nothing to wait for."""
    made = alone(trip(1), sun=[Sun(NOON, NOON + 8 * HOUR_S, watts)])
    assert hours(made) == [(7, 8, 20)]


# --- several cars ---------------------------------------------------------------------


def test_one_makes_room_for_the_other() -> None:
    """The cheapest hour goes to who leaves first, if the other has another chance."""
    plans = plan(
        [trip(1, 4, id=1), trip(1, 1, id=2)],
        now=NOON,
        circuit_a=20,
        prices=hourly(1, 5, 2, 5),
    )
    assert hours(plans[2]) == [(0, 1, 20)]
    assert hours(plans[1]) == [(2, 3, 20)]


def test_a_chain_of_three() -> None:
    """Making room may take a third one."""
    plans = plan(
        [trip(1, 3, id=1), trip(1, 2, id=2), trip(1, 1, id=3)],
        now=NOON,
        circuit_a=20,
        prices=hourly(1, 2, 3),
    )
    assert [hours(plans[id_]) for id_ in (1, 2, 3)] == [
        [(2, 3, 20)],
        [(1, 2, 20)],
        [(0, 1, 20)],
    ]


def test_sub_panel() -> None:
    """Who hangs on a smaller cable shares that, too; all others have the rest."""
    plans = plan(
        [trip(1, 2, id=each) for each in (1, 2, 3)],
        now=NOON,
        circuit_a=60,
        panels=[Panel(20, frozenset({1, 2}))],
        prices=hourly(1, 5),
    )
    assert hours(plans[3]) == [(0, 1, 20)]
    both = hours(plans[1]) + hours(plans[2])
    assert sorted(both) == [(0, 1, 20), (1, 2, 20)]


def test_who_makes_room_on_a_sub_panel() -> None:
    """There, only somebody behind it can; who is not has the circuit for itself."""
    plans = plan(
        [trip(1, 4, id=1), trip(1, 1, id=2), trip(1, 4, id=3)],
        now=NOON,
        circuit_a=100,
        panels=[Panel(20, frozenset({1, 2}))],
        prices=hourly(1, 5, 2, 5),
    )
    assert hours(plans[2]) == [(0, 1, 20)]
    assert hours(plans[1]) == [(2, 3, 20)]
    assert hours(plans[3]) == [(0, 1, 20)]


def test_panel_in_a_panel() -> None:
    """Each has its limit; what a small one does not carry another car may use."""
    plans = plan(
        [trip(1, 1, id=each) for each in (1, 2, 3)],
        now=NOON,
        circuit_a=100,
        panels=[Panel(15, frozenset({1, 2})), Panel(5, frozenset({1}))],
    )
    amps = [sum(amps for *_, amps in hours(plans[each])) for each in (1, 2, 3)]
    assert amps[0] <= 5
    assert amps[0] + amps[1] == pytest.approx(15)
    assert amps[2] == 20


def test_panel_that_carries_nothing() -> None:
    """Who is behind it gets nothing, and says so."""
    made = alone(trip(1), panels=[Panel(-1, frozenset({1}))])
    assert made.missing_kwh == pytest.approx(HOUR_KWH)


# --- anything at all ------------------------------------------------------------------


def _subsets(trips: Sequence[Trip]) -> Iterable[tuple[Trip, ...]]:
    return chain.from_iterable(
        combinations(trips, size) for size in range(1, len(trips) + 1)
    )


def _together_a(
    trips: Iterable[Trip], circuit_a: float, panels: Iterable[Panel]
) -> float:
    """Return what a group can draw, behind panels that lie apart."""
    left_a = {each.id: each.at_most_a for each in trips}
    total_a = 0.0
    for panel in panels:
        behind_a = sum(left_a.pop(each, 0.0) for each in panel.members)
        total_a += min(panel.limit_a, behind_a)
    return min(circuit_a, total_a + sum(left_a.values()))


def _can_be_ready(
    trips: Sequence[Trip], circuit_a: float, panels: Sequence[Panel]
) -> bool:
    """Return whether all can be ready: if every group of them fits by itself."""
    for group in _subsets(trips):
        needed_ah = sum(each.need_kwh * 1000 / each.watts_per_a for each in group)
        edges = sorted({NOON, *(each.ready_at for each in group)})
        given_ah = 0.0
        for start, end in pairwise(edges):
            there = [each for each in group if each.ready_at >= end]
            amps = _together_a(there, circuit_a, panels)
            given_ah += amps * (end - start) / HOUR_S
        if needed_ah > given_ah + 1e-6:
            return False
    return True


TRIPS: Final = st.lists(
    st.builds(
        lambda need, ready, amps, watts, slack: (need, ready, amps, watts, slack),
        st.floats(0, 60),
        st.floats(1, 30 * HOUR_S),
        st.floats(6, 32),
        st.sampled_from([230.0, 460.0, 690.0]),
        st.floats(0, 2 * HOUR_S),
    ),
    min_size=1,
    max_size=3,
).map(
    lambda cars: [
        Trip(
            id=number,
            need_kwh=need,
            ready_at=NOON + ready,
            at_most_a=amps,
            watts_per_a=watts,
            slack_s=slack,
        )
        for number, (need, ready, amps, watts, slack) in enumerate(cars)
    ]
)
PANELS: Final = st.lists(
    st.tuples(
        st.floats(0, 40),
        st.sampled_from([frozenset(each) for each in ([0], [1], [0, 1], [0, 2])]),
    ).map(lambda panel: Panel(*panel)),
    max_size=2,
    # They lie apart.
).filter(lambda panels: len(panels) < 2 or not panels[0].members & panels[1].members)
SPANS: Final = st.lists(
    st.tuples(st.floats(-HOUR_S, 30 * HOUR_S), st.floats(1, 5 * HOUR_S)), max_size=6
)


@settings(max_examples=150, deadline=None)
@given(
    trips=TRIPS,
    circuit_a=st.floats(6, 60),
    panels=PANELS,
    priced=SPANS,
    sunny=SPANS,
    values=st.lists(st.floats(-1, 1), min_size=6, max_size=6),
)
def test_limits_and_deadlines(
    trips: list[Trip],
    circuit_a: float,
    panels: list[Panel],
    priced: list[tuple[float, float]],
    sunny: list[tuple[float, float]],
    values: list[float],
) -> None:
    """Never too much, never too late, and in time for all if that can be."""
    plans = plan(
        trips,
        now=NOON,
        circuit_a=circuit_a,
        panels=panels,
        prices=[
            Price(NOON + start, NOON + start + length, value)
            for (start, length), value in zip(priced, values, strict=False)
        ],
        sun=[
            Sun(NOON + start, NOON + start + length, value * 9000)
            for (start, length), value in zip(sunny, values, strict=False)
        ],
    )
    used_a: dict[float, float] = {}
    behind_a: dict[tuple[int, float], float] = {}
    for each in trips:
        made = plans[each.id]
        given_kwh = 0.0
        for slot in made.slots:
            assert NOON <= slot.start < slot.end <= each.ready_at
            assert slot.amps <= each.at_most_a + 1e-6
            assert -1e-6 <= slot.sun_a <= slot.amps + 1e-6
            used_a[slot.start] = used_a.get(slot.start, 0.0) + slot.amps
            for number, panel in enumerate(panels):
                if each.id in panel.members:
                    key = number, slot.start
                    behind_a[key] = behind_a.get(key, 0.0) + slot.amps
            hours_ = (slot.end - slot.start) / HOUR_S
            given_kwh += slot.amps * hours_ * each.watts_per_a / 1000
        assert given_kwh + made.missing_kwh == pytest.approx(each.need_kwh, abs=1e-4)
    # A sum of hundreds of parts, each over the hours of its slot, is not exact.
    assert all(amps <= circuit_a + 1e-4 for amps in used_a.values())
    assert all(amps <= panels[n].limit_a + 1e-4 for (n, _), amps in behind_a.items())
    missing = any(made.missing_kwh > 1e-3 for made in plans.values())
    if _can_be_ready(trips, circuit_a, panels):
        assert not missing


@dataclass(frozen=True, kw_only=True)
class Small:
    """A case in whole amps and quarters of an hour, the first cars behind a panel."""

    ready: list[int]
    need: list[int]
    most: list[int]
    costs: list[int]
    circuit: int
    panel: int
    behind: int


@st.composite
def _small(draw: st.DrawFn) -> Small:
    slots = draw(st.integers(1, 4))
    cars = draw(st.integers(1, 3))
    return Small(
        ready=draw(st.lists(st.integers(1, slots), min_size=cars, max_size=cars)),
        need=draw(st.lists(st.integers(0, 4), min_size=cars, max_size=cars)),
        most=draw(st.lists(st.integers(1, 3), min_size=cars, max_size=cars)),
        costs=draw(st.lists(st.integers(-3, 9), min_size=slots, max_size=slots)),
        circuit=draw(st.integers(1, 4)),
        panel=draw(st.integers(0, 4)),
        behind=draw(st.integers(0, cars)),
    )


def _cheapest(case: Small) -> int | None:
    """Return the least cost of all there are, None if nobody can do it."""
    states: Mapping[tuple[int, ...], int] = {tuple(case.need): 0}
    for slot, cost in enumerate(case.costs):
        after: dict[tuple[int, ...], int] = {}
        ranges = [
            range(limit + 1 if slot < until else 1)
            for limit, until in zip(case.most, case.ready, strict=True)
        ]
        for (left, so_far), taken in product(states.items(), product(*ranges)):
            rest = tuple(a - b for a, b in zip(left, taken, strict=True))
            if (
                sum(taken) > case.circuit
                or sum(taken[: case.behind]) > case.panel
                or min(rest) < 0
            ):
                continue
            total = so_far + cost * sum(taken)
            after[rest] = min(total, after.get(rest, total))
        states = after
    return states.get(tuple([0] * len(case.need)))


@settings(max_examples=300, deadline=None)
@given(_small())
def test_against_all_there_are(case: Small) -> None:
    """Nothing is cheaper, by trying everything."""
    cheapest = _cheapest(case)
    amp_kwh = WATTS_PER_A / 1000 / 4
    plans = plan(
        [
            trip(
                id=car,
                need_kwh=case.need[car] * amp_kwh,
                ready_at=NOON + case.ready[car] * QUARTER_S,
                at_most_a=float(case.most[car]),
            )
            for car in range(len(case.need))
        ],
        now=NOON,
        circuit_a=case.circuit,
        panels=[Panel(case.panel, frozenset(range(case.behind)))],
        prices=[
            Price(NOON + slot * QUARTER_S, NOON + (slot + 1) * QUARTER_S, cost)
            for slot, cost in enumerate(case.costs)
        ],
    )
    missing = sum(each.missing_kwh for each in plans.values()) > 1e-6
    assert missing == (cheapest is None)
    if cheapest is not None:
        cost = sum(
            slot.amps * case.costs[int((slot.start - NOON) / QUARTER_S)]
            for each in plans.values()
            for slot in each.slots
        )
        assert cost == pytest.approx(cheapest, abs=1e-5)


@settings(max_examples=60, deadline=None)
@given(
    cars=st.lists(
        st.tuples(st.floats(0.5, 6), st.integers(4, 40), st.floats(6, 20)),
        min_size=1,
        max_size=3,
    ),
    costs=st.lists(st.floats(-1, 1), max_size=10),
    gap_at=st.integers(0, 36),
    gap=st.integers(0, 2),
)
def test_followed_through_a_restart(
    cars: list[tuple[float, int, float]], costs: list[float], gap_at: int, gap: int
) -> None:
    """Who follows the plans, made anew each time, is ready, though nothing is heard for a while."""
    trips = [
        trip(
            id=number,
            need_kwh=kwh_,
            ready_at=NOON + quarters * QUARTER_S,
            at_most_a=amps,
            slack_s=2 * QUARTER_S,
        )
        for number, (kwh_, quarters, amps) in enumerate(cars)
    ]
    sooner = [replace(each, ready_at=each.ready_at - each.slack_s) for each in trips]
    assume(_can_be_ready(sooner, 32, []))
    need_kwh = {each.id: each.need_kwh for each in trips}
    for quarter in range(40):
        if gap_at <= quarter < gap_at + gap:
            continue
        now = NOON + quarter * QUARTER_S
        left = [replace(each, need_kwh=need_kwh[each.id]) for each in trips]
        plans = plan(left, now=now, circuit_a=32, prices=hourly(*costs))
        for each in trips:
            need_kwh[each.id] -= sum(
                slot.amps * (slot.end - slot.start) * WATTS_PER_A / HOUR_S / 1000
                for slot in plans[each.id].slots
                if slot.start < now + QUARTER_S
            )
    assert max(need_kwh.values()) <= 1e-3


def test_what_is_planned_for_a_time() -> None:
    """Whoever follows a plan asks it what is due."""
    made = alone(trip(1.5))

    assert made.at(NOON + 6.4 * HOUR_S) is None
    due = made.at(NOON + 6.5 * HOUR_S)
    assert due
    assert due.amps == pytest.approx(20)
    assert made.at(NOON + 8 * HOUR_S) is None
