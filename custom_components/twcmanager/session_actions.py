"""The actions about sessions: get them, and export them as CSV."""

from collections.abc import Iterable, Mapping
from datetime import datetime
import math
from pathlib import Path
from typing import Any, Final

from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv
import probatio

from . import clock
from .charging.session import Session
from .const import DOMAIN
from .coordinator import TwcConfigEntry, TwcCoordinator
from .session_figures import as_csv, figures
from .targets import device_name, units_of

_START: Final = "start"
_END: Final = "end"
_PATH: Final = "path"

_FILTER: Final = {
    probatio.Optional(ATTR_DEVICE_ID): probatio.All(probatio.EnsureList(), [cv.string]),
    probatio.Optional(_START): cv.datetime,
    probatio.Optional(_END): cv.datetime,
}


@callback
def register_session_actions(hass: HomeAssistant) -> None:
    """Register the actions about sessions."""
    hass.services.async_register(
        DOMAIN,
        "get_sessions",
        _async_get_sessions,
        schema=probatio.Schema(_FILTER),
        supports_response=SupportsResponse.ONLY,
    )
    hass.services.async_register(
        DOMAIN,
        "export_sessions",
        _async_export_sessions,
        schema=probatio.Schema({**_FILTER, probatio.Optional(_PATH): cv.string}),
        supports_response=SupportsResponse.OPTIONAL,
    )


async def _async_get_sessions(call: ServiceCall) -> ServiceResponse:
    """Return sessions, those that go on last."""
    return {"sessions": [*await _async_rows(call, with_open=True)]}


async def _async_export_sessions(call: ServiceCall) -> ServiceResponse:
    """Write the sessions that have ended into a file, or return what would be in it."""
    hass = call.hass
    rows = await _async_rows(call, with_open=False)
    text = await hass.async_add_executor_job(as_csv, rows)
    if _PATH not in call.data:
        if not call.return_response:
            raise ServiceValidationError(
                translation_domain=DOMAIN, translation_key="export_nowhere"
            )
        return {"sessions": len(rows), "csv": text}
    path = call.data[_PATH]
    try:
        allowed = await hass.async_add_executor_job(_write, hass, path, text)
    except (OSError, ValueError) as err:
        # The latter is what some names of files are answered with.
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="export_failed",
            translation_placeholders={"path": path, "error": str(err)},
        ) from err
    if not allowed:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="path_not_allowed",
            translation_placeholders={"path": path},
        )
    return {"sessions": len(rows), "path": path} if call.return_response else None


def _write(hass: HomeAssistant, path: str, text: str) -> bool:
    """Write a file if that is allowed there. Return whether it was."""
    file = Path(path)
    if not file.is_absolute() or not hass.config.is_allowed_path(path):
        return False
    file.write_text(text, "utf-8")
    return True


async def _async_rows(call: ServiceCall, *, with_open: bool) -> list[dict[str, Any]]:
    """Return the sessions that are asked for, oldest first, with whose they are.

    Years of them take seconds, in which nobody would watch the cars: an executor reads them.
    """
    hass = call.hass
    since, until = _span(call)
    found: list[tuple[float, dict[str, Any]]] = []
    for coordinator, units in _asked(call):
        log = coordinator.session_log
        sessions = await hass.async_add_executor_job(
            log.store.ended, units, since, until
        )
        if with_open:
            sessions += [
                each for each in log.open(units) if since <= each.began_at < until
            ]
        names = {
            unit: device_name(hass, coordinator, unit)
            for unit in {each.unit for each in sessions}
        }
        found += await hass.async_add_executor_job(
            _told, sessions, names, coordinator.config_entry
        )
    return [row for _, row in sorted(found, key=lambda each: each[0])]


def _told(
    sessions: Iterable[Session], names: Mapping[str, str], entry: TwcConfigEntry
) -> list[tuple[float, dict[str, Any]]]:
    """Return sessions as they are told, each with when it began."""
    return [
        (
            each.began_at,
            {"wall_connector": names[each.unit], **figures(each, entry)},
        )
        for each in sessions
    ]


def _asked(call: ServiceCall) -> list[tuple[TwcCoordinator, set[str] | None]]:
    """Return whose sessions are asked for, on which bus; None means everybody's ever."""
    if ATTR_DEVICE_ID not in call.data:
        loaded = call.hass.config_entries.async_loaded_entries(DOMAIN)
        if not loaded:
            raise ServiceValidationError(
                translation_domain=DOMAIN, translation_key="no_bus_loaded"
            )
        return [(entry.runtime_data, None) for entry in loaded]
    asked: dict[TwcCoordinator, set[str] | None] = {}
    for device_id in call.data[ATTR_DEVICE_ID]:
        coordinator, units = units_of(call.hass, device_id)
        before = asked.get(coordinator, set())
        if before is None or device_id == coordinator.bus_device_id:
            asked[coordinator] = None
        else:
            asked[coordinator] = {*before, *units}
    return list(asked.items())


def _span(call: ServiceCall) -> tuple[float, float]:
    """Return from when until when sessions are asked for, in s since 1970."""
    start: datetime | None = call.data.get(_START)
    end: datetime | None = call.data.get(_END)
    since = -math.inf if start is None else clock.seconds_of(start)
    until = math.inf if end is None else clock.seconds_of(end)
    if start and end and since >= until:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="ends_before_start",
            translation_placeholders={"start": str(start), "end": str(end)},
        )
    return since, until
