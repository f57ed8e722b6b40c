"""Config flow: find the Wall Connectors, ask what the wiring carries, name the grid sensor."""

import asyncio
import os
from typing import Any, Final, Self, override

from homeassistant.components import usb
from homeassistant.config_entries import (
    ConfigEntry,
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
    OptionsFlowWithReload,
)
from homeassistant.const import CONF_PORT
from homeassistant.core import callback
from homeassistant.data_entry_flow import AbortFlow
from homeassistant.exceptions import ConfigEntryNotReady
from homeassistant.helpers.selector import SerialPortSelector
import probatio
import serialx

from .bus.connection import (
    LINE_ERRORS,
    Connection,
    PortProblem,
    ScanResult,
    port_problem,
    scan,
)
from .bus.master import MOST_UNITS, Master
from .bus.messages import SlaveLinkReady
from .const import (
    CONF_CIRCUIT_LIMIT,
    CONF_PHASES,
    CONF_UNIT_LIMITS,
    DOMAIN,
    LOGGER,
    SIMULATOR_PORT,
    unit_key,
)
from .coordinator import TwcConfigEntry
from .forms import (
    GRID_SCHEMA,
    PHASES_FIELD,
    Errors,
    Fields,
    Figures,
    LimitFields,
    async_propose_grid,
    believable_rating,
    grid_options,
    written,
)
from .simulator.demo import demo_site

_TITLE: Final = "Wall Connectors"
_SIMULATOR_TITLE: Final = "Simulated home"

# What that home is imagined to be wired for.
_SIMULATOR_LIMIT_A: Final = 32.0

# Each step of the progress is an event for every browser that is open.
_PROGRESS_STEPS: Final = 25

# The last is what the port of an ESPHome device raises until that integration is loaded.
_PORT_ERRORS: Final[tuple[type[Exception], ...]] = (
    *LINE_ERRORS,
    ConfigEntryNotReady,
)

_PORT_FIELD: Final[Fields] = {probatio.Required(CONF_PORT): SerialPortSelector()}


