"""What scripts/develop runs: Home Assistant with a simulated home and a dashboard for it."""

import argparse
import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
import fcntl
from importlib.metadata import version
from pathlib import Path
import shutil
import signal
import sys
import time
from typing import Any, Final, TextIO

from tests.e2e.home_assistant import (
    PASSWORD,
    RESTART,
    USER,
    ApiError,
    HomeAssistant,
    Json,
    StartError,
    free_port,
    until,
)

_FOLDER: Final = Path(__file__).parents[1] / ".cache" / "develop"
# Home Assistant's own and some more, so that bookmarks mostly stay true.
_PORTS: Final = (*range(8123, 8133), 0)

_DASHBOARD: Final = "wall-connectors"
_TITLE: Final = "Wall Connectors"
_UNITS: Final = 2
_HEALTH: Final = {
    "answer_time": "Answer time",
    "frames": "Messages",
    "checksum_errors": "Checksum errors",
    "timeouts": "Unanswered",
    "noise_bytes": "Noise bytes",
}


# --- the dashboard --------------------------------------------------------------------


def _tile(entity: str, name: str, columns: int = 6, **options: Any) -> Json:
    size = {"grid_options": {"columns": columns}}
    return {"type": "tile", "entity": entity, "name": name, **size, **options}


def _control(entity: str, name: str, feature: str, **options: Any) -> Json:
    """Return a tile over the whole section, to be operated."""
    features = [{"type": feature, **options}]
    position = "inline" if feature == "toggle" else "bottom"
    return _tile(entity, name, 12, features=features, features_position=position)


def _graph(title: str, entities: Mapping[str, str]) -> Json:
    return {
        "type": "history-graph",
        "title": title,
        "hours_to_show": 0.5,
        "entities": [
            {"entity": entity, "name": name} for entity, name in entities.items()
        ],
        "grid_options": {"columns": 18, "rows": 5},
    }


def _section(title: str, icon: str, *cards: Json, span: int = 1) -> Json:
    heading = {"type": "heading", "heading": title, "icon": icon}
    return {"type": "grid", "cards": [heading, *cards], "column_span": span}


def _home_section(units: Sequence[str], entity: Callable[[str], str]) -> Json:
    currents = {
        entity(f"{unit}_{key}"): f"{unit[-4:]} {name}"
        for unit in units
        for key, name in (("offered_current", "offered"), ("current", "draws"))
    }
    powers = {
        entity("solar_power"): "Sun",
        entity("house_power"): "House",
        entity("grid_power"): "Grid",
        entity("surplus"): "Left for cars",
    }
    return _section(
        "Home",
        "mdi:solar-power-variant",
        _tile(entity("solar_power"), "Sun", 9, color="amber"),
        _tile(entity("house_power"), "House", 9, color="blue"),
        _tile(entity("grid_power"), "Grid, positive is import", 9, color="purple"),
        _tile(entity("surplus"), "Left for cars", 9, color="green"),
        _graph("Power", powers),
        _graph("Currents", currents),
        span=3,
    )


def _unit_section(unit: str, entity: Callable[[str], str]) -> Json:
    def of(key: str) -> str:
        return entity(f"{unit}_{key}")

    trend: Json = {"features": [{"type": "trend-graph", "hours_to_show": 1}]}
    return _section(
        f"Wall Connector {unit[-4:]}",
        "mdi:ev-station",
        _tile(of("status"), "Status"),
        _tile(of("power"), "Power"),
        _tile(of("reason"), "Reason", 12),
        _tile(of("offered_current"), "Offered", **trend),
        _tile(of("current"), "Current", **trend),
        _control(of("charging_mode"), "Mode", "select-options"),
        _control(of("charge_current_limit"), "Limit", "numeric-input", style="slider"),
        _control(of("charging_enabled"), "Charging enabled", "toggle"),
        _tile(of("session_energy"), "This session"),
        _tile(of("lifetime_energy"), "Lifetime"),
    )


def _bus_section(entity: Callable[[str], str]) -> Json:
    return _section(
        "Bus",
        "mdi:transit-connection-variant",
        _tile(entity("total_current"), "All cars draw"),
        _tile(entity("cars_charging"), "Cars charging"),
        _control(
            entity("circuit_limit"), "Circuit limit", "numeric-input", style="slider"
        ),
        _tile(entity("connected"), "Port"),
        *(_tile(entity(key), name) for key, name in _HEALTH.items()),
    )


def dashboard(units: Sequence[str], entities: Mapping[str, str]) -> Json:
    """Return the dashboard of the simulated home: what the sun does and the cars make of it."""
    entity = entities.__getitem__
    sections = [
        _home_section(units, entity),
        *(_unit_section(unit, entity) for unit in units),
        _bus_section(entity),
    ]
    view = {"title": _TITLE, "type": "sections", "max_columns": 3, "sections": sections}
    return {"views": [view]}


# --- the simulated home ---------------------------------------------------------------


async def add_simulated_home(home_assistant: HomeAssistant) -> str:
    """Go through the config flow as people do who have no hardware. Return the entry's id."""
    step = await home_assistant.start_flow()
    step = await home_assistant.go_on(step, next_step_id="simulator")
    step = await home_assistant.go_on(step)
    return str(step["result"]["entry_id"])


async def simulated_home(home_assistant: HomeAssistant) -> str | None:
    """Return the id of its entry, None if there is none."""
    for entry in await home_assistant.entries():
        entry_id = str(entry["entry_id"])
        if "solar_power" in await home_assistant.entities(entry_id):
            return entry_id
    return None


