"""The action that lets a car charge this once, where not everybody may."""

from homeassistant.core import HomeAssistant, ServiceCall, callback
import probatio

from .const import DOMAIN
from .targets import UNITS_FIELD, units_meant


@callback
def async_setup_allow(hass: HomeAssistant) -> None:
    """Register the action."""
    hass.services.async_register(
        DOMAIN, "allow_vehicle", _allow_vehicle, probatio.Schema(UNITS_FIELD)
    )


@callback
def _allow_vehicle(call: ServiceCall) -> None:
    """Let the cars that are there, or come next, charge until they go."""
    for coordinator, identity in units_meant(call):
        coordinator.settings.allow_vehicle(identity)
