"""What another program has logged: all that makes sense becomes a session, and only once."""

from dataclasses import replace
from itertools import pairwise
from typing import Any, Final

from hypothesis import given, strategies as st
import pytest

from custom_components.twcmanager.charging.history import (
    Flow,
    Logged,
    Plan,
    Skip,
    by_hour,
    plan,
)
from custom_components.twcmanager.charging.session import Session

from .record import OTHER, UNIT, VIN

NOON: Final = 1_620_000_000.0
HOUR_S: Final = 3600.0
UNITS: Final = {"1A2B": UNIT, "7CDE": OTHER}

LOGGED: Final = Logged(
    unit="1A2B",
    began_at=NOON,
    ended_at=NOON + 2 * HOUR_S,
    before_kwh=700.0,
    after_kwh=710.0,
    vin=VIN,
)
"""10 kWh in two hours."""


def planned(*logged: Logged, **given: Any) -> Plan:
    """Return what there is to take over."""
    usual: dict[str, Any] = {
        "units": UNITS,
        "vehicles": {VIN: "red"},
        "there": [],
        "since": 0.0,
    }
    return plan(logged, **usual | given)


def skipped(*logged: Logged, **given: Any) -> dict[Skip, int]:
    """Return what is skipped where all of it is."""
    made = planned(*logged, **given)
    assert not made.sessions
    return dict(made.skipped)


def test_a_session() -> None:
    """The counter tells what it got; where that came from nobody knows."""
    made = planned(LOGGED)
    assert made.sessions == [
        Session(
            unit=UNIT,
            began_at=NOON,
            seen_at=NOON + 2 * HOUR_S,
            ended_at=NOON + 2 * HOUR_S,
            vin=VIN,
            vehicle="red",
            unmeasured_kwh=10.0,
            imported=True,
        )
    ]
    assert not made.skipped
    assert not made.unknown


def test_a_stranger() -> None:
    """Of many cars nobody knows the VIN, or has none."""
    made = planned(replace(LOGGED, vin=None), replace(LOGGED, unit="7CDE", vin="X"))
    assert [each.vehicle for each in made.sessions] == [None, None]
    assert {each.vin for each in made.sessions} == {None, "X"}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"has_end": False, "ended_at": None}, Skip.NO_END),
        ({"ended_at": None}, Skip.UNREADABLE),
        ({"began_at": None}, Skip.UNREADABLE),
        ({"before_kwh": None}, Skip.UNREADABLE),
        ({"after_kwh": None}, Skip.UNREADABLE),
        ({"after_kwh": 700.0}, Skip.NO_ENERGY),
        ({"after_kwh": 699.0}, Skip.NONSENSE),
        ({"after_kwh": 752.1}, Skip.NONSENSE),
        ({"before_kwh": 0.0}, Skip.NONSENSE),
        ({"ended_at": NOON, "after_kwh": 701.0}, Skip.NONSENSE),
        ({"ended_at": NOON - 1.0, "after_kwh": 701.0}, Skip.NONSENSE),
        ({"unit": "BEEF"}, Skip.UNKNOWN_UNIT),
    ],
)
def test_no_session(changes: dict[str, Any], reason: Skip) -> None:
    """It is said why."""
    assert skipped(replace(LOGGED, **changes)) == {reason: 1}


def test_as_much_as_can_be() -> None:
    """A counter of whole kWh may be up to two off, and units give 25 kW at most."""
    (session,) = planned(replace(LOGGED, after_kwh=752.0)).sessions
    assert session.energy_kwh == 52.0


def test_whose_ids_nobody_knows() -> None:
    """They are named, so that somebody can tell; nonsense is not asked about."""
    made = planned(
        replace(LOGGED, unit="BEEF"), replace(LOGGED, unit="DEAD", after_kwh=0.0)
    )
    assert made.unknown == {"BEEF"}


def test_older_than_what_is_kept() -> None:
    """It would be gone at once."""
    assert skipped(LOGGED, since=NOON + 2 * HOUR_S + 1) == {Skip.TOO_OLD: 1}
    assert planned(LOGGED, since=NOON + 2 * HOUR_S).sessions


def test_once_more() -> None:
    """Importing twice, or a log with everything twice, adds nothing."""
    there = planned(LOGGED).sessions
    assert skipped(LOGGED, there=there) == {Skip.KNOWN: 1}
    made = planned(LOGGED, LOGGED)
    assert (made.sessions, made.skipped) == (there, {Skip.KNOWN: 1})


@pytest.mark.parametrize(
    ("began_h", "ended_h", "fits"),
    [
        (-2.0, 0.0, True),
        (-2.0, 0.1, False),
        (0.5, 1.5, False),
        (-1.0, 3.0, False),
        (1.9, 3.0, False),
        (2.0, 3.0, True),
    ],
)
def test_two_at_once(began_h: float, ended_h: float, fits: bool) -> None:
    """At one unit that cannot be, at another it can; what is there stays."""
    there = planned(LOGGED).sessions
    later = replace(
        LOGGED,
        began_at=NOON + began_h * HOUR_S,
        ended_at=NOON + ended_h * HOUR_S,
        after_kwh=701.0,
    )
    made = planned(later, there=there)
    assert bool(made.sessions) is fits
    assert made.skipped == ({} if fits else {Skip.OVERLAPS: 1})
    assert planned(replace(later, unit="7CDE"), there=there).sessions
    # Whichever is logged first: the earlier one is taken.
    both = planned(later, LOGGED)
    assert len(both.sessions) == (2 if fits else 1)
    assert both.sessions[0].began_at == min(NOON, NOON + began_h * HOUR_S)


