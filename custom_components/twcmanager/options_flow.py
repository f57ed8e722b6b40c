"""Options flow: what is known of the home beside the wiring, one menu entry for each part."""

from typing import Any, Final

from homeassistant.config_entries import ConfigFlowResult, OptionsFlowWithReload

from .forms import GRID_SCHEMA, Errors, async_propose_grid, grid_options

_MENU: Final = ["sources"]


class TwcOptionsFlow(OptionsFlowWithReload):
    """Changes what is known of the home. Each part is stored by itself."""

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask what is to be changed."""
        return self.async_show_menu(step_id="init", menu_options=_MENU)

    async def async_step_sources(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the sensor of grid power, which may be left out."""
        errors: Errors = {}
        if user_input is not None:
            options, errors = grid_options(self.hass, user_input)
            if not errors:
                return self.async_create_entry(data=options)
        typed = user_input or self.config_entry.options
        return self.async_show_form(
            step_id="sources",
            data_schema=self.add_suggested_values_to_schema(
                GRID_SCHEMA, typed or await async_propose_grid(self.hass)
            ),
            errors=errors,
        )
