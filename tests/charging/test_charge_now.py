"""Charge now: what a person asks for just this once, and how much of that is left."""

from typing import Any

import pytest

from custom_components.twcmanager.charging.charge_now import ChargeNow

NOON = 1_800_000_000.0


def _after(charge_now: ChargeNow, passed_s: float = 1, **seen: Any) -> ChargeNow | None:
    return charge_now.after(NOON + passed_s, **{"plugged_in": True, **seen})


def test_until_unplugged() -> None:
    """Without any limit it goes on for as long as the car is there."""
    charge_now = _after(ChargeNow(), 1_000_000, charged_kwh=500, soc=100)

    assert charge_now == ChargeNow(car_seen=True)
    assert charge_now
    # A unit that does not tell says nothing of the car either.
    assert _after(charge_now, plugged_in=None) == charge_now
    assert _after(charge_now, plugged_in=False) is None


@pytest.mark.parametrize("plugged_in", [False, None])
def test_before_the_car_is_there(plugged_in: bool | None) -> None:
    """It waits for the car, which need not be plugged in first."""
    charge_now = _after(ChargeNow(energy_kwh=5), plugged_in=plugged_in)

    assert charge_now == ChargeNow(energy_kwh=5)


def test_duration() -> None:
    """It ends at its time, however long nobody has looked."""
    charge_now = ChargeNow(ends_at=NOON + 3600)

    assert _after(charge_now, 3599.9)
    assert _after(charge_now, 3600) is None
    assert _after(charge_now, 86400) is None
    # Also while it waits for a car that never came.
    assert _after(charge_now, 3600, plugged_in=False) is None


def test_energy() -> None:
    """What was charged is taken off, until nothing is left."""
    charge_now = _after(ChargeNow(energy_kwh=5), charged_kwh=3)

    assert charge_now
    assert charge_now.energy_kwh == 2
    assert _after(charge_now, charged_kwh=1.99)
    assert _after(charge_now, charged_kwh=2) is None


@pytest.mark.parametrize(
    ("soc", "goes_on"), [(79.9, True), (80, False), (91, False), (None, True)]
)
def test_soc(soc: float | None, goes_on: bool) -> None:
    """It ends once the car is full enough; one that tells nothing rather charges."""
    charge_now = ChargeNow(soc=80, soc_entity="sensor.car")

    assert (_after(charge_now, soc=soc) is not None) is goes_on


def test_whatever_comes_first() -> None:
    """Several limits are several ways to end."""
    charge_now = ChargeNow(ends_at=NOON + 60, energy_kwh=5, soc=80)

    assert _after(charge_now, 59, charged_kwh=4.9, soc=79)
    assert _after(charge_now, 60, charged_kwh=0.1, soc=50) is None
    assert _after(charge_now, 1, charged_kwh=5, soc=50) is None
    assert _after(charge_now, 1, charged_kwh=1, soc=80) is None