def test_one_that_goes_on() -> None:
    """Until now it is there, too."""
    going_on = Session(unit=UNIT, began_at=NOON + HOUR_S, seen_at=NOON + 9 * HOUR_S)
    assert skipped(LOGGED, there=[going_on]) == {Skip.OVERLAPS: 1}


@given(
    st.lists(
        st.tuples(st.integers(0, 50), st.integers(1, 10), st.sampled_from("AB")),
        max_size=30,
    )
)
def test_never_two_at_once(spans: list[tuple[int, int, str]]) -> None:
    """Whatever was logged, at one unit one session follows the other."""
    made = planned(
        *(
            replace(
                LOGGED,
                unit=unit,
                began_at=NOON + began * HOUR_S,
                ended_at=NOON + (began + hours) * HOUR_S,
                after_kwh=701.0,
            )
            for began, hours, unit in spans
        ),
        units={"A": UNIT, "B": OTHER},
    )
    assert len(made.sessions) + made.skipped.total() == len(spans)
    for unit in UNIT, OTHER:
        ours = [each for each in made.sessions if each.unit == unit]
        for before, after in pairwise(ours):
            assert before.seen_at <= after.began_at


# --- the sun --------------------------------------------------------------------------


def flows(*powers_w: tuple[float, float, float], step_s: float = 600.0) -> list[Flow]:
    """Return what was logged every ten minutes from noon on: sun, home and cars."""
    return [Flow(NOON + number * step_s, *each) for number, each in enumerate(powers_w)]


def test_all_sun() -> None:
    """What the home left was enough for the car."""
    logged = flows(*[(9000.0, 1000.0, 5000.0)] * 13)
    (session,) = planned(LOGGED, flows=logged).sessions
    assert session.solar_kwh == pytest.approx(10.0)
    assert session.unmeasured_kwh == pytest.approx(0.0)
    assert session.solar_share == pytest.approx(1.0)


def test_some_sun() -> None:
    """Weighed with what the car took: 2 of 4 kW for one hour, 6 of 6 kW for the next."""
    logged = flows(*[(3000.0, 1000.0, 4000.0)] * 6, *[(9000.0, 1000.0, 6000.0)] * 7)
    (session,) = planned(LOGGED, flows=logged).sessions
    assert session.solar_share == pytest.approx(0.8)
    assert session.energy_kwh == pytest.approx(10.0)
    assert session.import_kwh == pytest.approx(2.0)


def test_no_sun() -> None:
    """At night all of it is bought, however much the home takes."""
    logged = flows(*[(0.0, 1000.0, 5000.0)] * 13)
    (session,) = planned(LOGGED, flows=logged).sessions
    assert session.import_kwh == pytest.approx(10.0)
    assert session.solar_kwh == 0.0


def test_a_log_with_a_gap() -> None:
    """Of the time nothing was logged of, nobody knows."""
    logged = [*flows(*[(9000.0, 1000.0, 5000.0)] * 7), *flows((0.0, 0.0, 1.0))]
    logged[-1] = replace(logged[-1], at=NOON + 2 * HOUR_S)
    (session,) = planned(LOGGED, flows=logged).sessions
    assert session.unmeasured_kwh == pytest.approx(5.0)
    assert session.solar_kwh == pytest.approx(5.0)


def test_a_log_that_begins_before_and_ends_after() -> None:
    """Only what was during the session counts."""
    logged = [
        Flow(NOON - 300.0, 9000.0, 0.0, 5000.0),
        *(Flow(NOON + 300.0 + 600.0 * n, 0.0, 0.0, 5000.0) for n in range(13)),
    ]
    (session,) = planned(LOGGED, flows=logged).sessions
    assert session.solar_share == pytest.approx(300.0 / 7200.0)
    assert session.unmeasured_kwh == pytest.approx(0.0)


@pytest.mark.parametrize(
    "logged",
    [
        [],
        flows((9000.0, 0.0, 0.0), (9000.0, 0.0, 0.0)),
        flows(*[(9000.0, 0.0, 5000.0)] * 3, step_s=-HOUR_S)[::-1],
    ],
)
def test_a_log_that_knows_nothing_of_it(logged: list[Flow]) -> None:
    """It was switched off, or saw no car."""
    (session,) = planned(LOGGED, flows=logged).sessions
    assert session.unmeasured_kwh == 10.0
    assert session.solar_share is None


# --- by the hour ----------------------------------------------------------------------


def test_by_hour() -> None:
    """Energy is spread over a session's time; hours without any are left out."""
    half_past = (NOON // HOUR_S + 0.5) * HOUR_S
    logged = replace(LOGGED, began_at=half_past, ended_at=half_past + 2 * HOUR_S)
    later = replace(
        LOGGED,
        unit="7CDE",
        began_at=half_past + 1.5 * HOUR_S,
        ended_at=half_past + 1.75 * HOUR_S,
        after_kwh=701.0,
    )
    (first, second) = planned(logged, later).sessions
    first.solar_kwh, first.unmeasured_kwh = 4.0, 6.0
    hours = [*by_hour([second, first])]
    assert [(hour - NOON) // HOUR_S for hour, _, _ in hours] == [0.0, 1.0, 2.0]
    assert [energy for _, energy, _ in hours] == pytest.approx([2.5, 5.0, 3.5])
    assert [solar for _, _, solar in hours] == pytest.approx([1.0, 2.0, 1.0])
    assert [*by_hour([])] == []