class TwcConfigFlow(ConfigFlow, domain=DOMAIN):
    """Sets up one bus, or a simulated home."""

    VERSION = 1

    def __init__(self) -> None:
        """Begin with nothing chosen."""
        self._port = ""
        self._device: str | None = None
        self._problem: PortProblem | None = None
        self._scan_task: asyncio.Task[ScanResult] | None = None
        self._scan_progress = 0
        self._found: tuple[SlaveLinkReady, ...] = ()
        # Made once: a unit that turns up while the form is open must not move the others.
        self._limits: LimitFields | None = None
        self._data: dict[str, Any] = {}

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> TwcOptionsFlow:
        """Return the flow that changes the grid sensor."""
        return TwcOptionsFlow()

    @classmethod
    @callback
    @override
    def async_supports_options_flow(cls, config_entry: ConfigEntry) -> bool:
        """Return whether there is a choice: a simulated home has a meter of its own."""
        return not _simulated(config_entry)

    @override
    def is_matching(self, other_flow: Self) -> bool:
        """Return whether another flow is about the same port."""
        return self._device is not None and self._device == other_flow._device

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

    # --- the port, and who is on it ---------------------------------------------------

    async def async_step_serial(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Choose the port, and see that it opens before listening on it."""
        if user_input is not None:
            self._problem = await self._async_take_port(user_input[CONF_PORT])
            if self._problem is None:
                return await self.async_step_scan()
        return self.async_show_form(
            step_id="serial",
            data_schema=self.add_suggested_values_to_schema(
                probatio.Schema(_PORT_FIELD), user_input or {CONF_PORT: self._port}
            ),
            errors={CONF_PORT: self._problem} if self._problem else {},
        )

    async def _async_take_port(self, typed: str) -> PortProblem | None:
        """Take a port for this flow. Return what is wrong with it, if anything.

        Aborts if it is another entry's or another flow's.
        """
        self._port = typed = typed.strip()
        self._device = None
        try:
            if "://" not in typed:
                self._port = await self.hass.async_add_executor_job(
                    usb.get_serial_by_id, typed
                )
            device = await self._async_device_of(typed)
            for entry in self._async_current_entries(include_ignore=False):
                if await self._async_device_of(entry.data[CONF_PORT]) != device:
                    continue
                if entry.entry_id == self.context.get("entry_id"):
                    # The entry that is being changed holds it: leave it alone.
                    return None
                raise AbortFlow("already_configured")
            self._device = device
            if self.hass.config_entries.flow.async_has_matching_flow(self):
                raise AbortFlow("already_in_progress")
            await Connection(self._port, Master(self.hass.loop.time())).check()
        except _PORT_ERRORS as err:
            self._device = None
            return _problem_with(self._port, err)
        return None

    async def _async_device_of(self, port: str) -> str:
        return await self.hass.async_add_executor_job(_device_of, port)

    async def async_step_scan(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Listen for units in the background, showing progress."""
        if self._scan_task is None:
            self._scan_progress = 0
            self._scan_task = self.hass.async_create_task(
                scan(self._port, self._report), f"{DOMAIN} scan", eager_start=False
            )
        if not self._scan_task.done():
            return self.async_show_progress(
                step_id="scan", progress_action="scan", progress_task=self._scan_task
            )
        task, self._scan_task = self._scan_task, None
        try:
            result = task.result()
        except _PORT_ERRORS as err:
            self._device = None
            self._problem = _problem_with(self._port, err)
            return self.async_show_progress_done(next_step_id="serial")
        self._found = result.units
        self._limits = LimitFields(
            {
                unit_key(unit.unit_id): believable_rating(unit.rating_a)
                for unit in self._found
            }
        )
        return self.async_show_progress_done(next_step_id=_step_after(result))

    @callback
    def _report(self, fraction: float) -> None:
        """Show how far the scan is, if that has changed visibly."""
        if (progress := int(fraction * _PROGRESS_STEPS)) > self._scan_progress:
            self._scan_progress = progress
            self.async_update_progress(progress / _PROGRESS_STEPS)

    async def async_step_units(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show who was found."""
        if user_input is not None:
            return await self.async_step_wiring()
        return self.async_show_form(
            step_id="units", description_placeholders=self._found_placeholder()
        )

    async def async_step_too_many_units(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Tell that a bus takes three units."""
        return self.async_show_menu(
            step_id="too_many_units",
            menu_options=["scan", "wiring"],
            description_placeholders=self._found_placeholder(),
        )

    def _found_placeholder(self) -> dict[str, str]:
        """Return the rows of a table: id, rating, protocol."""
        rows = (
            f"| {unit_key(unit.unit_id)} | {written(unit.rating_a)} A | {unit.protocol} |"
            for unit in self._found
        )
        return {"units": "\n".join(rows)}

    async def async_step_other_master(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Tell that someone else is in charge of the bus."""
        return self.async_show_menu(
            step_id="other_master", menu_options=["scan", "wiring"]
        )

    async def async_step_nothing_found(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Tell what to check after silence."""
        return self._show_nothing_found("nothing_found")

    async def async_step_only_echo(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Tell what to check if only the adapter itself was heard."""
        return self._show_nothing_found("only_echo")

    async def async_step_only_garbage(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Tell what to check if nothing that was heard made sense."""
        return self._show_nothing_found("only_garbage")

    def _show_nothing_found(self, step_id: str) -> ConfigFlowResult:
        return self.async_show_menu(
            step_id=step_id, menu_options=["scan", "serial", "wiring"]
        )

    # --- the limits and the grid sensor -----------------------------------------------

    async def async_step_wiring(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask what the wiring carries."""
        assert self._limits is not None
        errors: Errors = {}
        figures: Figures = {}
        if user_input is not None:
            errors, figures = self._limits.check(user_input)
            if not errors:
                self._data = {
                    CONF_PORT: self._port,
                    CONF_CIRCUIT_LIMIT: user_input[CONF_CIRCUIT_LIMIT],
                    CONF_UNIT_LIMITS: self._limits.unit_limits(user_input),
                    CONF_PHASES: int(user_input[CONF_PHASES]),
                }
                return await self.async_step_grid()
        return self.async_show_form(
            step_id="wiring",
            data_schema=self.add_suggested_values_to_schema(
                probatio.Schema({**self._limits.fields, **PHASES_FIELD}), user_input
            ),
            errors=errors,
            description_placeholders=self._limits.labels | figures,
        )

    async def async_step_grid(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the sensor of grid power, which may be left out."""
        errors: Errors = {}
        if user_input is not None:
            options, errors = grid_options(self.hass, user_input)
            if not errors:
                return self.async_create_entry(
                    title=await self._async_title(), data=self._data, options=options
                )
        return self.async_show_form(
            step_id="grid",
            data_schema=self.add_suggested_values_to_schema(
                GRID_SCHEMA, user_input or await async_propose_grid(self.hass)
            ),
            errors=errors,
        )

    async def _async_title(self) -> str:
        """Return the port's description, as people know their adapter."""
        try:
            ports = await usb.async_scan_serial_ports(self.hass)
        except OSError as err:
            LOGGER.debug("Could not look for a description of the port: %s", err)
            ports = ()
        for port in ports:
            # It may be listed by another of its names.
            if self._port == port.device or self._device == port.resolved_device:
                return port.description or _TITLE
        return _TITLE

    # --- later ------------------------------------------------------------------------

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Change the port and what the wiring carries."""
        entry: TwcConfigEntry = self._get_reconfigure_entry()
        limits = self._limits = self._limits or LimitFields(_ratings_of(entry))
        simulated = _simulated(entry)
        fields = limits.fields
        if not simulated:
            fields = {**_PORT_FIELD, **fields, **PHASES_FIELD}
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
                if problem := await self._async_take_port(user_input[CONF_PORT]):
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
            step_id="reconfigure",
            data_schema=self.add_suggested_values_to_schema(
                probatio.Schema(fields), user_input or current
            ),
            errors=errors,
            description_placeholders=limits.labels | figures,
        )


class TwcOptionsFlow(OptionsFlowWithReload):
    """Changes the grid sensor of a bus."""

    async def async_step_init(
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
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(
                GRID_SCHEMA, typed or await async_propose_grid(self.hass)
            ),
            errors=errors,
        )


def _simulated(entry: ConfigEntry) -> bool:
    """Return whether an entry is a simulated home."""
    port: str = entry.data[CONF_PORT]
    return port == SIMULATOR_PORT


def _device_of(port: str) -> str:
    """Return what is behind a port, the same for all its names."""
    return port.casefold().rstrip("/") if "://" in port else os.path.realpath(port)


def _problem_with(port: str, err: Exception) -> PortProblem:
    """Return what to tell about a port that failed."""
    LOGGER.debug("%s: %r", serialx.redact_uri(port), err)
    if isinstance(err, ConfigEntryNotReady):
        return PortProblem.UNREACHABLE
    return port_problem(err)


def _step_after(found: ScanResult) -> str:
    """Return the step that says best what a scan found."""
    if found.foreign_master:
        return "other_master"
    if len(found.units) > MOST_UNITS:
        return "too_many_units"
    if found.units:
        return "units"
    # An echo beside garbage is nothing new: two-wire adapters always hear themselves.
    if found.garbage:
        return "only_garbage"
    return "only_echo" if found.echo else "nothing_found"


def _ratings_of(entry: TwcConfigEntry) -> dict[str, float | None]:
    """Return the units that were met or have a limit, with the ratings that are known."""
    ratings: dict[str, float | None] = dict.fromkeys(entry.data[CONF_UNIT_LIMITS])
    if entry.state is ConfigEntryState.LOADED:
        for unit_id, rating_a in entry.runtime_data.known_units.items():
            ratings[unit_key(unit_id)] = believable_rating(rating_a)
    return ratings
