"""Where the cars' energy comes from: what is imported or discharged for them is not sun."""

import pytest

from custom_components.twcmanager.charging.model import GridReading
from custom_components.twcmanager.charging.origin import Origin, origin


def reading(power_w: float, battery_w: float = 0.0) -> GridReading:
    """Return a reading that counts until 100 s."""
    return GridReading(
        power_w=power_w, battery_w=battery_w, at=0.0, stale_at=50.0, dead_at=100.0
    )


@pytest.mark.parametrize(
    ("grid_w", "battery_w", "solar", "battery"),
    [
        pytest.param(-500, 0, 1.0, 0.0, id="more sun than the cars take"),
        pytest.param(0, 0, 1.0, 0.0, id="just enough sun"),
        pytest.param(1000, 0, 0.75, 0.0, id="the sun does for a part"),
        pytest.param(5000, 0, 0.0, 0.0, id="the home imports more than the cars draw"),
        pytest.param(0, 1000, 0.75, 0.25, id="the battery helps"),
        pytest.param(1000, 1000, 0.5, 0.25, id="both help"),
        pytest.param(3000, 9000, 0.0, 0.25, id="the battery serves the home as well"),
        pytest.param(-200, -800, 1.0, 0.0, id="a battery that charges takes nothing"),
    ],
)
def test_the_cars_come_last(
    grid_w: float, battery_w: float, solar: float, battery: float
) -> None:
    """Import is on the cars' account first, then the battery; what is left is sun."""
    shares = origin(4000.0, reading(grid_w, battery_w), 10.0, meter_sees_cars=True)

    assert shares == Origin(solar, battery)


def test_a_meter_that_does_not_see_the_cars() -> None:
    """What it exports is all the sun there is for them."""
    shares = origin(4000.0, reading(-1000.0), 10.0, meter_sees_cars=False)

    assert shares == Origin(0.25, 0.0)


def test_nobody_knows() -> None:
    """Without a reading that counts, or without a car, there is nothing to tell."""
    assert origin(4000.0, None, 10.0, meter_sees_cars=True) is None
    assert origin(4000.0, reading(0.0), 100.0, meter_sees_cars=True) is None
    assert origin(4000.0, reading(float("nan")), 1.0, meter_sees_cars=True) is None
    assert origin(0.0, reading(0.0), 10.0, meter_sees_cars=True) is None
