"""The entities of cars, as their integrations make them."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.twcmanager.vehicle_roles import Role, find_roles

VIN = "LRW3E7FS1PC000417"

KM = {"unit_of_measurement": "km", "original_device_class": "distance"}
PERCENT = {"unit_of_measurement": "%"}
BATTERY = {**PERCENT, "original_device_class": "battery"}
AMPS = {"unit_of_measurement": "A"}
PLUG = {"original_device_class": "plug"}

type Entity = tuple[str, str, dict[str, Any]]

CLOUD: list[Entity] = [
    ("sensor", f"{VIN}-charge_state_battery_level", BATTERY),
    ("sensor", f"{VIN}-charge_state_usable_battery_level", BATTERY),
    ("number", f"{VIN}-charge_state_charge_limit_soc", BATTERY),
    ("switch", f"{VIN}-charge_state_user_charge_enable_request", {}),
    ("switch", f"{VIN}-charge_on_solar", {}),
    ("switch", f"{VIN}-climate_state_auto_seat_climate_left", {}),
    ("number", f"{VIN}-charge_state_charge_current_request", AMPS),
    ("sensor", f"{VIN}-charge_state_charging_state", {}),
    ("binary_sensor", f"{VIN}-charge_state_conn_charge_cable", {}),
    ("device_tracker", f"{VIN}-location", {}),
    ("device_tracker", f"{VIN}-route", {}),
    ("sensor", f"{VIN}-charge_state_battery_range", KM),
    ("sensor", f"{VIN}-charge_state_est_battery_range", KM),
    ("binary_sensor", f"{VIN}-state", {}),
    ("binary_sensor", f"{VIN}-charge_state_preconditioning_enabled", {}),
    ("button", f"{VIN}-wake", {}),
    ("button", f"{VIN}-flash_lights", {}),
]
CLOUD_ROLES = {
    Role.SOC: 0,
    Role.CHARGE_LIMIT: 2,
    Role.CHARGING: 3,
    Role.CURRENT: 6,
    Role.PLUG: 8,
    Role.LOCATION: 9,
    Role.RANGE: 11,
    Role.AWAKE: 13,
    Role.WAKE: 15,
}
TESSIE: list[Entity] = [
    ("sensor", f"{VIN}-charge_state_usable_battery_level", BATTERY),
    ("switch", f"{VIN}-charge_state_charge_enable_request", {}),
    ("sensor", f"{VIN}-charge_state_charging_state", {}),
]
ESPHOME: list[Entity] = [
    ("sensor", "AABBCC-sensor-battery", {**BATTERY, "original_name": "Battery"}),
    ("sensor", "AABBCC-sensor-range", {**KM, "original_name": "Range"}),
    ("sensor", "AABBCC-text_sensor-charging_state", {}),
    ("number", "AABBCC-number-charging_amps", AMPS),
    ("number", "AABBCC-number-charging_limit", PERCENT),
    ("switch", "AABBCC-switch-charger", {}),
    ("binary_sensor", "AABBCC-binary_sensor-asleep", {}),
    ("button", "AABBCC-button-wake_up", {}),
]
RENAULT: list[Entity] = [
    ("sensor", "vf1aaaa_battery_level", BATTERY),
    ("sensor", "vf1aaaa_battery_autonomy", KM),
    ("sensor", "vf1aaaa_fuel_autonomy", KM),
    ("sensor", "vf1aaaa_charge_state", {}),
    ("sensor", "vf1aaaa_plug_state", {}),
    ("binary_sensor", "vf1aaaa_plugged_in", PLUG),
    ("number", "vf1aaaa_charge_limit_min", BATTERY),
    ("number", "vf1aaaa_charge_limit_target", BATTERY),
    ("device_tracker", "vf1aaaa_location", {}),
]
POLESTAR: list[Entity] = [
    ("sensor", "polestar_yv1_battery_charge_level", BATTERY),
    ("sensor", "polestar_yv1_charger_connection_status", {}),
    ("sensor", "polestar_yv1_charging_status", {}),
    ("sensor", "polestar_yv1_estimate_range", KM),
    ("sensor", "polestar_yv1_current_odometer", KM),
]
VOLKSWAGEN: list[Entity] = [
    ("sensor", "wvw-battery_level", BATTERY),
    ("sensor", "wvw-battery_target_charge_level", PERCENT),
    ("sensor", "wvw-electric_range", KM),
    ("sensor", "wvw-combined_range", KM),
    ("switch", "wvw-charging", {}),
    ("switch", "wvw-reduced_ac_charging", {}),
    ("number", "wvw-battery_target_charge_level", PERCENT),
    ("binary_sensor", "wvw-charging_cable_connected", PLUG),
    ("binary_sensor", "wvw-charging_cable_locked", {}),
    ("device_tracker", "wvw-position", {}),
]
BMW: list[Entity] = [
    ("sensor", "wba-fuel_and_battery.remaining_battery_percent", BATTERY),
    ("sensor", "wba-fuel_and_battery.charging_target", PERCENT),
    ("sensor", "wba-fuel_and_battery.remaining_range_electric", KM),
    ("binary_sensor", "wba-connection_status", PLUG),
    ("number", "wba-target_soc", BATTERY),
    ("switch", "wba-charging", {}),
]


async def _find(hass: HomeAssistant, entities: list[Entity]) -> dict[Role, int]:
    """Return which of a device's entities is found for what."""
    entry = MockConfigEntry()
    entry.add_to_hass(hass)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={("cars", "car")}
    )
    registry = er.async_get(hass)
    made = [
        registry.async_get_or_create(
            domain, "cars", unique_id, device_id=device.id, config_entry=entry, **more
        ).entity_id
        for domain, unique_id, more in entities
    ]
    found = find_roles(er.async_entries_for_device(registry, device.id, True))
    return {role: made.index(each.entity_id) for role, each in found.items()}


