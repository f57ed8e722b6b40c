"""The forms about a car: their fields, and what of them is folded."""

from collections.abc import Container, Mapping
from typing import Any, Final

from homeassistant.const import ATTR_DEVICE_ID, UnitOfElectricCurrent, UnitOfEnergy
from homeassistant.data_entry_flow import SectionConfig, section
from homeassistant.helpers.selector import (
    BooleanSelector,
    DeviceSelector,
    DeviceSelectorConfig,
    EntityFilterSelectorConfig,
    EntitySelector,
    EntitySelectorConfig,
    EntityWithDeviceFilterSelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import probatio

from .const import (
    CONF_BATTERY_KWH,
    CONF_ENTITIES,
    CONF_LEAST_CURRENT,
    CONF_PHASES,
    CONF_STOP_AND_START,
    CONF_UNITS,
    CONF_WAKES_A_DAY,
)
from .forms import Errors, Fields, Figures
from .vehicle_roles import CHOICES, Role

DEVICE: Final = probatio.Schema(
    {
        probatio.Optional(ATTR_DEVICE_ID): DeviceSelector(
            DeviceSelectorConfig(
                # What no car's integration is without.
                entity=[
                    EntityFilterSelectorConfig(domain="sensor", device_class="battery"),
                    EntityFilterSelectorConfig(domain="device_tracker"),
                ]
            )
        )
    }
)
ABOUT: Final[Fields] = {
    probatio.Optional(CONF_BATTERY_KWH): NumberSelector(
        NumberSelectorConfig(
            mode=NumberSelectorMode.BOX,
            step="any",
            unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        )
    ),
    probatio.Optional(CONF_PHASES): SelectSelector(
        SelectSelectorConfig(options=["1", "2", "3"], mode=SelectSelectorMode.DROPDOWN)
    ),
    **{
        probatio.Optional(role.value): EntitySelector(
            EntitySelectorConfig(
                filter=EntityWithDeviceFilterSelectorConfig(domain=list(domains))
            )
        )
        for role, domains in CHOICES.items()
    },
}
# Folded parts of the form: what is mostly found, and what few need.
_RARELY: Final = "rarely"
_PARTS: Final[dict[str, tuple[str, ...]]] = {
    CONF_ENTITIES: tuple(role for role in CHOICES if role is not Role.DEPARTURE),
    _RARELY: (Role.DEPARTURE, CONF_UNITS),
}
# What each lets be done to a car.
CONTROL: Final[dict[Role, Fields]] = {
    Role.CHARGING: {
        probatio.Required(CONF_STOP_AND_START, default=False): BooleanSelector()
    },
    Role.CURRENT: {
        probatio.Optional(CONF_LEAST_CURRENT): NumberSelector(
            NumberSelectorConfig(
                min=1,
                max=5,
                mode=NumberSelectorMode.BOX,
                unit_of_measurement=UnitOfElectricCurrent.AMPERE,
            )
        )
    },
    Role.WAKE: {
        probatio.Required(CONF_WAKES_A_DAY, default=0): NumberSelector(
            NumberSelectorConfig(min=0, max=24, mode=NumberSelectorMode.BOX)
        )
    },
}


def parted[Key: (str, probatio.Marker)](
    fields: Mapping[Key, Any],
) -> tuple[dict[Key, Any], dict[str, dict[Key, Any]]]:
    """Return what stands in the form by itself, and what in its folded parts."""
    within = {each for names in _PARTS.values() for each in names}
    top = {field: each for field, each in fields.items() if field not in within}
    return top, {
        part: {field: each for field, each in fields.items() if field in names}
        for part, names in _PARTS.items()
    }


def folded(fields: Fields, *, opened: Container[str]) -> probatio.Schema:
    """Return the form, its parts folded but for those that are wanted open."""
    top, parts = parted(fields)
    return probatio.Schema(
        top
        | {
            probatio.Optional(part): section(
                probatio.Schema(within), SectionConfig(collapsed=part not in opened)
            )
            for part, within in parts.items()
        }
    )


def unfolded(user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was typed, whichever part of the form it is in."""
    typed = {key: each for key, each in user_input.items() if key not in _PARTS}
    for part in _PARTS:
        typed |= user_input.get(part, {})
    return typed


def visible(errors: Errors, typed: Mapping[str, Any]) -> tuple[Errors, Figures]:
    """Return errors where they are seen.

    Of a field in a folded part Home Assistant shows none, only of the part as a whole. So the
    first one is said there, and names the entity.
    """
    shown = {field: each for field, each in errors.items() if field not in Role}
    for part, fields in _PARTS.items():
        for field in fields:
            if field in errors:
                return {**shown, part: errors[field]}, {"entity": typed[field]}
    return shown, {}
