"""What other integrations tell of a car and let be done to it: found in the car's device.

Names and entity ids are people's own, so what counts is what the integration itself calls an
entity, and its unit or device class. A rule that fits several entities fits none: what is not
clear is for people to choose.
"""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from enum import StrEnum
import re
from typing import Final

from homeassistant.const import PERCENTAGE, UnitOfElectricCurrent, UnitOfLength
from homeassistant.helpers.entity_registry import RegistryEntry
from homeassistant.util.unit_conversion import DistanceConverter


class Role(StrEnum):
    """What an entity of a car is for."""

    SOC = "soc"
    CHARGE_LIMIT = "charge_limit"
    """The state of charge at which the car stops by itself."""
    CHARGING = "charging"
    """The switch that lets it charge."""
    CURRENT = "current"
    """What the car lets itself draw."""
    PLUG = "plug"
    """Whether a cable is plugged in; where nothing tells, what its charging does."""
    LOCATION = "location"
    RANGE = "range"
    AWAKE = "awake"
    WAKE = "wake"
    """The button that wakes it."""
    DEPARTURE = "departure"
    """When it leaves next. No car's own: whoever plans its journeys chooses it."""


@dataclass(frozen=True, slots=True)
class _Rule:
    """How to know the entity of a role."""

    domain: str
    called: re.Pattern[str]
    never: re.Pattern[str] | None = None
    units: frozenset[str] = frozenset()
    device_classes: frozenset[str] = frozenset()

    def fits(self, entry: RegistryEntry) -> bool:
        """Return whether an entity is called and measures as it should."""
        called = _called(entry)
        device_class = entry.device_class or entry.original_device_class
        return (
            entry.domain == self.domain
            and (not self.units or entry.unit_of_measurement in self.units)
            and (not self.device_classes or device_class in self.device_classes)
            and self.called.search(called) is not None
            and not (self.never and self.never.search(called))
        )


def _called(entry: RegistryEntry) -> str:
    """Return what an entity's integration calls it, word by word: ``_vin_battery_level_``."""
    words = entry.unique_id, entry.translation_key, entry.original_name
    joined = "_".join(each for each in words if each).lower()
    return f"_{re.sub(r'[^a-z0-9]+', '_', joined)}_"


def _rule(
    domain: str,
    called: str = "",
    *,
    never: str | None = None,
    units: Iterable[str] = (),
    device_classes: Iterable[str] = (),
) -> _Rule:
    return _Rule(
        domain,
        re.compile(called),
        re.compile(never) if never else None,
        frozenset(units),
        frozenset(device_classes),
    )


def _tesla(domain: str, key: str) -> _Rule:
    """Return the rule of the integrations of Tesla's cloud: the VIN, then their key."""
    return _rule(domain, rf"^_[a-z0-9]{{17}}_{key}_")


_PERCENT: Final = {PERCENTAGE}
_DISTANCES: Final = {UnitOfLength.KILOMETERS, UnitOfLength.MILES}
_OTHER_BATTERY: Final = (
    "12_?v|aux|lead_acid|target|limit|_min|_max|threshold|phone|_key|remote|tire|tyre"
    "|health|_soh|reserve|desired"
)
_CHARGE_LEVEL: Final = (
    "_soc_|state_of_charge|battery_level|battery_charge_level|charging_level"
)
# Whatever may be switched about charging beside the charging.
_OTHER_SWITCH: Final = (
    "schedule|solar|port|flap|departure|timer|limit|preset|cost|climate|heat|lock|light"
    "|sound|eco|care|reduced|plan|discharg|guest|defrost|wireless|sentry|notif"
)
_OTHER_RANGE: Final = (
    "fuel|tank|combustion|ideal|_est_|total|combined|odometer|_ac_|max"
)

