"""The simulated home for people who try the integration before wiring anything.

A sunny day with passing clouds takes half an hour and starts over, so that whoever opens the
dashboard sees the cars follow the sun within a minute.
"""

from typing import Final

from .car import SimulatedCar
from .home import Appliance, GridMeter, HouseLoad, SimulatedHome, Sun
from .site import SimulatedSite
from .unit import EU_1_PHASE, SimulatedUnit

_DAY_S: Final = 1800.0
# The day begins and ends with the sun already up: nobody waits for a night to end.
_BEFORE_DAY_S: Final = 250.0
# It is mid-morning when someone comes to look.
_MORNING_S: Final = 500.0

# Large enough to charge for days; nobody sees the size.
_BATTERY_KWH: Final = 1000.0

_APPLIANCES: Final = (
    Appliance(power_w=90, run_s=120, per_day=240),  # fridge
    Appliance(power_w=420, run_s=60, per_day=240),  # coffee machine
    Appliance(power_w=160, run_s=300, per_day=96),  # computer
)


def demo_site(now: float, seed: int = 0) -> SimulatedSite:
    """Return the home: 9 kWp, two Wall Connectors for one phase and 32 A, a car on each.

    The first car is a Tesla that tells its VIN, the second is of another make. `now` is the
    time it starts at, in seconds; the same seed gives the same weather.
    """
    return SimulatedSite(
        units=[
            SimulatedUnit(
                unit_id=0x4F1A,
                sign=0x5A,
                serial_number="A17D0004711",
                volts=EU_1_PHASE,
                energy_wh=1_234_000,
                car=_car(vin="LRW3E7FS1PC000417"),
                seed=seed,
            ),
            SimulatedUnit(
                unit_id=0x82C6,
                sign=0x91,
                serial_number="A17D0004712",
                volts=EU_1_PHASE,
                energy_wh=567_000,
                car=_car(),
                seed=seed,
            ),
        ],
        home=SimulatedHome(
            sun=Sun(
                peak_w=9000,
                midnight_at=now - _MORNING_S,
                day_s=_DAY_S,
                sunrise_s=-_BEFORE_DAY_S,
                sunset_s=_DAY_S + _BEFORE_DAY_S,
                wildness=1.1,
                cloud_s=60,
                seed=seed,
            ),
            house=HouseLoad(base_w=300, appliances=_APPLIANCES, pace=1.5, seed=seed),
            meter=GridMeter(interval_s=2, delay_s=0.5),
        ),
        now=now,
        seed=seed,
    )


def _car(vin: str = "") -> SimulatedCar:
    return SimulatedCar(vin=vin, battery_kwh=_BATTERY_KWH, soc=0.3, start_delay_s=4)
