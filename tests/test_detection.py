"""What is proposed to follow the sun with, from registries as real integrations fill them.

Unique ids are as recorded from those integrations; entity ids are mere handles here, since
people rename them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from homeassistant.const import EntityCategory, UnitOfPower
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_registry import RegistryEntryDisabler
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.twcmanager.const import DOMAIN
from custom_components.twcmanager.detection import (
    Proposal,
    entities_of,
    proposals,
    sources,
)
from custom_components.twcmanager.systems import SYSTEMS

ENTRY = "01J8ZC0M9T6Y"
BLOCK = "1232100-00-E--TG0123456789012"

type Rows = Mapping[str, str]
"""Unique ids by object ids; those of disabled sensors end with an exclamation mark."""


def signed(*object_ids: str, inverted: bool = False) -> dict[str, Any]:
    """Return sensors that show both directions."""
    return {"kind": "signed", "entities": ids(*object_ids), "inverted": inverted}


def split(imported: str, exported: str) -> dict[str, Any]:
    """Return a sensor for each direction of the grid."""
    return {"kind": "split", "import": ids(imported), "export": ids(exported)}


def two_ways(discharge: str, charge: str) -> dict[str, Any]:
    """Return a sensor for each direction of a battery."""
    return {"kind": "split", "discharge": ids(discharge), "charge": ids(charge)}


def balance(solar: Sequence[str], *consumption: str) -> dict[str, Any]:
    """Return production and, if it is known, consumption."""
    return {"kind": "balance", "consumption": ids(*consumption), "solar": ids(*solar)}


def ids(*object_ids: str) -> list[str]:
    """Return entity ids."""
    return [f"sensor.{each}" for each in object_ids]


class Registry:
    """A home's entity registry."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Begin with nothing."""
        self._hass = hass
        self._registry = er.async_get(hass)

    def add(self, platform: str, rows: Rows, **how: Any) -> None:
        """Add the sensors of one config entry."""
        entry = MockConfigEntry(domain=platform)
        entry.add_to_hass(self._hass)
        for object_id, unique_id in rows.items():
            disabled = unique_id.endswith("!")
            self._registry.async_get_or_create(
                how.get("domain", "sensor"),
                platform,
                unique_id.removesuffix("!"),
                suggested_object_id=object_id,
                config_entry=entry,
                disabled_by=how.get(
                    "disabled_by",
                    RegistryEntryDisabler.INTEGRATION if disabled else None,
                ),
                entity_category=how.get("entity_category"),
            )

    def proposals(self, *states: State, energy: Any = None) -> list[Proposal]:
        """Return what is proposed."""
        return proposals(self._registry.entities.values(), states, energy)


@pytest.fixture
def registry(hass: HomeAssistant) -> Registry:
    """Return an empty registry."""
    return Registry(hass)


# --- each system by itself ------------------------------------------------------------

