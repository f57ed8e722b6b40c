"""The action that takes over what the program TWCManager has logged."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.service import async_register_admin_service
import probatio

from . import clock
from .charging.counter_history import Reading, counter_by_hour
from .charging.history import Flow, Plan, plan
from .charging.session import Session
from .const import CONF_VIN, DOMAIN, SUBENTRY_VEHICLE, unit_key
from .coordinator import TwcCoordinator
from .history_rows import flows_of, readings_of, sessions_of, twc_id
from .history_statistics import async_tell_sessions, tell_counter
from .history_tables import Table, Tables, read_files, read_server
from .session_figures import local_time
from .targets import device_name, units_of

_PATH: Final = "path"
_DB_URL: Final = "db_url"
_TWC: Final = "twc"
_WITH_CARS: Final = "consumption_includes_cars"
_DRY_RUN: Final = "dry_run"

_IMPORT: Final = probatio.Schema(
    {
        probatio.Optional(_PATH): probatio.All(probatio.EnsureList(), [cv.string]),
        probatio.Optional(_DB_URL): cv.string,
        probatio.Optional(ATTR_DEVICE_ID): cv.string,
        probatio.Optional(_TWC): cv.string,
        probatio.Optional(_WITH_CARS): cv.boolean,
        probatio.Optional(_DRY_RUN, default=True): cv.boolean,
    }
)


@callback
def register_history_action(hass: HomeAssistant) -> None:
    """Register the action. It reads files and databases: that is for administrators."""
    async_register_admin_service(
        hass,
        DOMAIN,
        "import_history",
        _async_import_history,
        schema=_IMPORT,
        supports_response=SupportsResponse.ONLY,
    )


async def _async_import_history(call: ServiceCall) -> ServiceResponse:
    """Take over what there is, or tell what that would be."""
    hass, dry_run = call.hass, call.data[_DRY_RUN]
    coordinator, units = _whose(call)
    store = coordinator.session_log.store
    tables = await hass.async_add_executor_job(_read, call)
    ended = await hass.async_add_executor_job(store.ended)
    there = [*ended, *coordinator.session_log.open()]
    # Whatever is wrong is found by now: all of it is taken over, or nothing.
    made, counters = await hass.async_add_executor_job(
        _understand, call.data, tables, coordinator, units, there
    )
    found = sorted({*counters, *(each.unit for each in made.sessions)})
    names = {unit: device_name(hass, coordinator, unit) for unit in found}
    statistics: list[str] = []
    if not dry_run:
        await store.async_import(made.sessions)
        for unit, name in names.items():
            key = coordinator.device_key(unit)
            ended = await hass.async_add_executor_job(store.ended, {unit})
            statistics += await async_tell_sessions(hass, key, name, ended)
            statistics += tell_counter(hass, key, name, counters.get(unit, {}))
    return {
        "dry_run": dry_run,
        **_summary(made.sessions),
        "wall_connectors": [
            {
                "wall_connector": name,
                "unit": unit,
                **_summary([each for each in made.sessions if each.unit == unit]),
                "counter_hours": len(counters.get(unit, ())),
            }
            for unit, name in names.items()
        ],
        "skipped": {str(skip): count for skip, count in sorted(made.skipped.items())},
        "unknown_wall_connectors": [*sorted(made.unknown)],
        "statistics": [*statistics],
    }


def _understand(
    said: Mapping[str, Any],
    tables: Tables,
    coordinator: TwcCoordinator,
    units: Mapping[str, str],
    there: Sequence[Session],
) -> tuple[Plan, dict[str, dict[float, float]]]:
    """Return what tables mean: sessions to take over, and counters by the hour."""
    now_s = clock.calendar_s()
    flows: list[Flow] = []
    if (with_cars := said.get(_WITH_CARS)) is not None:
        rows = tables.get(Table.FLOWS, ())
        flows = flows_of(rows, with_cars=with_cars, now_s=now_s)
    entry = coordinator.config_entry
    made = plan(
        sessions_of(tables.get(Table.SESSIONS, ()), now_s=now_s),
        units=units,
        vehicles={
            each.data[CONF_VIN]: each.subentry_id
            for each in entry.get_subentries_of_type(SUBENTRY_VEHICLE)
        },
        there=there,
        since=coordinator.session_log.store.kept_since,
        flows=flows,
    )
    readings: dict[str, list[Reading]] = {}
    rows = tables.get(Table.STATUS, ())
    for twc, told in readings_of(rows, now_s=now_s).items():
        if unit := units.get(twc):
            # It may have had several ids.
            readings.setdefault(unit, []).extend(told)
        else:
            made.unknown.add(twc)
    return made, {unit: counter_by_hour(told) for unit, told in readings.items()}


def _whose(call: ServiceCall) -> tuple[TwcCoordinator, dict[str, str]]:
    """Return the bus, and who the Wall Connectors are by the ids they had or have."""
    loaded = call.hass.config_entries.async_loaded_entries(DOMAIN)
    meant: tuple[str, ...] = ()
    if ATTR_DEVICE_ID in call.data:
        coordinator, meant = units_of(call.hass, call.data[ATTR_DEVICE_ID])
    elif len(loaded) == 1:
        coordinator = loaded[0].runtime_data
    else:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="import_for_which_bus"
        )
    records = [coordinator.units[each] for each in coordinator.identities]
    units = {each.wired_as: each.identity for each in records}
    units |= {unit_key(each.unit_id): each.identity for each in records}
    if _TWC in call.data:
        if len(meant) != 1:
            raise ServiceValidationError(
                translation_domain=DOMAIN, translation_key="import_for_which_unit"
            )
        units[twc_id(call.data[_TWC])] = meant[0]
    return coordinator, units


def _read(call: ServiceCall) -> Tables:
    """Return what is logged where the call says."""
    paths: list[str] = call.data.get(_PATH, [])
    if bool(paths) == (_DB_URL in call.data):
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="import_from_where"
        )
    for path in paths:
        if not call.hass.config.is_allowed_path(path):
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="log_not_allowed",
                translation_placeholders={"path": path},
            )
    tables = read_files(paths) if paths else read_server(call.data[_DB_URL])
    if not tables.keys() & {Table.SESSIONS, Table.STATUS}:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="log_without_sessions"
        )
    return tables


def _summary(sessions: Sequence[Session]) -> dict[str, Any]:
    """Return how many sessions there are, and what they come to."""
    began = [each.began_at for each in sessions]
    return {
        "sessions": len(sessions),
        "energy_kwh": round(sum(each.energy_kwh for each in sessions), 3),
        "solar_kwh": round(sum(each.solar_kwh for each in sessions), 3),
        "unmeasured_kwh": round(sum(each.unmeasured_kwh for each in sessions), 3),
        "start": local_time(min(began)) if began else None,
        "end": local_time(max(each.seen_at for each in sessions)) if began else None,
    }
