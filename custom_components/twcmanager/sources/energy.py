"""The preferences of the Energy dashboard, as they are and whenever they change."""

from collections.abc import Callable
from functools import partial
from typing import Any

from homeassistant.components.energy.data import EnergyManager, async_get_manager
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN

OnPreferences = Callable[[Any], None]

# Whoever listens to the manager listens for ever: one does, for all.
_LISTENERS: HassKey[list[OnPreferences]] = HassKey(f"{DOMAIN}_energy")


@callback
def async_listen_energy(hass: HomeAssistant, listener: OnPreferences) -> CALLBACK_TYPE:
    """Tell the preferences soon, and whenever they change. Return how to stop that."""
    task = hass.async_create_task(_async_listen(hass, listener), eager_start=True)

    @callback
    def stop() -> None:
        task.cancel()
        if listener in (listeners := hass.data.get(_LISTENERS, [])):
            listeners.remove(listener)

    return stop


async def _async_listen(hass: HomeAssistant, listener: OnPreferences) -> None:
    if "energy" not in hass.config.components:
        listener(None)
        return
    manager = await async_get_manager(hass)
    if _LISTENERS not in hass.data:
        hass.data[_LISTENERS] = []
        manager.async_listen_updates(partial(_async_tell, hass, manager))
    hass.data[_LISTENERS].append(listener)
    listener(manager.data)


async def _async_tell(hass: HomeAssistant, manager: EnergyManager) -> None:
    listeners = hass.data[_LISTENERS]
    for each in list(listeners):
        each(manager.data)