RULES: Final = {
    Role.SOC: (
        _tesla("sensor", "charge_state_battery_level"),
        _tesla("sensor", "charge_state_usable_battery_level"),
        _rule("sensor", _CHARGE_LEVEL, never=_OTHER_BATTERY, units=_PERCENT),
        _rule(
            "sensor", never=_OTHER_BATTERY, units=_PERCENT, device_classes={"battery"}
        ),
    ),
    Role.CHARGE_LIMIT: (
        _tesla("number", "charge_state_charge_limit_soc"),
        _rule(
            "number",
            "limit|target|charge_max",
            never="_min|discharg|reserve|hvac|climat|departure",
            units=_PERCENT,
        ),
    ),
    Role.CHARGING: (
        _tesla("switch", "charge_state_(user_)?charge_enable_request"),
        _rule("switch", "charg", never=_OTHER_SWITCH),
    ),
    Role.CURRENT: (
        _tesla("number", "charge_state_charge_current_request"),
        _rule("number", "charg|amps", units={UnitOfElectricCurrent.AMPERE}),
    ),
    Role.PLUG: (
        _tesla("binary_sensor", "charge_state_conn_charge_cable"),
        _tesla("sensor", "charge_state_charging_state"),
        _rule("binary_sensor", device_classes={"plug"}),
        _rule("binary_sensor", "plug|cable|charger_connect", never="lock|light"),
        _rule("sensor", "plug_stat|charger_connection|cable_stat"),
        _rule("sensor", "charg(e|er|ing)_stat"),
    ),
    Role.LOCATION: (
        _tesla("device_tracker", "location"),
        _rule("device_tracker", never="route|destination|phone"),
    ),
    Role.RANGE: (
        _tesla("sensor", "charge_state_battery_range"),
        _rule(
            "sensor", "electric_range|range_electric|to_empty_battery", units=_DISTANCES
        ),
        _rule(
            "sensor", "range|autonomy|reichweite", never=_OTHER_RANGE, units=_DISTANCES
        ),
    ),
    Role.AWAKE: (_tesla("binary_sensor", "state"),),
    Role.WAKE: (_tesla("button", "wake"), _rule("button", "_wake")),
}

_RIVALS: Final = (_tesla("switch", "charge_on_solar"),)
"""What has a car charged by rules of its own while it is switched on."""

CHOICES: Final = {
    Role.SOC: ("sensor", "input_number"),
    Role.RANGE: ("sensor", "input_number"),
    Role.CHARGE_LIMIT: ("number", "input_number"),
    Role.PLUG: ("binary_sensor", "sensor", "input_boolean"),
    Role.LOCATION: ("device_tracker",),
    Role.CHARGING: ("switch", "input_boolean"),
    Role.CURRENT: ("number", "input_number"),
    Role.AWAKE: ("binary_sensor", "input_boolean"),
    Role.WAKE: ("button", "input_button"),
    Role.DEPARTURE: (
        "calendar",
        "datetime",
        "input_datetime",
        "schedule",
        "sensor",
        "time",
    ),
}
"""What may be chosen by hand."""

UNITS: Final[dict[Role, Container[str | None]]] = {
    Role.SOC: _PERCENT,
    Role.CHARGE_LIMIT: _PERCENT,
    Role.CURRENT: {UnitOfElectricCurrent.AMPERE},
    Role.RANGE: DistanceConverter.VALID_UNITS,
}
"""What that may be measured in, if it has a unit."""


def find_roles(entries: Iterable[RegistryEntry]) -> dict[Role, RegistryEntry]:
    """Return which of a device's entities is for what; of each role the first rule counts."""
    enabled = [each for each in entries if each.disabled_by is None]
    found = {}
    for role, rules in RULES.items():
        for rule in rules:
            fitting = [each for each in enabled if rule.fits(each)]
            if fitting:
                if len(fitting) == 1:
                    found[role] = fitting[0]
                break
    return found


def find_rivals(entries: Iterable[RegistryEntry]) -> list[RegistryEntry]:
    """Return which of a device's entities let somebody else control its charging."""
    return [
        each
        for each in entries
        if any(rule.domain == each.domain and rule.fits(each) for rule in _RIVALS)
    ]
