"""Home Assistant started for real: its folder, its process, its REST and WebSocket APIs.

What the end-to-end tests and ``scripts/develop`` have in common.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
import json
import os
from pathlib import Path
import signal
import socket
import sys
from types import TracebackType
from typing import Any, Final, Self

import aiohttp

INTEGRATION: Final = (
    Path(__file__).parents[2] / "custom_components" / "twcmanager"
).resolve()
DOMAIN: Final = "twcmanager"
USER: Final = "demo"
PASSWORD: Final = "demo"

# Home Assistant ends itself with this code to be started again.
RESTART: Final = 100

# What a new installation has, less what needs hardware or the internet.
CONFIGURATION: Final = """\
energy:
frontend:
history:
logbook:
"""
_CONFIG_FLOW: Final = "/api/config/config_entries/flow"
_OPTIONS_FLOW: Final = "/api/config/config_entries/options/flow"
_SUBENTRY_FLOW: Final = "/api/config/config_entries/subentries/flow"

# The first start compiles everything, on a slow disk.
_START_S: Final = 150.0
_STOP_S: Final = 20.0

type Json = dict[str, Any]


class ApiError(Exception):
    """Home Assistant refused what it was asked for."""


class StartError(Exception):
    """Home Assistant does not come up; the message ends with its log's end."""


def free_port(host: str, wanted: Sequence[int] = (0,)) -> int:
    """Return the first port of those wanted that is free; 0 is any. Raises OSError."""
    for port in wanted:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):
                probe.bind((host, port))
                return int(probe.getsockname()[1])
    raise OSError(f"no free port on {host}")


async def until[T](
    look: Callable[[], Awaitable[T]], what: str, *, timeout_s: float = 30
) -> T:
    """Look again and again, and return what is seen as soon as it is true."""
    seen: T | None = None
    try:
        async with asyncio.timeout(timeout_s):
            while not (seen := await look()):
                await asyncio.sleep(0.2)
    except TimeoutError:
        raise AssertionError(
            f"{what}: not within {timeout_s:g} s, last seen {seen!r}"
        ) from None
    return seen