@pytest.mark.parametrize(
    ("entities", "roles"),
    [
        pytest.param(CLOUD, CLOUD_ROLES, id="teslemetry"),
        pytest.param(
            TESSIE, {Role.SOC: 0, Role.CHARGING: 1, Role.PLUG: 2}, id="tessie"
        ),
        pytest.param(
            ESPHOME,
            {
                Role.SOC: 0,
                Role.RANGE: 1,
                Role.PLUG: 2,
                Role.CURRENT: 3,
                Role.CHARGE_LIMIT: 4,
                Role.CHARGING: 5,
                Role.WAKE: 7,
            },
            id="esphome",
        ),
        pytest.param(
            RENAULT,
            {
                Role.SOC: 0,
                Role.RANGE: 1,
                Role.PLUG: 5,
                Role.CHARGE_LIMIT: 7,
                Role.LOCATION: 8,
            },
            id="renault",
        ),
        pytest.param(
            POLESTAR, {Role.SOC: 0, Role.PLUG: 1, Role.RANGE: 3}, id="polestar"
        ),
        pytest.param(
            VOLKSWAGEN,
            {
                Role.SOC: 0,
                Role.RANGE: 2,
                Role.CHARGING: 4,
                Role.CHARGE_LIMIT: 6,
                Role.PLUG: 7,
                Role.LOCATION: 9,
            },
            id="volkswagen",
        ),
        pytest.param(
            BMW,
            {
                Role.SOC: 0,
                Role.RANGE: 2,
                Role.PLUG: 3,
                Role.CHARGE_LIMIT: 4,
                Role.CHARGING: 5,
            },
            id="bmw",
        ),
    ],
)
async def test_integrations(
    hass: HomeAssistant, entities: list[Entity], roles: dict[Role, int]
) -> None:
    """Every entity that counts is found, and none that only sounds like it."""
    assert await _find(hass, entities) == roles


async def test_what_is_not_clear_is_not_found(hass: HomeAssistant) -> None:
    """Of two switches one may be anything: it is for people to choose."""
    switches: list[Entity] = [
        ("switch", "charging_left", {}),
        ("switch", "charging_right", {}),
    ]
    assert await _find(hass, switches) == {}


async def test_disabled_entities_are_not_found(hass: HomeAssistant) -> None:
    """They tell nothing. What does instead is found."""
    disabled = {"disabled_by": er.RegistryEntryDisabler.INTEGRATION}
    entities = [*CLOUD]
    entities[8] = (*entities[8][:2], disabled)

    assert (await _find(hass, entities))[Role.PLUG] == 7
