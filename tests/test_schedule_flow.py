"""The options about schedules."""

from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.twcmanager.const import (
    CONF_CIRCUIT_LIMIT,
    CONF_DEPARTURES,
    CONF_SCHEDULES,
    CONF_UNIT_LIMITS,
    DOMAIN,
)

from .flows import Flow, choose, proposed, submit

pytestmark = pytest.mark.usefixtures("setup_entry", "check_texts")

OTHER = {"sources": {"grid": {"kind": "energy"}}}
NIGHT = "schedule.night"
FIXED_AT_NIGHT = {
    "entity": NIGHT,
    "inside": "fixed",
    "inside_a": 16,
    "outside": "solar",
}
KEPT = {**FIXED_AT_NIGHT, "outside_a": None}


@pytest.fixture
def entry(hass: HomeAssistant) -> MockConfigEntry:
    """Return an entry with two Wall Connectors that knows its sources already."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        data={
            "port": "/dev/null",
            CONF_CIRCUIT_LIMIT: 32.0,
            CONF_UNIT_LIMITS: {"1112": 16.0, "1111": 32.0},
        },
        options=OTHER,
    )
    entry.add_to_hass(hass)
    hass.states.async_set("input_datetime.day", "2026-11-22")
    for entity_id in NIGHT, "calendar.guests", "light.garage":
        hass.states.async_set(entity_id, "off")
    return entry


async def _begin(hass: HomeAssistant, entry: MockConfigEntry) -> Flow:
    if entry.state is ConfigEntryState.NOT_LOADED:
        await hass.config_entries.async_setup(entry.entry_id)
    flow: Flow = await hass.config_entries.options.async_init(entry.entry_id)
    return await choose(hass, flow, "schedules")


async def _whose(hass: HomeAssistant, entry: MockConfigEntry, whom: str) -> Flow:
    """Begin to change a schedule."""
    flow = await _begin(hass, entry)
    assert proposed(flow) == {"whom": "all"}
    flow = await submit(hass, flow, {"whom": whom})
    assert flow["step_id"] == "schedule"
    return flow


async def test_schedules(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """One for all, and another one for who has other hours."""
    flow = await _whose(hass, entry, "all")
    assert proposed(flow) == {"inside": "mode", "outside": "off"}
    flow = await submit(hass, flow, FIXED_AT_NIGHT)
    assert flow["type"] is FlowResultType.CREATE_ENTRY

    flow = await _whose(hass, entry, "1112")
    assert proposed(flow) == {"inside": "mode", "outside": "off"}
    own = {"entity": "calendar.guests", "inside": "mode", "outside": "off"}
    await submit(hass, flow, own)

    assert entry.options == {
        **OTHER,
        CONF_SCHEDULES: {
            "all": KEPT,
            "1112": {**own, "inside_a": None, "outside_a": None},
        },
    }
    assert proposed(await _whose(hass, entry, "all")) == FIXED_AT_NIGHT


async def test_one_wall_connector(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Nobody is asked whose it is where there is no choice."""
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, CONF_UNIT_LIMITS: {"1111": 32.0}}
    )
    flow = await _begin(hass, entry)
    assert flow["step_id"] == "schedule"
    await submit(hass, flow, FIXED_AT_NIGHT)

    assert entry.options[CONF_SCHEDULES] == {"all": KEPT}


async def test_without(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """A schedule goes away by leaving its hours out; the others stay."""
    schedules = {"all": KEPT, "1111": KEPT}
    hass.config_entries.async_update_entry(
        entry, options={**OTHER, CONF_SCHEDULES: schedules}
    )
    nothing = {"inside": "mode", "outside": "off"}

    await submit(hass, await _whose(hass, entry, "1111"), nothing)
    assert entry.options == {**OTHER, CONF_SCHEDULES: {"all": KEPT}}

    await submit(hass, await _whose(hass, entry, "all"), nothing)
    assert entry.options == OTHER


async def test_departures(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """A departure goes without a schedule, and a schedule without a departure."""
    nothing = {"inside": "mode", "outside": "off"}
    hass.states.async_set("input_datetime.leaves", "06:30:00")
    hass.states.async_set("sensor.alarm", "unavailable")
    departure = {**nothing, "departure": "input_datetime.leaves"}
    await submit(hass, await _whose(hass, entry, "all"), departure)
    assert entry.options == {
        **OTHER,
        CONF_DEPARTURES: {"all": "input_datetime.leaves"},
    }

    flow = await _whose(hass, entry, "1111")
    await submit(hass, flow, {**FIXED_AT_NIGHT, "departure": "sensor.alarm"})
    assert entry.options == {
        **OTHER,
        CONF_SCHEDULES: {"1111": KEPT},
        CONF_DEPARTURES: {"all": "input_datetime.leaves", "1111": "sensor.alarm"},
    }
    flow = await _whose(hass, entry, "1111")
    assert proposed(flow) == {**FIXED_AT_NIGHT, "departure": "sensor.alarm"}

    await submit(hass, flow, nothing)
    await submit(hass, await _whose(hass, entry, "all"), nothing)
    assert entry.options == OTHER


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({"departure": "light.garage"}, {"departure": "no_departure"}),
        ({"departure": "input_datetime.gone"}, {"departure": "entity_not_found"}),
        ({"departure": "input_datetime.day"}, {"departure": "no_departure"}),
        (
            {"departure": "input_datetime.day", "entity": "light.garage"},
            {"departure": "no_departure", "entity": "not_a_schedule"},
        ),
        ({"inside": "fixed"}, {"inside_a": "current_missing"}),
        ({"outside": "fixed"}, {"outside_a": "current_missing"}),
        ({"inside": "fixed", "inside_a": 5.9}, {"inside_a": "current_out_of_range"}),
        ({"outside": "fixed", "outside_a": 81}, {"outside_a": "current_out_of_range"}),
        ({"inside": "fixed", "inside_a": "nan"}, {"inside_a": "not_a_number"}),
        ({"outside": "mode"}, {"outside": "schedule_without_effect"}),
        ({"entity": "light.garage"}, {"entity": "not_a_schedule"}),
        ({"entity": "schedule.gone"}, {"entity": "entity_not_found"}),
    ],
)
async def test_mistakes(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    typed: dict[str, Any],
    errors: dict[str, str],
) -> None:
    """What cannot be meant is asked again, and nothing typed is lost."""
    flow = await _whose(hass, entry, "all")
    typed = {"entity": NIGHT, "inside": "mode", "outside": "off", **typed}
    flow = await submit(hass, flow, typed)

    assert flow["errors"] == errors
    assert {key: str(each) for key, each in proposed(flow).items()} == {
        key: str(float(each)) if key.endswith("_a") else each
        for key, each in typed.items()
    }
    flow = await submit(hass, flow, FIXED_AT_NIGHT)
    assert flow["type"] is FlowResultType.CREATE_ENTRY
