"""What other integrations call the grid, the sun and the battery: a table of their unique ids.

Names and entity ids are people's own, so only unique ids tell. Signs are as in the Energy
dashboard, grid + import and battery + discharge, unless a row says that they are inverted.
Rows of single phases, inverters, panels and battery blocks are left out on purpose: whoever
adds those up counts something twice.
"""

from dataclasses import dataclass
from enum import StrEnum
import re
from typing import Final

ANY: Final = 0


class Role(StrEnum):
    """What a sensor measures."""

    GRID = "grid"
    IMPORT = "import"
    EXPORT = "export"
    SOLAR = "solar"
    LOAD = "load"
    BATTERY = "battery"
    DISCHARGE = "discharge"
    CHARGE = "charge"
    SOC = "soc"


@dataclass(frozen=True, slots=True)
class Row:
    """How to know the sensor of a role.

    What its pattern has in parentheses tells homes apart that share a config entry.
    """

    role: Role
    unique_id: re.Pattern[str]
    inverted: bool = False
    parts: int = 1
    """How many sensors make it up together."""


@dataclass(frozen=True, slots=True)
class System:
    """What one integration has. Of the rows of one role the first that is there is used."""

    platform: str
    name: str
    interval_s: float
    """How often it has news."""
    rows: tuple[Row, ...]
    solar_holds_battery: bool = False
    """Whether what it tells of the sun is with what the battery gives, or less what it takes."""


def _row(role: Role, pattern: str, *, inverted: bool = False, parts: int = 1) -> Row:
    return Row(role, re.compile(pattern), inverted, parts)


# Of Tesla's cloud, by whoever talks to it.
_TESLA: Final = (
    _row(Role.GRID, r"^(\d+)-grid_power$"),
    _row(Role.SOLAR, r"^(\d+)-solar_power$"),
    _row(Role.LOAD, r"^(\d+)-load_power$"),
    _row(Role.BATTERY, r"^(\d+)-battery_power$"),
    _row(Role.SOC, r"^(\d+)-percentage_charged$"),
)

