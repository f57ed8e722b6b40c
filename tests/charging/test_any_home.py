"""In any home, whatever its owner wishes: the minimum or more, or nothing."""

from math import isclose

from hypothesis import given, settings, strategies as st

from custom_components.twcmanager.charging.model import (
    BatteryPriority,
    Mode,
    Preferences,
    Sharing,
)

from .home import Car, Home

MODES = st.sampled_from([Mode.SOLAR, Mode.SOLAR, Mode.SOLAR_MINIMUM, Mode.FAST])
CARS = st.builds(
    Car,
    id=st.just(0),
    mode=MODES,
    priority=st.integers(0, 2),
    takes_a=st.sampled_from([0.0, 7.0, 40.0]),
    below_a=st.floats(-0.2, 1.0),
    charge_limit_a=st.sampled_from([4.0, 6.0, 9.5, 32.0]),
    watts_per_a=st.sampled_from([230.0, 690.0]),
    stops_itself=st.booleans(),
    least_a=st.sampled_from([6.0, 2.0]),
)
WISHES = st.builds(
    Preferences,
    reserve_w=st.floats(-1000, 1000),
    least_solar_share=st.floats(0, 1),
    steadiness=st.floats(0.1, 5),
    sharing=st.sampled_from(Sharing),
    whole_amps=st.booleans(),
    battery_priority=st.sampled_from(BatteryPriority),
    battery_discharge_soc=st.sampled_from([None, 50.0]),
    feed_in_limit_w=st.sampled_from([None, 0.0, 2000.0]),
    meter_sees_cars=st.booleans(),
)


@settings(max_examples=40, deadline=None, derandomize=True, database=None)
@given(
    cars=st.lists(CARS, min_size=1, max_size=3),
    wishes=WISHES,
    suns_a=st.lists(st.floats(-10, 50), min_size=1, max_size=6),
    circuit_limit_a=st.sampled_from([6.0, 13.0, 20.0, 32.0]),
    delay_s=st.integers(0, 20),
)
def test_never_less_than_the_minimum(
    cars: list[Car],
    wishes: Preferences,
    suns_a: list[float],
    circuit_limit_a: float,
    delay_s: int,
) -> None:
    """In hundredths, within what the owner and the wires allow."""
    for id_, car in enumerate(cars):
        car.id = id_
    home = Home(
        cars=cars,
        preferences=wishes,
        circuit_limit_a=circuit_limit_a,
        meter_delay_s=delay_s,
    )
    for sun_a in suns_a:
        home.run(40, sun_a=sun_a)
    for offers in home.offered:
        assert sum(offers.values()) <= circuit_limit_a + 1e-6
        for car in cars:
            limit_a = offers[car.id]
            assert limit_a == 0 or 6 <= limit_a <= car.charge_limit_a
            assert isclose(limit_a, round(limit_a, 2))
