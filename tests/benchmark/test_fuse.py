"""A house that takes more behind its main fuse."""

import pytest

from benchmarks.fuse import Sensor, next_reading_at, play


@pytest.mark.parametrize(
    "sensor", [Sensor(), Sensor(delay_s=1.0), Sensor(interval_s=5.0)]
)
def test_a_fuse_is_relieved_as_soon_as_can_be(sensor: Sensor) -> None:
    """Nothing is lost on the way from the sensor to the cars."""
    overloads = play(sensor, steps=3)
    assert len(overloads) == 3
    for each in overloads:
        assert each.least_ampere_seconds > 30
        assert each.ampere_seconds < 1.1 * each.least_ampere_seconds
        assert 3.0 < each.lasted_s < 4.0 + sensor.interval_s + sensor.delay_s


def test_when_a_sensor_reads_next() -> None:
    """In step with its own clock."""
    assert next_reading_at(Sensor(interval_s=5.0), 12.0) == 15.0
    assert next_reading_at(Sensor(interval_s=5.0), 15.0) == 20.0
