"""Numbers: limits that people change, never above what the wiring carries, and preferences."""

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final, override

from homeassistant.components.number import (
    NumberDeviceClass,
    NumberEntity,
    NumberEntityDescription,
    NumberMode,
)
from homeassistant.const import (
    PERCENTAGE,
    EntityCategory,
    UnitOfElectricCurrent,
    UnitOfEnergy,
    UnitOfLength,
    UnitOfPower,
)
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .charging.model import Preferences
from .const import DOMAIN, MINIMUM_LIMIT_A
from .coordinator import TwcConfigEntry
from .entity import (
    TwcBusEntity,
    TwcEntityDescription,
    TwcSettingEntity,
    add_battery_entities,
    add_unit_entities,
    add_vehicle_entities,
)
from .settings import Settings
from .store import UnitSettings

PARALLEL_UPDATES = 0

_FULL: Final = 100


@dataclass(frozen=True, kw_only=True)
class TwcNumberDescription(TwcEntityDescription, NumberEntityDescription):
    """A number that a person sets."""

    entity_category: EntityCategory | None = EntityCategory.CONFIG
    mode: NumberMode | None = NumberMode.BOX


@dataclass(frozen=True, kw_only=True)
class TwcUnitNumberDescription(TwcNumberDescription):
    """A number that the owner of a unit sets."""

    value_fn: Callable[[UnitSettings], float]
    set_fn: Callable[[float], dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class TwcPreferenceDescription(TwcNumberDescription):
    """One of the preferences."""

    value_fn: Callable[[Preferences], float]
    set_fn: Callable[[float], dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class TwcPriceDescription(TwcNumberDescription):
    """A price from which on something else is done."""

    native_min_value: float | None = -10_000
    native_max_value: float | None = 10_000
    native_step: float | None = 0.001
    value_fn: Callable[[Settings], float]
    set_fn: Callable[[Settings, float], None]


CHARGE_CURRENT_LIMIT: Final = TwcNumberDescription(
    key="charge_current_limit",
    translation_key="charge_current_limit",
    device_class=NumberDeviceClass.CURRENT,
    native_min_value=MINIMUM_LIMIT_A,
    native_step=0.5,
    native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
)
UNIT_NUMBERS: Final = (
    TwcUnitNumberDescription(
        key="priority",
        translation_key="priority",
        native_min_value=0,
        native_max_value=10,
        native_step=1,
        value_fn=lambda settings: settings.priority,
        set_fn=lambda value: {"priority": round(value)},
    ),
    TwcUnitNumberDescription(
        key="ready_by_energy",
        translation_key="ready_by_energy",
        device_class=NumberDeviceClass.ENERGY,
        native_min_value=0,
        native_max_value=200,
        native_step=0.5,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        value_fn=lambda settings: settings.ready_by_kwh,
        set_fn=lambda value: {"ready_by_kwh": value},
    ),
)
# What a car has to tell for.
VEHICLE_NUMBERS: Final = (
    TwcUnitNumberDescription(
        key="ready_by_soc",
        translation_key="ready_by_soc",
        native_min_value=0,
        native_max_value=_FULL,
        native_step=5,
        native_unit_of_measurement=PERCENTAGE,
        value_fn=lambda settings: settings.ready_by_soc or 0.0,
        set_fn=lambda value: {"ready_by_soc": value or None},
    ),
    TwcUnitNumberDescription(
        key="ready_by_range",
        translation_key="ready_by_range",
        device_class=NumberDeviceClass.DISTANCE,
        native_min_value=0,
        native_max_value=2000,
        native_step=1,
        native_unit_of_measurement=UnitOfLength.KILOMETERS,
        value_fn=lambda settings: settings.ready_by_km or 0.0,
        set_fn=lambda value: {"ready_by_km": value or None},
    ),
)
CHEAP_PRICE: Final = TwcPriceDescription(
    key="cheap_price",
    translation_key="cheap_price",
    value_fn=lambda settings: settings.cheap_price,
    set_fn=lambda settings, price: settings.set_cheap_price(price),
)
LEAST_EXPORT_PRICE: Final = TwcPriceDescription(
    key="least_export_price",
    translation_key="least_export_price",
    value_fn=lambda settings: settings.least_export_price,
    set_fn=lambda settings, price: settings.set_least_export_price(price),
)
CIRCUIT_LIMIT: Final = TwcNumberDescription(
    key="circuit_limit",
    translation_key="circuit_limit",
    device_class=NumberDeviceClass.CURRENT,
    native_min_value=MINIMUM_LIMIT_A,
    native_step=0.5,
    native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
)
PREFERENCES: Final = (
    TwcPreferenceDescription(
        key="reserve_power",
        translation_key="reserve_power",
        device_class=NumberDeviceClass.POWER,
        native_min_value=-5000,
        native_max_value=10000,
        native_step=10,
        native_unit_of_measurement=UnitOfPower.WATT,
        value_fn=lambda preferences: preferences.reserve_w,
        set_fn=lambda value: {"reserve_w": value},
    ),
    TwcPreferenceDescription(
        key="least_solar_share",
        translation_key="least_solar_share",
        mode=NumberMode.SLIDER,
        native_min_value=0,
        native_max_value=95,
        native_step=1,
        native_unit_of_measurement=PERCENTAGE,
        value_fn=lambda preferences: round(preferences.least_solar_share * 100),
        set_fn=lambda value: {"least_solar_share": value / 100},
    ),
)
BATTERY_PREFERENCES: Final = (
    TwcPreferenceDescription(
        key="battery_first_soc",
        translation_key="battery_first_soc",
        mode=NumberMode.SLIDER,
        native_min_value=0,
        native_max_value=_FULL,
        native_step=5,
        native_unit_of_measurement=PERCENTAGE,
        value_fn=lambda preferences: preferences.battery_first_soc,
        set_fn=lambda value: {"battery_first_soc": value},
    ),
    TwcPreferenceDescription(
        key="battery_discharge_soc",
        translation_key="battery_discharge_soc",
        mode=NumberMode.SLIDER,
        native_min_value=0,
        # A battery that has to stay full is never discharged.
        native_max_value=_FULL,
        native_step=5,
        native_unit_of_measurement=PERCENTAGE,
        value_fn=lambda preferences: (
            _FULL
            if preferences.battery_discharge_soc is None
            else preferences.battery_discharge_soc
        ),
        set_fn=lambda value: {
            "battery_discharge_soc": None if value >= _FULL else value
        },
    ),
)


def _finite(value: float) -> float:
    """Return a value. What is not a number is within every range for Home Assistant."""
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
    async_add_entities(
        [
            TwcCircuitLimit(coordinator, CIRCUIT_LIMIT),
            *(TwcPreferenceNumber(coordinator, each) for each in PREFERENCES),
        ]
    )
    if coordinator.prices.has_import_sensor:
        async_add_entities([TwcPrice(coordinator, CHEAP_PRICE)])
    if coordinator.prices.has_export:
        async_add_entities([TwcPrice(coordinator, LEAST_EXPORT_PRICE)])
    add_battery_entities(
        entry,
        async_add_entities,
        [TwcPreferenceNumber(coordinator, each) for each in BATTERY_PREFERENCES],
    )
    add_unit_entities(
        entry,
        async_add_entities,
        lambda identity: [
            TwcChargeCurrentLimit(coordinator, CHARGE_CURRENT_LIMIT, identity),
            *(TwcUnitNumber(coordinator, each, identity) for each in UNIT_NUMBERS),
        ],
    )
    add_vehicle_entities(
        entry,
        async_add_entities,
        lambda identity: [
            TwcUnitNumber(coordinator, each, identity) for each in VEHICLE_NUMBERS
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
        self.coordinator.settings.set_charge_limit(self._identity, _finite(value))


class TwcUnitNumber(TwcSettingEntity, NumberEntity):
    """A number of a Wall Connector."""

    entity_description: TwcUnitNumberDescription

    @override
    def current_value(self) -> float:
        """Return what the owner set."""
        return self.entity_description.value_fn(self.record.settings)

    @property
    @override
    def native_value(self) -> float:
        """Return what the owner set."""
        return self.current_value()

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Take note of what the owner sets."""
        self.coordinator.settings.set_unit(
            self._identity, **self.entity_description.set_fn(_finite(value))
        )


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
        self.coordinator.settings.set_circuit_limit(_finite(value))


class TwcPrice(TwcBusEntity, NumberEntity):
    """A price from which on something else is done."""

    entity_description: TwcPriceDescription

    @property
    @override
    def native_unit_of_measurement(self) -> str:
        """Return the currency of the home, per kWh."""
        return f"{self.hass.config.currency}/{UnitOfEnergy.KILO_WATT_HOUR}"

    @override
    def current_value(self) -> float:
        """Return the price."""
        return self.entity_description.value_fn(self.coordinator.settings)

    @property
    @override
    def native_value(self) -> float:
        """Return the price."""
        return self.current_value()

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Set the price."""
        self.entity_description.set_fn(self.coordinator.settings, _finite(value))


class TwcPreferenceNumber(TwcBusEntity, NumberEntity):
    """How the owner wants the sun used."""

    entity_description: TwcPreferenceDescription

    @override
    def current_value(self) -> float:
        """Return what the owner wants."""
        return self.entity_description.value_fn(self.coordinator.settings.preferences)

    @property
    @override
    def native_value(self) -> float:
        """Return what the owner wants."""
        return self.current_value()

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Take note of what the owner wants."""
        self.coordinator.settings.prefer(
            **self.entity_description.set_fn(_finite(value))
        )
