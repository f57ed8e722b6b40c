"""Selects: what a unit charges with, how it is stopped, and how the sun is used."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .bus.status import StopMethod
from .charging.authorization import Admission, Others
from .charging.model import BatteryPriority, Mode, Preferences, Sharing
from .coordinator import TwcConfigEntry
from .entity import (
    TwcBusEntity,
    TwcEntityDescription,
    TwcSettingEntity,
    add_battery_entities,
    add_unit_entities,
)
from .store import UnitSettings

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class TwcSelectDescription(TwcEntityDescription, SelectEntityDescription):
    """A choice that the owner of a unit makes."""

    value_fn: Callable[[UnitSettings], str]
    set_fn: Callable[[str], dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class TwcPreferenceDescription(TwcEntityDescription, SelectEntityDescription):
    """A choice about how the sun is used."""

    value_fn: Callable[[Preferences], str]
    set_fn: Callable[[str], dict[str, Any]]


# Between using every ray and sparing car and contactor.
_STEADINESS: Final = {"sunny": 0.5, "balanced": 1.0, "steady": 2.0}


def _charging_style(preferences: Preferences) -> str:
    """Return the style that comes closest."""
    return min(
        _STEADINESS, key=lambda each: abs(_STEADINESS[each] - preferences.steadiness)
    )


SELECTS: Final = (
    TwcSelectDescription(
        key="charging_mode",
        translation_key="charging_mode",
        options=list(Mode),
        value_fn=lambda settings: settings.mode,
        set_fn=lambda option: {"mode": Mode(option)},
    ),
    TwcSelectDescription(
        key="admission",
        translation_key="admission",
        entity_category=EntityCategory.CONFIG,
        options=list(Admission),
        value_fn=lambda settings: settings.admission,
        set_fn=lambda option: {"admission": Admission(option)},
    ),
    TwcSelectDescription(
        key="others",
        translation_key="others",
        entity_category=EntityCategory.CONFIG,
        options=list(Others),
        value_fn=lambda settings: settings.others,
        set_fn=lambda option: {"others": Others(option)},
    ),
    TwcSelectDescription(
        key="stop_method",
        translation_key="stop_method",
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
        options=list(StopMethod),
        value_fn=lambda settings: settings.stop_method,
        set_fn=lambda option: {"stop_method": StopMethod(option)},
    ),
)

PREFERENCES: Final = (
    TwcPreferenceDescription(
        key="charging_style",
        translation_key="charging_style",
        entity_category=EntityCategory.CONFIG,
        options=list(_STEADINESS),
        value_fn=_charging_style,
        set_fn=lambda option: {"steadiness": _STEADINESS[option]},
    ),
    TwcPreferenceDescription(
        key="sharing",
        translation_key="sharing",
        entity_category=EntityCategory.CONFIG,
        options=list(Sharing),
        value_fn=lambda preferences: preferences.sharing,
        set_fn=lambda option: {"sharing": Sharing(option)},
    ),
)
BATTERY_PRIORITY: Final = TwcPreferenceDescription(
    key="battery_priority",
    translation_key="battery_priority",
    entity_category=EntityCategory.CONFIG,
    options=list(BatteryPriority),
    value_fn=lambda preferences: preferences.battery_priority,
    set_fn=lambda option: {"battery_priority": BatteryPriority(option)},
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: TwcConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the selects."""
    coordinator = entry.runtime_data
    async_add_entities([TwcPreferenceSelect(coordinator, each) for each in PREFERENCES])
    add_battery_entities(
        entry,
        async_add_entities,
        [TwcPreferenceSelect(coordinator, BATTERY_PRIORITY)],
    )
    add_unit_entities(
        entry,
        async_add_entities,
        lambda identity: [
            TwcSelect(coordinator, description, identity) for description in SELECTS
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
        self.coordinator.settings.set_unit(
            self._identity, **self.entity_description.set_fn(option)
        )


class TwcPreferenceSelect(TwcBusEntity, SelectEntity):
    """How the owner wants the sun used."""

    entity_description: TwcPreferenceDescription

    @override
    def current_value(self) -> str:
        """Return what the owner chose."""
        return self.entity_description.value_fn(self.coordinator.settings.preferences)

    @property
    @override
    def current_option(self) -> str:
        """Return what the owner chose."""
        return self.current_value()

    @override
    async def async_select_option(self, option: str) -> None:
        """Choose."""
        self.coordinator.settings.prefer(**self.entity_description.set_fn(option))
