"""The options about the main fuse and about limits that others set."""

from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.twcmanager.const import (
    CONF_CIRCUIT_LIMIT,
    CONF_LIMITS,
    CONF_MAIN_FUSE,
    CONF_UNIT_LIMITS,
    DOMAIN,
)

from .flows import Flow, choose, proposed, submit

pytestmark = pytest.mark.usefixtures("setup_entry", "check_texts")

OTHER = {"sources": {"grid": {"kind": "energy"}}}


@pytest.fixture
def entry(hass: HomeAssistant) -> MockConfigEntry:
    """Return an entry that knows its sources already, and the sensors of its home."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        data={"port": "/dev/null", CONF_CIRCUIT_LIMIT: 32.0, CONF_UNIT_LIMITS: {}},
        options=OTHER,
    )
    entry.add_to_hass(hass)
    for line in 1, 2, 3:
        hass.states.async_set(f"sensor.l{line}", "5", {"unit_of_measurement": "A"})
        hass.states.async_set(f"sensor.p{line}", "1.2", {"unit_of_measurement": "kW"})
    hass.states.async_set("sensor.hot", "20", {"unit_of_measurement": "°C"})
    hass.states.async_set("sensor.bare", "20")
    hass.states.async_set("binary_sensor.control_box", "off")
    hass.states.async_set("input_number.tariff", "9", {"unit_of_measurement": "kW"})
    return entry


async def _step(hass: HomeAssistant, entry: MockConfigEntry, step: str) -> Flow:
    """Begin to change a part of the options."""
    if entry.state is ConfigEntryState.NOT_LOADED:
        await hass.config_entries.async_setup(entry.entry_id)
    flow: Flow = await hass.config_entries.options.async_init(entry.entry_id)
    flow = await choose(hass, flow, step)
    assert flow["step_id"] == step
    return flow


# --- the main fuse --------------------------------------------------------------------


def _lines(*entities: str) -> dict[str, str]:
    return {f"line_{number}": each for number, each in enumerate(entities, 1)}


@pytest.mark.parametrize(
    ("entities", "kind"),
    [
        (["sensor.l1", "sensor.l2", "sensor.l3"], "current"),
        (["sensor.p1", "sensor.p2", "sensor.p3"], "power"),
        (["sensor.l1"], "current"),
        (["sensor.p1", "sensor.p2"], "power"),
    ],
)
async def test_main_fuse(
    hass: HomeAssistant, entry: MockConfigEntry, entities: list[str], kind: str
) -> None:
    """Sensors of current or of power, one for each line there is."""
    flow = await _step(hass, entry, "main_fuse")
    # Nobody's fuse is taken for larger than its owner has said.
    assert proposed(flow) == {"limit_a": 6.0, "inverted": False}

    typed = {"limit_a": 25.0, "inverted": True, **_lines(*entities)}
    flow = await submit(hass, flow, typed)

    assert flow["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options == {
        **OTHER,
        CONF_MAIN_FUSE: {
            "limit_a": 25.0,
            "kind": kind,
            "entities": entities,
            "inverted": True,
        },
    }
    flow = await _step(hass, entry, "main_fuse")
    assert proposed(flow) == typed


async def test_no_main_fuse(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Without sensors there is nothing to watch, and the rest stays as it was."""
    flow = await _step(hass, entry, "main_fuse")
    await submit(
        hass, flow, {"limit_a": 25.0, "inverted": False, "line_1": "sensor.l1"}
    )
    assert CONF_MAIN_FUSE in entry.options

    flow = await _step(hass, entry, "main_fuse")
    flow = await submit(hass, flow, {"limit_a": 25.0, "inverted": False})

    assert flow["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options == OTHER


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({"limit_a": 5.9}, {"limit_a": "fuse_too_small"}),
        ({"limit_a": 401.0}, {"limit_a": "fuse_too_large"}),
        ({"limit_a": float("nan")}, {"limit_a": "not_a_number"}),
        ({"line_2": "sensor.l1"}, {"line_2": "named_twice"}),
        ({"line_3": "sensor.l3"}, {"line_2": "line_missing"}),
        ({"line_2": "sensor.p2"}, {"line_2": "mixed_kinds"}),
        ({"line_1": "sensor.absent"}, {"line_1": "entity_not_found"}),
        ({"line_1": "sensor.hot"}, {"line_1": "not_current_or_power"}),
        ({"line_1": "sensor.bare"}, {"line_1": "not_current_or_power"}),
        ({"line_1": "binary_sensor.control_box"}, {"line_1": "not_current_or_power"}),
    ],
)
async def test_fuse_that_cannot_be(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    typed: dict[str, Any],
    errors: dict[str, str],
) -> None:
    """Mistakes are told at their field, and nothing is stored."""
    flow = await _step(hass, entry, "main_fuse")
    good = {"limit_a": 25.0, "inverted": False, "line_1": "sensor.l1"}

    flow = await submit(hass, flow, {**good, **typed})

    assert flow["errors"] == errors
    assert entry.options == OTHER
    flow = await submit(hass, flow, good)
    assert flow["type"] is FlowResultType.CREATE_ENTRY