async def set_up(home_assistant: HomeAssistant) -> bool:
    """Add the simulated home and its dashboard. Return whether anything was missing.

    Home Assistant has to be started again for all entities to be there.
    """
    dashboards = await home_assistant.command("lovelace/dashboards/list")
    has_dashboard = any(each["url_path"] == _DASHBOARD for each in dashboards)
    entry_id = await simulated_home(home_assistant)
    if has_dashboard and (entry_id or await home_assistant.entries()):
        return False
    with _step("Adding the simulated home and a dashboard"):
        entry_id = entry_id or await add_simulated_home(home_assistant)
        if not has_dashboard:
            await home_assistant.command(
                "lovelace/dashboards/create",
                url_path=_DASHBOARD,
                title=_TITLE,
                icon="mdi:ev-station",
            )
        await furnish(home_assistant, entry_id)
    return True


async def furnish(home_assistant: HomeAssistant, entry_id: str) -> None:
    """Fill the dashboard, make it the default one, and tell Energy of the cars."""

    async def units_met() -> list[str]:
        entities = await home_assistant.entities(entry_id)
        units = sorted(
            key.removesuffix("_status") for key in entities if key.endswith("_status")
        )
        return units if len(units) == _UNITS else []

    units = await until(units_met, "the simulated Wall Connectors have been met")
    command = home_assistant.command
    entities = await home_assistant.entities(entry_id)
    for key in _HEALTH:
        await command(
            "config/entity_registry/update", entity_id=entities[key], disabled_by=None
        )
    await command(
        "lovelace/config/save", url_path=_DASHBOARD, config=dashboard(units, entities)
    )
    await command(
        "frontend/set_system_data", key="core", value={"default_panel": _DASHBOARD}
    )
    await command(
        "energy/save_prefs",
        device_consumption=[
            {
                "stat_consumption": entities[f"{unit}_lifetime_energy"],
                "stat_rate": entities[f"{unit}_power"],
                "name": f"Wall Connector {unit[-4:]}",
            }
            for unit in units
        ],
    )


# --- the program ----------------------------------------------------------------------


@contextmanager
def _step(label: str) -> Iterator[None]:
    """Show what is going on and how long it took."""
    print(f"{label} ... ", end="", flush=True)
    start = time.monotonic()
    try:
        yield
    except BaseException:
        print()
        raise
    print(f"{time.monotonic() - start:.0f} s", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/develop",
        description="Start Home Assistant with the integration and a simulated home.",
    )
    parser.add_argument(
        "--fresh", action="store_true", help="forget everything of earlier starts"
    )
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        help="address to listen on; 0.0.0.0 lets the whole network in (default: %(default)s)",
    )
    parser.add_argument(
        "--port",
        type=int,
        help="port to listen on (default: 8123 or the next free one)",
    )
    parser.add_argument(
        "--folder",
        type=Path,
        default=_FOLDER,
        help="where Home Assistant keeps everything (default: .cache/develop)",
    )
    return parser.parse_args()


def _lock(folder: Path) -> TextIO:
    """Take the folder for as long as the file is open. Raises BlockingIOError."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    lock = folder.with_name(f"{folder.name}.lock").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return lock


async def _run(home_assistant: HomeAssistant) -> int:
    """Run until Home Assistant ends or the task is cancelled. Return the exit code."""
    label = f"Starting Home Assistant {version('homeassistant')}"
    async with home_assistant:
        try:
            while True:
                with _step(label):
                    await home_assistant.start()
                if await set_up(home_assistant):
                    await home_assistant.stop()
                    label = "Starting it again with everything in place"
                    continue
                _tell(home_assistant)
                code = await home_assistant.wait()
                if code != RESTART:
                    break
                label = "Restarting Home Assistant"
            if code:
                print(home_assistant.log_tail(), file=sys.stderr)
            print(f"Home Assistant has ended with code {code}.")
        except asyncio.CancelledError:
            with _step("\nStopping Home Assistant"):
                await home_assistant.stop()
            return 0
    return code


def _tell(home_assistant: HomeAssistant) -> None:
    print(
        f"""
  Open    {home_assistant.url}
  Log in  {USER} / {PASSWORD}
  Log     {home_assistant.log}

The cars follow the sun about a minute after the start. Ctrl-C stops everything.""",
        flush=True,
    )


async def _main(arguments: argparse.Namespace) -> int:
    folder = arguments.folder.resolve()
    try:
        lock = _lock(folder)
    except BlockingIOError:
        print(f"Home Assistant is already running in {folder}.", file=sys.stderr)
        return 1
    with lock:
        if arguments.fresh:
            shutil.rmtree(folder, ignore_errors=True)
        wanted = (arguments.port,) if arguments.port else _PORTS
        try:
            port = free_port(arguments.host, wanted)
        except OSError as err:
            print(f"Cannot listen on port {arguments.port}: {err}", file=sys.stderr)
            return 1
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(each, task.cancel)
        home_assistant = HomeAssistant(folder, host=arguments.host, port=port)
        # It would grow with every start.
        home_assistant.log.unlink(missing_ok=True)
        try:
            return await _run(home_assistant)
        except (StartError, ApiError, AssertionError) as err:
            print(f"{err}\n\nAll of the log: {home_assistant.log}", file=sys.stderr)
            print("With --fresh everything starts anew.", file=sys.stderr)
            return 1


if __name__ == "__main__":
    sys.exit(asyncio.run(_main(_arguments())))
