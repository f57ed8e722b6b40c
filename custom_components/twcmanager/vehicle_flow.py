"""The subentry flow of a car: from its device most is found, the rest can be chosen by hand."""

from collections.abc import Iterable, Mapping
import re
from typing import Any, Final

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntryState,
    ConfigSubentryFlow,
    SubentryFlowResult,
)
from homeassistant.const import ATTR_DEVICE_ID, ATTR_UNIT_OF_MEASUREMENT, CONF_NAME
from homeassistant.core import callback, split_entity_id
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.selector import (
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
)
import probatio

from .const import (
    CONF_BATTERY_KWH,
    CONF_ENTITIES,
    CONF_MAY,
    CONF_PHASES,
    CONF_UNIT_LIMITS,
    CONF_UNITS,
    CONF_VIN,
    DOMAIN,
    SUBENTRY_VEHICLE,
)
from .forms import Errors, Fields, Figures
from .targets import unit_choices
from .vehicle_forms import ABOUT, CONTROL, DEVICE, folded, parted, unfolded, visible
from .vehicle_roles import CHOICES, UNITS, Role, find_roles
from .vehicle_sensors import VEHICLE_STATES

_VIN: Final = re.compile(r"[A-HJ-NPR-Z0-9]{17}")
# Of anything between a scooter and a lorry.
_LEAST_KWH: Final = 1.0
_MOST_KWH: Final = 1000.0
# Two cars may leave at the same time, and be where the same phone is.
_SHARED: Final = {Role.DEPARTURE, Role.LOCATION}