ENVOY = {
    "production": "122233344455_production",
    "consumption": "122233344455_consumption",
    "phase_net": "122233344455_net_consumption_l1!",
    "balanced": "122233344455_balanced_net_consumption!",
    "ct": "122233344455_production_ct_power!",
    "panel": "482205012345",
}
ENVOY_METERED = {**ENVOY, "net": "122233344455_net_consumption"}
ENVOY_STORAGE = {
    **ENVOY_METERED,
    "battery": "122233344455_battery_discharge",
    "soc": "122233344455_battery_level",
}
FRONIUS_SUN = {
    "pv": "solar_net_123-power_flow-power_photovoltaics",
    "inverter": "30221234-power_ac",
}
FRONIUS = {
    **FRONIUS_SUN,
    "imported": "solar_net_123-power_flow-power_grid_import",
    "exported": "solar_net_123-power_flow-power_grid_export",
    "grid": "solar_net_123-power_flow-power_grid!",
    "load": "solar_net_123-power_flow-power_load_consumed",
    "load_negative": "solar_net_123-power_flow-power_load!",
    "meter": "15220123-power_real",
    "meter_l1": "15220123-power_real_phase_1!",
}
FRONIUS_BATTERY = {
    **FRONIUS,
    "charge": "solar_net_123-power_flow-power_battery_charge",
    "discharge": "solar_net_123-power_flow-power_battery_discharge",
    "battery": "solar_net_123-power_flow-power_battery!",
    "soc": "P030T020Z2001234567-state_of_charge",
}
KOSTAL = {
    "grid": f"{ENTRY}_devices:local_Grid_P",
    "dc": f"{ENTRY}_devices:local_Dc_P",
    "home": f"{ENTRY}_devices:local_Home_P",
    "home_grid": f"{ENTRY}_devices:local_HomeGrid_P",
}
POWERWALL = {
    "site": f"{BLOCK}_site_instant_power",
    "solar": f"{BLOCK}_solar_instant_power",
    "load": f"{BLOCK}_load_instant_power",
    "battery": f"{BLOCK}_battery_instant_power",
    "charge": f"{BLOCK}_charge",
    "block": f"{BLOCK}_TG1200001_instant_power",
    "reserve": f"{BLOCK}_backup_reserve",
}
SOLAREDGE = {
    "solar": "1234567_current_power",
    "grid": "1234567_grid_power!",
    "flow": "1234567_solar_power!",
    "load": "1234567_power_consumption!",
    "battery": "1234567_storage_power!",
    "soc": "1234567_storage_level!",
}
SOLAREDGE_MODBUS = {
    "inverter": "7E1234AB_ac_power",
    "meter": "7E1234AB_meter_6061234_ac_power",
    "meter_l1": "7E1234AB_meter_6061234_ac_power_l1",
}
SOLAREDGE_BATTERY = {
    **SOLAREDGE_MODBUS,
    "battery": "7E1234AB_battery_48BG1234_dc_power",
    "soc": "7E1234AB_battery_48BG1234_state_of_energy",
}
TESLA = {
    "grid": "123456-grid_power",
    "solar": "123456-solar_power",
    "load": "123456-load_power",
    "battery": "123456-battery_power",
    "soc": "123456-percentage_charged",
    "wall_connector": "123456-abd-123-wall_connector_power",
}
TESLA_SOURCES = sources(
    signed("grid"),
    battery=signed("battery"),
    battery_soc="sensor.soc",
    solar=ids("solar"),
)
SOLARLOG = {
    "ac": f"{ENTRY}_power_ac",
    "dc": f"{ENTRY}_power_dc",
    "consumption": f"{ENTRY}_consumption_ac",
    "available": f"{ENTRY}_power_available",
    "peak": f"{ENTRY}_total_power",
}
P1 = "HWE-P1_5c2faf123456"


