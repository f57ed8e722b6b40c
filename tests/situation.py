"""One moment on a bus that never changes: what entities make of it can be written down."""

from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final
from unittest.mock import AsyncMock, patch

from homeassistant.const import CONF_PORT, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity import Entity
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.twcmanager.bus.connection import Connection
from custom_components.twcmanager.bus.master import BusHealth
from custom_components.twcmanager.bus.messages import Protocol, UnitState
from custom_components.twcmanager.bus.status import Meter, StopMethod, UnitStatus
from custom_components.twcmanager.charging.model import Mode, Offer, Reason
from custom_components.twcmanager.charging.session import Session
from custom_components.twcmanager.const import (
    CONF_CIRCUIT_LIMIT,
    CONF_PHASES,
    CONF_UNIT_LIMITS,
    DOMAIN,
    SIMULATOR_PORT,
    unit_key,
)
from custom_components.twcmanager.coordinator import TwcCoordinator
from custom_components.twcmanager.session_log import Charged
from custom_components.twcmanager.snapshot import HomeSnapshot, Snapshot, UnitSnapshot
from custom_components.twcmanager.store import UnitSettings

from .garage import FIRST, SECOND

VIN: Final = "LRW3E7FS1PC000417"

FIRST_STATUS: Final = UnitStatus(
    unit_id=0x1111,
    protocol=Protocol.V2,
    rating_a=32.0,
    online=True,
    heard_at=1000.0,
    told_at=1000.0,
    state=UnitState.CHARGING,
    limit_a=16.0,
    at_most_a=16.0,
    draw_a=15.7,
    offer_a=16.0,
    charging=True,
    plugged_in=True,
    meter=Meter(volts=(231, 229, 230), currents_a=(15.5, 15.5, 0.0), at=999.0),
    lifetime_kwh=1234.0,
    serial_number=FIRST,
    firmware="4.5.3.0",
    vin=VIN,
    identified=True,
)
"""A three-phase unit with a car that charges on two of them."""

SECOND_STATUS: Final = replace(
    FIRST_STATUS,
    unit_id=0x1112,
    state=UnitState.READY,
    limit_a=0.0,
    at_most_a=0.0,
    draw_a=0.0,
    offer_a=0.0,
    charging=False,
    plugged_in=False,
    meter=None,
    lifetime_kwh=None,
    serial_number=SECOND,
    vin=None,
)
"""A unit without a car that has not told much yet."""

CHARGED: Final = Charged(
    session=Session(
        unit=FIRST,
        began_at=1_790_000_000.0,
        seen_at=1_790_007_290.0,
        vin=VIN,
        solar_kwh=8.0,
        import_kwh=4.3456,
        currency="EUR",
        import_cost=1.3038,
        priced_kwh=4.3456,
    ),
    last=Session(
        unit=FIRST,
        began_at=1_789_900_000.0,
        seen_at=1_789_936_000.0,
        ended_at=1_789_936_000.0,
        unmeasured_kwh=31.4159,
    ),
    kept_session_kwh=12.3456,
    kept_solar_kwh=4711.25,
    kept_contactor_cycles=815,
)
"""Two thirds sun so far; the one before was not measured."""

SITUATION: Final = Snapshot(
    connected=True,
    reconnects=1,
    health=BusHealth(
        frames=4711,
        checksum_errors=3,
        noise_bytes=21,
        timeouts=2,
        answer_mean_s=0.0457,
        answer_worst_s=0.1512,
        echoes=0,
    ),
    circuit_limit_a=25.0,
    surplus_w=5210.4,
    meter_delay_s=2.4,
    fuse_room_a=(12.34, -1.0, 3.0),
    units={
        FIRST: UnitSnapshot(
            identity=FIRST,
            available=True,
            status=FIRST_STATUS,
            offer=Offer(16.0, Reason.FOLLOWING_SUN),
            settings=UnitSettings(mode=Mode.SOLAR),
            unit_limit_a=20.0,
            charge_limit_a=16.0,
            power_w=7222.4,
            charged=CHARGED,
            phases_used=2,
            lines=(1, 2),
        ),
        SECOND: UnitSnapshot(
            identity=SECOND,
            available=True,
            status=SECOND_STATUS,
            offer=Offer(0.0, Reason.NO_VEHICLE),
            settings=UnitSettings(mode=Mode.FAST, enabled=False),
            unit_limit_a=32.0,
            charge_limit_a=32.0,
            power_w=0.0,
        ),
    },
    home=HomeSnapshot(solar_w=6100.6, house_w=889.8, grid_w=1.7),
)

