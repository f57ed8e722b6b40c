"""Virtual Wall Connectors, cars, sun and house on a real port. Knows nothing of Home Assistant.

For trying the integration without hardware, for tests and for benchmarks. Like the rest of
the house it has no clock: time is an argument named ``now``, in seconds from any origin,
never running backwards. Only ``port`` does I/O.
"""

from .car import SimulatedCar
from .demo import demo_site
from .home import GridMeter, HouseLoad, MeterReading, SimulatedHome, Sun, Trace
from .port import SimulatorPort
from .site import Faults, SimulatedSite
from .unit import EU_1_PHASE, EU_3_PHASE, US, SimulatedUnit

__all__ = [
    "EU_1_PHASE",
    "EU_3_PHASE",
    "US",
    "Faults",
    "GridMeter",
    "HouseLoad",
    "MeterReading",
    "SimulatedCar",
    "SimulatedHome",
    "SimulatedSite",
    "SimulatedUnit",
    "SimulatorPort",
    "Sun",
    "Trace",
    "demo_site",
]
