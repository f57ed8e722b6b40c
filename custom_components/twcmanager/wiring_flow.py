"""The part of the reconfigure flow about wiring inside the circuit: sub-panels, and lines."""

from collections.abc import Mapping
import math
from typing import Any, Final

from homeassistant.config_entries import ConfigFlow, ConfigFlowResult
from homeassistant.const import UnitOfElectricCurrent
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
)
import probatio

from .const import (
    CONF_CIRCUIT_LIMIT,
    CONF_CIRCUITS,
    CONF_LIMIT,
    CONF_NAME,
    CONF_PHASES,
    CONF_UNIT_LINES,
    CONF_UNITS,
    DEFAULT_LIMIT_A,
    MINIMUM_LIMIT_A,
)
from .forms import MOST_UNIT_FIELDS, Errors, Fields, Figures, written
from .targets import unit_choices, unit_labels

_CIRCUIT: Final = "circuit"
_NEW: Final = "new"
_REMOVE: Final = "remove"
_UNKNOWN: Final = "unknown"

_AMPS: Final = NumberSelector(
    NumberSelectorConfig(
        mode=NumberSelectorMode.BOX,
        step="any",
        unit_of_measurement=UnitOfElectricCurrent.AMPERE,
    )
)
# By how many phases feed the units: which lines may be behind a unit's own L1, L2, L3.
_ORDERS: Final = {
    1: ("1", "2", "3", "12", "23", "13"),
    3: ("123", "231", "312", "132", "213", "321", "1", "2", "3"),
}


