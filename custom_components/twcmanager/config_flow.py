"""Config flow: find the Wall Connectors, ask what the wiring carries and what measures the sun."""

from typing import Any, Final, override

from homeassistant.config_entries import (
    ConfigEntry,
    ConfigEntryState,
    ConfigFlowResult,
    ConfigSubentryFlow,
)
from homeassistant.const import CONF_PORT
from homeassistant.core import callback
import probatio

from .const import (
    CONF_CIRCUIT_LIMIT,
    CONF_PHASES,
    CONF_SOURCES,
    CONF_UNIT_LIMITS,
    DOMAIN,
    SIMULATOR_PORT,
    SUBENTRY_VEHICLE,
    unit_key,
)
from .coordinator import TwcConfigEntry
from .detection import Sources
from .entity import unit_name
from .forms import PHASES_FIELD, Errors, Figures, LimitFields, believable_rating
from .options_flow import TwcOptionsFlow
from .port_flow import PORT_FIELD, PortSteps
from .simulator.demo import demo_site
from .source_flow import SourceSteps
from .targets import unit_labels
from .vehicle_flow import VehicleFlow
from .wiring_flow import WiringSteps

_SIMULATOR_TITLE: Final = "Simulated home"

# What that home is imagined to be wired for.
_SIMULATOR_LIMIT_A: Final = 32.0


class TwcConfigFlow(PortSteps, SourceSteps, WiringSteps, domain=DOMAIN):
    """Sets up one bus, or a simulated home."""

    VERSION = 1

    def __init__(self) -> None:
        """Begin with nothing chosen."""
        super().__init__()
        # Made once: a unit that turns up while the form is open must not move the others.
        self._limits: LimitFields | None = None
        self._data: dict[str, Any] = {}

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> TwcOptionsFlow:
        """Return the flow that changes what is known of the home."""
        return TwcOptionsFlow()

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(
        cls, config_entry: ConfigEntry
    ) -> dict[str, type[ConfigSubentryFlow]]:
        """Return what a home may have several of: its cars."""
        return {SUBENTRY_VEHICLE: VehicleFlow}

    @override
    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Choose between real Wall Connectors and simulated ones."""
        return self.async_show_menu(
            step_id="user", menu_options=["serial", "simulator"]
        )

    async def async_step_simulator(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Add the simulated home."""
        self._async_abort_entries_match({CONF_PORT: SIMULATOR_PORT})
        if user_input is None:
            return self.async_show_form(step_id="simulator")
        return self.async_create_entry(
            title=_SIMULATOR_TITLE,
            data={
                CONF_PORT: SIMULATOR_PORT,
                CONF_CIRCUIT_LIMIT: _SIMULATOR_LIMIT_A,
                CONF_UNIT_LIMITS: {
                    unit_key(unit.unit_id): unit.rating_a for unit in demo_site(0).units
                },
                CONF_PHASES: 1,
            },
        )

    # --- what they may draw -----------------------------------------------------------

    @override
    async def async_step_wiring(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask what the wiring carries."""
        ratings = {
            unit_key(unit.unit_id): believable_rating(unit.rating_a)
            for unit in self._found
        }
        limits = LimitFields(ratings, {each: unit_name(each) for each in ratings})
        errors: Errors = {}
        figures: Figures = {}
        if user_input is not None:
            errors, figures = limits.check(user_input)
            if not errors:
                self._data = {
                    CONF_PORT: self._port,
                    CONF_CIRCUIT_LIMIT: user_input[CONF_CIRCUIT_LIMIT],
                    CONF_UNIT_LIMITS: limits.unit_limits(user_input),
                    CONF_PHASES: int(user_input[CONF_PHASES]),
                }
                return await self.async_step_sources()
        return self.async_show_form(
            step_id="wiring",
            data_schema=self.add_suggested_values_to_schema(
                probatio.Schema({**limits.fields, **PHASES_FIELD}), user_input
            ),
            errors=errors,
            description_placeholders=limits.labels | figures,
        )

    @override
    async def async_finish_sources(self, sources: Sources | None) -> ConfigFlowResult:
        """Add the bus, with or without the sun."""
        return self.async_create_entry(
            title=await self.async_title(),
            data=self._data,
            options={CONF_SOURCES: sources} if sources else {},
        )

    # --- later ------------------------------------------------------------------------

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask what is to be changed."""
        return self.async_show_menu(
            step_id="reconfigure", menu_options=["connection", "circuits", "lines"]
        )

    @override
    def wiring_units(self) -> list[str]:
        """Return the units that there are, by what they are wired as."""
        return sorted(_ratings_of(self._get_reconfigure_entry()))

    async def async_step_connection(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Change the port and what the wiring carries."""
        entry: TwcConfigEntry = self._get_reconfigure_entry()
        if self._limits is None:
            ratings = _ratings_of(entry)
            self._limits = LimitFields(ratings, unit_labels(self.hass, entry, ratings))
        limits = self._limits
        simulated = _simulated(entry)
        fields = limits.fields
        if not simulated:
            fields = {**PORT_FIELD, **fields, **PHASES_FIELD}
        errors: Errors = {}
        figures: Figures = {}
        if user_input is not None:
            errors, figures = limits.check(user_input)
            changes = {
                CONF_CIRCUIT_LIMIT: user_input[CONF_CIRCUIT_LIMIT],
                CONF_UNIT_LIMITS: {
                    **entry.data[CONF_UNIT_LIMITS],
                    **limits.unit_limits(user_input),
                },
            }
            if not simulated:
                if problem := await self.async_take_port(user_input[CONF_PORT]):
                    errors[CONF_PORT] = problem
                changes[CONF_PORT] = self._port
                changes[CONF_PHASES] = int(user_input[CONF_PHASES])
            if not errors:
                return self.async_update_reload_and_abort(entry, data_updates=changes)
        current = {
            CONF_PORT: entry.data[CONF_PORT],
            CONF_PHASES: str(entry.data[CONF_PHASES]),
            **limits.typed(entry.data),
        }
        return self.async_show_form(
            step_id="connection",
            data_schema=self.add_suggested_values_to_schema(
                probatio.Schema(fields), user_input or current
            ),
            errors=errors,
            description_placeholders=limits.labels | figures,
        )


def _simulated(entry: ConfigEntry) -> bool:
    """Return whether an entry is a simulated home."""
    port: str = entry.data[CONF_PORT]
    return port == SIMULATOR_PORT


def _ratings_of(entry: TwcConfigEntry) -> dict[str, float | None]:
    """Return the units that were met or have a limit, with the ratings that are known."""
    ratings: dict[str, float | None] = dict.fromkeys(entry.data[CONF_UNIT_LIMITS])
    if entry.state is ConfigEntryState.LOADED:
        for key, rating_a in entry.runtime_data.known_units.items():
            ratings[key] = believable_rating(rating_a)
    return ratings