@pytest.mark.parametrize(
    ("platform", "rows", "expected"),
    [
        pytest.param(
            "dsmr",
            {
                "usage": "5342340123456_current_electricity_usage",
                "delivery": "5342340123456_current_electricity_delivery",
                "l1": "5342340123456_instantaneous_active_power_l1_positive!",
            },
            sources(split("usage", "delivery")),
            id="dsmr",
        ),
        pytest.param(
            "dsmr_reader",
            {
                "delivered": f"{ENTRY}-dsmr_reading_electricity_currently_delivered",
                "returned": f"{ENTRY}-dsmr_reading_electricity_currently_returned",
                "l1": f"{ENTRY}-dsmr_reading_phase_currently_delivered_l1",
            },
            sources(split("delivered", "returned")),
            id="dsmr_reader",
        ),
        pytest.param(
            "p1_monitor",
            {
                "consumption": f"{ENTRY}_smartmeter_power_consumption",
                "production": f"{ENTRY}_smartmeter_power_production",
                "l1": f"{ENTRY}_phases_power_consumed_phase_l1",
            },
            sources(split("consumption", "production")),
            id="p1_monitor",
        ),
        pytest.param(
            "homewizard",
            {"power": f"{P1}_active_power_w", "l1": f"{P1}_active_power_l1_w"},
            sources(signed("power")),
            id="homewizard",
        ),
        pytest.param(
            "homewizard",
            {"socket": "HWE-SKT_5c2faf123457_active_power_w"},
            None,
            id="homewizard, a socket",
        ),
        pytest.param(
            "shelly",
            {
                "total": "AABBCCDDEEFF-em:0-total_act_power",
                "a": "AABBCCDDEEFF-em:0-a_act_power",
            },
            sources(signed("total")),
            id="shelly",
        ),
        pytest.param(
            "shelly",
            {each: f"AABBCCDDEEFF-emeter_{n}-power" for n, each in enumerate("abc")},
            sources(signed("a", "b", "c")),
            id="shelly, first generation",
        ),
        pytest.param(
            "shelly",
            {each: f"AABBCCDDEEFF-emeter_{n}-power" for n, each in enumerate("ab")},
            None,
            id="shelly, two clamps",
        ),
        pytest.param(
            "shelly",
            {"plug": "AABBCCDDEEFF-switch:0-power"},
            None,
            id="shelly, a plug",
        ),
        pytest.param(
            "fronius",
            FRONIUS,
            sources(split("imported", "exported"), solar=ids("pv")),
            id="fronius",
        ),
        pytest.param(
            "fronius",
            FRONIUS_BATTERY,
            sources(
                split("imported", "exported"),
                battery=two_ways("discharge", "charge"),
                battery_soc="sensor.soc",
                solar=ids("pv"),
            ),
            id="fronius with a battery",
        ),
        pytest.param(
            "fronius",
            FRONIUS_SUN,
            sources(balance(["pv"]), solar=ids("pv")),
            id="fronius, no meter",
        ),
        pytest.param(
            "kostal_plenticore",
            KOSTAL,
            sources(signed("grid"), solar=ids("dc")),
            id="kostal",
        ),
        pytest.param(
            "kostal_plenticore",
            {
                **KOSTAL,
                "pv": f"{ENTRY}__virt__pv_P",
                "battery": f"{ENTRY}_devices:local:battery_P",
                "soc": f"{ENTRY}_devices:local:battery_SoC",
            },
            sources(
                signed("grid"),
                battery=signed("battery"),
                battery_soc="sensor.soc",
                solar=ids("pv"),
            ),
            id="kostal with a battery",
        ),
        pytest.param(
            "powerwall",
            POWERWALL,
            sources(
                signed("site"),
                battery=signed("battery"),
                battery_soc="sensor.charge",
                solar=ids("solar"),
            ),
            id="powerwall",
        ),
        *(
            pytest.param(platform, TESLA, TESLA_SOURCES, id=platform)
            for platform in ("tesla_fleet", "teslemetry", "tessie")
        ),
        pytest.param(
            "solaredge",
            SOLAREDGE,
            sources(
                signed("grid"),
                battery=signed("battery"),
                battery_soc="sensor.soc",
                solar=ids("solar"),
            ),
            id="solaredge, to be enabled",
        ),
        pytest.param(
            "solaredge_modbus",
            SOLAREDGE_MODBUS,
            sources(signed("meter", inverted=True), solar=ids("inverter")),
            id="solaredge_modbus",
        ),
        # The inverter's power has the battery's in it: of the sun by itself nobody tells.
        pytest.param(
            "solaredge_modbus",
            SOLAREDGE_BATTERY,
            sources(
                signed("meter", inverted=True),
                battery=signed("battery", inverted=True),
                battery_soc="sensor.soc",
            ),
            id="solaredge_modbus with a battery",
        ),
        pytest.param(
            "solaredge_modbus",
            {key: SOLAREDGE_BATTERY[key] for key in ("inverter", "battery", "soc")},
            sources(balance(["inverter"]), solar=ids("inverter")),
            id="solaredge_modbus with a battery, no meter",
        ),
        pytest.param(
            "solaredge_modbus",
            {"one": "7E1234AB_ac_power", "two": "7E1234AC_ac_power"},
            sources(balance(["one", "two"]), solar=ids("one", "two")),
            id="solaredge_modbus, two inverters",
        ),
        pytest.param(
            "solaredge_modbus_multi",
            {"meter": "7e1234ab_M1_ac_power", "inverter": "7e1234ab_ac_power"},
            sources(signed("meter", inverted=True)),
            id="solaredge_modbus_multi",
        ),
        pytest.param(
            "solaredge_modbus_multi",
            {"meter": "x_M1_ac_power!", "as_energy": "x_M1_ac_power_inverted"},
            sources(signed("as_energy")),
            id="solaredge_modbus_multi, inverted there",
        ),
        pytest.param(
            "enphase_envoy",
            ENVOY,
            sources(balance(["production"], "consumption"), solar=ids("production")),
            id="enphase, no grid meter",
        ),
        pytest.param(
            "enphase_envoy",
            {"production": ENVOY["production"], "panel": ENVOY["panel"]},
            sources(balance(["production"]), solar=ids("production")),
            id="enphase, production only",
        ),
        pytest.param(
            "enphase_envoy",
            ENVOY_METERED,
            sources(signed("net"), solar=ids("production")),
            id="enphase",
        ),
        pytest.param(
            "enphase_envoy",
            ENVOY_STORAGE,
            sources(
                signed("net"),
                battery=signed("battery"),
                battery_soc="sensor.soc",
                solar=ids("production"),
            ),
            id="enphase with a battery",
        ),
        pytest.param(
            "solarlog",
            SOLARLOG,
            sources(balance(["ac"], "consumption"), solar=ids("ac")),
            id="solarlog",
        ),
        pytest.param(
            "solarlog",
            {
                **SOLARLOG,
                "charging": f"{ENTRY}_charging_power",
                "discharging": f"{ENTRY}_discharging_power",
                "level": f"{ENTRY}_charge_level",
            },
            sources(
                balance(["ac"], "consumption"),
                battery=two_ways("discharging", "charging"),
                battery_soc="sensor.level",
                solar=ids("ac"),
            ),
            id="solarlog with a battery",
        ),
        pytest.param(
            "smartme",
            {"power": "1f2e3d4c-ActivePower", "l1": "1f2e3d4c-ActivePowerL1"},
            sources(signed("power")),
            id="smartme",
        ),
        # Nobody can tell what these measure.
        pytest.param("mqtt", {"power": "grid_power"}, None, id="mqtt"),
        pytest.param("template", {"power": "grid_power"}, None, id="template"),
        # A third-generation Wall Connector, and what this integration itself makes.
        pytest.param(
            "tesla_wall_connector", {"power": "x_total_power_w"}, None, id="a car"
        ),
        pytest.param(DOMAIN, {"power": f"{ENTRY}_grid_power"}, None, id="ourselves"),
    ],
)
def test_systems(
    registry: Registry, platform: str, rows: Rows, expected: dict[str, Any] | None
) -> None:
    """One proposal per home, of its main sensors, with the signs these are known for."""
    registry.add(platform, rows)
    found = registry.proposals()

    assert [each.sources for each in found] == ([expected] if expected else [])
    for each in found:
        assert each.name in {system.name for system in SYSTEMS}
        assert each.grid == tuple(entities_of(each.sources["grid"]))


