"""The port: opened, kept open, given back. On real pseudo terminals and TCP ports."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
import errno
from itertools import pairwise
import logging
import os
from pathlib import Path
import socket
from typing import Any

import pytest
import serialx

from custom_components.twcmanager.bus import (
    announcement,
    connection as connection_module,
    master,
)
from custom_components.twcmanager.bus.connection import (
    LINE_ERRORS,
    Connection,
    PortProblem,
    ScanResult,
    port_problem,
    scan,
)
from custom_components.twcmanager.bus.master import Master
from custom_components.twcmanager.bus.messages import Protocol
from custom_components.twcmanager.simulator import (
    Faults,
    SimulatedCar,
    SimulatedSite,
    SimulatedUnit,
    SimulatorPort,
)

A, B = 0x1234, 0xABCD
FIRST_RETRY_S = 0.05
LONGEST_RETRY_S = 0.2


@pytest.fixture(autouse=True)
def short_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make what takes seconds take fractions of them."""
    monkeypatch.setattr(master, "LISTEN_S", 0.05)
    monkeypatch.setattr(master, "HEARTBEAT_INTERVAL_S", 0.4)
    monkeypatch.setattr(announcement, "_INTERVAL_S", 0.02)
    monkeypatch.setattr(connection_module, "_FIRST_RETRY_S", FIRST_RETRY_S)
    monkeypatch.setattr(connection_module, "_LONGEST_RETRY_S", LONGEST_RETRY_S)
    monkeypatch.setattr(connection_module, "_SCAN_S", 0.7)
    monkeypatch.setattr(connection_module, "_SCAN_ENOUGH_S", 0.5)


@pytest.fixture
async def site() -> SimulatedSite:
    """Two units and a car."""
    units = [
        SimulatedUnit(unit_id=A, car=SimulatedCar()),
        SimulatedUnit(unit_id=B, protocol=Protocol.V1, rating_a=80.0),
    ]
    return SimulatedSite(units, now=asyncio.get_running_loop().time())


@pytest.fixture
async def terminal(site: SimulatedSite, tmp_path: Path) -> AsyncIterator[SimulatorPort]:
    """The site on a pseudo terminal."""
    async with SimulatorPort(site, link=tmp_path / "port") as port:
        yield port


@pytest.fixture
async def server(
    socket_enabled: None, site: SimulatedSite
) -> AsyncIterator[SimulatorPort]:
    """The site on a TCP port."""
    async with SimulatorPort(site, tcp_port=0) as port:
        yield port


@pytest.fixture(params=["terminal", "server"])
def port(request: pytest.FixtureRequest) -> SimulatorPort:
    """The site on either of them."""
    if request.param == "server":
        request.getfixturevalue("socket_enabled")
    made: SimulatorPort = request.getfixturevalue(request.param)
    return made


async def until(happened: Callable[[], bool], patience_s: float = 5.0) -> None:
    """Wait for something."""
    async with asyncio.timeout(patience_s):
        while not happened():
            await asyncio.sleep(0.005)


@asynccontextmanager
async def running(
    url: str, on_heard: Callable[[], None] | None = None
) -> AsyncIterator[Connection]:
    """Keep a connection running, and give the port back in the end."""
    bus_master = Master(asyncio.get_running_loop().time())
    connection = Connection(url, bus_master, on_heard)
    task = asyncio.create_task(connection.run())
    try:
        yield connection
        assert not task.done(), task
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert not connection.connected


def online(connection: Connection) -> set[int]:
    """Return who has been heard."""
    units = connection.master.units
    return {unit.unit_id for unit in units if unit.online and unit.state is not None}


# --- conversation ---------------------------------------------------------------------


async def test_bytes_go_both_ways(port: SimulatorPort) -> None:
    """Units are found, and get what they are offered."""
    heard = 0

    def on_heard() -> None:
        nonlocal heard
        heard += 1

    async with running(port.url, on_heard) as connection:
        await until(lambda: online(connection) == {A, B})
        assert connection.connected
        assert connection.reconnects == 0
        assert heard > 0
        connection.master.offer(A, 10.0, asyncio.get_running_loop().time())
        await until(lambda: port.site.units[0].limit_a == 10.0)
        await until(lambda: connection.master.units[0].limit_a == 10.0)
    health = connection.master.health
    assert health.answers > 0
    assert health.checksum_errors == 0
    assert 0.02 < health.answer_mean_s < 0.3