class HomeAssistant:
    """A Home Assistant of its own, with the integration of this repository.

    The folder may be one of an earlier start. Outside of the process nothing is touched.
    """

    def __init__(self, folder: Path, *, port: int, host: str = "127.0.0.1") -> None:
        """Prepare; nothing is written or started before `start`."""
        self.folder = folder
        self.host = host
        self.port = port
        self.log = folder / "console.log"
        self._process: asyncio.subprocess.Process | None = None
        self._session: aiohttp.ClientSession | None = None
        self._token = ""

    @property
    def url(self) -> str:
        """Return where it can be reached from here."""
        host = "127.0.0.1" if self.host == "0.0.0.0" else self.host
        return f"http://{host}:{self.port}"

    async def __aenter__(self) -> Self:
        """Prepare to talk to it."""
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=30, connect=5)
        )
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop it."""
        try:
            await self.stop()
        finally:
            if self._session:
                await self._session.close()

    # --- process ----------------------------------------------------------------------

    async def start(self) -> None:
        """Start it, wait until everything is set up, and sign in.

        Raises StartError if it does not come up.
        """
        self._write_folder()
        environment = dict(os.environ)
        # Without its bytecode it takes twice as long to start.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "homeassistant", "--config", str(self.folder)),
                *("--skip-pip", "--log-no-color"),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=environment,
                # A Ctrl-C is for those who started it: they stop it in good order.
                process_group=0,
            )
        # The last that comes up before someone can sign in.
        await self._until(self._serves_frontend)
        await self.sign_in()
        await self._until(self._runs)

    async def stop(self) -> int | None:
        """Stop it as the system does, by force after a while. Return its exit code."""
        process = self._process
        if process is None or process.returncode is not None:
            return None
        try:
            with suppress(ProcessLookupError):
                process.terminate()
            with suppress(TimeoutError):
                async with asyncio.timeout(_STOP_S):
                    await process.wait()
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
        return await process.wait()

    async def kill(self) -> None:
        """Let it die from one moment to the next, as when the power fails."""
        assert self._process
        os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()

    async def wait(self) -> int:
        """Wait until it ends, and return its exit code."""
        assert self._process
        return await self._process.wait()

    def log_tail(self, lines: int = 30) -> str:
        """Return the end of what it printed."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def _write_folder(self) -> None:
        """Write what is missing, and where it shall listen."""
        storage = self.folder / ".storage"
        storage.mkdir(parents=True, exist_ok=True)
        configuration = self.folder / "configuration.yaml"
        if not configuration.exists():
            configuration.write_text(CONFIGURATION)
        link = self.folder / "custom_components" / DOMAIN
        link.parent.mkdir(exist_ok=True)
        if link.is_symlink():
            link.unlink()
        link.symlink_to(INTEGRATION)
        # The step that would add the weather, web radio and the like from the internet.
        if not (storage / "onboarding").exists():
            self._store("onboarding", 4, {"done": ["core_config"]})
        # From YAML this would be on trial for five minutes, then taken back.
        server = {
            "server_host": [self.host],
            "server_port": self.port,
            "cors_allowed_origins": [],
            "ip_ban_enabled": False,
            "login_attempts_threshold": -1,
            "ssl_profile": "intermediate_v6",
            "use_x_frame_options": True,
            "created_at": "2026-11-01T00:00:00+00:00",
            "error": None,
            "error_message": None,
        }
        self._store(
            "http", 3, {"stable": server, "pending": None, "yaml_migration_done": True}
        )

    def _store(self, key: str, version: int, data: Json) -> None:
        """Write a file as Home Assistant stores them."""
        content = {"version": version, "minor_version": 1, "key": key, "data": data}
        (self.folder / ".storage" / key).write_text(json.dumps(content))

    async def _until(self, look: Callable[[], Awaitable[bool]]) -> None:
        """Wait for the process to come that far."""

        async def look_at_both() -> bool:
            assert self._process
            if (code := self._process.returncode) is not None:
                raise StartError(f"{self.log_tail()}\n\nIt ended with code {code}.")
            with suppress(aiohttp.ClientError, TimeoutError, ApiError):
                return await look()
            return False

        try:
            await until(look_at_both, "Home Assistant is up", timeout_s=_START_S)
        except AssertionError as err:
            raise StartError(f"{self.log_tail()}\n\n{err}") from None

    async def _serves_frontend(self) -> bool:
        assert self._session
        async with self._session.get(f"{self.url}/") as response:
            return response.status == 200

    async def _runs(self) -> bool:
        return bool((await self.get("/api/config"))["state"] == "RUNNING")

    # --- the owner --------------------------------------------------------------------

    async def sign_in(self) -> None:
        """Sign in, at the first start by going through the onboarding."""
        try:
            steps = await self.get("/api/onboarding")
        except ApiError:
            # Gone at the next start once it is done.
            steps = []
        open_steps = {each["step"] for each in steps if not each["done"]}
        client = {"client_id": f"{self.url}/"}
        if "user" in open_steps:
            owner = {"name": USER.title(), "username": USER, "password": PASSWORD}
            code = (
                await self.post(
                    "/api/onboarding/users", {**client, **owner, "language": "en"}
                )
            )["auth_code"]
        else:
            code = await self._log_in(client)
        token = await self._request(
            "POST",
            "/auth/token",
            data={**client, "grant_type": "authorization_code", "code": code},
        )
        self._token = token["access_token"]
        if "user" in open_steps:
            # The step that is skipped would ask for it, and so does a repair.
            await self.command("config/core/update", country="NL", currency="EUR")
        if "analytics" in open_steps:
            await self.post("/api/onboarding/analytics")
        if "integration" in open_steps:
            await self.post(
                "/api/onboarding/integration",
                {**client, "redirect_uri": f"{self.url}/"},
            )

    async def _log_in(self, client: Json) -> str:
        """Fill in the login form and return the code it gives."""
        flow = await self.post(
            "/auth/login_flow",
            {
                **client,
                "handler": ["homeassistant", None],
                "redirect_uri": f"{self.url}/",
            },
        )
        result = await self.post(
            f"/auth/login_flow/{flow['flow_id']}",
            {**client, "username": USER, "password": PASSWORD},
        )
        if result["type"] != "create_entry":
            raise ApiError(f"{USER} may not log in: {result['errors']}")
        return str(result["result"])

    # --- REST -------------------------------------------------------------------------

    async def _request(self, method: str, path: str, **kwargs: Any) -> Any:
        assert self._session
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        async with self._session.request(
            method, f"{self.url}{path}", headers=headers, **kwargs
        ) as response:
            text = await response.text()
            if response.status >= 400:
                raise ApiError(f"{method} {path}: {response.status} {text}")
            return json.loads(text)

    async def get(self, path: str) -> Any:
        """Get."""
        return await self._request("GET", path)

    async def post(self, path: str, data: Json | None = None) -> Any:
        """Post JSON."""
        return await self._request("POST", path, json=data or {})

    async def delete(self, path: str) -> Any:
        """Delete."""
        return await self._request("DELETE", path)

    async def state(self, entity_id: str) -> str:
        """Return an entity's state, as Home Assistant writes it."""
        return str((await self.get(f"/api/states/{entity_id}"))["state"])

    async def act(self, action: str, entity_id: str, **data: Any) -> None:
        """Perform an action, such as ``switch.turn_on``."""
        domain, name = action.split(".")
        await self.post(
            f"/api/services/{domain}/{name}", {"entity_id": entity_id, **data}
        )

    async def perform(self, action: str, **data: Any) -> None:
        """Perform one of the integration's actions."""
        await self.post(f"/api/services/{DOMAIN}/{action}", data)

    async def ask(self, action: str, **data: Any) -> Json:
        """Perform one of the integration's actions, and return its response."""
        answer = await self.post(
            f"/api/services/{DOMAIN}/{action}?return_response", data
        )
        response: Json = answer["service_response"]
        return response

    # --- config entries ---------------------------------------------------------------

    async def start_flow(self) -> Json:
        """Begin to add the integration, and return the first step."""
        flow: Json = await self.post(_CONFIG_FLOW, {"handler": DOMAIN})
        return flow

    async def configure(self, entry_id: str) -> Json:
        """Begin to change the options of an entry, and return the first step."""
        flow: Json = await self.post(_OPTIONS_FLOW, {"handler": entry_id})
        return flow

    async def add_to(self, entry_id: str, kind: str) -> Json:
        """Begin to add a subentry, such as a vehicle, and return the first step."""
        flow: Json = await self.post(_SUBENTRY_FLOW, {"handler": [entry_id, kind]})
        return flow

    async def go_on(self, flow: Json, **user_input: Any) -> Json:
        """Hand in a form or choose from a menu, and return the step after that.

        Waits for the end of a step that shows progress.
        """
        kind = _CONFIG_FLOW if flow["handler"] == DOMAIN else _OPTIONS_FLOW
        if isinstance(flow["handler"], list):
            kind = _SUBENTRY_FLOW
        path = f"{kind}/{flow['flow_id']}"
        step: Json = await self.post(path, user_input)
        while step["type"] in {"progress", "progress_done"}:
            await asyncio.sleep(0.2)
            step = await self.get(path)
        return step

    async def entries(self) -> list[Json]:
        """Return the integration's entries."""
        entries: list[Json] = await self.get(
            f"/api/config/config_entries/entry?domain={DOMAIN}"
        )
        return entries

    async def entities(self, entry_id: str) -> dict[str, str]:
        """Return the entity ids of an entry by the end of their unique ids.

        That is ``surplus`` on the bus, ``4F1A_status`` on a Wall Connector.
        """
        return {
            each["unique_id"].removeprefix(f"{entry_id}_"): each["entity_id"]
            for each in await self.command("config/entity_registry/list")
            if each["config_entry_id"] == entry_id
        }

    # --- WebSocket --------------------------------------------------------------------

    async def command(self, command: str, **data: Any) -> Any:
        """Send one command over the WebSocket API, and return its result."""
        assert self._session
        async with self._session.ws_connect(f"{self.url}/api/websocket") as socket:
            await socket.receive_json()
            await socket.send_json({"type": "auth", "access_token": self._token})
            await socket.receive_json()
            await socket.send_json({"id": 1, "type": command, **data})
            answer = await socket.receive_json()
        if not answer.get("success"):
            raise ApiError(f"{command}: {answer}")
        return answer["result"]