def test_every_system_is_tested() -> None:
    """The table above has all of them."""
    [mark] = [each for each in test_systems.pytestmark if each.name == "parametrize"]
    tested = {each.values[0] for each in mark.args[1]}
    assert {system.platform for system in SYSTEMS} <= tested


# --- what is disabled -----------------------------------------------------------------


def test_to_be_enabled(registry: Registry) -> None:
    """A grid meter that is disabled is worth enabling, a sensor of the sun is not."""
    registry.add("solaredge", SOLAREDGE)
    [found] = registry.proposals()

    assert found.disabled == tuple(ids("grid", "battery", "soc"))
    assert found.sources["solar"] == ids("solar")


def test_what_is_enabled_comes_first(registry: Registry) -> None:
    """The signed sensor will do if somebody has enabled it instead of the others."""
    rows = {
        **FRONIUS,
        "imported": f"{FRONIUS['imported']}!",
        "grid": FRONIUS["grid"].removesuffix("!"),
    }
    registry.add("fronius", rows)
    [found] = registry.proposals()

    assert found.sources["grid"] == signed("grid")
    assert not found.disabled


def test_solar_is_not_enabled_beside_a_meter(registry: Registry) -> None:
    """What is only shown may stay away."""
    registry.add("enphase_envoy", {**ENVOY_METERED, "production": "1_production!"})
    [found] = registry.proposals()

    assert found.sources == sources(signed("net"))
    assert not found.disabled


@pytest.mark.parametrize(
    "how",
    [
        {"disabled_by": RegistryEntryDisabler.CONFIG_ENTRY},
        {"disabled_by": RegistryEntryDisabler.DEVICE},
        {"entity_category": EntityCategory.DIAGNOSTIC},
        {"domain": "number"},
    ],
)
def test_not_eligible(registry: Registry, how: dict[str, Any]) -> None:
    """What cannot be enabled by itself, is about a device or no sensor, is left alone."""
    registry.add("homewizard", {"power": f"{P1}_active_power_w"}, **how)

    assert not registry.proposals()


# --- several at once ------------------------------------------------------------------


def test_homes_of_one_account(registry: Registry) -> None:
    """The sun of one home never counts for the grid of another."""
    other = {
        f"{key}_2": unique_id.replace("123456", "777777")
        for key, unique_id in TESLA.items()
    }
    registry.add("teslemetry", {**TESLA, **other})
    found = registry.proposals()

    assert [each.sources["grid"] for each in found] == [
        signed("grid"),
        signed("grid_2"),
    ]
    assert [each.sources["solar"] for each in found] == [ids("solar"), ids("solar_2")]


def test_meters_of_one_home(registry: Registry) -> None:
    """Which of several meters is that of the grid, people know."""
    second = {"meter_2": "7E1234AB_meter_6069999_ac_power!"}
    registry.add("solaredge_modbus", {**second, **SOLAREDGE_MODBUS})
    found = registry.proposals()

    assert [each.grid for each in found] == [("sensor.meter",), ("sensor.meter_2",)]
    assert [each.disabled for each in found] == [(), ("sensor.meter_2",)]


