"""TWCManager: the master of Tesla Wall Connectors Gen 2 on RS-485."""

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_PORT, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    config_validation as cv,
    device_registry as dr,
    entity_registry as er,
)
from homeassistant.helpers.typing import ConfigType

from .const import CONF_SOURCES, DOMAIN, PLATFORMS, SIMULATOR_PORT
from .coordinator import TwcConfigEntry, TwcCoordinator
from .names import follow_names
from .services import async_setup_services
from .session_store import SessionStore
from .store import RecordStore

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Set up what all buses share: the actions."""
    async_setup_services(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: TwcConfigEntry) -> bool:
    """Set up one bus."""
    coordinator = TwcCoordinator(hass, entry)
    await coordinator.async_start()
    entry.runtime_data = coordinator

    # Before its children, which name it as their way to Home Assistant.
    coordinator.bus_device_id = (
        dr.async_get(hass)
        .async_get_or_create(
            config_entry_id=entry.entry_id,
            identifiers={(DOMAIN, entry.entry_id)},
            manufacturer="TWCManager",
            model="Wall Connector bus",
            name=entry.title,
        )
        .id
    )
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)

    options = dict(entry.options)
    if entry.data[CONF_PORT] == SIMULATOR_PORT:
        grid_entity = er.async_get(hass).async_get_entity_id(
            Platform.SENSOR, DOMAIN, f"{entry.entry_id}_grid_power"
        )
        grid = {"kind": "signed", "entities": [grid_entity], "inverted": False}
        options[CONF_SOURCES] = {"grid": grid}
    coordinator.follow_sources(options)
    entry.async_on_unload(follow_names(hass, entry))
    return True


async def async_unload_entry(hass: HomeAssistant, entry: TwcConfigEntry) -> bool:
    """Unload a bus and release its port."""
    unloaded = await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
    if unloaded:
        await entry.runtime_data.async_stop()
    return unloaded


async def async_remove_entry(hass: HomeAssistant, entry: TwcConfigEntry) -> None:
    """Forget what was kept of a bus."""
    await RecordStore(hass, entry.entry_id).async_remove()
    await SessionStore(hass, entry.entry_id).async_remove()


async def async_remove_config_entry_device(
    hass: HomeAssistant, entry: TwcConfigEntry, device: dr.DeviceEntry
) -> bool:
    """Let people remove a Wall Connector that is no longer on the bus.

    A vehicle goes with what was said of it.
    """
    if entry.state is not ConfigEntryState.LOADED:
        return False
    coordinator = entry.runtime_data
    kept = {coordinator.device_key(each) for each in entry.subentries}
    kept.add(entry.entry_id)
    if any((DOMAIN, each) in device.identifiers for each in kept):
        return False
    for identity in coordinator.identities:
        if (DOMAIN, coordinator.device_key(identity)) in device.identifiers:
            unit = coordinator.data.units.get(identity)
            if unit is not None and unit.available:
                return False
            coordinator.forget_unit(identity)
            break
    return True
