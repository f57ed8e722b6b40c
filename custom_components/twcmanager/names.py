"""Entities that options name: whoever gives one another name need not choose it again.

Sources see to that themselves, without losing a reading. Schedules, departures and prices
take the names at the start, and so start anew.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import (
    CALLBACK_TYPE,
    Event,
    HomeAssistant,
    callback,
    valid_entity_id,
)
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import async_track_entity_registry_updated_event

from .const import CONF_DEPARTURES, CONF_PRICES, CONF_PRICES_AHEAD, CONF_SCHEDULES
from .sources import renamed

_NAMING: Final = (CONF_SCHEDULES, CONF_DEPARTURES, CONF_PRICES, CONF_PRICES_AHEAD)


@callback
def follow_names(hass: HomeAssistant, entry: ConfigEntry) -> CALLBACK_TYPE:
    """Keep the names in step with the registry. Return how to stop that."""

    @callback
    def changed(event: Event[er.EventEntityRegistryUpdatedData]) -> None:
        data = event.data
        if data["action"] != "update" or "old_entity_id" not in data:
            return
        options = renamed(entry.options, data["old_entity_id"], data["entity_id"])
        hass.config_entries.async_update_entry(entry, options=options)
        hass.config_entries.async_schedule_reload(entry.entry_id)

    named = {name for key in _NAMING for name in _names(entry.options.get(key))}
    return async_track_entity_registry_updated_event(hass, named, changed)


def _names(options: Any) -> Iterator[str]:
    """Return the entities that are named anywhere in some options."""
    if isinstance(options, str) and valid_entity_id(options):
        yield options
    if isinstance(options, Mapping):
        options = list(options.values())
    for each in options if isinstance(options, list | tuple) else ():
        yield from _names(each)
