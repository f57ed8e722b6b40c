"""Sensors: what each Wall Connector does and why, and how the bus is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import (
    EntityCategory,
    UnitOfElectricCurrent,
    UnitOfElectricPotential,
    UnitOfEnergy,
    UnitOfPower,
    UnitOfTime,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType

from .bus.messages import UnitState
from .charging.model import Reason
from .coordinator import TwcConfigEntry
from .entity import TwcBusEntity, TwcEntityDescription, TwcUnitEntity, add_unit_entities
from .snapshot import HomeSnapshot, Snapshot, UnitSnapshot

PARALLEL_UPDATES = 0

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


@dataclass(frozen=True, kw_only=True)
class TwcUnitSensorDescription(TwcEntityDescription, SensorEntityDescription):
    """A sensor of a unit."""

    value_fn: Callable[[UnitSnapshot], StateType]


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
        value_fn=lambda unit: unit.offer.reason,
    ),
    TwcUnitSensorDescription(
        key="current",
        device_class=SensorDeviceClass.CURRENT,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        suggested_display_precision=1,
        dead_band=0.2,
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
        key="session_energy",
        translation_key="session_energy",
        device_class=SensorDeviceClass.ENERGY,
        state_class=SensorStateClass.TOTAL_INCREASING,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=2,
        interval_s=60,
        value_fn=lambda unit: round(unit.session_kwh, 3),
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


@dataclass(frozen=True, kw_only=True)
class TwcBusSensorDescription(TwcEntityDescription, SensorEntityDescription):
    """A sensor of the bus."""

    value_fn: Callable[[Snapshot], StateType]
    needs_line: bool = False
    """Whether it means nothing while the port is lost."""


def _health(key: str, value_fn: Callable[[Snapshot], int]) -> TwcBusSensorDescription:
    """Return the description of a counter of the bus' health."""
    return TwcBusSensorDescription(
        key=key,
        translation_key=key,
        state_class=SensorStateClass.TOTAL_INCREASING,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        interval_s=60,
        value_fn=value_fn,
    )


def _answer_time(
    key: str, value_fn: Callable[[Snapshot], float]
) -> TwcBusSensorDescription:
    """Return the description of how fast units answer."""
    return TwcBusSensorDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.DURATION,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=UnitOfTime.MILLISECONDS,
        suggested_display_precision=0,
        dead_band=1,
        interval_s=60,
        value_fn=lambda data: round(value_fn(data) * 1000, 1),
    )


BUS_SENSORS: Final = (
    TwcBusSensorDescription(
        key="total_current",
        translation_key="total_current",
        device_class=SensorDeviceClass.CURRENT,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        suggested_display_precision=1,
        dead_band=0.2,
        interval_s=10,
        needs_line=True,
        value_fn=lambda data: round(data.total_current_a, 2),
    ),
    TwcBusSensorDescription(
        key="surplus",
        translation_key="surplus",
        device_class=SensorDeviceClass.POWER,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfPower.WATT,
        suggested_display_precision=0,
        dead_band=50,
        interval_s=10,
        value_fn=lambda data: None if data.surplus_w is None else round(data.surplus_w),
    ),
    TwcBusSensorDescription(
        key="cars_charging",
        translation_key="cars_charging",
        state_class=SensorStateClass.MEASUREMENT,
        needs_line=True,
        value_fn=lambda data: data.cars_charging,
    ),
    _health("frames", lambda data: data.health.frames),
    _health("checksum_errors", lambda data: data.health.checksum_errors),
    _health("noise_bytes", lambda data: data.health.noise_bytes),
    _health("timeouts", lambda data: data.health.timeouts),
    _health("echoes", lambda data: data.health.echoes),
    _health("reconnects", lambda data: data.reconnects),
    _answer_time("answer_time", lambda data: data.health.answer_mean_s),
    _answer_time("answer_time_worst", lambda data: data.health.answer_worst_s),
)


def _home_power(
    key: str,
    value_fn: Callable[[HomeSnapshot], float | None],
    *,
    dead_band: float = 0.0,
    interval_s: float = 0.0,
) -> TwcBusSensorDescription:
    """Return the description of one of the simulated home's power meters."""

    def value(data: Snapshot) -> StateType:
        power_w = value_fn(data.home) if data.home else None
        return None if power_w is None else round(power_w)

    return TwcBusSensorDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.POWER,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfPower.WATT,
        suggested_display_precision=0,
        dead_band=dead_band,
        interval_s=interval_s,
        value_fn=value,
    )


HOME_SENSORS: Final = (
    # Decisions are made from this one: always as fresh as its meter.
    _home_power("grid_power", lambda home: home.grid_w),
    _home_power("solar_power", lambda home: home.solar_w, dead_band=20, interval_s=5),
    _home_power("house_power", lambda home: home.house_w, dead_band=20, interval_s=5),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: TwcConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the sensors."""
    coordinator = entry.runtime_data
    home = HOME_SENSORS if coordinator.simulator else ()
    async_add_entities(
        [TwcBusSensor(coordinator, each) for each in (*BUS_SENSORS, *home)]
    )
    add_unit_entities(
        entry,
        async_add_entities,
        lambda identity: [
            TwcUnitSensor(coordinator, description, identity)
            for description in UNIT_SENSORS
        ],
    )


class TwcUnitSensor(TwcUnitEntity, SensorEntity):
    """A sensor of a Wall Connector."""

    entity_description: TwcUnitSensorDescription

    @override
    def current_value(self) -> StateType:
        """Return what is measured or told."""
        return self.entity_description.value_fn(self.unit) if self.unit else None

    @property
    @override
    def native_value(self) -> StateType:
        """Return what is measured or told."""
        return self.current_value()


class TwcBusSensor(TwcBusEntity, SensorEntity):
    """A sensor of the bus."""

    entity_description: TwcBusSensorDescription

    @property
    @override
    def available(self) -> bool:
        """Return whether it means anything now."""
        return not self.entity_description.needs_line or self.coordinator.data.connected

    @override
    def current_value(self) -> StateType:
        """Return what is measured or counted."""
        return self.entity_description.value_fn(self.coordinator.data)

    @property
    @override
    def native_value(self) -> StateType:
        """Return what is measured or counted."""
        return self.current_value()
