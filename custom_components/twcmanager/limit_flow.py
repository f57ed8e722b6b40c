"""The part of the options flow about limits outside of the wiring: main fuse, grid, tariff."""

from typing import Any

from homeassistant.config_entries import ConfigFlowResult, OptionsFlowWithReload

from .const import CONF_LIMITS, CONF_MAIN_FUSE
from .forms import Errors
from .limit_forms import (
    FUSE_SCHEMA,
    LIMITS_SCHEMA,
    Part,
    fuse_as_typed,
    limits_as_typed,
    typed_fuse,
    typed_limits,
)


class LimitSteps(OptionsFlowWithReload):
    """Asks for the main fuse and for limits that others set. Each is stored by itself."""

    async def async_step_main_fuse(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the fuse between home and grid, and what measures it."""
        errors: Errors = {}
        if user_input is not None:
            fuse, errors = typed_fuse(self.hass, user_input)
            if not errors:
                return self._store(CONF_MAIN_FUSE, fuse)
        typed = user_input or fuse_as_typed(
            self.config_entry.options.get(CONF_MAIN_FUSE)
        )
        return self.async_show_form(
            step_id="main_fuse",
            data_schema=self.add_suggested_values_to_schema(FUSE_SCHEMA, typed),
            errors=errors,
        )

    async def async_step_limits(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the limits of a grid operator, a tariff, an inverter."""
        errors: Errors = {}
        if user_input is not None:
            limits, errors = typed_limits(self.hass, user_input)
            if not errors:
                return self._store(CONF_LIMITS, limits)
        typed = user_input or limits_as_typed(
            self.config_entry.options.get(CONF_LIMITS)
        )
        return self.async_show_form(
            step_id="limits",
            data_schema=self.add_suggested_values_to_schema(LIMITS_SCHEMA, typed),
            errors=errors,
        )

    def _store(self, key: str, part: Part | None) -> ConfigFlowResult:
        """Store one part of the options; without it, the rest."""
        options = {**self.config_entry.options, key: part}
        if part is None:
            del options[key]
        return self.async_create_entry(data=options)
