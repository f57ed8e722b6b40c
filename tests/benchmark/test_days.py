"""Days to charge on."""

from pathlib import Path

import pytest

from benchmarks.days import TRACES, Day, load, recorded, variability_kw, wild
from benchmarks.plant import Plant
from benchmarks.score import optimum

# Known from the outset: what is available, and the optimum's sun, import, starts and score.
OPTIMA = {
    "serf-2022-03-18": (34.16, 34.10, 0.13, 1, 33.92),
    "m2-2018-10-14": (16.02, 15.72, 0.33, 2, 15.29),
    "bms-2022-01-20": (25.97, 25.89, 0.13, 2, 25.66),
    "slv-2016-01-01": (35.41, 35.35, 0.09, 1, 35.21),
    "bms-2018-10-18": (35.36, 35.25, 0.38, 1, 34.82),
    "serf-2022-03-19": (34.38, 34.21, 0.15, 1, 34.00),
}


def test_six_days_come_along() -> None:
    """From five in the morning to ten in the evening."""
    days = recorded()
    assert {day.name for day in days} == OPTIMA.keys()
    for day in days:
        assert (day.start_s, day.end_s) == (5 * 3600, 22 * 3600)


@pytest.mark.parametrize("name", OPTIMA)
def test_their_optima(name: str) -> None:
    """As they were calculated elsewhere."""
    _, *expected = OPTIMA[name]
    best = optimum(load(TRACES / f"{name}.csv").surplus_w(1.0), Plant().ranges())
    found = [best.sun_kwh, best.import_kwh, best.starts, best.kwh]
    assert found == pytest.approx(expected, abs=0.0051)


def test_sun_is_drawn_in_lines_and_house_in_steps() -> None:
    """The sun's samples are in the middle of their ten seconds."""
    day = Day("a day", 100, (0.0, 1000.0, 1000.0), (10.0, 20.0, 30.0))
    assert day.sun.power_w(105) == 0
    assert day.sun.power_w(110) == 500
    assert day.sun.power_w(115) == 1000
    assert [day.house.power_w(at) for at in (100, 109.9, 110, 125)] == [10, 10, 20, 30]
    assert day.surplus_w(10.0) == [-10, 980, 970]
    assert day.end_s == 130


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "no rows"),
        ("date,seconds,pv_w\n1,2,3\n", "not columns of numbers"),
        ("date,seconds,pv_w,house_w\n1,0,x,3\n", "not columns of numbers"),
        ("date,seconds,pv_w,house_w\n1,0,nan,3\n1,10,2,3\n", "not columns of numbers"),
        ("date,seconds,pv_w,house_w\n1,0,2,3\n1,20,2,3\n", "not 10 s apart"),
    ],
)
def test_what_is_no_day_is_refused(tmp_path: Path, text: str, what: str) -> None:
    """With words that say why."""
    path = tmp_path / "day.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=what):
        load(path)


def test_wild_days_are_as_wild_as_wanted() -> None:
    """The same seed gives the same days."""
    reference_kw = load(TRACES / "m2-2018-10-14.csv").variability_kw
    days = wild(3, 7)
    assert [day.variability_kw / reference_kw for day in days] == pytest.approx(
        [1.0, 1.5, 2.0], rel=0.05
    )
    assert min(day.variability_kw for day in days) >= 0.95 * reference_kw
    assert days == wild(3, 7)
    assert days[0].pv_w != wild(3, 8)[0].pv_w


def test_variability_is_all_changes_added_up() -> None:
    """Up or down."""
    assert variability_kw([0, 1000, 500, 500]) == 1.5
