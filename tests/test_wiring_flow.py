"""Reconfiguring the wiring inside the circuit: sub-panels, and which lines feed what."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.twcmanager.const import (
    CONF_CIRCUIT_LIMIT,
    CONF_CIRCUITS,
    CONF_PHASES,
    CONF_UNIT_LIMITS,
    CONF_UNIT_LINES,
    DOMAIN,
)

from .flows import Flow, choose, meet, proposed, submit

pytestmark = pytest.mark.usefixtures("setup_entry", "check_texts")

GARAGE: dict[str, Any] = {"name": "Garage", "limit": 16.0, "units": ["1111"]}
CARPORT: dict[str, Any] = {"name": "Carport", "limit": 10.0, "units": ["1111", "1112"]}


async def _begin(
    hass: HomeAssistant, step: str, phases: int = 3, **wiring: Any
) -> tuple[MockConfigEntry, Flow]:
    """Begin to change a part of the wiring of two units, one of them without a limit."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        data={
            "port": "/dev/null",
            CONF_CIRCUIT_LIMIT: 32.0,
            CONF_UNIT_LIMITS: {"1111": 32.0},
            CONF_PHASES: phases,
            **wiring,
        },
    )
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    return entry, await _again(hass, entry, step)


async def _again(hass: HomeAssistant, entry: MockConfigEntry, step: str) -> Flow:
    meet(entry, **{"1112": 32.0})
    flow: Flow = await entry.start_reconfigure_flow(hass)
    assert flow["type"] is FlowResultType.MENU
    return await choose(hass, flow, step)


def _done(flow: Flow) -> bool:
    return flow["type"] is FlowResultType.ABORT and (
        flow["reason"] == "reconfigure_successful"
    )


# --- circuits -------------------------------------------------------------------------


async def test_first_circuit(hass: HomeAssistant) -> None:
    """Where there is none yet, there is only one to add; nothing of it is taken for granted."""
    entry, flow = await _begin(hass, "circuits")
    assert flow["step_id"] == "circuit"
    assert proposed(flow) == {"limit": 6.0}

    flow = await submit(hass, flow, {**CARPORT, "name": " Carport "})

    assert _done(flow)
    assert entry.data[CONF_CIRCUITS] == [CARPORT]


async def test_another_circuit(hass: HomeAssistant) -> None:
    """They may overlap: a sub-panel is fed by another one."""
    entry, flow = await _begin(hass, "circuits", circuits=[GARAGE])
    assert flow["step_id"] == "circuits"

    flow = await submit(hass, flow, {"circuit": "new"})
    flow = await submit(hass, flow, CARPORT)

    assert _done(flow)
    assert entry.data[CONF_CIRCUITS] == [GARAGE, CARPORT]


async def test_change_circuit(hass: HomeAssistant) -> None:
    """The form begins with what there is, and its own name is not taken."""
    entry, flow = await _begin(hass, "circuits", circuits=[GARAGE, CARPORT])
    flow = await submit(hass, flow, {"circuit": "0"})
    assert proposed(flow) == {**GARAGE, "remove": False}

    flow = await submit(hass, flow, {**GARAGE, "limit": 20.0, "remove": False})

    assert _done(flow)
    assert entry.data[CONF_CIRCUITS] == [{**GARAGE, "limit": 20.0}, CARPORT]


async def test_remove_circuit(hass: HomeAssistant) -> None:
    """What is removed no longer counts."""
    entry, flow = await _begin(hass, "circuits", circuits=[GARAGE, CARPORT])
    flow = await submit(hass, flow, {"circuit": "0"})

    flow = await submit(hass, flow, {**GARAGE, "remove": True})

    assert _done(flow)
    assert entry.data[CONF_CIRCUITS] == [CARPORT]


async def test_circuit_of_a_unit_that_is_gone(hass: HomeAssistant) -> None:
    """Who was forgotten is not there to be chosen."""
    gone = {**GARAGE, "units": ["9999", "1111"]}
    _, flow = await _begin(hass, "circuits", circuits=[gone])

    flow = await submit(hass, flow, {"circuit": "0"})

    assert proposed(flow)["units"] == ["1111"]


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({"name": " "}, {"name": "name_missing"}),
        ({"name": "Garage"}, {"name": "name_taken"}),
        ({"limit": float("nan")}, {"limit": "not_a_number"}),
        ({"limit": 5.0}, {"limit": "below_minimum"}),
        ({"limit": 32.5}, {"limit": "above_circuit"}),
        ({"units": []}, {"units": "units_missing"}),
    ],
)
async def test_circuit_that_cannot_be(
    hass: HomeAssistant, typed: dict[str, Any], errors: dict[str, str]
) -> None:
    """Mistakes are told at their field, and nothing is stored."""
    entry, flow = await _begin(hass, "circuits", circuits=[GARAGE])
    flow = await submit(hass, flow, {"circuit": "new"})

    flow = await submit(hass, flow, {**CARPORT, **typed})

    assert flow["errors"] == errors
    assert entry.data[CONF_CIRCUITS] == [GARAGE]
    # As much as the whole circuit carries is no mistake.
    flow = await submit(hass, flow, {**CARPORT, "limit": 32.0})
    assert _done(flow)


# --- lines ----------------------------------------------------------------------------


async def test_lines(hass: HomeAssistant) -> None:
    """Nothing is known of a unit whose owner does not say."""
    entry, flow = await _begin(hass, "lines")
    assert proposed(flow) == {"unit_1": "unknown", "unit_2": "unknown"}
    named = {"unit_1": "Wall Connector 1111", "unit_2": "Wall Connector 1112"}
    assert flow["description_placeholders"].items() >= named.items()

    flow = await submit(hass, flow, {"unit_1": "unknown", "unit_2": "231"})
    assert _done(flow)
    assert entry.data[CONF_UNIT_LINES] == {"1112": [2, 3, 1]}

    flow = await _again(hass, entry, "lines")
    assert proposed(flow) == {"unit_1": "unknown", "unit_2": "231"}
    flow = await submit(hass, flow, {"unit_1": "3", "unit_2": "unknown"})
    assert entry.data[CONF_UNIT_LINES] == {"1111": [3]}


async def test_lines_of_a_unit_that_is_silent(hass: HomeAssistant) -> None:
    """What is known of a unit that is not in the form stays known."""
    entry, flow = await _begin(hass, "lines", unit_lines={"9999": [1], "1111": [2]})

    flow = await submit(hass, flow, {"unit_1": "unknown", "unit_2": "3"})

    assert _done(flow)
    assert entry.data[CONF_UNIT_LINES] == {"9999": [1], "1112": [3]}


async def test_lines_of_one_phase(hass: HomeAssistant) -> None:
    """One line feeds a unit, or in North America two."""
    entry, flow = await _begin(hass, "lines", phases=1)

    flow = await submit(hass, flow, {"unit_1": "12", "unit_2": "2"})

    assert _done(flow)
    assert entry.data[CONF_UNIT_LINES] == {"1111": [1, 2], "1112": [2]}
