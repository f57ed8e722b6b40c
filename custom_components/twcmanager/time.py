"""Times: when a car has to be ready."""

from dataclasses import dataclass
from datetime import time
from typing import Final, override

from homeassistant.components.time import TimeEntity, TimeEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import TwcConfigEntry
from .entity import TwcEntityDescription, TwcSettingEntity, add_unit_entities

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class TwcTimeDescription(TwcEntityDescription, TimeEntityDescription):
    """A time of the day that a person sets."""


READY_BY: Final = TwcTimeDescription(
    key="ready_by_time",
    translation_key="ready_by_time",
    entity_category=EntityCategory.CONFIG,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: TwcConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the times."""
    coordinator = entry.runtime_data
    add_unit_entities(
        entry,
        async_add_entities,
        lambda identity: [TwcReadyBy(coordinator, READY_BY, identity)],
    )


class TwcReadyBy(TwcSettingEntity, TimeEntity):
    """When the car has to be ready, every day."""

    entity_description: TwcTimeDescription

    @override
    def current_value(self) -> int:
        """Return the minute of the day."""
        return self.record.settings.ready_by_minute

    @property
    @override
    def native_value(self) -> time:
        """Return the time."""
        return time(*divmod(self.current_value(), 60))

    @override
    async def async_set_value(self, value: time) -> None:
        """Set the time."""
        self.coordinator.settings.set_unit(
            self._identity, ready_by_minute=value.hour * 60 + value.minute
        )
