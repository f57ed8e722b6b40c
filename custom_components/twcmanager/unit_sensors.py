"""The sensors of a Wall Connector: what it does and why, and what it measures."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import (
    EntityCategory,
    UnitOfElectricCurrent,
    UnitOfElectricPotential,
    UnitOfEnergy,
    UnitOfPower,
)
from homeassistant.helpers.typing import StateType

from .bus.messages import UnitState
from .charging.model import Reason
from .entity import TwcEntityDescription
from .plan_view import planned_start
from .snapshot import UnitSnapshot

# What units say, in the words HA's other wall connectors use.
_STATUS_BY_STATE: Final = {
    UnitState.CHARGING: "charging",
    UnitState.RAISING: "charging",
    UnitState.LOWERING: "charging",
    UnitState.LIMIT_BEING_SET: "charging",
    UnitState.LIMIT_SET: "charging",
    UnitState.STARTING: "starting",
    UnitState.WAITING: "waiting",
    UnitState.STOPPED: "paused",
    UnitState.ERROR: "error",
}
_STATUSES: Final = [
    "not_connected",
    "ready",
    "waiting",
    "starting",
    "charging",
    "paused",
    "error",
]
# What someone may have to know, or have an automation act on, without delay.
_REASONS_AT_ONCE: Final = frozenset(
    {
        Reason.OFFLINE,
        Reason.DISABLED,
        Reason.MODE_OFF,
        Reason.NO_VEHICLE,
        Reason.NO_GRID_READING,
        Reason.MAIN_FUSE,
        Reason.POWER_LIMIT,
        Reason.CHARGE_LIMIT,
        Reason.CHARGE_NOW,
        Reason.READY_BY,
        Reason.PLANNED_LATER,
        Reason.CHEAP,
        Reason.SCHEDULED,
        Reason.NOT_SCHEDULED,
        Reason.NOT_ALLOWED,
        Reason.OTHERS_MINIMUM,
    }
)


def _status(unit: UnitSnapshot) -> str:
    """Return what a unit is doing."""
    state = unit.status.state
    if state in _STATUS_BY_STATE:
        return _STATUS_BY_STATE[state]
    if unit.status.plugged_in is False:
        return "not_connected"
    return "waiting" if unit.status.plugged_in else "ready"


def _volts(phase: int) -> Callable[[UnitSnapshot], StateType]:
    def value(unit: UnitSnapshot) -> StateType:
        return unit.status.meter.volts[phase] if unit.status.meter else None

    return value


def _phase_current(phase: int) -> Callable[[UnitSnapshot], StateType]:
    def value(unit: UnitSnapshot) -> StateType:
        meter = unit.status.meter
        return meter.currents_a[phase] if meter and meter.currents_a else None

    return value


def _charge_now_remaining(unit: UnitSnapshot) -> StateType:
    left_kwh = unit.charge_now.energy_kwh if unit.charge_now else None
    return None if left_kwh is None else round(left_kwh, 2)


def _missing_sun(unit: UnitSnapshot) -> StateType:
    missing_w = unit.offer.missing_w
    return None if missing_w is None else round(missing_w, -1)


@dataclass(frozen=True, kw_only=True)
class TwcUnitSensorDescription(TwcEntityDescription, SensorEntityDescription):
    """A sensor of a unit."""

    value_fn: Callable[[UnitSnapshot], StateType]
    """More to draw; nothing of it goes to the disk."""


UNIT_SENSORS: Final = (
    TwcUnitSensorDescription(
        key="status",
        translation_key="status",
        device_class=SensorDeviceClass.ENUM,
        options=_STATUSES,
        value_fn=_status,
    ),
    TwcUnitSensorDescription(
        key="reason",
        translation_key="reason",
        device_class=SensorDeviceClass.ENUM,
        options=list(Reason),
        # Two that take turns are not worth a row on disk each time.
        hold_s=2,
        at_once=_REASONS_AT_ONCE,
        value_fn=lambda unit: unit.offer.reason,
    ),
    TwcUnitSensorDescription(
        key="missing_sun",
        translation_key="missing_sun",
        device_class=SensorDeviceClass.POWER,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfPower.WATT,
        suggested_display_precision=0,
        # It moves with every reading: what it is about can be seen from afar.
        dead_band=100,
        interval_s=120,
        value_fn=_missing_sun,
    ),
    TwcUnitSensorDescription(
        key="current",
        device_class=SensorDeviceClass.CURRENT,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        suggested_display_precision=1,
        dead_band=0.25,
        interval_s=10,
        value_fn=lambda unit: unit.status.draw_a,
    ),
    TwcUnitSensorDescription(
        key="offered_current",
        translation_key="offered_current",
        device_class=SensorDeviceClass.CURRENT,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        suggested_display_precision=1,
        dead_band=0.2,
        interval_s=5,
        value_fn=lambda unit: unit.status.offer_a,
    ),
    TwcUnitSensorDescription(
        key="power",
        device_class=SensorDeviceClass.POWER,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfPower.WATT,
        suggested_display_precision=0,
        dead_band=40,
        interval_s=10,
        value_fn=lambda unit: round(unit.power_w),
    ),
    TwcUnitSensorDescription(
        key="charge_now_ends",
        translation_key="charge_now_ends",
        device_class=SensorDeviceClass.TIMESTAMP,
        value_fn=lambda unit: unit.charge_now.ends_at if unit.charge_now else None,
    ),
    TwcUnitSensorDescription(
        key="charge_now_remaining",
        translation_key="charge_now_remaining",
        device_class=SensorDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=2,
        dead_band=0.05,
        interval_s=60,
        value_fn=_charge_now_remaining,
    ),
    TwcUnitSensorDescription(
        key="lifetime_energy",
        translation_key="lifetime_energy",
        device_class=SensorDeviceClass.ENERGY,
        state_class=SensorStateClass.TOTAL_INCREASING,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=0,
        # Some count in Wh.
        interval_s=60,
        value_fn=lambda unit: unit.status.lifetime_kwh,
    ),
    TwcUnitSensorDescription(
        key="phases_used",
        translation_key="phases_used",
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda unit: unit.phases_used,
    ),
    *(
        TwcUnitSensorDescription(
            key=f"voltage_phase_{name.lower()}",
            translation_key="voltage_phase",
            translation_placeholders={"phase": name},
            device_class=SensorDeviceClass.VOLTAGE,
            state_class=SensorStateClass.MEASUREMENT,
            entity_category=EntityCategory.DIAGNOSTIC,
            entity_registry_enabled_default=phase == 0,
            native_unit_of_measurement=UnitOfElectricPotential.VOLT,
            suggested_display_precision=0,
            dead_band=2,
            interval_s=60,
            value_fn=_volts(phase),
        )
        for phase, name in enumerate("ABC")
    ),
    *(
        TwcUnitSensorDescription(
            key=f"current_phase_{name.lower()}",
            translation_key="current_phase",
            translation_placeholders={"phase": name},
            device_class=SensorDeviceClass.CURRENT,
            state_class=SensorStateClass.MEASUREMENT,
            entity_category=EntityCategory.DIAGNOSTIC,
            entity_registry_enabled_default=False,
            native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
            suggested_display_precision=1,
            dead_band=0.5,
            interval_s=30,
            value_fn=_phase_current(phase),
        )
        for phase, name in enumerate("ABC")
    ),
    TwcUnitSensorDescription(
        key="vin",
        translation_key="vin",
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda unit: unit.status.vin,
    ),
)
PLANNED_START: Final = TwcUnitSensorDescription(
    key="planned_start",
    translation_key="planned_start",
    device_class=SensorDeviceClass.TIMESTAMP,
    value_fn=lambda unit: planned_start(unit.departure),
)
