"""Numbers: the limits people change from day to day, never above what the wiring carries."""

from dataclasses import dataclass
from math import isfinite
from typing import Final, override

from homeassistant.components.number import (
    NumberDeviceClass,
    NumberEntity,
    NumberEntityDescription,
    NumberMode,
)
from homeassistant.const import EntityCategory, UnitOfElectricCurrent
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import DOMAIN, MINIMUM_LIMIT_A
from .coordinator import TwcConfigEntry
from .entity import (
    TwcBusEntity,
    TwcEntityDescription,
    TwcSettingEntity,
    add_unit_entities,
)

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class TwcNumberDescription(TwcEntityDescription, NumberEntityDescription):
    """A limit in A."""


CHARGE_CURRENT_LIMIT: Final = TwcNumberDescription(
    key="charge_current_limit",
    translation_key="charge_current_limit",
    device_class=NumberDeviceClass.CURRENT,
    entity_category=EntityCategory.CONFIG,
    mode=NumberMode.BOX,
    native_min_value=MINIMUM_LIMIT_A,
    native_step=0.5,
    native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
)
CIRCUIT_LIMIT: Final = TwcNumberDescription(
    key="circuit_limit",
    translation_key="circuit_limit",
    device_class=NumberDeviceClass.CURRENT,
    entity_category=EntityCategory.CONFIG,
    mode=NumberMode.BOX,
    native_min_value=MINIMUM_LIMIT_A,
    native_step=0.5,
    native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
)


def _finite(value: float) -> float:
    """Return a limit. What is not a number is within every range for Home Assistant."""
    if not isfinite(value):
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="limit_not_a_number"
        )
    return value


async def async_setup_entry(
    hass: HomeAssistant,
    entry: TwcConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the numbers."""
    coordinator = entry.runtime_data
    async_add_entities([TwcCircuitLimit(coordinator, CIRCUIT_LIMIT)])
    add_unit_entities(
        entry,
        async_add_entities,
        lambda identity: [
            TwcChargeCurrentLimit(coordinator, CHARGE_CURRENT_LIMIT, identity)
        ],
    )


class TwcChargeCurrentLimit(TwcSettingEntity, NumberEntity):
    """What a Wall Connector may be offered at present."""

    entity_description: TwcNumberDescription

    @property
    @override
    def native_max_value(self) -> float:
        """Return what its wiring and its rating allow."""
        return self.coordinator.units.unit_limit_a(self.record)

    @override
    def current_value(self) -> float:
        """Return the limit in force."""
        return self.coordinator.units.charge_limit_a(self.record)

    @property
    @override
    def native_value(self) -> float:
        """Return the limit in force."""
        return self.current_value()

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Set the limit."""
        self.coordinator.set_unit(self._identity, charge_limit_a=_finite(value))


class TwcCircuitLimit(TwcBusEntity, NumberEntity):
    """What all cars may draw together at present."""

    entity_description: TwcNumberDescription

    @property
    @override
    def native_max_value(self) -> float:
        """Return what the circuit carries, as it was configured."""
        return self.coordinator.units.configured_circuit_limit_a

    @override
    def current_value(self) -> float:
        """Return the limit in force."""
        return self.coordinator.units.circuit_limit_a

    @property
    @override
    def native_value(self) -> float:
        """Return the limit in force."""
        return self.current_value()

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Set the limit."""
        self.coordinator.set_circuit_limit(_finite(value))