SYSTEMS: Final = (
    System(
        "dsmr",
        "DSMR",
        30,
        (
            _row(Role.IMPORT, r"_current_electricity_usage$"),
            _row(Role.EXPORT, r"_current_electricity_delivery$"),
        ),
    ),
    System(
        "dsmr_reader",
        "DSMR Reader",
        10,
        (
            # Delivered to the home, that is.
            _row(Role.IMPORT, r"-dsmr_reading_electricity_currently_delivered$"),
            _row(Role.EXPORT, r"-dsmr_reading_electricity_currently_returned$"),
        ),
    ),
    System(
        "p1_monitor",
        "P1 Monitor",
        5,
        (
            _row(Role.IMPORT, r"_smartmeter_power_consumption$"),
            _row(Role.EXPORT, r"_smartmeter_power_production$"),
        ),
    ),
    System(
        "homewizard",
        "HomeWizard P1",
        # Its kWh meters and sockets have such a row too, but measure anything.
        5,
        (_row(Role.GRID, r"^HWE-P1_[^_]+_active_power_w$"),),
    ),
    System(
        "shelly",
        "Shelly",
        5,
        (
            _row(Role.GRID, r"-em:\d+-total_act_power$"),
            # The first generation has no sum; with two clamps it is no three-phase meter.
            _row(Role.GRID, r"-emeter_[012]-power$", parts=3),
        ),
    ),
    System(
        "fronius",
        "Fronius",
        10,
        (
            _row(Role.IMPORT, r"-power_flow-power_grid_import$"),
            _row(Role.EXPORT, r"-power_flow-power_grid_export$"),
            _row(Role.GRID, r"-power_flow-power_grid$"),
            # At the feed-in point; elsewhere its sign is another.
            _row(Role.GRID, r"^[^-]+-power_real$"),
            _row(Role.SOLAR, r"-power_flow-power_photovoltaics$"),
            _row(Role.LOAD, r"-power_flow-power_load_consumed$"),
            _row(Role.DISCHARGE, r"-power_flow-power_battery_discharge$"),
            _row(Role.CHARGE, r"-power_flow-power_battery_charge$"),
            _row(Role.SOC, r"-state_of_charge$"),
        ),
    ),
    System(
        "kostal_plenticore",
        "Kostal Plenticore",
        10,
        (
            _row(Role.GRID, r"_devices:local_Grid_P$"),
            _row(Role.SOLAR, r"__virt__pv_P$"),
            _row(Role.SOLAR, r"_devices:local_Dc_P$"),
            _row(Role.LOAD, r"_devices:local_Home_P$"),
            _row(Role.BATTERY, r"_devices:local:battery_P$"),
            _row(Role.SOC, r"_devices:local:battery_SoC$"),
        ),
    ),
    System(
        "solaredge_modbus",
        "SolarEdge Modbus",
        10,
        (
            _row(Role.GRID, r"^[^_]+_meter_[^_]+_ac_power$", inverted=True),
            _row(Role.SOLAR, r"^[^_]+_ac_power$", parts=ANY),
            _row(
                Role.BATTERY,
                r"^[^_]+_battery_.+_dc_power$",
                inverted=True,
                parts=ANY,
            ),
            _row(Role.SOC, r"^[^_]+_battery_.+_state_of_energy$"),
        ),
        solar_holds_battery=True,
    ),
    System(
        "solaredge_modbus_multi",
        "SolarEdge Modbus Multi",
        60,
        (
            _row(Role.GRID, r"_[Mm]\d_ac_power$", inverted=True),
            _row(Role.GRID, r"_[Mm]\d_ac_power_inverted$"),
        ),
    ),
    System(
        "smartme",
        "smart-me",
        30,
        (
            _row(Role.GRID, r"[_-]ActivePower$"),
            _row(Role.GRID, r"_power$"),
        ),
    ),
    System(
        "powerwall",
        "Powerwall",
        30,
        (
            _row(Role.GRID, r"^[^_]+_site_instant_power$"),
            _row(Role.SOLAR, r"^[^_]+_solar_instant_power$"),
            _row(Role.LOAD, r"^[^_]+_load_instant_power$"),
            _row(Role.BATTERY, r"^[^_]+_battery_instant_power$"),
            _row(Role.SOC, r"^[^_]+_charge$"),
        ),
    ),
    System("teslemetry", "Teslemetry", 5, _TESLA),
    System("tessie", "Tessie", 30, _TESLA),
    System("tesla_fleet", "Tesla Fleet", 60, _TESLA),
    System(
        "enphase_envoy",
        "Enphase",
        60,
        (
            _row(Role.GRID, r"^\d+_net_consumption$"),
            _row(Role.SOLAR, r"^\d+_production$"),
            _row(Role.LOAD, r"^\d+_consumption$"),
            _row(Role.BATTERY, r"^\d+_battery_discharge$"),
            _row(Role.SOC, r"^\d+_aggregated_soc$"),
            _row(Role.SOC, r"^\d+_battery_level$"),
        ),
    ),
    System(
        "solarlog",
        "Solar-Log",
        60,
        (
            # Its "available power" looks as if it were signed, but is 0 without sun.
            _row(Role.SOLAR, r"_power_ac$"),
            _row(Role.LOAD, r"_consumption_ac$"),
            _row(Role.DISCHARGE, r"_discharging_power$"),
            _row(Role.CHARGE, r"_charging_power$"),
            _row(Role.SOC, r"_charge_level$"),
        ),
    ),
    System(
        "solaredge",
        "SolarEdge",
        900,
        (
            _row(Role.GRID, r"^(\d+)_grid_power$"),
            _row(Role.SOLAR, r"^(\d+)_solar_power$"),
            _row(Role.SOLAR, r"^(\d+)_current_power$"),
            _row(Role.LOAD, r"^(\d+)_power_consumption$"),
            _row(Role.BATTERY, r"^(\d+)_storage_power$"),
            _row(Role.SOC, r"^(\d+)_storage_level$"),
        ),
    ),
)
