"""Options flow: what is known of the home beside the wiring, one menu entry for each part."""

from typing import Any, Final, override

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.const import CONF_PORT

from .const import CONF_SOURCES, SIMULATOR_PORT
from .detection import Sources
from .limit_flow import LimitSteps
from .price_flow import PriceSteps
from .schedule_flow import ScheduleSteps
from .source_flow import SourceSteps

_MENU: Final = ["sources", "main_fuse", "limits", "schedules", "prices"]
# A simulated home has a meter of its own, and nothing that measures its lines.
_SIMULATED_MENU: Final = ["limits", "schedules", "prices"]


class TwcOptionsFlow(SourceSteps, LimitSteps, ScheduleSteps, PriceSteps):
    """Changes what is known of the home. Each part is stored by itself."""

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask what is to be changed."""
        self._sources = self.config_entry.options.get(CONF_SOURCES)
        simulated = self.config_entry.data[CONF_PORT] == SIMULATOR_PORT
        return self.async_show_menu(
            step_id="init", menu_options=_SIMULATED_MENU if simulated else _MENU
        )

    @override
    async def async_finish_sources(self, sources: Sources | None) -> ConfigFlowResult:
        """Store the sources."""
        options = {**self.config_entry.options, CONF_SOURCES: sources}
        if not sources:
            del options[CONF_SOURCES]
        return self.async_create_entry(data=options)