class VehicleFlow(ConfigSubentryFlow):
    """Adds a car, or changes one."""

    def __init__(self) -> None:
        """Begin with nothing known."""
        self._known: dict[str, Any] = {}
        self._may: Mapping[str, Any] = {}
        self._typed: dict[str, Any] = {}

    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for the car's device; proposed is that of a VIN that was read."""
        devices = dr.async_get(self.hass)
        if user_input is not None:
            device = devices.async_get(
                user_input.get(ATTR_DEVICE_ID, ""), include_child_devices=False
            )
            self._known = self._known_of(device) if device else {}
            return await self.async_step_vehicle()
        unused = set(self._vins_read) - self._taken_vins
        proposed = [device.id for device in devices.devices if _vin(device) in unused]
        return self.async_show_form(
            step_id="user",
            data_schema=self.add_suggested_values_to_schema(
                DEVICE, {ATTR_DEVICE_ID: proposed[0]} if len(proposed) == 1 else {}
            ),
        )

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Show what was said of a car."""
        subentry = self._get_reconfigure_subentry()
        data = subentry.data
        self._may = data.get(CONF_MAY, {})
        registry = er.async_get(self.hass)
        phases = data[CONF_PHASES]
        self._known = {
            CONF_NAME: subentry.title,
            CONF_VIN: data[CONF_VIN],
            CONF_BATTERY_KWH: data[CONF_BATTERY_KWH],
            CONF_PHASES: phases and str(phases),
            # Some may have been forgotten since.
            CONF_UNITS: [
                each for each in data.get(CONF_UNITS, ()) if each in self._units
            ],
            **{
                role: er.async_resolve_entity_id(registry, named)
                for role, named in data[CONF_ENTITIES].items()
            },
        }
        return await self.async_step_vehicle()

    async def async_step_vehicle(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for what is not known yet, and show the rest."""
        shown = {key: each for key, each in self._known.items() if each is not None}
        errors: Errors = {}
        figures: Figures = {}
        if user_input is not None:
            shown = unfolded(user_input)
            typed = {key: each for key, each in shown.items() if each != ""}
            typed[CONF_NAME] = user_input[CONF_NAME].strip()
            if CONF_VIN in typed:
                typed[CONF_VIN] = typed[CONF_VIN].strip().upper()
            errors, figures = visible(self._errors(typed), typed)
            if not errors:
                self._typed = typed
                return await self.async_step_control()
        offered = sorted({*self._vins_read, self._known.get(CONF_VIN) or ""} - {""})
        vin = SelectSelector(
            SelectSelectorConfig(
                options=offered, custom_value=True, mode=SelectSelectorMode.DROPDOWN
            )
        )
        fields: Fields = {
            probatio.Required(CONF_NAME): TextSelector(),
            probatio.Optional(CONF_VIN): vin,
            **ABOUT,
            probatio.Optional(CONF_UNITS): SelectSelector(
                SelectSelectorConfig(
                    options=unit_choices(self.hass, self._get_entry(), self._units),
                    multiple=True,
                    mode=SelectSelectorMode.DROPDOWN,
                )
            ),
        }
        top, parts = parted(shown)
        return self.async_show_form(
            step_id="vehicle",
            data_schema=self.add_suggested_values_to_schema(
                folded(fields, opened=errors), top | parts
            ),
            errors=errors,
            description_placeholders=figures,
        )

    async def async_step_control(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask what may be done to the car, as far as it lets anything be done."""
        possible: Fields = {
            field: selector
            for role, fields in CONTROL.items()
            if role in self._typed
            for field, selector in fields.items()
        }
        if user_input is None and possible:
            return self.async_show_form(
                step_id="control",
                data_schema=self.add_suggested_values_to_schema(
                    probatio.Schema(possible), self._may
                ),
            )
        return self._finish(self._typed, user_input or {})

    def _known_of(self, device: dr.DeviceEntry) -> dict[str, Any]:
        """Return what a device tells of its car."""
        entries = er.async_entries_for_device(er.async_get(self.hass), device.id)
        return {
            CONF_NAME: device.name_by_user or device.name,
            CONF_VIN: _vin(device),
            **{role: entry.entity_id for role, entry in find_roles(entries).items()},
        }

    @property
    def _vins_read(self) -> Iterable[str]:
        """Return the VINs that Wall Connectors have read since the start."""
        entry = self._get_entry()
        if entry.state is not ConfigEntryState.LOADED:
            return ()
        vins: Iterable[str] = entry.runtime_data.vins_read
        return vins

    @property
    def _units(self) -> list[str]:
        """Return the Wall Connectors that there are, by what they are wired as."""
        entry = self._get_entry()
        units = set(entry.data[CONF_UNIT_LIMITS])
        if entry.state is ConfigEntryState.LOADED:
            units.update(entry.runtime_data.known_units)
        return sorted(units)

    @property
    def _taken_vins(self) -> set[str]:
        return {each.data[CONF_VIN] for each in self._others() if each.data[CONF_VIN]}

    def _others(self) -> list[Any]:
        """Return the cars beside the one that is changed."""
        edited = (
            self._reconfigure_subentry_id if self.source == SOURCE_RECONFIGURE else None
        )
        return [
            each
            for each in self._get_entry().get_subentries_of_type(SUBENTRY_VEHICLE)
            if each.subentry_id != edited
        ]

    @callback
    def _errors(self, typed: Mapping[str, Any]) -> Errors:
        """Return what cannot be meant, each on its field."""
        errors: Errors = {}
        name, vin = typed[CONF_NAME], typed.get(CONF_VIN)
        if not name:
            errors[CONF_NAME] = "name_missing"
        elif name.lower() in VEHICLE_STATES:
            errors[CONF_NAME] = "name_reserved"
        elif name.lower() in {each.title.lower() for each in self._others()}:
            errors[CONF_NAME] = "name_taken"
        if vin and not _VIN.fullmatch(vin):
            errors[CONF_VIN] = "vin_malformed"
        elif vin in self._taken_vins:
            errors[CONF_VIN] = "vin_taken"
        if not _LEAST_KWH <= typed.get(CONF_BATTERY_KWH, _LEAST_KWH) <= _MOST_KWH:
            errors[CONF_BATTERY_KWH] = "battery_out_of_range"
        for role, domains in CHOICES.items():
            if error := self._entity_error(role, typed.get(role), domains):
                errors[role] = error
            elif role in typed and self._is_taken(role, typed[role]):
                errors[role] = "entity_taken"
        return errors

    def _entity_error(
        self, role: Role, named: str | None, domains: Iterable[str]
    ) -> str | None:
        if named is None:
            return None
        registry = er.async_get(self.hass)
        entity_id = er.async_resolve_entity_id(registry, named)
        if entity_id is None or (state := self.hass.states.get(entity_id)) is None:
            return "entity_not_found"
        entry = registry.async_get(entity_id)
        if entry is not None and entry.platform == DOMAIN:
            return "own_entity"
        if split_entity_id(entity_id)[0] not in domains:
            return "wrong_domain"
        unit = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)
        fits = unit is None or role not in UNITS or unit in UNITS[role]
        return None if fits else "wrong_unit"

    def _is_taken(self, role: Role, named: str) -> bool:
        """Return whether an entity is another car's, and can be of one only."""
        registry = er.async_get(self.hass)
        taken = {
            er.async_resolve_entity_id(registry, other)
            for each in self._others()
            for theirs, other in each.data[CONF_ENTITIES].items()
            if theirs not in _SHARED
        }
        entity_id = er.async_resolve_entity_id(registry, named)
        return role not in _SHARED and entity_id in taken

    @callback
    def _finish(
        self, typed: Mapping[str, Any], may: Mapping[str, Any]
    ) -> SubentryFlowResult:
        """Keep the car. Its entities are kept by their registration: that has no new name."""
        registry = er.async_get(self.hass)
        named = {role: typed[role] for role in Role if role in typed}
        data = {
            CONF_VIN: typed.get(CONF_VIN),
            CONF_BATTERY_KWH: typed.get(CONF_BATTERY_KWH),
            CONF_PHASES: int(typed[CONF_PHASES]) if CONF_PHASES in typed else None,
            CONF_UNITS: typed.get(CONF_UNITS, []),
            CONF_ENTITIES: {
                role.value: entry.id if (entry := registry.async_get(each)) else each
                for role, each in named.items()
            },
        }
        if may:
            data[CONF_MAY] = dict(may)
        name = typed[CONF_NAME]
        if self.source == SOURCE_RECONFIGURE:
            return self.async_update_and_abort(
                self._get_entry(),
                self._get_reconfigure_subentry(),
                title=name,
                data=data,
            )
        return self.async_create_entry(title=name, data=data)


def _vin(device: dr.DeviceEntry) -> str | None:
    """Return the VIN that a device has as its identifier or serial number, if any."""
    told = [device.serial_number or ""]
    told += [part for identifier in device.identifiers for part in identifier[1:]]
    return next((each.upper() for each in told if _VIN.fullmatch(each.upper())), None)
