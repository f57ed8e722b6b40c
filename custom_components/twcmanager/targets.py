"""What an action is about: which bus, which Wall Connectors."""

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.service import async_get_device_and_config_entry

from .const import DOMAIN
from .coordinator import TwcCoordinator


@callback
def units_of(
    hass: HomeAssistant, device_id: str
) -> tuple[TwcCoordinator, tuple[str, ...]]:
    """Return a bus and who on it is meant by a device; the bus itself means all.

    Raises ServiceValidationError if that is none of ours, or its bus is not set up.
    """
    device, entry = async_get_device_and_config_entry(
        hass, DOMAIN, device_id, include_child_devices=False
    )
    coordinator: TwcCoordinator = entry.runtime_data
    if device.id == coordinator.bus_device_id:
        return coordinator, coordinator.identities
    for identity in coordinator.identities:
        if (DOMAIN, coordinator.device_key(identity)) in device.identifiers:
            return coordinator, (identity,)
    raise ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key="unknown_unit",
        translation_placeholders={"device": device.name_by_user or device.name or ""},
    )
