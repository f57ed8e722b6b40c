"""What scripts/develop starts, and what people see of it in a browser."""

import asyncio
from collections.abc import AsyncIterator, Callable
import json
from pathlib import Path
import shutil
import signal
import time
from typing import Any, Final

import aiohttp
import pytest
import pytest_asyncio

from .conftest import complaints
from .home_assistant import (
    INTEGRATION,
    PASSWORD,
    USER,
    HomeAssistant,
    Json,
    free_port,
    until,
)
from .house import House, grid_power

pytestmark = pytest.mark.asyncio(loop_scope="module")

_ROOT: Final = Path(__file__).parents[2]
_SHOTS: Final = _ROOT / ".cache" / "e2e"
_TEXTS: Final = json.loads((INTEGRATION / "translations" / "en.json").read_text())[
    "config"
]
# Solar power has to last for a minute before a car starts.
_PATIENCE_S: Final = 120


class Develop:
    """The command developers run."""

    def __init__(self, folder: Path) -> None:
        """Prepare; it is started by `start`."""
        self.folder = folder
        self.port = free_port("127.0.0.1")
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> str:
        """Start it, and return what it has told when everything is ready."""
        self._process = await asyncio.create_subprocess_exec(
            _ROOT / "scripts" / "develop",
            *("--folder", str(self.folder), "--port", str(self.port)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        assert self._process.stdout
        told = ""
        async for line in self._process.stdout:
            told += line.decode()
            if "Ctrl-C" in told:
                return told
        raise AssertionError(f"it has ended:\n{told}")

    async def stop(self) -> int | None:
        """Press Ctrl-C, and return the exit code."""
        process = self._process
        if process is None:
            return None
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        async with asyncio.timeout(45):
            return await process.wait()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def develop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Develop]:
    """The command, started for the first time."""
    shutil.rmtree(_SHOTS, ignore_errors=True)
    _SHOTS.mkdir(parents=True)
    develop = Develop(tmp_path_factory.mktemp("develop") / "home_assistant")
    try:
        await develop.start()
        yield develop
    finally:
        await develop.stop()
    assert not complaints(develop.folder / "console.log")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def home_assistant(develop: Develop) -> AsyncIterator[HomeAssistant]:
    """What the command has started, as its user."""
    async with HomeAssistant(develop.folder, port=develop.port) as home_assistant:
        await home_assistant.sign_in()
        yield home_assistant


async def browse(home_assistant: HomeAssistant, scenario: str, **options: Any) -> Json:
    """Do something in the browser, and return what was seen."""
    options |= {
        "url": home_assistant.url,
        "user": USER,
        "password": PASSWORD,
        "shots": str(_SHOTS),
    }
    process = await asyncio.create_subprocess_exec(
        *("node", str(Path(__file__).with_name("browser.mjs"))),
        *(scenario, json.dumps(options)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.terminate()
    assert process.returncode == 0, err.decode()
    seen: Json = json.loads(out)
    assert seen["errors"] == []
    return seen


async def device_ids(home_assistant: HomeAssistant, entry_id: str) -> dict[str, str]:
    """Return the ids of an entry's devices by their names."""
    return {
        each["name"]: each["id"]
        for each in await home_assistant.command("config/device_registry/list")
        if entry_id in each["config_entries"]
    }


async def energy_dashboard_measures_the_street(home_assistant: HomeAssistant) -> None:
    """Set up what is proposed to follow the sun with."""
    attributes = {"unit_of_measurement": "W", "friendly_name": "Street meter"}
    await home_assistant.post(
        "/api/states/sensor.street_meter", {"state": "-2300", "attributes": attributes}
    )
    await home_assistant.command(
        "energy/save_prefs",
        energy_sources=[grid_power(stat_rate="sensor.street_meter")],
    )


async def test_wall_connectors_are_added(
    home_assistant: HomeAssistant, tmp_path: Path
) -> None:
    """On a real port: every step of the config flow renders."""
    house = House(tmp_path / "ttyUSB0", asyncio.get_running_loop().time())
    await energy_dashboard_measures_the_street(home_assistant)
    async with house.port:
        seen = await browse(
            home_assistant,
            "serial",
            port=house.port.url,
            limits=[32, 40, 16],
            refused=1,
        )
        for option in ("serial", "simulator"):
            assert _TEXTS["step"]["user"]["menu_options"][option] in seen["menu"]
        assert "1A2B 32 A" in seen["units"]
        assert "7CDE 32 A" in seen["units"]
        for label in ("Circuit limit", "1A2B", "7CDE"):
            assert f'{label}*": "6"' in seen["wiring"], seen["wiring"]
        assert "80 %" in seen["wiring"]
        refusal = _TEXTS["error"]["above_rating"].format(
            limit=40, rating=32, unit="Wall Connector 1A2B"
        )
        assert refusal in seen["refused"], seen["refused"]
        assert _TEXTS["step"]["sources"]["data"]["source"] in seen["sources"]
        assert (
            "Energy dashboard: Street meter (exporting 2.3 kW now)" in seen["sources"]
        )
        assert "exports 2.3 kW" in seen["check"]
        assert "TWCManager" in seen["created"]
        added = next(
            each
            for each in await home_assistant.entries()
            if each["title"] != "Simulated home"
        )
        await home_assistant.delete(
            f"/api/config/config_entries/entry/{added['entry_id']}"
        )
    await home_assistant.command("energy/save_prefs", energy_sources=[])


async def test_the_dashboard_shows_cars_following_the_sun(
    home_assistant: HomeAssistant,
) -> None:
    """It is what opens after the login."""
    seen = await browse(home_assistant, "dashboard", units=2, patience=_PATIENCE_S)
    assert "/wall-connectors" in seen["url"]
    assert seen["broken"] == []
    assert "Status Charging" in seen["charging"]
    unknown = ("unavailable", "unknown", "not found")
    assert not [each for each in seen["later"] if each.lower().endswith(unknown)]


async def test_the_simulated_home_is_added(home_assistant: HomeAssistant) -> None:
    """Without hardware, by whoever tries it; its devices show live values."""
    [entry] = await home_assistant.entries()
    await home_assistant.delete(f"/api/config/config_entries/entry/{entry['entry_id']}")
    seen = await browse(home_assistant, "simulator")
    assert _TEXTS["step"]["simulator"]["description"] in seen["form"]
    assert "TWCManager" in seen["created"]
    [entry] = await home_assistant.entries()

    async def units() -> list[str]:
        devices = await device_ids(home_assistant, entry["entry_id"])
        return [id_ for name, id_ in devices.items() if name.startswith("Wall Conn")]

    [unit, *_] = await until(units, "the Wall Connectors are met")
    bus = (await device_ids(home_assistant, entry["entry_id"]))["Simulated home"]
    seen = await browse(
        home_assistant,
        "devices",
        devices=[
            {"name": "bus", "id": bus, "entities": 8, "changes": True},
            {"name": "wall-connector", "id": unit, "entities": 12, "changes": False},
        ],
        patience=30,
    )
    assert "Connectivity Connected" in seen["devices"]["bus"]
    assert "Vehicle connected Plugged in" in seen["devices"]["wall-connector"]


async def test_the_second_start_takes_seconds(
    home_assistant: HomeAssistant, develop: Develop, measured: Callable[[str], None]
) -> None:
    """And Ctrl-C leaves nothing behind."""
    entries = await home_assistant.entries()
    assert await develop.stop() == 0
    with pytest.raises(aiohttp.ClientConnectorError):
        await home_assistant.get("/api/config")
    start = time.monotonic()
    told = await develop.start()
    took_s = time.monotonic() - start
    measured(f"scripts/develop: the second start takes {took_s:.0f} s")
    assert took_s < 60
    assert home_assistant.url in told
    assert f"{USER} / {PASSWORD}" in told
    assert [each["entry_id"] for each in await home_assistant.entries()] == [
        each["entry_id"] for each in entries
    ]