def test_batteries_of_one_home(registry: Registry) -> None:
    """Their powers are added up; how full they are is told by one that can tell."""
    second = {
        "another": "7E1234AB_battery_48BG9999_dc_power",
        "another_soc": "7E1234AB_battery_48BG9999_state_of_energy!",
    }
    registry.add("solaredge_modbus", {**SOLAREDGE_BATTERY, **second})
    [found] = registry.proposals()

    assert found.sources["battery"] == signed("another", "battery", inverted=True)
    assert found.sources["battery_soc"] == "sensor.soc"
    assert not found.disabled


def test_order(registry: Registry) -> None:
    """The dashboard's owner has thought about it; then meters, the faster the better."""
    registry.add("enphase_envoy", {"only": "122233344455_production"})
    registry.add("solarlog", SOLARLOG)
    registry.add("solaredge", SOLAREDGE)
    registry.add("powerwall", POWERWALL)
    registry.add("fronius", FRONIUS)
    registry.add("p1_monitor", {"in": f"{ENTRY}_smartmeter_power_consumption"})
    registry.add("homewizard", {"a_meter": f"{P1}_active_power_w!"})
    registry.add("shelly", {"z_meter": "AABBCCDDEEFF-em:0-total_act_power"})
    found = registry.proposals(energy=energy(grid(stat_rate="sensor.any")))

    assert [each.name for each in found] == [
        "Energy dashboard",
        "Shelly",
        "Fronius",
        "Powerwall",
        "HomeWizard P1",
        "SolarEdge",
        "Solar-Log",
        "Enphase",
    ]


# --- without a registry ---------------------------------------------------------------


def test_ted(registry: Registry) -> None:
    """TED's sensors are known by their names only; its clamps decide about the sign."""
    watts = {"unit_of_measurement": UnitOfPower.WATT}
    found = registry.proposals(
        State("sensor.ted_mtu1_power", "2700", watts),
        State("sensor.ted_mtu1_voltage", "230", {"unit_of_measurement": "V"}),
        State("sensor.attic_mtu2_power", "unavailable"),
        State("sensor.power", "12", watts),
    )

    assert [each.sources for each in found] == [sources(signed("ted_mtu1_power"))]


# --- the Energy dashboard -------------------------------------------------------------


def energy(*found: dict[str, Any]) -> dict[str, Any]:
    """Return preferences of the Energy dashboard."""
    return {"energy_sources": list(found), "device_consumption": []}


def grid(**power: Any) -> dict[str, Any]:
    """Return a grid connection as the Energy dashboard keeps it."""
    return {"type": "grid", "stat_energy_from": "sensor.imported_energy", **power}


SUN = {"type": "solar", "stat_energy_from": "sensor.yield", "stat_rate": "sensor.sun"}
INVERTED = {
    "stat_rate": "sensor.made",
    "power_config": {"stat_rate_inverted": "sensor.raw"},
}
BOTH = {
    "stat_rate": "sensor.made",
    "power_config": {"stat_rate_from": "sensor.in", "stat_rate_to": "sensor.out"},
}


@pytest.mark.parametrize(
    ("preferences", "expected"),
    [
        (None, None),
        (energy(), None),
        (energy(SUN), None),
        (energy(grid()), None),
        (energy(grid(stat_rate="meter:external")), None),
        (energy(grid(stat_rate="sensor.grid")), ["sensor.grid"]),
        (energy(SUN, grid(**INVERTED)), ["sensor.raw"]),
        (energy(grid(**BOTH)), ["sensor.in", "sensor.out"]),
        (
            energy(grid(stat_rate="sensor.one"), grid(**INVERTED)),
            ["sensor.one", "sensor.raw"],
        ),
    ],
)
def test_energy_dashboard(
    registry: Registry, preferences: Any, expected: list[str] | None
) -> None:
    """It is followed if it knows the grid's power, by the raw sensors it was told."""
    found = registry.proposals(energy=preferences)

    assert [list(each.grid) for each in found] == ([expected] if expected else [])
    for each in found:
        assert each.sources == sources({"kind": "energy"})


def test_energy_of_a_simulated_home(registry: Registry) -> None:
    """What a simulated home exports, no real car can charge with."""
    registry.add(DOMAIN, {"simulated": f"{ENTRY}_grid_power"})

    assert not registry.proposals(energy=energy(grid(stat_rate="sensor.simulated")))
