"""What a car still needs until it leaves."""

import pytest

from custom_components.twcmanager.charging.need import Battery, Target, needed_kwh

TEN_KWH = Target(energy_kwh=10)
FOUR_FIFTHS = Target(energy_kwh=10, soc=80)


@pytest.mark.parametrize(
    ("charged_kwh", "needed"),
    [(0, 10), (4, 6), (9.94, pytest.approx(0.06)), (9.96, 0), (10, 0), (30, 0)],
)
def test_energy(charged_kwh: float, needed: float) -> None:
    """So much since it was plugged in, but nobody starts a car for a crumb."""
    assert needed_kwh(TEN_KWH, charged_kwh, Battery(size_kwh=60, soc=20)) == needed


@pytest.mark.parametrize(("soc", "needed"), [(50, 20), (79, 2 / 3), (80, 0), (91, 0)])
def test_soc(soc: float, needed: float) -> None:
    """What is missing in the battery, and what gets lost on the way."""
    battery = Battery(size_kwh=60, soc=soc)
    # What was charged does not matter: the car knows what of it has arrived.
    assert needed_kwh(FOUR_FIFTHS, 7, battery) == pytest.approx(needed)


@pytest.mark.parametrize("battery", [Battery(size_kwh=60), Battery(soc=50), Battery()])
def test_a_car_that_does_not_tell(battery: Battery) -> None:
    """It gets the energy: rather that than nothing."""
    assert needed_kwh(FOUR_FIFTHS, 4, battery) == 6


def test_the_limit_of_the_car() -> None:
    """More than its own limit the car never takes."""
    limited = Battery(size_kwh=60, soc=50, limit_soc=65)
    assert needed_kwh(FOUR_FIFTHS, 0, limited) == pytest.approx(10)
    generous = Battery(size_kwh=60, soc=50, limit_soc=100)
    assert needed_kwh(FOUR_FIFTHS, 0, generous) == pytest.approx(20)
