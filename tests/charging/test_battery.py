"""The home's battery: who gets the sun first, and what it may give."""

import pytest

from custom_components.twcmanager.charging.battery import Battery
from custom_components.twcmanager.charging.model import (
    BatteryPriority,
    GridReading,
    Preferences,
)

CAR, BATTERY, SHARED = BatteryPriority


def reading(battery_w: float, soc: float | None) -> GridReading:
    """Return what is known of a battery."""
    return GridReading(
        power_w=0, battery_w=battery_w, battery_soc=soc, at=0, stale_at=1, dead_at=1
    )


@pytest.mark.parametrize(
    ("priority", "soc", "available_w", "withheld_w"),
    [
        (CAR, 10, 2000, 0),
        (CAR, None, 2000, 0),
        (SHARED, 10, 1000, 1000),
        (SHARED, 99, 1000, 1000),
        (BATTERY, 79, 0, 2000),
        (BATTERY, 80, 2000, 0),
        # Of a battery of which nothing is known, it is not known to be full.
        (BATTERY, None, 0, 2000),
    ],
)
def test_who_comes_first_gets_what_charges_it(
    priority: BatteryPriority, soc: float | None, available_w: float, withheld_w: float
) -> None:
    """The battery by default, until it is at 80 %."""
    battery = Battery()
    preferences = Preferences(battery_priority=priority)
    assert battery.available_w(reading(-2000, soc), preferences) == available_w
    assert battery.withheld_w == withheld_w


@pytest.mark.parametrize("priority", [CAR, SHARED, BATTERY])
def test_what_it_gives_is_no_sun(priority: BatteryPriority) -> None:
    """Cars are not charged from it, however full it is."""
    preferences = Preferences(battery_priority=priority)
    battery = Battery()
    assert battery.available_w(reading(1500, 100), preferences) == -1500
    assert battery.withheld_w == 0


def test_unless_it_may_be_discharged() -> None:
    """Down to what its owner wants to keep."""
    preferences = Preferences(battery_discharge_soc=60)
    battery = Battery()
    assert battery.available_w(reading(1500, 59), preferences) == -1500
    assert battery.available_w(reading(1500, 60), preferences) == 0
    assert battery.available_w(reading(1500, None), preferences) == -1500


@pytest.mark.parametrize("kind", ["first", "discharge"])
def test_thresholds_have_hysteresis(kind: str) -> None:
    """Once reached they are left 5 % below."""
    battery = Battery()
    if kind == "first":
        preferences, power_w = Preferences(battery_first_soc=80), -1000.0
    else:
        preferences, power_w = Preferences(battery_discharge_soc=80), 1000.0
    reached = [
        battery.available_w(reading(power_w, soc), preferences) == max(0, -power_w)
        for soc in (79, 80, 76, 75, 74.9, 79, 80, 90)
    ]
    assert reached == [False, True, True, True, False, False, True, True]


def test_a_home_without_a_battery_has_none_to_think_of() -> None:
    """Nothing is added."""
    assert Battery().available_w(reading(0, None), Preferences()) == 0
