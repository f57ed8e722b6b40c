"""Switches: may a unit charge at all, may a stuck car be woken, are offers whole amps."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import TwcConfigEntry, TwcCoordinator
from .entity import (
    TwcBusEntity,
    TwcEntityDescription,
    TwcSettingEntity,
    add_unit_entities,
)
from .store import UnitSettings

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class TwcSwitchDescription(TwcEntityDescription, SwitchEntityDescription):
    """A yes or no that the owner of a unit decides."""

    value_fn: Callable[[UnitSettings], bool]
    set_fn: Callable[[TwcCoordinator, str, bool], None]


@dataclass(frozen=True, kw_only=True)
class TwcBusSwitchDescription(TwcEntityDescription, SwitchEntityDescription):
    """A yes or no about all cars."""


SWITCHES: Final = (
    TwcSwitchDescription(
        key="charging_enabled",
        translation_key="charging_enabled",
        value_fn=lambda settings: settings.enabled,
        set_fn=lambda coordinator, identity, on: coordinator.set_unit(
            identity, enabled=on
        ),
    ),
    TwcSwitchDescription(
        key="ready_by",
        translation_key="ready_by",
        value_fn=lambda settings: settings.ready_by,
        set_fn=lambda coordinator, identity, on: coordinator.set_unit(
            identity, ready_by=on
        ),
    ),
    TwcSwitchDescription(
        key="unstick",
        translation_key="unstick",
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
        value_fn=lambda settings: settings.unstick,
        set_fn=lambda coordinator, identity, on: coordinator.set_unit(
            identity, unstick=on
        ),
    ),
)

CHARGE_WHEN_CHEAP: Final = TwcBusSwitchDescription(
    key="charge_when_cheap",
    translation_key="charge_when_cheap",
)
WHOLE_AMPS: Final = TwcBusSwitchDescription(
    key="whole_amps",
    translation_key="whole_amps",
    entity_category=EntityCategory.CONFIG,
    entity_registry_enabled_default=False,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: TwcConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the switches."""
    coordinator = entry.runtime_data
    async_add_entities([TwcWholeAmps(coordinator, WHOLE_AMPS)])
    if coordinator.prices.entity_id:
        async_add_entities([TwcChargeWhenCheap(coordinator, CHARGE_WHEN_CHEAP)])
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
        self.entity_description.set_fn(self.coordinator, self._identity, True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Say no."""
        self.entity_description.set_fn(self.coordinator, self._identity, False)


class TwcWholeAmps(TwcBusEntity, SwitchEntity):
    """Whether offers are rounded down to whole amps."""

    entity_description: TwcBusSwitchDescription

    @override
    def current_value(self) -> bool:
        """Return what the owner decided."""
        return self.coordinator.preferences.whole_amps

    @property
    @override
    def is_on(self) -> bool:
        """Return what the owner decided."""
        return self.current_value()

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Offer whole amps only."""
        self.coordinator.prefer(whole_amps=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Offer hundredths of an amp."""
        self.coordinator.prefer(whole_amps=False)


class TwcChargeWhenCheap(TwcBusEntity, SwitchEntity):
    """Whether cars charge from the grid while that costs little."""

    entity_description: TwcBusSwitchDescription

    @override
    def current_value(self) -> bool:
        """Return what the owner decided."""
        return self.coordinator.cheap[0]

    @property
    @override
    def is_on(self) -> bool:
        """Return what the owner decided."""
        return self.current_value()

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Charge when it is cheap."""
        self.coordinator.set_cheap(on=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Charge by the mode alone."""
        self.coordinator.set_cheap(on=False)