async def test_a_poked_connection_speaks_at_once(
    terminal: SimulatorPort, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An offer does not wait for the next heartbeat."""
    monkeypatch.setattr(master, "HEARTBEAT_INTERVAL_S", 3.0)
    monkeypatch.setattr(master, "_QUESTION_INTERVAL_S", 10.0)
    unit = terminal.site.units[0]
    async with running(terminal.url) as connection:
        await until(lambda: online(connection) == {A, B})
        # More often than it would speak by itself.
        for limit_a in (10.0, 9.0, 8.0, 7.0):
            await asyncio.sleep(0.6)
            connection.master.offer(A, limit_a, asyncio.get_running_loop().time())
            connection.poke()
            async with asyncio.timeout(0.4):
                while unit.limit_a != limit_a:
                    await asyncio.sleep(0.005)


async def test_the_line_is_not_held_by_rts(
    terminal: SimulatorPort, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It switches the driver of some adapters on."""
    opened: dict[str, Any] = {}
    really_open = serialx.open_serial_connection

    async def look(url: str, **kwargs: Any) -> Any:
        opened.update(kwargs)
        return await really_open(url, **kwargs)

    monkeypatch.setattr(serialx, "open_serial_connection", look)
    await Connection(terminal.url, Master(0.0)).check()
    assert opened["rts_on_open"] is serialx.PinState.LOW
    assert opened["baudrate"] == 9600


async def test_nobody_else_talks_on_an_open_port(terminal: SimulatorPort) -> None:
    """Two masters would corrupt each other."""
    async with running(terminal.url) as connection:
        await until(lambda: connection.connected)
        with pytest.raises(OSError) as raised:
            await Connection(terminal.url, Master(0.0)).check()
        assert port_problem(raised.value) is PortProblem.BUSY
        assert connection.connected


async def test_a_port_is_given_back(port: SimulatorPort) -> None:
    """As soon as it is no longer wanted."""
    for _ in range(3):
        async with running(port.url) as connection:
            await until(lambda: port.site.bytes_heard > 0)
            assert connection.connected
            port.site.bytes_heard = 0
        await connection.check()


async def test_a_checked_port_is_given_back(port: SimulatorPort) -> None:
    """Checking sends nothing."""
    connection = Connection(port.url, Master(0.0))
    await connection.check()
    await connection.check()
    await asyncio.sleep(0.1)
    assert port.site.bytes_heard == 0
    assert not connection.connected


# --- loss -----------------------------------------------------------------------------


async def test_a_port_vanishes_and_comes_back(
    port: SimulatorPort, caplog: pytest.LogCaptureFixture
) -> None:
    """An adapter pulled out, a gateway without power: reopened, and all goes on."""
    caplog.set_level(logging.INFO)
    told: list[bool] = []
    async with running(
        port.url, lambda: told.append(connection.connected)
    ) as connection:
        await until(lambda: online(connection) == {A, B})
        connection.master.offer(A, 10.0, asyncio.get_running_loop().time())
        await until(lambda: port.site.units[0].limit_a == 10.0)
        await port.vanish()
        await until(lambda: not connection.connected)
        assert told[-1] is False
        assert connection.reconnects == 1
        await asyncio.sleep(3 * FIRST_RETRY_S)
        assert not connection.connected
        await port.come_back()
        await until(lambda: connection.connected)
        answers = connection.master.health.answers
        await until(lambda: connection.master.health.answers > answers + 2)
        assert port.site.units[0].limit_a == 10.0
        assert connection.reconnects == 1
    assert [record.message.split(": ")[0] for record in caplog.records].count(
        f"{port.url} is lost"
    ) == 1
    assert f"{port.url} is back" in caplog.text


async def test_the_end_of_a_tcp_stream_is_a_loss(socket_enabled: None) -> None:
    """Just as a serial error is."""
    calls = 0

    async def hang_up(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        nonlocal calls
        calls += 1
        writer.close()

    listener = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    tcp_port = listener.sockets[0].getsockname()[1]
    async with listener, running(f"socket://127.0.0.1:{tcp_port}") as connection:
        await until(lambda: calls >= 3)
        assert connection.reconnects >= 2


async def test_a_silent_network_is_dialled_again(
    server: SimulatorPort, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some gateways stay connected when the other side is dead."""
    monkeypatch.setattr(connection_module, "_DEAD_NETWORK_S", 0.1)
    server.site.faults.all_silent = True
    async with running(server.url) as connection:
        await until(lambda: connection.reconnects >= 2)


async def test_a_network_line_that_loses_a_unit_is_dialled_again_sooner(
    server: SimulatorPort, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In time for the car to go on charging."""
    monkeypatch.setattr(connection_module, "_LOST_NETWORK_S", 0.4)
    async with running(server.url) as connection:
        await until(lambda: any(unit.online for unit in connection.master.units))
        server.site.faults.all_silent = True
        await until(lambda: connection.reconnects >= 1)


async def test_a_silent_wire_is_just_silent(
    terminal: SimulatorPort, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Opening it again would not help."""
    monkeypatch.setattr(connection_module, "_DEAD_NETWORK_S", 0.1)
    terminal.site.faults.all_silent = True
    async with running(terminal.url) as connection:
        await asyncio.sleep(0.4)
        assert connection.connected
        assert connection.reconnects == 0


async def test_patience_grows(
    monkeypatch: pytest.MonkeyPatch, terminal: SimulatorPort
) -> None:
    """A port that stays away is tried less and less often, one that spoke at once."""
    tried_at: list[float] = []
    really_open = serialx.open_serial_connection

    async def look(url: str, **kwargs: Any) -> Any:
        tried_at.append(asyncio.get_running_loop().time())
        return await really_open(url, **kwargs)

    def gaps() -> list[float]:
        return [later - earlier for earlier, later in pairwise(tried_at)]

    monkeypatch.setattr(serialx, "open_serial_connection", look)
    await terminal.vanish()
    async with running(terminal.url) as connection:
        await until(lambda: len(tried_at) >= 5)
        slack_s = 0.15
        for gap, patience_s in zip(gaps(), (0.05, 0.1, 0.2, 0.2), strict=False):
            assert patience_s <= gap < patience_s + slack_s
        await terminal.come_back()
        await until(lambda: online(connection) == {A, B})
        tried_at.clear()
        lost_at = asyncio.get_running_loop().time()
        await terminal.vanish()
        await until(lambda: len(tried_at) >= 2)
        assert tried_at[0] - lost_at < FIRST_RETRY_S + slack_s
        assert gaps()[0] >= 2 * FIRST_RETRY_S


async def test_waiting_for_a_port_can_be_cancelled(tmp_path: Path) -> None:
    """Home Assistant stops while the adapter is out."""
    async with running(str(tmp_path / "port")) as connection:
        await asyncio.sleep(2 * FIRST_RETRY_S)
        assert not connection.connected
        assert connection.reconnects == 0


async def test_secrets_are_not_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Some URLs carry a key."""

    async def refuse(url: str, **kwargs: Any) -> Any:
        raise ConnectionRefusedError

    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(serialx, "open_serial_connection", refuse)
    async with running("esphome://house?key=sesame"):
        await asyncio.sleep(0.1)
    assert "is lost" in caplog.text
    assert "sesame" not in caplog.text


async def test_garbage_does_no_harm(port: SimulatorPort) -> None:
    """It is counted."""
    port.site.faults = Faults(noise_per_s=100.0)
    async with running(port.url) as connection:
        await until(lambda: online(connection) == {A, B})
        assert connection.master.health.noise_bytes > 0
        assert connection.reconnects == 0


# --- what is wrong with a port --------------------------------------------------------


async def problem_with(url: str) -> PortProblem:
    """Return why a port cannot be opened."""
    with pytest.raises(LINE_ERRORS) as raised:
        await Connection(url, Master(0.0)).check()
    return port_problem(raised.value)


async def test_a_port_that_is_not_there(tmp_path: Path) -> None:
    """An adapter pulled out, or a path mistyped."""
    assert await problem_with("/dev/ttyNOWHERE0") is PortProblem.MISSING
    assert await problem_with(str(tmp_path / "nothing")) is PortProblem.MISSING
    assert await problem_with("/dev/null/ttyUSB0") is PortProblem.MISSING


async def test_a_port_that_is_no_serial_port(tmp_path: Path) -> None:
    """A file, a folder, a device of another kind."""
    file = tmp_path / "file"
    file.write_text("precious")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (file, tmp_path, pipe, Path("/dev/null")):
        assert await problem_with(str(path)) is PortProblem.NOT_SERIAL
    assert file.read_text() == "precious"


@pytest.mark.parametrize(
    "url", ["carrier-pigeon://roof", "socket://house", "socket://", "socket://house:x"]
)
async def test_a_malformed_url(url: str) -> None:
    """An unknown scheme, or something missing."""
    assert await problem_with(url) is PortProblem.MALFORMED


async def test_an_address_where_nobody_is(socket_enabled: None) -> None:
    """The gateway is off, or at another address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        tcp_port = listener.getsockname()[1]
    url = f"socket://127.0.0.1:{tcp_port}"
    assert await problem_with(url) is PortProblem.UNREACHABLE


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (PermissionError(errno.EACCES, ""), PortProblem.FORBIDDEN),
        (PermissionError(errno.EPERM, ""), PortProblem.FORBIDDEN),
        (OSError(errno.ENODEV, ""), PortProblem.MISSING),
        (OSError(errno.EBUSY, ""), PortProblem.BUSY),
        (BlockingIOError(errno.EAGAIN, ""), PortProblem.BUSY),
        (socket.gaierror(socket.EAI_NONAME, ""), PortProblem.UNREACHABLE),
        (TimeoutError(), PortProblem.UNREACHABLE),
        (OSError(errno.EHOSTUNREACH, ""), PortProblem.UNREACHABLE),
        (serialx.UnsupportedSetting(), PortProblem.MALFORMED),
        (ValueError(), PortProblem.MALFORMED),
    ],
)
def test_other_problems(error: Exception, problem: PortProblem) -> None:
    """What cannot be brought about here."""
    assert isinstance(error, LINE_ERRORS)
    assert port_problem(error) is problem


# --- a first look ---------------------------------------------------------------------


async def look(url: str) -> tuple[ScanResult, list[float]]:
    """Return what a scan finds, and the progress it told."""
    progress: list[float] = []
    result = await scan(url, progress.append)
    return result, progress


async def test_a_scan_finds_units(port: SimulatorPort) -> None:
    """With rating and protocol; it tells them nothing, and gives the port back."""
    result, progress = await look(port.url)
    assert {(each.unit_id, each.rating_a, each.protocol) for each in result.units} == {
        (A, 32.0, Protocol.V2),
        (B, 80.0, Protocol.V1),
    }
    assert not result.foreign_master
    assert not result.echo
    assert all(unit.blinking for unit in port.site.units)
    assert progress == sorted(progress)
    assert progress[0] == pytest.approx(0, abs=0.1)
    assert 0.5 < progress[-1] < 0.9
    await Connection(port.url, Master(0.0)).check()


async def test_a_scan_of_an_empty_bus(terminal: SimulatorPort) -> None:
    """It takes its time, and finds nothing."""
    terminal.site.units.clear()
    result, progress = await look(terminal.url)
    assert result == ScanResult(
        units=(), foreign_master=False, echo=False, garbage=False
    )
    assert progress[-1] == 1.0


async def test_a_scan_that_hears_only_itself(terminal: SimulatorPort) -> None:
    """The adapter echoes, the wires are not connected."""
    terminal.site.units.clear()
    terminal.site.faults.echo = True
    result, _ = await look(terminal.url)
    assert result == ScanResult(
        units=(), foreign_master=False, echo=True, garbage=False
    )


async def test_a_scan_that_hears_garbage(terminal: SimulatorPort) -> None:
    """A and B are swapped, or a terminator is missing."""
    terminal.site.units.clear()
    terminal.site.faults.noise_per_s = 50.0
    result, _ = await look(terminal.url)
    assert result == ScanResult(
        units=(), foreign_master=False, echo=False, garbage=True
    )


async def test_a_scan_that_hears_another_master(
    terminal: SimulatorPort, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some unit's rotary switch is not at F."""
    monkeypatch.setattr(connection_module, "_SCAN_S", 1.3)
    terminal.site.units.clear()
    terminal.site.faults.other_master_id = 0x9999
    result, _ = await look(terminal.url)
    assert result.foreign_master


async def test_a_scan_of_a_port_that_is_not_there(tmp_path: Path) -> None:
    """The form tells."""
    with pytest.raises(FileNotFoundError):
        await look(str(tmp_path / "port"))


async def test_a_scan_whose_port_vanishes(port: SimulatorPort) -> None:
    """It ends then."""
    scanning = asyncio.create_task(look(port.url))
    await until(lambda: port.site.bytes_heard > 0)
    await port.vanish()
    async with asyncio.timeout(2):
        with pytest.raises(OSError):
            await scanning


async def test_a_cancelled_scan_gives_the_port_back(port: SimulatorPort) -> None:
    """The user closed the dialog."""
    scanning = asyncio.create_task(look(port.url))
    await until(lambda: port.site.bytes_heard > 0)
    scanning.cancel()
    with pytest.raises(asyncio.CancelledError):
        await scanning
    await Connection(port.url, Master(0.0)).check()
