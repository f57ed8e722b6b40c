"""The part of the config flow about the port, and who is on it."""

import asyncio
import os
from typing import Any, Final, Self, override

from homeassistant.components import usb
from homeassistant.config_entries import ConfigFlow, ConfigFlowResult
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
from .const import DOMAIN, LOGGER, unit_key
from .forms import Fields, written

_TITLE: Final = "Wall Connectors"

# Each step of the progress is an event for every browser that is open.
_PROGRESS_STEPS: Final = 25

# The last is what the port of an ESPHome device raises until that integration is loaded.
_PORT_ERRORS: Final[tuple[type[Exception], ...]] = (
    *LINE_ERRORS,
    ConfigEntryNotReady,
)

PORT_FIELD: Final[Fields] = {probatio.Required(CONF_PORT): SerialPortSelector()}


class PortSteps(ConfigFlow):
    """Asks for the port, listens on it, and tells who was heard."""

    def __init__(self) -> None:
        """Begin with no port."""
        self._port = ""
        self._device: str | None = None
        self._problem: PortProblem | None = None
        self._scan_task: asyncio.Task[ScanResult] | None = None
        self._scan_progress = 0
        self._found: tuple[SlaveLinkReady, ...] = ()

    @override
    def is_matching(self, other_flow: Self) -> bool:
        """Return whether another flow is about the same port."""
        return self._device is not None and self._device == other_flow._device

    async def async_step_wiring(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Go on with those who were found."""
        raise NotImplementedError

    # --- the port ---------------------------------------------------------------------

    async def async_step_serial(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Choose the port, and see that it opens before listening on it."""
        if user_input is not None:
            self._problem = await self.async_take_port(user_input[CONF_PORT])
            if self._problem is None:
                return await self.async_step_scan()
        return self.async_show_form(
            step_id="serial",
            data_schema=self.add_suggested_values_to_schema(
                probatio.Schema(PORT_FIELD), user_input or {CONF_PORT: self._port}
            ),
            errors={CONF_PORT: self._problem} if self._problem else {},
        )

    async def async_take_port(self, typed: str) -> PortProblem | None:
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

    async def async_title(self) -> str:
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

    # --- who is on it -----------------------------------------------------------------

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