async def test_sensors_that_are_off(
    hass: HomeAssistant, entry: MockConfigEntry, entity_registry: er.EntityRegistry
) -> None:
    """A sensor without a value is known by its unit, which its registration remembers."""
    remembered = entity_registry.async_get_or_create(
        "sensor", "meter", "1", unit_of_measurement="A"
    )
    hass.states.async_set(remembered.entity_id, STATE_UNAVAILABLE)
    flow = await _step(hass, entry, "main_fuse")

    typed = {"limit_a": 25.0, "inverted": False, "line_1": remembered.id}
    flow = await submit(hass, flow, typed)

    assert flow["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options[CONF_MAIN_FUSE]["entities"] == [remembered.entity_id]


async def test_own_sensor(
    hass: HomeAssistant, entry: MockConfigEntry, entity_registry: er.EntityRegistry
) -> None:
    """What the cars draw is not what the home draws."""
    own = entity_registry.async_get_or_create("sensor", DOMAIN, "total_current")
    hass.states.async_set(own.entity_id, "5", {"unit_of_measurement": "A"})
    flow = await _step(hass, entry, "main_fuse")

    typed = {"limit_a": 25.0, "inverted": False, "line_1": own.entity_id}
    flow = await submit(hass, flow, typed)

    assert flow["errors"] == {"line_1": "own_entity"}


# --- limits that others set -----------------------------------------------------------

NOTHING: dict[str, Any] = dict.fromkeys(
    [
        "cars_entity",
        "cars_w",
        "import_entity",
        "import_w",
        "import_mean_entity",
        "import_mean_w",
        "feed_in_w",
    ]
)


@pytest.mark.parametrize(
    "typed",
    [
        {"cars_entity": "binary_sensor.control_box", "cars_w": 4200.0},
        {"cars_w": 11000.0},
        {"import_entity": "input_number.tariff"},
        {"import_entity": "sensor.l1", "import_w": 8000.0},
        {"import_mean_entity": "input_number.tariff", "import_mean_w": 2500.0},
        # Nothing may be fed in at all, which is not the same as no limit.
        {"feed_in_w": 0.0},
    ],
)
async def test_limits(
    hass: HomeAssistant, entry: MockConfigEntry, typed: dict[str, Any]
) -> None:
    """Fixed, from an entity, or switched by one."""
    flow = await _step(hass, entry, "limits")
    assert proposed(flow) == {}

    flow = await submit(hass, flow, typed)

    assert flow["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options == {**OTHER, CONF_LIMITS: {**NOTHING, **typed}}
    flow = await _step(hass, entry, "limits")
    assert proposed(flow) == typed

    flow = await submit(hass, flow, {})
    assert entry.options == OTHER


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({"cars_entity": "sensor.absent"}, {"cars_entity": "entity_not_found"}),
        ({"import_entity": "sensor.hot"}, {"import_entity": "not_current_or_power"}),
        ({"cars_entity": "binary_sensor.control_box"}, {"cars_w": "limit_missing"}),
        ({"import_mean_w": float("nan")}, {"import_mean_w": "not_a_number"}),
    ],
)
async def test_limits_that_cannot_be(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    typed: dict[str, Any],
    errors: dict[str, str],
) -> None:
    """Mistakes are told at their field, and nothing is stored."""
    flow = await _step(hass, entry, "limits")

    flow = await submit(hass, flow, typed)

    assert flow["errors"] == errors
    assert entry.options == OTHER
