"""Selects: what a unit charges with, and how it is stopped."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .bus.stopping import StopMethod
from .charging.model import Mode
from .coordinator import TwcConfigEntry, TwcCoordinator
from .entity import TwcEntityDescription, TwcSettingEntity, add_unit_entities
from .store import UnitSettings

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class TwcSelectDescription(TwcEntityDescription, SelectEntityDescription):
    """A choice that the owner of a unit makes."""

    value_fn: Callable[[UnitSettings], str]
    set_fn: Callable[[TwcCoordinator, str, str], None]


SELECTS: Final = (
    TwcSelectDescription(
        key="charging_mode",
        translation_key="charging_mode",
        options=list(Mode),
        value_fn=lambda settings: settings.mode,
        set_fn=lambda coordinator, identity, option: coordinator.set_unit(
            identity, mode=Mode(option)
        ),
    ),
    TwcSelectDescription(
        key="stop_method",
        translation_key="stop_method",
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
        options=list(StopMethod),
        value_fn=lambda settings: settings.stop_method,
        set_fn=lambda coordinator, identity, option: coordinator.set_unit(
            identity, stop_method=StopMethod(option)
        ),
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: TwcConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the selects."""
    add_unit_entities(
        entry,
        async_add_entities,
        lambda identity: [
            TwcSelect(entry.runtime_data, description, identity)
            for description in SELECTS
        ],
    )


class TwcSelect(TwcSettingEntity, SelectEntity):
    """A select of a Wall Connector."""

    entity_description: TwcSelectDescription

    @override
    def current_value(self) -> str:
        """Return what the owner chose."""
        return self.entity_description.value_fn(self.record.settings)

    @property
    @override
    def current_option(self) -> str:
        """Return what the owner chose."""
        return self.current_value()

    @override
    async def async_select_option(self, option: str) -> None:
        """Choose."""
        self.entity_description.set_fn(self.coordinator, self._identity, option)
