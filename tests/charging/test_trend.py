"""Where the surplus goes until the next reading."""

from math import sin

import pytest

from custom_components.twcmanager.charging.trend import Trend


def after(*surpluses_w: float) -> Trend:
    """Return a trend that has seen some readings."""
    trend = Trend()
    for surplus_w in surpluses_w:
        trend.take(surplus_w)
    return trend


def test_before_the_first_reading_there_is_none() -> None:
    """Nothing can be expected of nothing."""
    with pytest.raises(ValueError, match="no reading"):
        Trend().expected_w(10, 2)


def test_a_single_change_is_no_trend() -> None:
    """It is taken for what it is."""
    assert after(3000).expected_w(10, 2) == 3000
    assert after(1000, 1000, 3000).expected_w(10, 2) == 3000


@pytest.mark.parametrize("slope_w", [200.0, -200.0])
def test_on_a_slope_it_goes_on(slope_w: float) -> None:
    """For the meter's delay, the command's way, and half the time to the next reading."""
    trend = after(*(3000 + slope_w * step for step in range(100)))
    latest_w = 3000 + slope_w * 99
    ahead = (2 + 1.6 + 5) / 10
    assert trend.expected_w(10, 2) == pytest.approx(latest_w + slope_w * ahead, abs=5)
    assert abs(trend.expected_w(10, 30) - latest_w) > 3 * abs(slope_w)


def test_a_cloud_edge_goes_on_for_a_while() -> None:
    """A change dies out, it is not drawn out for ever."""
    day_w = [3000 + 1000 * sin(step / 4) for step in range(200)]
    trend = after(*day_w)
    change_w = day_w[-1] - day_w[-2]
    soon_w, later_w = trend.expected_w(10, 2), trend.expected_w(10, 600)
    assert 0 < (soon_w - day_w[-1]) / change_w < 1
    assert abs(later_w - day_w[-1]) < 60 * abs(change_w)


def test_a_noisy_house_has_no_trend() -> None:
    """What goes up comes down."""
    trend = after(*([3000, 3500] * 50))
    assert trend.expected_w(10, 2) == 3500


def test_small_changes_tell_nothing() -> None:
    """Below some watts there is only noise."""
    trend = after(3000, 3001, 3002, 3003)
    assert trend.expected_w(10, 2) == pytest.approx(3003, abs=0.1)


def test_before_the_beat_is_known_nothing_is_expected() -> None:
    """It takes two readings to know when the next one comes."""
    trend = after(*(100.0 * step for step in range(50)))
    assert trend.expected_w(0, 2) == 4900
