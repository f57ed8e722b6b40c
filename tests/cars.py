"""Cars as other integrations have them: a device, and entities that say something."""

from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.twcmanager.vehicle_roles import Role

from .situation import VIN

_PERCENT: Final[dict[str, Any]] = {"unit_of_measurement": "%"}
_OF_TESLA: Final[dict[Role, tuple[str, str, str, dict[str, Any]]]] = {
    Role.SOC: ("sensor", "charge_state_battery_level", "62", _PERCENT),
    Role.CHARGE_LIMIT: ("number", "charge_state_charge_limit_soc", "80", _PERCENT),
    Role.PLUG: ("binary_sensor", "charge_state_conn_charge_cable", "on", {}),
    Role.LOCATION: ("device_tracker", "location", "home", {}),
    Role.RANGE: (
        "sensor",
        "charge_state_battery_range",
        "200",
        {"unit_of_measurement": "mi"},
    ),
}


class Tesla:
    """A Tesla, by whoever talks to its cloud."""

    def __init__(self, hass: HomeAssistant, vin: str = VIN) -> None:
        """Make its device and its entities."""
        self._hass = hass
        entry = MockConfigEntry(domain="teslemetry")
        entry.add_to_hass(hass)
        self.device = dr.async_get(hass).async_get_or_create(
            config_entry_id=entry.entry_id,
            identifiers={("teslemetry", vin)},
            name="Red car",
            serial_number=vin,
        )
        registry = er.async_get(hass)
        self.entities: dict[Role, er.RegistryEntry] = {}
        for role, (domain, key, state, attributes) in _OF_TESLA.items():
            self.entities[role] = each = registry.async_get_or_create(
                domain,
                "teslemetry",
                f"{vin}-{key}",
                device_id=self.device.id,
                config_entry=entry,
                suggested_object_id=f"red_car_{role}",
                **attributes,
            )
            hass.states.async_set(each.entity_id, state, attributes)

    def entity_id(self, role: Role) -> str:
        """Return what an entity is called at present."""
        entry = er.async_get(self._hass).async_get(self.entities[role].id)
        assert entry is not None
        return entry.entity_id

    def says(self, role: Role, state: str, **attributes: Any) -> None:
        """Let an entity report."""
        kept = _OF_TESLA[role][3]
        self._hass.states.async_set(self.entity_id(role), state, {**kept, **attributes})

    @property
    def data(self) -> dict[str, Any]:
        """Return what is kept of the car in its subentry."""
        return {
            "vin": VIN,
            "battery_kwh": 75.0,
            "phases": 3,
            "units": [],
            "entities": {role.value: each.id for role, each in self.entities.items()},
        }
