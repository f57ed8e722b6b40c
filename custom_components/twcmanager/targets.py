"""What an action or a form is about: which bus, which Wall Connectors."""

from collections.abc import Iterable
from typing import Final

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import HomeAssistant, ServiceCall, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv, device_registry as dr
from homeassistant.helpers.selector import SelectOptionDict
from homeassistant.helpers.service import async_get_device_and_config_entry
import probatio

from .const import DOMAIN
from .coordinator import TwcConfigEntry, TwcCoordinator
from .entity import unit_name

UNITS_FIELD: Final = {
    probatio.Required(ATTR_DEVICE_ID): probatio.All(probatio.EnsureList(), [cv.string])
}


@callback
def units_meant(call: ServiceCall) -> list[tuple[TwcCoordinator, str]]:
    """Return whom an action is about. If one of them is not ours, nothing is done."""
    named = (units_of(call.hass, each) for each in call.data[ATTR_DEVICE_ID])
    return [(coordinator, each) for coordinator, who in named for each in who]


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


def device_name(hass: HomeAssistant, coordinator: TwcCoordinator, unit: str) -> str:
    """Return what people call a Wall Connector."""
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, coordinator.device_key(unit)), coordinator.config_entry.entry_id
    )
    named = device and (device.name_by_user or device.name)
    return named or unit_name(unit)


def unit_labels(
    hass: HomeAssistant, entry: TwcConfigEntry, units: Iterable[str]
) -> dict[str, str]:
    """Return what units are called in a form: by their names, and what they are wired as."""
    names: dict[str, str] = {}
    if entry.state is ConfigEntryState.LOADED:
        coordinator = entry.runtime_data
        names = {
            coordinator.units[each].wired_as: device_name(hass, coordinator, each)
            for each in coordinator.identities
        }
    return {each: _label(each, names.get(each)) for each in units}


def unit_choices(
    hass: HomeAssistant, entry: TwcConfigEntry, units: Iterable[str]
) -> list[SelectOptionDict]:
    """Return how units are offered in a form."""
    labels = unit_labels(hass, entry, units)
    return [SelectOptionDict(value=each, label=label) for each, label in labels.items()]


def _label(wired_as: str, name: str | None) -> str:
    name = name or unit_name(wired_as)
    return name if wired_as in name else f"{name} ({wired_as})"
