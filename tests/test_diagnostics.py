"""Diagnostics: everything that helps, nothing that is private."""

import json
from typing import Any

from homeassistant.const import CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.json import json_dumps
from syrupy.assertion import SnapshotAssertion

from custom_components.twcmanager.const import DOMAIN
from custom_components.twcmanager.diagnostics import (
    async_get_config_entry_diagnostics,
    async_get_device_diagnostics,
)

from .garage import FIRST, GRID, SECOND, Garage, grid_sources
from .situation import VIN, situation


def _published(diagnostics: object) -> dict[str, Any]:
    """Return diagnostics as they are downloaded, and see that they keep secrets."""
    text = json_dumps(diagnostics)
    for secret in VIN, FIRST, SECOND, "s3cret":
        assert secret not in text
    published: dict[str, Any] = json.loads(text)
    return published


async def test_entry(
    hass: HomeAssistant, hass_storage: dict[str, Any], snapshot: SnapshotAssertion
) -> None:
    """The entry's diagnostics tell how it is set up and how everything is."""
    async with situation(hass, hass_storage, []) as entry:
        diagnostics = _published(await async_get_config_entry_diagnostics(hass, entry))

    # What depends on when it was asked.
    for unit in diagnostics["units"]:
        for key in "heard_at", "told_at":
            unit["now"]["status"][key] = "ago"
        if unit["now"]["status"]["meter"]:
            unit["now"]["status"]["meter"]["at"] = "ago"
    assert diagnostics == snapshot


async def test_device(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    """A unit's diagnostics are about that unit, the bus' about everything."""
    registry = dr.async_get(hass)
    async with situation(hass, hass_storage, []) as entry:
        devices = {
            key: registry.async_get_or_create(
                config_entry_id=entry.entry_id, identifiers={(DOMAIN, key)}
            )
            for key in ("garage", f"garage_{SECOND}")
        }
        unit, bus = [
            _published(await async_get_device_diagnostics(hass, entry, devices[key]))
            for key in (f"garage_{SECOND}", "garage")
        ]

        assert unit["unit_id"] == 0x1112
        assert unit["settings"]["mode"] == "fast"
        assert unit["now"]["offer"]["reason"] == "no_vehicle"
        assert len(bus["units"]) == 2


async def test_live(garage: Garage) -> None:
    """On a real bus, times are told as what has passed since."""
    garage.entry.add_to_hass(garage.hass)
    garage.change_options(sources=grid_sources())
    garage.measure(-1500)
    await garage.open()
    await garage.until_met()
    await garage.until(lambda: garage.snapshots[FIRST].status.meter)

    diagnostics = _published(
        await async_get_config_entry_diagnostics(garage.hass, garage.entry)
    )

    assert diagnostics["bus"]["connected"]
    assert diagnostics["bus"]["health"]["frames"] > 5
    grid = diagnostics["bus"]["grid"]
    assert grid["power_w"] == -1500
    assert 0 <= grid["age_s"] < 200
    assert not grid["dead"]
    assert diagnostics["bus"]["sources"]["entities"][GRID]["value"] == -1500
    assert diagnostics["bus"]["sources"]["entities"][GRID]["dead_after_s"] == 300
    status = diagnostics["units"][0]["now"]["status"]
    assert diagnostics["units"][0]["now"]["lines"] == [1, 2, 3]
    assert 0 <= status["heard_at"] < 26
    assert 0 <= status["told_at"] < 26
    assert 0 <= status["meter"]["at"] < 100


async def test_no_reading(open_garage: Garage) -> None:
    """A bus without a grid sensor has nothing to tell about it."""
    diagnostics = await async_get_config_entry_diagnostics(
        open_garage.hass, open_garage.entry
    )
    assert diagnostics["bus"]["grid"] is None

    open_garage.coordinator.follow_sources({"sources": grid_sources("sensor.absent")})
    diagnostics = await async_get_config_entry_diagnostics(
        open_garage.hass, open_garage.entry
    )
    assert diagnostics["bus"]["grid"] is None
    absent = diagnostics["bus"]["sources"]["entities"]["sensor.absent"]
    assert absent["value"] is None
    assert absent["problem"] == "source_missing"


async def test_not_loaded(garage: Garage) -> None:
    """An entry that does not come up is the one whose diagnostics are wanted most."""
    garage.entry.add_to_hass(garage.hass)
    url = "esphome-hass://esphome/01J?port_name=RS485&key=s3cret"
    garage.change_data(**{CONF_PORT: url})
    device = dr.async_get(garage.hass).async_get_or_create(
        config_entry_id="garage", identifiers={(DOMAIN, f"garage_{FIRST}")}
    )

    of_entry = _published(
        await async_get_config_entry_diagnostics(garage.hass, garage.entry)
    )
    of_device = await async_get_device_diagnostics(garage.hass, garage.entry, device)

    assert of_entry == of_device
    assert set(of_entry) == {"data", "options"}
    assert of_entry["data"]["circuit_limit"] == 40
