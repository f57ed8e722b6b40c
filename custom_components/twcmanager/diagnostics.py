"""Diagnostics: all there is to know when something is wrong, less what is private."""

from dataclasses import asdict
from typing import Any, Final

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.helpers.device_registry import DeviceEntry
import serialx

from .charging.model import GridReading
from .const import DOMAIN
from .coordinator import TwcConfigEntry, TwcCoordinator

# A unit's identity is its serial number where it tells one.
_PRIVATE: Final = {"identity", "serial_number", "unit", "vin"}


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: TwcConfigEntry
) -> dict[str, Any]:
    """Return diagnostics of a bus and everything on it."""
    port = serialx.redact_uri(entry.data[CONF_PORT])
    diagnostics: dict[str, Any] = {
        "data": {**entry.data, CONF_PORT: port},
        "options": dict(entry.options),
    }
    if entry.state is ConfigEntryState.LOADED:
        coordinator = entry.runtime_data
        diagnostics["bus"] = _bus(coordinator, hass.loop.time())
        diagnostics["units"] = [
            _unit(coordinator, identity, hass.loop.time())
            for identity in coordinator.identities
        ]
    return async_redact_data(diagnostics, _PRIVATE)


async def async_get_device_diagnostics(
    hass: HomeAssistant, entry: TwcConfigEntry, device: DeviceEntry
) -> dict[str, Any]:
    """Return diagnostics of one Wall Connector, or of all if the device is the bus."""
    if entry.state is ConfigEntryState.LOADED:
        coordinator = entry.runtime_data
        for identity in coordinator.identities:
            if (DOMAIN, coordinator.device_key(identity)) in device.identifiers:
                unit = _unit(coordinator, identity, hass.loop.time())
                return async_redact_data(unit, _PRIVATE)
    return await async_get_config_entry_diagnostics(hass, entry)


def _bus(coordinator: TwcCoordinator, now: float) -> dict[str, Any]:
    data = coordinator.data
    return {
        "connected": data.connected,
        "reconnects": data.reconnects,
        "health": asdict(data.health),
        "circuit_limit_a": data.circuit_limit_a,
        "preferences": asdict(coordinator.settings.preferences),
        "surplus_w": data.surplus_w,
        "meter_delay_s": data.meter_delay_s,
        "fuse_room_a": data.fuse_room_a,
        "grid": _grid(coordinator.sources.grid, now),
        "sources": coordinator.sources.diagnostics(),
        "tariff": asdict(coordinator.prices.tariff(now)),
        "sessions": coordinator.session_log.diagnostics(),
        "vehicles": coordinator.vehicle_control.diagnostics(),
    }


def _grid(reading: GridReading | None, now: float) -> dict[str, Any] | None:
    if reading is None:
        return None
    return {
        "power_w": reading.power_w,
        "battery_w": reading.battery_w,
        "battery_soc": reading.battery_soc,
        "solar_w": reading.solar_w,
        "age_s": _ago(reading.at, now),
        "stale": now >= reading.stale_at,
        "dead": now >= reading.dead_at,
    }


def _unit(coordinator: TwcCoordinator, identity: str, now: float) -> dict[str, Any]:
    """Return what is kept of a unit, and how it is unless it was not heard so far."""
    record = coordinator.units[identity]
    unit = coordinator.data.units.get(identity)
    diagnostics = {
        **asdict(record),
        "has_limit": coordinator.units.has_limit(record),
        "now": unit and asdict(unit),
    }
    if unit:
        # Times of the loop's clock mean nothing to anyone else.
        status = diagnostics["now"]["status"]
        status["heard_at"] = _ago(unit.status.heard_at, now)
        status["told_at"] = _ago(unit.status.told_at, now)
        if unit.status.meter:
            status["meter"]["at"] = _ago(unit.status.meter.at, now)
    return diagnostics


def _ago(at: float | None, now: float) -> float | None:
    return None if at is None else round(now - at, 1)
