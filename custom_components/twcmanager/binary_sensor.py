"""Binary sensors: is a car there, does it charge, does the port work, is export avoided."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.binary_sensor import (
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import TwcConfigEntry
from .entity import TwcBusEntity, TwcEntityDescription, TwcUnitEntity, add_unit_entities
from .snapshot import Snapshot, UnitSnapshot

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class TwcBinarySensorDescription(TwcEntityDescription, BinarySensorEntityDescription):
    """A binary sensor of a unit."""

    value_fn: Callable[[UnitSnapshot], bool | None]


UNIT_SENSORS: Final = (
    TwcBinarySensorDescription(
        key="vehicle_connected",
        translation_key="vehicle_connected",
        device_class=BinarySensorDeviceClass.PLUG,
        value_fn=lambda unit: unit.status.plugged_in,
    ),
    TwcBinarySensorDescription(
        key="charging",
        device_class=BinarySensorDeviceClass.BATTERY_CHARGING,
        value_fn=lambda unit: unit.status.drawing,
    ),
)


@dataclass(frozen=True, kw_only=True)
class TwcBusBinarySensorDescription(
    TwcEntityDescription, BinarySensorEntityDescription
):
    """A binary sensor of the bus."""

    value_fn: Callable[[Snapshot], bool]


CONNECTION: Final = TwcBusBinarySensorDescription(
    key="connected",
    device_class=BinarySensorDeviceClass.CONNECTIVITY,
    entity_category=EntityCategory.DIAGNOSTIC,
    value_fn=lambda bus: bus.connected,
)
AVOIDS_EXPORT: Final = TwcBusBinarySensorDescription(
    key="avoids_export",
    translation_key="avoids_export",
    value_fn=lambda bus: bus.avoids_export,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: TwcConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the binary sensors."""
    coordinator = entry.runtime_data
    async_add_entities(
        TwcBusBinarySensor(coordinator, each)
        for each in (CONNECTION, AVOIDS_EXPORT)
        if each is CONNECTION or coordinator.prices.has_export
    )
    add_unit_entities(
        entry,
        async_add_entities,
        lambda identity: [
            TwcUnitBinarySensor(coordinator, description, identity)
            for description in UNIT_SENSORS
        ],
    )


class TwcUnitBinarySensor(TwcUnitEntity, BinarySensorEntity):
    """A binary sensor of a Wall Connector."""

    entity_description: TwcBinarySensorDescription

    @override
    def current_value(self) -> bool | None:
        """Return whether it is so, None if the unit does not tell."""
        return self.entity_description.value_fn(self.unit) if self.unit else None

    @property
    @override
    def is_on(self) -> bool | None:
        """Return whether it is so."""
        return self.current_value()


class TwcBusBinarySensor(TwcBusEntity, BinarySensorEntity):
    """A binary sensor of the bus."""

    entity_description: TwcBusBinarySensorDescription

    @override
    def current_value(self) -> bool:
        """Return whether it is so."""
        return self.entity_description.value_fn(self.coordinator.data)

    @property
    @override
    def is_on(self) -> bool:
        """Return whether it is so."""
        return self.current_value()
