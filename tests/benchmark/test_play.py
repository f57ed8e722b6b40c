"""A day through bytes, from the meter to the car."""

import pytest

from benchmarks.days import Day
from benchmarks.plant import Plant, RecordedCar
from benchmarks.play import STEP_S, play


def sunny(minutes: int, sun_w: float = 5000.0, house_w: float = 400.0) -> Day:
    """Return a day on which nothing changes."""
    rows = minutes * 6
    return Day("sunny", 36000, (sun_w,) * rows, (house_w,) * rows)


def test_a_car_follows_the_sun() -> None:
    """Once it has started, next to nothing is lost and nothing imported."""
    result = play(sunny(60), Plant(), log=True)
    assert result.available_kwh == pytest.approx(4.6)
    assert result.score.starts == 1
    assert result.score.import_kwh == pytest.approx(0, abs=0.03)
    assert 0.85 < result.share < 1
    assert result.overload.worst_a == 0
    assert result.commands >= 1


def test_the_log_has_every_heartbeat() -> None:
    """With the offer the unit has, and what its car draws."""
    day = sunny(30)
    log = play(day, Plant(connectors=2), log=True).log
    for unit in ("1111", "2222"):
        lines = [line for line in log if line[1] == unit]
        times = [at for at, *_ in lines]
        assert times == sorted(times)
        assert len(lines) == pytest.approx(30 * 60, abs=20)
    assert max(draw_a for _, _, _, draw_a in log) > 5
    assert all(draw_a <= 32 for _, _, _, draw_a in log)


@pytest.mark.parametrize("zero_opens_relay", [False, True])
def test_a_car_stops_when_the_sun_goes(zero_opens_relay: bool) -> None:
    """By its own switch, or because 0 A opens the relay."""
    rows = 30 * 6
    day = Day("half", 36000, (5000.0,) * rows + (0.0,) * rows, (400.0,) * 2 * rows)
    log = play(day, Plant(zero_opens_relay=zero_opens_relay), log=True).log
    assert max(draw_a for _, _, _, draw_a in log) > 5
    assert log[-1][3] == 0


def test_a_full_car_leaves_the_sun_to_the_other() -> None:
    """It is full after what it was given to take."""
    plant = Plant(connectors=2, full_after_kwh=0.5)
    log = play(sunny(60), plant, log=True).log
    last = {unit: draw_a for _, unit, _, draw_a in log}
    assert last["1111"] == 0
    assert last["2222"] > 5


def test_three_phases_count_three_times() -> None:
    """What the cars draw is a current per phase."""
    plant = Plant(phases=3, max_a=16.0)
    assert plant.watts_per_a == 690
    [power] = plant.ranges()
    assert (power.least_w, power.most_w) == pytest.approx((5.7 * 690, 15.7 * 690))
    assert play(sunny(30, 8000.0), plant).score.sun_kwh > 1


def test_a_car_may_use_less_than_there_is() -> None:
    """One phase of three."""
    plant = Plant(phases=3, car_phases=1, max_a=16.0)
    assert plant.watts_per_a == 230
    [power] = plant.ranges()
    assert power.most_w == pytest.approx(15.7 * 230)
    assert [car.phases for car in plant.cars()] == [1]
    assert play(sunny(30), plant).score.sun_kwh > 0.5


def test_a_circuit_for_two() -> None:
    """Cars together draw what it carries, less what each leaves of its offer."""
    one, two = Plant(connectors=2).ranges()
    assert one.most_w == pytest.approx(31.7 * 230)
    assert (two.least_w, two.most_w) == pytest.approx((11.4 * 230, 31.4 * 230))
    assert len(Plant(connectors=2, circuit_a=11.0).ranges()) == 1
    assert Plant(connectors=2, circuit_a=64.0).limit_a == 64


def test_a_recorded_car_remembers_ramps_and_cuts() -> None:
    """Ramps as lines, a cut as a step."""
    car = RecordedCar(start_delay_s=0.0)
    now = 0.0
    while now < 10:
        car.advance(now, now + 0.5, 6.0)
        now += 0.5
    car.draw_a = 0.0
    car.advance(10.0, 20.0, 0.0)
    draws_a = car.draws_a(0.0, 20.0, STEP_S)
    assert draws_a[:4].tolist() == pytest.approx([0.25, 0.75, 1.25, 1.75])
    assert draws_a[12:20].tolist() == pytest.approx([5.7] * 8)
    assert draws_a[20:].tolist() == [0.0] * 20
