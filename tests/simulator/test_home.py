"""Sun, house and meter."""

from itertools import pairwise
from statistics import mean

import pytest

from custom_components.twcmanager.simulator import (
    GridMeter,
    HouseLoad,
    MeterReading,
    SimulatedCar,
    SimulatedHome,
    SimulatedSite,
    SimulatedUnit,
    Sun,
    Trace,
    demo_site,
)

from .hand import Hand

HOUR_S = 3600.0


def day(source: Sun | HouseLoad) -> list[float]:
    """Return its power every 10 s from 05:00 to 22:00."""
    return [source.power_w(at) for at in range(5 * 3600, 22 * 3600, 10)]


def restlessness_w(source: Sun) -> float:
    """Return the mean change within 10 s."""
    return mean(abs(b - a) for a, b in pairwise(day(source)))


def test_a_clear_day_is_a_bell() -> None:
    """Dark at night, the peak at noon, the same each day."""
    sun = Sun(peak_w=8000, wildness=0)
    assert sun.power_w(3 * HOUR_S) == sun.power_w(20 * HOUR_S) == 0
    assert sun.power_w(13 * HOUR_S) == 8000
    assert 0 < sun.power_w(8 * HOUR_S) < sun.power_w(10 * HOUR_S) < 8000
    assert sun.power_w(37 * HOUR_S) == 8000


@pytest.mark.parametrize("seed", range(4))
def test_clouds_are_as_wild_as_wanted(seed: int) -> None:
    """A real day of broken clouds (M2, 2018-10-14, 8 kWp) had 44 W."""
    clear, cloudy, wild = (
        restlessness_w(Sun(wildness=wildness, seed=seed)) for wildness in (0, 1, 2)
    )
    assert clear < 5
    assert cloudy > 44
    assert wild > 2 * 44
    assert min(day(Sun(wildness=2, seed=seed))) >= 0
    assert max(day(Sun(wildness=2, seed=seed))) < 8000 * 1.1


def test_the_same_seed_is_the_same_day_in_any_order() -> None:
    """Another seed is another."""
    assert day(Sun(seed=3)) == day(Sun(seed=3))
    assert day(Sun(seed=3)) != day(Sun(seed=4))
    assert day(HouseLoad(seed=3)) == day(HouseLoad(seed=3))
    assert day(HouseLoad(seed=3)) != day(HouseLoad(seed=4))
    sun = Sun(seed=3)
    assert [sun.power_w(at) for at in (50_000, 40_000, 50_000)] == [
        Sun(seed=3).power_w(at) for at in (50_000, 40_000, 50_000)
    ]


def test_the_sun_does_not_jump() -> None:
    """Not even where its pieces meet."""
    sun = Sun(seed=1)
    for at in range(int(8 * HOUR_S), int(18 * HOUR_S), 1800):
        assert sun.power_w(at - 0.1) == pytest.approx(sun.power_w(at), abs=100)


def test_a_house_has_appliances() -> None:
    """A base, and something on top of it most of the time."""
    power_w = day(HouseLoad(base_w=350))
    assert min(power_w) > 300
    assert 400 < mean(power_w) < 1200
    assert max(power_w) > 1500


def test_a_recorded_day() -> None:
    """Held or drawn as a line; before and after it nothing changes."""
    held = Trace(values_w=[100, 200, 0], step_s=10, start=1000)
    assert [held.power_w(at) for at in (0, 1000, 1009, 1010, 1020, 9999)] == [
        100,
        100,
        100,
        200,
        0,
        0,
    ]
    line = Trace(values_w=[100, 200, 0], step_s=10, start=1000, linear=True)
    assert [line.power_w(at) for at in (1000, 1005, 1015)] == [100, 150, 100]


def ramp_site(meter: GridMeter) -> SimulatedSite:
    """Return a house that uses one watt more each second, and nothing else."""
    return SimulatedSite(
        [],
        home=SimulatedHome(
            sun=Trace(values_w=[0, 0], step_s=1, start=0),
            house=Trace(values_w=[0, 10_000], step_s=10_000, start=0, linear=True),
            meter=meter,
        ),
    )


def shown(site: SimulatedSite) -> MeterReading:
    """Return what the meter shows."""
    assert site.meter is not None
    return site.meter


def test_the_meter_is_late() -> None:
    """A reading shows the moment it was taken, and can be seen later."""
    site = ramp_site(GridMeter(interval_s=10, delay_s=2, phase_s=3.3))
    assert site.next_event_at(0) == pytest.approx(5.3)
    site.advance(5.2)
    assert site.meter is None
    site.advance(5.3)
    assert shown(site).power_w == pytest.approx(3.3)
    assert (shown(site).taken_at, shown(site).visible_at) == (3.3, 5.3)
    site.advance(15)
    assert shown(site).power_w == pytest.approx(3.3)
    site.advance(15.3)
    assert shown(site).power_w == pytest.approx(13.3)


def test_the_meter_may_be_slower_than_its_interval() -> None:
    """Several readings are under way at once."""
    site = ramp_site(GridMeter(interval_s=1, delay_s=60))
    site.advance(100)
    assert shown(site).taken_at == 40


def test_the_meter_may_show_means() -> None:
    """Over its interval, here five minutes of a line."""
    site = ramp_site(GridMeter(interval_s=300, delay_s=60, mean=True))
    site.advance(700)
    assert shown(site).taken_at == 600
    assert shown(site).power_w == pytest.approx(450, abs=1)


def test_the_meter_sees_the_cars() -> None:
    """Positive is import: the loop is closed."""
    unit = SimulatedUnit(unit_id=1, volts=(230, 0, 0), car=SimulatedCar())
    site = SimulatedSite(
        [unit],
        home=SimulatedHome(
            sun=Trace(values_w=[5000], step_s=1, start=0),
            house=Trace(values_w=[400], step_s=1, start=0),
        ),
    )
    master = Hand(site)
    master.beats(12)
    assert site.grid_w == shown(site).power_w == -4600
    master.charge(10)
    master.beats(12)
    assert (site.solar_w, site.house_w) == (5000, 400)
    assert site.grid_w == pytest.approx(-4600 + 230 * 9.7)
    assert shown(site).power_w == pytest.approx(site.grid_w)


def test_the_demo_is_never_boring() -> None:
    """Sun for one car always, for two at best; clouds within any minute or two."""
    for seed in range(5):
        site = demo_site(1000.0, seed)
        sun, house = site.home.sun, site.home.house
        solar_w = [sun.power_w(1000 + at) for at in range(7200)]
        assert min(solar_w) > 500
        assert max(solar_w) > 2 * 6 * 230 + 3000
        assert all(
            max(solar_w[at : at + 180]) - min(solar_w[at : at + 180]) > 300
            for at in range(0, 7000, 60)
        )
        house_w = [house.power_w(1000 + at) for at in range(7200)]
        assert 280 < min(house_w) < max(house_w) < 1100


def test_the_demos_cars() -> None:
    """Two, a Tesla with a good VIN and another make; both start within seconds."""
    site = demo_site(50.0)
    assert [len(unit.car.vin) for unit in site.units] == [17, 0]
    assert len({unit.serial_number for unit in site.units}) == 2
    master = Hand(site)
    for _ in range(10):
        for index in range(2):
            master.beat(10, unit=index)
    assert all(unit.car.drawing for unit in site.units)
    assert site.units[0].phases_used == 1
