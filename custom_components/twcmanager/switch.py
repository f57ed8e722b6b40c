"""Switches: may a unit charge at all, may a stuck car be woken, are offers whole amps."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import TwcConfigEntry
from .entity import (
    TwcBusEntity,
    TwcEntityDescription,
    TwcSettingEntity,
    add_unit_entities,
)
from .settings import Settings
from .store import UnitSettings

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class TwcSwitchDescription(TwcEntityDescription, SwitchEntityDescription):
    """A yes or no that the owner of a unit decides."""

    value_fn: Callable[[UnitSettings], bool]
    set_fn: Callable[[bool], dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class TwcBusSwitchDescription(TwcEntityDescription, SwitchEntityDescription):
    """A yes or no about all cars."""

    value_fn: Callable[[Settings], bool]
    set_fn: Callable[[Settings, bool], None]


SWITCHES: Final = (
    TwcSwitchDescription(
        key="charging_enabled",
        translation_key="charging_enabled",
        value_fn=lambda settings: settings.enabled,
        set_fn=lambda on: {"enabled": on},
    ),
    TwcSwitchDescription(
        key="ready_by",
        translation_key="ready_by",
        value_fn=lambda settings: settings.ready_by,
        set_fn=lambda on: {"ready_by": on},
    ),
    TwcSwitchDescription(
        key="unstick",
        translation_key="unstick",
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
        value_fn=lambda settings: settings.unstick,
        set_fn=lambda on: {"unstick": on},
    ),
)

CHARGE_WHEN_CHEAP: Final = TwcBusSwitchDescription(
    key="charge_when_cheap",
    translation_key="charge_when_cheap",
    value_fn=lambda settings: settings.charge_when_cheap,
    set_fn=lambda settings, on: settings.set_charge_when_cheap(on),
)
AVOID_CHEAP_EXPORT: Final = TwcBusSwitchDescription(
    key="avoid_cheap_export",
    translation_key="avoid_cheap_export",
    value_fn=lambda settings: settings.avoid_cheap_export,
    set_fn=lambda settings, on: settings.set_avoid_cheap_export(on),
)
WHOLE_AMPS: Final = TwcBusSwitchDescription(
    key="whole_amps",
    translation_key="whole_amps",
    entity_category=EntityCategory.CONFIG,
    entity_registry_enabled_default=False,
    value_fn=lambda settings: settings.preferences.whole_amps,
    set_fn=lambda settings, on: settings.prefer(whole_amps=on),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: TwcConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the switches."""
    coordinator = entry.runtime_data
    async_add_entities([TwcBusSwitch(coordinator, WHOLE_AMPS)])
    if coordinator.prices.has_import_sensor:
        async_add_entities([TwcBusSwitch(coordinator, CHARGE_WHEN_CHEAP)])
    if coordinator.prices.has_export:
        async_add_entities([TwcBusSwitch(coordinator, AVOID_CHEAP_EXPORT)])
    add_unit_entities(
        entry,
        async_add_entities,
        lambda identity: [
            TwcSwitch(coordinator, description, identity) for description in SWITCHES
        ],
    )


class TwcSwitch(TwcSettingEntity, SwitchEntity):
    """A switch of a Wall Connector."""

    entity_description: TwcSwitchDescription

    @override
    def current_value(self) -> bool:
        """Return what the owner decided."""
        return self.entity_description.value_fn(self.record.settings)

    @property
    @override
    def is_on(self) -> bool:
        """Return what the owner decided."""
        return self.current_value()

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Say yes."""
        self._set(True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Say no."""
        self._set(False)

    def _set(self, on: bool) -> None:
        self.coordinator.settings.set_unit(
            self._identity, **self.entity_description.set_fn(on)
        )


class TwcBusSwitch(TwcBusEntity, SwitchEntity):
    """A switch of the bus."""

    entity_description: TwcBusSwitchDescription

    @override
    def current_value(self) -> bool:
        """Return what the owner decided."""
        return self.entity_description.value_fn(self.coordinator.settings)

    @property
    @override
    def is_on(self) -> bool:
        """Return what the owner decided."""
        return self.current_value()

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Say yes."""
        self.entity_description.set_fn(self.coordinator.settings, True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Say no."""
        self.entity_description.set_fn(self.coordinator.settings, False)
