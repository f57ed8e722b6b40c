"""The sensors about whose car is on a Wall Connector's cable."""

from typing import Final

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import PERCENTAGE

from .snapshot import UnitSnapshot
from .unit_sensors import TwcUnitSensorDescription

GUEST: Final = "guest"
NONE: Final = "none"

VEHICLE_STATES: Final = [NONE, GUEST]
"""What the sensor shows beside the names of cars, none of which may be called so."""


def _vehicle(unit: UnitSnapshot) -> str | None:
    """Return who is on the cable, None as long as that is not known."""
    if unit.presence is not None:
        return unit.vehicle.name if unit.vehicle else GUEST
    return NONE if unit.status.plugged_in is False else None


VEHICLE: Final = TwcUnitSensorDescription(
    key="vehicle",
    translation_key="vehicle",
    device_class=SensorDeviceClass.ENUM,
    options=VEHICLE_STATES,
    value_fn=_vehicle,
)
VEHICLE_SOC: Final = TwcUnitSensorDescription(
    key="vehicle_soc",
    translation_key="vehicle_soc",
    device_class=SensorDeviceClass.BATTERY,
    state_class=SensorStateClass.MEASUREMENT,
    native_unit_of_measurement=PERCENTAGE,
    suggested_display_precision=0,
    value_fn=lambda unit: unit.vehicle.soc if unit.vehicle else None,
)