_SETTINGS: Final = {
    FIRST: UnitSettings(mode=Mode.SOLAR, charge_limit_a=16.0, unstick=True),
    SECOND: UnitSettings(
        mode=Mode.FAST, enabled=False, stop_method=StopMethod.CONTACTOR
    ),
}


def kept(*statuses: UnitStatus) -> dict[str, Any]:
    """Return what is on disk once these units have been met."""
    return {
        "version": 1,
        "minor_version": 2,
        "key": "twcmanager.garage",
        "data": {
            "units": {
                status.serial_number: {
                    "identity": status.serial_number,
                    "wired_as": unit_key(status.unit_id),
                    "unit_id": status.unit_id,
                    "rating_a": status.rating_a,
                    "protocol": int(status.protocol),
                    "serial_number": status.serial_number,
                    "firmware": status.firmware,
                    "settings": _plain(_SETTINGS[str(status.serial_number)]),
                }
                for status in statuses
            },
            "circuit_limit_a": 25.0,
            "preferences": {"reserve_w": 300.0, "battery_discharge_soc": 70.0},
        },
    }


def _plain(settings: UnitSettings) -> dict[str, Any]:
    return {
        "mode": str(settings.mode),
        "enabled": settings.enabled,
        "charge_limit_a": settings.charge_limit_a,
        "priority": settings.priority,
        "unstick": settings.unstick,
        "stop_method": str(settings.stop_method),
    }


@asynccontextmanager
async def situation(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    platforms: Iterable[Platform],
) -> AsyncGenerator[MockConfigEntry]:
    """Set up an entry with some platforms, everything enabled, and stop the world there."""
    hass_storage["twcmanager.garage"] = kept(FIRST_STATUS, SECOND_STATUS)
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Garage",
        entry_id="garage",
        data={
            CONF_PORT: SIMULATOR_PORT,
            CONF_CIRCUIT_LIMIT: 40.0,
            CONF_UNIT_LIMITS: {"1111": 20.0, "1112": 80.0},
            CONF_PHASES: 3,
        },
        options={
            "sources": {
                "battery": {
                    "kind": "signed",
                    "entities": ["sensor.battery"],
                    "inverted": False,
                },
            },
            "prices": {"import_price": 0.3},
            "main_fuse": {
                "limit_a": 25.0,
                "kind": "current",
                "entities": ["sensor.l1", "sensor.l2", "sensor.l3"],
                "inverted": False,
            },
        },
    )
    entry.add_to_hass(hass)
    package = f"custom_components.{DOMAIN}"
    with (
        patch(f"{package}.PLATFORMS", list(platforms)),
        patch(f"{package}.coordinator._TICK", timedelta(days=1)),
        patch.object(Connection, "check", AsyncMock()),
        patch.object(Connection, "run", AsyncMock()),
        patch.object(TwcCoordinator, "follow_sources"),
        patch.object(Entity, "entity_registry_enabled_default", True),
    ):
        assert await hass.config_entries.async_setup(entry.entry_id)
        # From nothing, so that no value is too close to the one before to be shown.
        entry.runtime_data.async_set_updated_data(Snapshot())
        entry.runtime_data.async_set_updated_data(SITUATION)
        await hass.async_block_till_done()
        yield entry
        assert await hass.config_entries.async_unload(entry.entry_id)
