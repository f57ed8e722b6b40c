"""The options about prices, and for how long sessions are kept."""

from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.twcmanager.const import (
    CONF_CIRCUIT_LIMIT,
    CONF_KEEP_DAYS,
    CONF_PRICES,
    CONF_PRICES_AHEAD,
    CONF_UNIT_LIMITS,
    DOMAIN,
)

from .flows import Flow, choose, proposed, submit

pytestmark = pytest.mark.usefixtures("setup_entry", "check_texts")

OTHER = {"sources": {"grid": {"kind": "energy"}}}


@pytest.fixture
def entry(hass: HomeAssistant) -> MockConfigEntry:
    """Return an entry, and sensors that may be prices, of somebody who pays in euro."""
    hass.config.currency = "EUR"
    entry = MockConfigEntry(
        domain=DOMAIN,
        data={"port": "/dev/null", CONF_CIRCUIT_LIMIT: 32.0, CONF_UNIT_LIMITS: {}},
        options=OTHER,
    )
    entry.add_to_hass(hass)
    for name, state, unit in (
        ("nord_pool", "0.31", "EUR/kWh"),
        ("exchange", "31", "ct/kWh"),
        ("asleep", "unavailable", "EUR/kWh"),
        ("norway", "2.85", "NOK/kWh"),
        ("power", "2300", "W"),
    ):
        unit_of = {"unit_of_measurement": unit}
        hass.states.async_set(f"sensor.{name}", state, unit_of)
    return entry


async def _prices(hass: HomeAssistant, entry: MockConfigEntry) -> Flow:
    """Begin to change the prices."""
    if entry.state is ConfigEntryState.NOT_LOADED:
        await hass.config_entries.async_setup(entry.entry_id)
    flow: Flow = await hass.config_entries.options.async_init(entry.entry_id)
    flow = await choose(hass, flow, "prices")
    assert flow["step_id"] == "prices"
    return flow


@pytest.mark.parametrize(
    "typed",
    [
        {"import_price": 0.31},
        {"export_price": 0.08},
        {"import_price": 0.0, "export_price": 0.0},
        {"import_entity": "sensor.nord_pool"},
        {"import_entity": "sensor.exchange", "import_price": -0.01},
        {"export_entity": "sensor.exchange"},
        # It may come back.
        {"import_entity": "sensor.asleep"},
    ],
)
async def test_prices(
    hass: HomeAssistant, entry: MockConfigEntry, typed: dict[str, Any]
) -> None:
    """What is entered is stored, and shown again when it is to be changed."""
    flow = await submit(hass, await _prices(hass, entry), typed)
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    keys = "import_entity", "import_price", "export_entity", "export_price"
    nothing = dict.fromkeys(keys)
    assert dict(entry.options) == {**OTHER, CONF_PRICES: {**nothing, **typed}}
    await hass.async_block_till_done()

    again = proposed(await _prices(hass, entry))
    assert {key: value for key, value in again.items() if value is not None} == typed


async def test_how_long_to_keep(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """It has nothing to do with prices."""
    await submit(hass, await _prices(hass, entry), {CONF_KEEP_DAYS: 365})
    assert dict(entry.options) == {**OTHER, CONF_KEEP_DAYS: 365}
    await hass.async_block_till_done()

    await submit(hass, await _prices(hass, entry), {})
    assert dict(entry.options) == OTHER


async def test_prices_of_another_country(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """They cannot be compared with one's own."""
    rates = [{"start": "2026-11-22T00:00:00+01:00", "value": 2.85}]
    for name, unit in ("home", "EUR/kWh"), ("norway", "NOK/kWh"):
        attributes = {"unit_of_measurement": unit, "raw_today": rates}
        hass.states.async_set(f"sensor.{name}", "2.85", attributes)
    typed = {CONF_PRICES_AHEAD: ["sensor.home", "sensor.norway"]}
    flow = await submit(hass, await _prices(hass, entry), typed)
    assert flow["errors"] == {CONF_PRICES_AHEAD: "other_currency"}

    flow = await submit(hass, flow, {CONF_PRICES_AHEAD: ["sensor.home"]})
    assert flow["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({"import_entity": "sensor.norway"}, {"import_entity": "no_price"}),
        ({"import_entity": "sensor.power"}, {"import_entity": "no_price"}),
        ({"import_entity": "sensor.none"}, {"import_entity": "entity_not_found"}),
        ({"export_entity": "sensor.norway"}, {"export_entity": "no_price"}),
        ({"export_entity": "sensor.none"}, {"export_entity": "entity_not_found"}),
        ({"import_price": float("nan")}, {"import_price": "not_a_number"}),
        ({"export_price": float("inf")}, {"export_price": "not_a_number"}),
    ],
)
async def test_mistakes(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    typed: dict[str, Any],
    errors: dict[str, str],
) -> None:
    """Every mistake is told where it was made, and can be mended there."""
    flow = await submit(hass, await _prices(hass, entry), typed)
    assert flow["type"] is FlowResultType.FORM
    assert flow["errors"] == errors

    flow = await submit(hass, flow, {"import_price": 0.3})
    assert flow["type"] is FlowResultType.CREATE_ENTRY
