"""How people tell where the watts come from: proposed, by hand, and confirmed by a reading.

Both flows ask for it the same way. Most of this goes through the options, which need no port.
"""

from typing import Any, cast

from homeassistant.components.energy.data import async_get_manager
from homeassistant.const import (
    CONF_PORT,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
    UnitOfEnergy,
    UnitOfPower,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_registry import RegistryEntryDisabler
import probatio
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.twcmanager.const import (
    CONF_CIRCUIT_LIMIT,
    CONF_PHASES,
    CONF_UNIT_LIMITS,
    DOMAIN,
    SIMULATOR_PORT,
)
from custom_components.twcmanager.detection import Sources, sources

from .flows import Flow, choose, proposed, submit

pytestmark = pytest.mark.usefixtures("setup_entry", "check_texts")

METER = "sensor.meter"
IMPORT = "sensor.imported"
EXPORT = "sensor.exported"
SUN = "sensor.sun"
HOUSE = "sensor.house"
BATTERY = "sensor.battery"
DISCHARGE = "sensor.discharge"
CHARGE = "sensor.charge"
SOC = "sensor.soc"

SIGNED = {"kind": "signed", "entities": [METER], "inverted": False}
OTHERS = {"main_fuse": {"limit_a": 25.0, "kind": "current", "entities": []}}


@pytest.fixture(autouse=True)
def home(hass: HomeAssistant) -> None:
    """Let a home export 2.3 kW: the sun gives 5, the house takes 1.2, a battery 1.5."""
    tell(hass, METER, -2300)
    tell(hass, IMPORT, 0.0, UnitOfPower.KILO_WATT)
    tell(hass, EXPORT, 2.3, UnitOfPower.KILO_WATT)
    tell(hass, SUN, 5000)
    tell(hass, HOUSE, 1200)
    tell(hass, BATTERY, -1500)
    tell(hass, DISCHARGE, 0)
    tell(hass, CHARGE, 1500)
    tell(hass, SOC, 64, "%")


def tell(
    hass: HomeAssistant,
    entity_id: str,
    value: float | str,
    unit: str | None = UnitOfPower.WATT,
) -> None:
    """Set the state of a sensor."""
    hass.states.async_set(
        entity_id, str(value), {"unit_of_measurement": unit} if unit else {}
    )


@pytest.fixture
def entry(hass: HomeAssistant) -> MockConfigEntry:
    """Return a bus without sources, with other options."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        data={
            CONF_PORT: "/dev/ttyUSB99",
            CONF_CIRCUIT_LIMIT: 32.0,
            CONF_UNIT_LIMITS: {},
            CONF_PHASES: 1,
        },
        options=OTHERS,
    )
    entry.add_to_hass(hass)
    return entry


async def configure(hass: HomeAssistant, entry: MockConfigEntry) -> Flow:
    """Choose Configure, and there the sources."""
    flow: Flow = await hass.config_entries.options.async_init(entry.entry_id)
    assert flow["type"] is FlowResultType.MENU
    assert flow["step_id"] == "init"
    return await choose(hass, flow, "sources")


async def by_hand(hass: HomeAssistant, entry: MockConfigEntry, kind: str) -> Flow:
    """Go to one of the forms."""
    flow = await submit(hass, await configure(hass, entry), {"source": "by_hand"})
    assert flow["step_id"] == "by_hand"
    assert flow["menu_options"] == ["signed", "split", "balance"]
    flow = await choose(hass, flow, kind)
    assert flow["step_id"] == kind
    return flow


async def accept(hass: HomeAssistant, flow: Flow, entry: MockConfigEntry) -> Sources:
    """Say that the reading is right, and return what is kept."""
    assert flow["step_id"] == "check"
    flow = await choose(hass, flow, "accept")
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    # Other options are left as they were.
    assert entry.options == {**OTHERS, "sources": entry.options["sources"]}
    kept: Sources = entry.options["sources"]
    return kept


def offered(flow: Flow) -> dict[str, str]:
    """Return what can be chosen from, with its labels."""
    assert flow["step_id"] == "sources"
    [selector] = flow["data_schema"].schema.values()
    return {each["value"]: each["label"] for each in selector.config["options"]}


def reading(flow: Flow) -> list[str]:
    """Return what people are shown of the sources."""
    assert flow["type"] is FlowResultType.MENU
    assert flow["step_id"] == "check"
    text: str = flow["description_placeholders"]["reading"]
    return [each.removeprefix("- ").replace("**", "") for each in text.splitlines()]


def add_sensor(
    hass: HomeAssistant,
    platform: str,
    unique_id: str,
    entity_id: str,
    disabled_by: RegistryEntryDisabler | None = None,
) -> er.RegistryEntry:
    """Add a sensor of an integration."""
    config_entry = MockConfigEntry(domain=platform)
    config_entry.add_to_hass(hass)
    return er.async_get(hass).async_get_or_create(
        "sensor",
        platform,
        unique_id,
        suggested_object_id=entity_id.removeprefix("sensor."),
        config_entry=config_entry,
        disabled_by=disabled_by,
    )


async def prefer(hass: HomeAssistant, *found: dict[str, Any]) -> None:
    """Set the Energy dashboard up."""
    hass.config.components.add("energy")
    manager = await async_get_manager(hass)
    await manager.async_update(
        {"energy_sources": cast(Any, [*found]), "device_consumption": []}
    )


# --- what is found --------------------------------------------------------------------


async def test_nothing_found(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """By hand, or not at all."""
    flow = await configure(hass, entry)
    assert list(offered(flow)) == ["by_hand", "none"]
    assert proposed(flow) == {"source": "by_hand"}

    flow = await submit(hass, flow, {"source": "none"})
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options == OTHERS
    await hass.async_block_till_done()


async def test_energy_dashboard(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Two clicks are all it takes for who has set the Energy dashboard up."""
    await prefer(
        hass,
        {
            "type": "grid",
            "stat_rate": "sensor.made",
            "power_config": {"stat_rate_from": IMPORT, "stat_rate_to": EXPORT},
        },
        {"type": "solar", "stat_rate": SUN},
        {"type": "battery", "stat_rate": BATTERY, "stat_soc": SOC},
    )
    flow = await configure(hass, entry)
    assert offered(flow)["energy"] == (
        "Energy dashboard: imported, exported (exporting 2.3 kW now)"
    )
    flow = await submit(hass, flow, proposed(flow))
    assert reading(flow) == [
        "Right now your home exports 2.3 kW to the grid.",
        "The battery is charged with 1.5 kW.",
        "The battery is 64 % full.",
        "The sun gives 5.0 kW.",
        "Directions are as in the Energy dashboard. If one is wrong, correct it there.",
    ]
    assert flow["menu_options"] == ["accept", "check", "by_hand", "sources"]
    assert await accept(hass, flow, entry) == sources({"kind": "energy"})


async def test_found_by_integration(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """The best guess comes first, each with its reading; another one may be right."""
    street, barn = "sensor.street", "sensor.barn"
    add_sensor(hass, "homewizard", "HWE-P1_5c2faf123456_active_power_w", street)
    add_sensor(hass, "shelly", "AABBCCDDEEFF-em:0-total_act_power", barn)
    tell(hass, street, -2300)
    tell(hass, barn, 1200)
    flow = await configure(hass, entry)
    assert offered(flow) == {
        barn: "Shelly: barn (importing 1.2 kW now)",
        street: "HomeWizard P1: street (exporting 2.3 kW now)",
        "by_hand": "by_hand",
        "none": "none",
    }
    assert proposed(flow) == {"source": barn}

    flow = await submit(hass, flow, {"source": barn})
    assert reading(flow) == ["Right now your home imports 1.2 kW from the grid."]
    flow = await choose(hass, flow, "sources")
    assert proposed(flow) == {"source": barn}
    # It is asked again at every look.
    tell(hass, barn, STATE_UNAVAILABLE)
    flow = await submit(hass, flow, {"source": barn})
    flow = await choose(hass, flow, "sources")
    assert offered(flow)[barn] == "Shelly: barn (no reading now)"
    flow = await submit(hass, flow, {"source": street})
    assert await accept(hass, flow, entry) == sources({**SIGNED, "entities": [street]})

    # It is what is shown the next time.
    flow = await configure(hass, entry)
    assert proposed(flow) == {"source": street}


async def test_only_what_was_offered(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """A proposal that was never made is refused."""
    with pytest.raises(probatio.Invalid):
        await submit(hass, await configure(hass, entry), {"source": METER})


async def test_to_be_enabled(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Disabled sensors are enabled on request, and have a reading a while later."""
    disabled = "sensor.grid_power"
    integration = RegistryEntryDisabler.INTEGRATION
    sensor = add_sensor(
        hass, "solaredge", "1234567_grid_power", disabled, disabled_by=integration
    )
    flow = await configure(hass, entry)
    assert offered(flow)[disabled] == (
        "SolarEdge: sensor.grid_power (has to be enabled first)"
    )
    flow = await submit(hass, flow, {"source": disabled})
    assert flow["step_id"] == "disabled"
    assert flow["menu_options"] == ["enable", "sources"]
    assert flow["description_placeholders"] == {"entities": f"- {disabled}"}

    flow = await choose(hass, flow, "enable")
    enabled = er.async_get(hass).async_get(sensor.entity_id)
    assert enabled
    assert enabled.disabled_by is None
    assert reading(flow)[0].startswith("Right now there is no reading")
    assert reading(flow)[1] == f"No reading from {disabled}."

    tell(hass, disabled, -2.3, UnitOfPower.KILO_WATT)
    flow = await choose(hass, flow, "check")
    assert reading(flow) == ["Right now your home exports 2.3 kW to the grid."]
    assert (await accept(hass, flow, entry))["grid"]["entities"] == [disabled]


# --- by hand --------------------------------------------------------------------------


async def test_signed(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """One sensor for both directions; whoever had its sign wrong turns it round."""
    flow = await by_hand(hass, entry, "signed")
    assert proposed(flow) == {"inverted": False}
    flow = await submit(hass, flow, {"entities": [METER], "inverted": True})
    assert flow["step_id"] == "home"
    assert proposed(flow) == {"battery_inverted": False, "meter_sees_cars": True}
    flow = await submit(hass, flow, {})
    assert reading(flow) == ["Right now your home imports 2.3 kW from the grid."]
    assert flow["menu_options"] == ["accept", "check", "swap", "by_hand", "sources"]
    flow = await choose(hass, flow, "swap")
    assert reading(flow) == ["Right now your home exports 2.3 kW to the grid."]
    assert await accept(hass, flow, entry) == sources(SIGNED)


async def test_split(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """One sensor for each direction, named the wrong way round at first."""
    flow = await by_hand(hass, entry, "split")
    flow = await submit(hass, flow, {"import": [EXPORT], "export": [IMPORT]})
    flow = await submit(hass, flow, {})
    assert reading(flow) == ["Right now your home imports 2.3 kW from the grid."]
    flow = await choose(hass, flow, "swap")
    assert reading(flow) == ["Right now your home exports 2.3 kW to the grid."]
    assert await accept(hass, flow, entry) == sources(
        {"kind": "split", "import": [IMPORT], "export": [EXPORT]}
    )


async def test_balance(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Production less consumption, and less what the battery takes."""
    flow = await by_hand(hass, entry, "balance")
    flow = await submit(hass, flow, {"consumption": [HOUSE], "solar": [SUN]})
    asked = {field.schema for field in flow["data_schema"].schema}
    assert "solar" not in asked
    flow = await submit(hass, flow, {"battery": [BATTERY], "battery_soc": SOC})
    assert reading(flow) == [
        "Right now your home exports 2.3 kW to the grid.",
        "The battery is charged with 1.5 kW.",
        "The battery is 64 % full.",
        "The sun gives 5.0 kW.",
    ]
    # Neither can be the other.
    assert "swap" not in flow["menu_options"]
    assert await accept(hass, flow, entry) == sources(
        {"kind": "balance", "consumption": [HOUSE], "solar": [SUN]},
        battery={"kind": "signed", "entities": [BATTERY], "inverted": False},
        battery_soc=SOC,
        solar=[SUN],
    )


async def test_production_only(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Where nothing else is measured, some power is left to the home."""
    flow = await by_hand(hass, entry, "balance")
    flow = await submit(hass, flow, {"solar": [SUN], "consumption_offset_w": 400})
    asked = {field.schema for field in flow["data_schema"].schema}
    assert not asked & {"solar", "meter_sees_cars"}
    flow = await submit(hass, flow, {})
    assert reading(flow)[0].startswith("Right now 4.6 kW of the sun are left over")
    tell(hass, SUN, 300)
    flow = await choose(hass, flow, "check")
    assert reading(flow)[0].startswith("Right now the sun leaves nothing over")
    assert await accept(hass, flow, entry) == sources(
        {
            "kind": "balance",
            "consumption": [],
            "solar": [SUN],
            "consumption_offset_w": 400.0,
        },
        solar=[SUN],
    )


async def test_everything(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """All that may be told about a home is kept, and shown when it is changed by hand."""
    typed = {
        "battery_inverted": False,
        "battery_discharge": [DISCHARGE],
        "battery_charge": [CHARGE],
        "battery_soc": SOC,
        "solar": [SUN],
        "meter_sees_cars": False,
        "refresh_every_s": 300.0,
    }
    flow = await by_hand(hass, entry, "signed")
    flow = await submit(hass, flow, {"entities": [METER]})
    flow = await submit(hass, flow, typed)
    assert reading(flow)[1] == "The battery is charged with 1.5 kW."
    assert await accept(hass, flow, entry) == sources(
        SIGNED,
        battery={"kind": "split", "discharge": [DISCHARGE], "charge": [CHARGE]},
        battery_soc=SOC,
        solar=[SUN],
        meter_sees_cars=False,
        refresh_every_s=300.0,
    )

    flow = await configure(hass, entry)
    assert proposed(flow) == {"source": "by_hand"}
    flow = await submit(hass, flow, proposed(flow))
    flow = await choose(hass, flow, "signed")
    assert proposed(flow) == {"entities": [METER], "inverted": False}
    flow = await submit(hass, flow, proposed(flow))
    assert proposed(flow) == typed
    # A battery that turned out to be one sensor.
    flow = await submit(hass, flow, {"battery": [BATTERY], "battery_inverted": True})
    assert reading(flow)[1] == "The battery is discharged with 1.5 kW."
    flow = await choose(hass, flow, "by_hand")
    flow = await submit(hass, await choose(hass, flow, "signed"), {"entities": [METER]})
    assert proposed(flow) == {
        "battery": [BATTERY],
        "battery_inverted": True,
        "meter_sees_cars": True,
    }


async def test_several_add_up(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Such as one sensor for each phase, named by whatever unit they have."""
    phases = ["sensor.l1", "sensor.l2", "sensor.l3"]
    tell(hass, phases[0], 500)
    tell(hass, phases[1], -0.2, UnitOfPower.KILO_WATT)
    tell(hass, phases[2], 340)
    flow = await by_hand(hass, entry, "signed")
    flow = await submit(hass, flow, {"entities": phases})
    flow = await submit(hass, flow, {})
    assert reading(flow) == ["Right now your home imports 640 W from the grid."]

    # The others alone would say something else.
    tell(hass, phases[1], STATE_UNAVAILABLE)
    flow = await choose(hass, flow, "check")
    assert reading(flow)[0].startswith("Right now there is no reading")
    assert reading(flow)[1] == "No reading from sensor.l2."


@pytest.mark.parametrize(
    ("power_w", "words"),
    [
        (15, "Right now nearly nothing flows between your home and the grid."),
        (999.4, "Right now your home imports 999 W from the grid."),
        (999.6, "Right now your home imports 1.0 kW from the grid."),
    ],
)
async def test_how_much(
    hass: HomeAssistant, entry: MockConfigEntry, power_w: float, words: str
) -> None:
    """Power is written as people write it; of next to nothing the sign says nothing."""
    tell(hass, METER, power_w)
    tell(hass, BATTERY, 3)
    flow = await by_hand(hass, entry, "signed")
    flow = await submit(hass, flow, {"entities": [METER]})
    flow = await submit(hass, flow, {"battery": [BATTERY]})
    assert reading(flow) == [words, "The battery rests."]


async def test_by_registry_id(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Keep the name of a sensor that was given by its registry id."""
    registered = add_sensor(hass, "mqtt", "grid", "sensor.registered")
    tell(hass, "sensor.registered", 1)
    flow = await by_hand(hass, entry, "signed")
    flow = await submit(hass, flow, {"entities": [registered.id]})
    flow = await submit(hass, flow, {})
    kept = await accept(hass, flow, entry)
    assert kept["grid"]["entities"] == ["sensor.registered"]


# --- what is refused ------------------------------------------------------------------


@pytest.mark.parametrize("state", [STATE_UNAVAILABLE, STATE_UNKNOWN])
@pytest.mark.parametrize("unit", [UnitOfPower.WATT, None])
async def test_no_reading_now(
    hass: HomeAssistant, entry: MockConfigEntry, state: str, unit: str | None
) -> None:
    """A sensor that is down at the moment is taken, and that is said."""
    tell(hass, METER, state, unit)
    flow = await by_hand(hass, entry, "signed")
    flow = await submit(hass, flow, {"entities": [METER]})
    flow = await submit(hass, flow, {})
    assert reading(flow)[0].startswith("Right now there is no reading")
    assert reading(flow)[1] == f"No reading from {METER}."
    assert await accept(hass, flow, entry) == sources(SIGNED)


@pytest.mark.parametrize(
    ("state", "unit"),
    [
        (STATE_UNAVAILABLE, UnitOfEnergy.KILO_WATT_HOUR),
        ("1500", UnitOfEnergy.KILO_WATT_HOUR),
        ("1500", None),
        ("importing", UnitOfPower.WATT),
        ("nan", UnitOfPower.WATT),
        ("2000", UnitOfPower.MEGA_WATT),
    ],
)
async def test_no_power(
    hass: HomeAssistant, entry: MockConfigEntry, state: str, unit: str | None
) -> None:
    """Only what measures a power that a home may have is taken."""
    tell(hass, "sensor.candidate", state, unit)
    flow = await by_hand(hass, entry, "signed")
    typed = {"entities": ["sensor.candidate"], "inverted": True}
    flow = await submit(hass, flow, typed)
    assert flow["step_id"] == "signed"
    assert flow["errors"] == {"entities": "not_power"}
    assert proposed(flow) == typed

    flow = await submit(hass, flow, {"entities": [METER]})
    assert flow["step_id"] == "home"


@pytest.mark.parametrize(
    ("kind", "typed", "errors"),
    [
        ("signed", {"entities": []}, {"entities": "nothing_chosen"}),
        ("signed", {"entities": ["sensor.gone"]}, {"entities": "entity_not_found"}),
        (
            "signed",
            {"entities": ["0123456789abcdef" * 2]},
            {"entities": "entity_not_found"},
        ),
        ("signed", {"entities": ["light.lamp"]}, {"entities": "not_power"}),
        ("signed", {"entities": [METER, METER]}, {"entities": "named_twice"}),
        ("signed", {"entities": ["sensor.ours"]}, {"entities": "own_entity"}),
        ("signed", {"entities": ["sensor.made"]}, {"entities": "made_by_energy"}),
        ("split", {"import": [IMPORT], "export": [IMPORT]}, {"export": "named_twice"}),
        (
            "split",
            {"import": [], "export": ["sensor.gone"]},
            {"import": "nothing_chosen", "export": "entity_not_found"},
        ),
        ("balance", {"consumption": [SUN], "solar": [SUN]}, {"solar": "named_twice"}),
        ("balance", {"consumption": [HOUSE], "solar": []}, {"solar": "nothing_chosen"}),
    ],
)
async def test_grid_refused(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    kind: str,
    typed: dict[str, Any],
    errors: dict[str, str],
) -> None:
    """What cannot measure the grid is refused where it was typed."""
    tell(hass, "light.lamp", 12)
    for platform, entity_id in (DOMAIN, "sensor.ours"), ("energy", "sensor.made"):
        add_sensor(hass, platform, "power", entity_id)
        tell(hass, entity_id, 1)
    flow = await submit(hass, await by_hand(hass, entry, kind), typed)
    assert flow["step_id"] == kind
    assert flow["errors"] == errors


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({"battery": [METER]}, {"battery": "named_twice"}),
        ({"solar": [METER]}, {"solar": "named_twice"}),
        ({"battery": [BATTERY], "solar": [BATTERY]}, {"solar": "named_twice"}),
        ({"battery_soc": METER}, {"battery_soc": "named_twice"}),
        ({"battery_soc": SUN}, {"battery_soc": "not_percent"}),
        ({"battery_soc": "sensor.down"}, {"battery_soc": "not_percent"}),
        ({"battery": [SOC]}, {"battery": "not_power"}),
        ({"battery_charge": [CHARGE]}, {"battery_discharge": "other_way_missing"}),
        ({"battery_discharge": [DISCHARGE]}, {"battery_charge": "other_way_missing"}),
        (
            {
                "battery": [BATTERY],
                "battery_discharge": [DISCHARGE],
                "battery_charge": [CHARGE],
            },
            {"battery": "battery_both_kinds"},
        ),
    ],
)
async def test_home_refused(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    typed: dict[str, Any],
    errors: dict[str, str],
) -> None:
    """Nor may battery and sun be anything else, or half of it."""
    tell(hass, "sensor.down", STATE_UNAVAILABLE, UnitOfPower.WATT)
    flow = await by_hand(hass, entry, "signed")
    flow = await submit(hass, flow, {"entities": [METER]})
    flow = await submit(hass, flow, typed)
    assert flow["step_id"] == "home"
    assert flow["errors"] == errors
    flow = await submit(hass, flow, {})
    assert flow["step_id"] == "check"


async def test_percent_of_a_battery_that_is_off(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """How full it is may be unknown at the moment."""
    tell(hass, SOC, STATE_UNAVAILABLE, "%")
    flow = await by_hand(hass, entry, "signed")
    flow = await submit(hass, flow, {"entities": [METER]})
    flow = await submit(hass, flow, {"battery_soc": SOC})
    assert reading(flow)[1:] == [f"No reading from {SOC}."]
    assert (await accept(hass, flow, entry))["battery_soc"] == SOC


# --- who is asked ---------------------------------------------------------------------


async def test_a_simulated_home_is_not_asked(hass: HomeAssistant) -> None:
    """It has a meter of its own; all that needs none can be tried."""
    entry = MockConfigEntry(domain=DOMAIN, data={CONF_PORT: SIMULATOR_PORT})
    entry.add_to_hass(hass)
    flow = await hass.config_entries.options.async_init(entry.entry_id)
    assert flow["menu_options"] == ["limits", "schedules", "prices"]
