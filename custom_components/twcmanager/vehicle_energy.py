"""What each vehicle has got: a device for each, and a sensor of the bus for all others."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import UnitOfEnergy
from homeassistant.core import callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .bus_sensors import TwcBusSensorDescription
from .charging.credit import OTHERS, Got
from .const import DOMAIN, SUBENTRY_VEHICLE
from .coordinator import TwcConfigEntry, TwcCoordinator
from .entity import TwcEntity, TwcEntityDescription


@dataclass(frozen=True, kw_only=True)
class TwcVehicleSensorDescription(TwcEntityDescription, SensorEntityDescription):
    """A sensor of a vehicle."""

    value_fn: Callable[[Got], float]


# Shown as often as it is kept, which is not more than once a minute.
_ENERGY: Final[dict[str, Any]] = {
    "device_class": SensorDeviceClass.ENERGY,
    "state_class": SensorStateClass.TOTAL_INCREASING,
    "native_unit_of_measurement": UnitOfEnergy.KILO_WATT_HOUR,
    "suggested_display_precision": 2,
}

VEHICLE_SENSORS: Final = (
    TwcVehicleSensorDescription(
        key="vehicle_energy",
        translation_key="vehicle_energy",
        **_ENERGY,
        value_fn=lambda got: round(got.energy_kwh, 3),
    ),
    TwcVehicleSensorDescription(
        key="vehicle_solar_energy",
        translation_key="solar_energy",
        **_ENERGY,
        value_fn=lambda got: round(got.solar_kwh, 3),
    ),
)

OTHERS_ENERGY: Final = TwcBusSensorDescription(
    key="others_energy",
    translation_key="others_energy",
    **_ENERGY,
    value_fn=lambda bus: round(bus.vehicles.get(OTHERS, Got()).energy_kwh, 3),
)


class TwcVehicleEnergy(TwcEntity, SensorEntity):
    """An energy that a vehicle has got, wherever it charged on this bus."""

    entity_description: TwcVehicleSensorDescription

    def __init__(
        self,
        coordinator: TwcCoordinator,
        description: TwcVehicleSensorDescription,
        vehicle_id: str,
        name: str,
    ) -> None:
        """Belong to the device of the vehicle."""
        super().__init__(coordinator, description)
        key = coordinator.device_key(vehicle_id)
        self._vehicle_id = vehicle_id
        self._attr_unique_id = f"{key}_{description.key}"
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, key)}, name=name)

    @override
    def current_value(self) -> float:
        """Return the energy."""
        got = self.coordinator.data.vehicles.get(self._vehicle_id, Got())
        return self.entity_description.value_fn(got)

    @property
    @override
    def native_value(self) -> float:
        """Return the energy."""
        return self.current_value()


def add_vehicle_devices(
    entry: TwcConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    descriptions: Iterable[TwcVehicleSensorDescription],
    others: SensorEntity,
) -> None:
    """Add the devices of all vehicles, now and later, and follow their names.

    There are others only where there is a first one.
    """
    coordinator = entry.runtime_data
    known: dict[str, str] = {}
    waiting = [others]

    @callback
    def follow() -> None:
        names = {
            each.subentry_id: each.title
            for each in entry.get_subentries_of_type(SUBENTRY_VEHICLE)
        }
        if names and waiting:
            async_add_entities([waiting.pop()])
        for vehicle_id, name in names.items():
            if vehicle_id not in known:
                async_add_entities(
                    [
                        TwcVehicleEnergy(coordinator, description, vehicle_id, name)
                        for description in descriptions
                    ],
                    config_subentry_id=vehicle_id,
                )
            elif known[vehicle_id] != name:
                _rename(coordinator, vehicle_id, name)
        known.clear()
        known.update(names)

    follow()
    entry.async_on_unload(coordinator.async_add_listener(follow))


def _rename(coordinator: TwcCoordinator, vehicle_id: str, name: str) -> None:
    registry = dr.async_get(coordinator.hass)
    identifier = DOMAIN, coordinator.device_key(vehicle_id)
    device = registry.async_get_device_by_identifier(
        identifier, coordinator.config_entry.entry_id
    )
    if device:
        registry.async_update_device(device.id, name=name)