class WiringSteps(ConfigFlow):
    """Asks which units share a part of the wiring, and which lines feed them."""

    _edited: int | None = None

    def wiring_units(self) -> list[str]:
        """Return the units that there are, by what they are wired as."""
        raise NotImplementedError

    async def async_step_circuits(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Choose a sub-panel or shared cable to change, or to add one."""
        circuits = self._circuits
        if user_input is not None:
            chosen = user_input[_CIRCUIT]
            self._edited = None if chosen == _NEW else int(chosen)
            return await self.async_step_circuit()
        if not circuits:
            return await self.async_step_circuit()
        options = [
            SelectOptionDict(
                value=str(index),
                label=f"{each[CONF_NAME]} ({written(each[CONF_LIMIT])} A)",
            )
            for index, each in enumerate(circuits)
        ]
        # This has a label of its own in everybody's language.
        options.append(SelectOptionDict(value=_NEW, label=_NEW))
        field = _select(options, mode=SelectSelectorMode.LIST, translation_key=_CIRCUIT)
        return self.async_show_form(
            step_id="circuits",
            data_schema=probatio.Schema(
                {probatio.Required(_CIRCUIT, default=_NEW): field}
            ),
        )

    async def async_step_circuit(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask what a sub-panel or shared cable carries, and for whom."""
        entry = self._get_reconfigure_entry()
        circuits = list(self._circuits)
        edited = self._edited
        others = [each for index, each in enumerate(circuits) if index != edited]
        circuit_a = entry.data[CONF_CIRCUIT_LIMIT]
        errors: Errors = {}
        figures: Figures = {"circuit": written(circuit_a)}
        if user_input is not None:
            if user_input.pop(_REMOVE, False):
                return self._change(CONF_CIRCUITS, others)
            user_input[CONF_NAME] = user_input[CONF_NAME].strip()
            figures["limit"] = written(user_input[CONF_LIMIT])
            errors = _circuit_errors(user_input, others, circuit_a)
            if not errors:
                place = len(circuits) if edited is None else edited
                circuits[place : place + 1] = [user_input]
                return self._change(CONF_CIRCUITS, circuits)
        fields: Fields = {
            probatio.Required(CONF_NAME): TextSelector(),
            probatio.Required(CONF_LIMIT, default=DEFAULT_LIMIT_A): _AMPS,
            probatio.Required(CONF_UNITS): _select(
                unit_choices(self.hass, entry, self.wiring_units()), multiple=True
            ),
        }
        if edited is not None:
            fields[probatio.Required(_REMOVE, default=False)] = BooleanSelector()
        before = {} if edited is None else circuits[edited]
        if before:
            # Some may have been forgotten since.
            there = [each for each in before[CONF_UNITS] if each in self.wiring_units()]
            before = {**before, CONF_UNITS: there}
        return self.async_show_form(
            step_id="circuit",
            data_schema=self.add_suggested_values_to_schema(
                probatio.Schema(fields), user_input or before
            ),
            errors=errors,
            description_placeholders=figures,
        )

    async def async_step_lines(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask which lines of the mains feed each unit."""
        entry = self._get_reconfigure_entry()
        units = {
            f"unit_{number}": unit
            for number, unit in enumerate(self.wiring_units()[:MOST_UNIT_FIELDS], 1)
        }
        before: Mapping[str, list[int]] = entry.data.get(CONF_UNIT_LINES, {})
        if user_input is not None:
            others = {each: before[each] for each in before.keys() - units.values()}
            told = {
                unit: [int(line) for line in user_input[field]]
                for field, unit in units.items()
                if user_input[field] != _UNKNOWN
            }
            return self._change(CONF_UNIT_LINES, others | told)
        options = [
            SelectOptionDict(value=order, label=", ".join(f"L{line}" for line in order))
            for order in _ORDERS[entry.data[CONF_PHASES]]
        ]
        unknown = SelectOptionDict(value=_UNKNOWN, label=_UNKNOWN)
        field = _select(
            [unknown, *options],
            mode=SelectSelectorMode.DROPDOWN,
            translation_key=CONF_UNIT_LINES,
        )
        labels = unit_labels(self.hass, entry, units.values())
        return self.async_show_form(
            step_id="lines",
            data_schema=self.add_suggested_values_to_schema(
                probatio.Schema(
                    {probatio.Required(each, default=_UNKNOWN): field for each in units}
                ),
                {
                    each: "".join(str(line) for line in before[unit])
                    for each, unit in units.items()
                    if unit in before
                },
            ),
            description_placeholders={
                field: labels[unit] for field, unit in units.items()
            },
        )

    @property
    def _circuits(self) -> list[dict[str, Any]]:
        circuits = self._get_reconfigure_entry().data.get(CONF_CIRCUITS, [])
        return [dict(each) for each in circuits]

    def _change(self, key: str, value: Any) -> ConfigFlowResult:
        """Change one part of the wiring."""
        return self.async_update_reload_and_abort(
            self._get_reconfigure_entry(), data_updates={key: value}
        )


def _circuit_errors(
    circuit: Mapping[str, Any], others: list[dict[str, Any]], circuit_a: float
) -> Errors:
    """Return the first thing that is wrong with a circuit, on its field."""
    limit_a = circuit[CONF_LIMIT]
    if not circuit[CONF_NAME]:
        return {CONF_NAME: "name_missing"}
    if circuit[CONF_NAME] in [each[CONF_NAME] for each in others]:
        return {CONF_NAME: "name_taken"}
    if not math.isfinite(limit_a):
        return {CONF_LIMIT: "not_a_number"}
    if limit_a < MINIMUM_LIMIT_A:
        return {CONF_LIMIT: "below_minimum"}
    if limit_a > circuit_a:
        return {CONF_LIMIT: "above_circuit"}
    return {} if circuit[CONF_UNITS] else {CONF_UNITS: "units_missing"}


def _select(
    options: list[SelectOptionDict],
    *,
    multiple: bool = False,
    mode: SelectSelectorMode = SelectSelectorMode.LIST,
    translation_key: str | None = None,
) -> SelectSelector:
    config = SelectSelectorConfig(options=options, multiple=multiple, mode=mode)
    if translation_key:
        config["translation_key"] = translation_key
    return SelectSelector(config)
