"""Sensors: what each Wall Connector does and why, and how the bus is."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType
from homeassistant.util import dt as dt_util

from .bus_sensors import (
    BUS_SENSORS,
    FUSE_SENSORS,
    HOME_SENSORS,
    TwcBusSensorDescription,
)
from .const import CONF_PRICES
from .coordinator import TwcConfigEntry
from .entity import TwcBusEntity, TwcUnitEntity, add_unit_entities, add_vehicle_entities
from .plan_view import PLAN_ATTRIBUTES, plan_as_told, plan_news
from .session_sensors import SESSION_SENSORS
from .unit_sensors import PLANNED_START, UNIT_SENSORS, TwcUnitSensorDescription
from .vehicle_energy import OTHERS_ENERGY, VEHICLE_SENSORS, add_vehicle_devices
from .vehicle_sensors import VEHICLE, VEHICLE_SOC, VEHICLE_STATES

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,
    entry: TwcConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the sensors."""
    coordinator = entry.runtime_data
    priced = CONF_PRICES in entry.options
    home = HOME_SENSORS if coordinator.simulator else ()
    fuse = FUSE_SENSORS[: coordinator.fuse_lines]
    async_add_entities(
        [TwcBusSensor(coordinator, each) for each in (*BUS_SENSORS, *fuse, *home)]
    )
    add_unit_entities(
        entry,
        async_add_entities,
        lambda identity: [
            TwcPlanSensor(coordinator, PLANNED_START, identity),
            *(
                TwcUnitSensor(coordinator, description, identity)
                for description in (*UNIT_SENSORS, *SESSION_SENSORS)
                # Without prices nothing has a cost.
                if priced or description.device_class is not SensorDeviceClass.MONETARY
            ),
        ],
    )
    add_vehicle_entities(
        entry,
        async_add_entities,
        lambda identity: [
            TwcVehicleSensor(coordinator, VEHICLE, identity),
            TwcUnitSensor(coordinator, VEHICLE_SOC, identity),
        ],
    )
    others = TwcBusSensor(coordinator, OTHERS_ENERGY)
    add_vehicle_devices(entry, async_add_entities, VEHICLE_SENSORS, others)


class TwcUnitSensor(TwcUnitEntity, SensorEntity):
    """A sensor of a Wall Connector."""

    entity_description: TwcUnitSensorDescription

    @property
    @override
    def native_unit_of_measurement(self) -> str | None:
        """Return the unit; of money it is that of the home."""
        if self.device_class is SensorDeviceClass.MONETARY:
            return self.hass.config.currency
        return super().native_unit_of_measurement

    @override
    def current_value(self) -> StateType:
        """Return what is measured or told."""
        return self.entity_description.value_fn(self.unit) if self.unit else None

    @property
    @override
    def native_value(self) -> StateType | datetime:
        """Return what is measured or told."""
        value = self.current_value()
        if self.device_class is SensorDeviceClass.TIMESTAMP and value is not None:
            return dt_util.utc_from_timestamp(float(value))
        return value


class TwcPlanSensor(TwcUnitSensor):
    """When a car starts to charge by its plan, with all of the plan to be drawn."""

    _unrecorded_attributes = PLAN_ATTRIBUTES
    _news: object = None

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any] | None:
        """Return what there is to draw."""
        departure = self.unit.departure if self.unit else None
        return plan_as_told(departure) if departure else None

    @override
    def _worth_showing(self) -> bool:
        """Return whether the start is another one, or that which it is for."""
        before = self._news
        self._news = plan_news(self.unit.departure if self.unit else None)
        return super()._worth_showing() or self._news != before


class TwcVehicleSensor(TwcUnitSensor):
    """The car on a Wall Connector's cable."""

    @property
    @override
    def options(self) -> list[str]:
        """Return who it may be."""
        return [*VEHICLE_STATES, *self.coordinator.vehicle_names]


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
