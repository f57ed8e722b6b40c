"""The site on real ports."""

import asyncio
from collections.abc import AsyncIterator
import errno
import os
from pathlib import Path

import pytest

from custom_components.twcmanager.bus.codec import decode, encode_master
from custom_components.twcmanager.bus.frame import FrameDecoder
from custom_components.twcmanager.bus.messages import (
    Command,
    MasterHeartbeat,
    Protocol,
    SlaveHeartbeat,
)
from custom_components.twcmanager.simulator import (
    SimulatedCar,
    SimulatedSite,
    SimulatedUnit,
    SimulatorPort,
)

HEARTBEAT = encode_master(
    MasterHeartbeat(0x7777, 0x1234, Command.LIMIT, 16.0), Protocol.V2
)


@pytest.fixture
def site() -> SimulatedSite:
    """A site of one unit, whose time is the loop's."""
    now = asyncio.get_event_loop().time()
    return SimulatedSite([SimulatedUnit(unit_id=0x1234, car=SimulatedCar())], now=now)


@pytest.fixture
async def terminal(site: SimulatedSite) -> AsyncIterator[SimulatorPort]:
    """A pseudo terminal."""
    async with SimulatorPort(site) as port:
        yield port


@pytest.fixture
async def server(
    socket_enabled: None, site: SimulatedSite
) -> AsyncIterator[SimulatorPort]:
    """A TCP port."""
    async with SimulatorPort(site, tcp_port=0) as port:
        yield port


def open_terminal(port: SimulatorPort) -> int:
    """Open it as a serial library does."""
    return os.open(port.url, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)


async def ask_terminal(client: int) -> SlaveHeartbeat:
    """Send a heartbeat and wait for the answer."""
    os.write(client, HEARTBEAT)
    decoder = FrameDecoder()
    async with asyncio.timeout(2):
        while True:
            await asyncio.sleep(0.01)
            try:
                data = os.read(client, 256)
            except BlockingIOError:
                continue
            if answer := heartbeat_in(decoder.feed(data)):
                return answer


def heartbeat_in(bodies: list[bytes]) -> SlaveHeartbeat | None:
    """Return the heartbeat among frames."""
    for body in bodies:
        if isinstance(message := decode(body), SlaveHeartbeat):
            return message
    return None


type Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def connect(port: SimulatorPort) -> Streams:
    """Connect to a TCP port."""
    host, tcp_port = port.url.removeprefix("socket://").split(":")
    return await asyncio.open_connection(host, int(tcp_port))


async def ask_server(streams: Streams) -> SlaveHeartbeat:
    """Send a heartbeat and wait for the answer."""
    reader, writer = streams
    writer.write(HEARTBEAT)
    decoder = FrameDecoder()
    async with asyncio.timeout(2):
        while data := await reader.read(256):
            if answer := heartbeat_in(decoder.feed(data)):
                return answer
    raise AssertionError("end of stream")


async def is_cut(reader: asyncio.StreamReader) -> bool:
    """Wait for the end of a connection, by whatever means."""
    async with asyncio.timeout(2):
        try:
            while await reader.read(256):
                pass
        except ConnectionError:
            return True
        return reader.at_eof()


async def test_a_terminal_speaks(terminal: SimulatorPort) -> None:
    """Bytes go as they are, CR and XOFF included."""
    client = open_terminal(terminal)
    try:
        assert (await ask_terminal(client)).limit_a == 16
        heard = terminal.site.bytes_heard
        os.write(client, b"\r\n\x03\x04\x11\x13\xff\x00")
        await asyncio.sleep(0.05)
        assert terminal.site.bytes_heard == heard + 8
    finally:
        os.close(client)


async def test_a_terminal_outlives_its_clients(terminal: SimulatorPort) -> None:
    """They may close and open again."""
    for _ in range(3):
        client = open_terminal(terminal)
        assert (await ask_terminal(client)).unit_id == 0x1234
        os.close(client)
        await asyncio.sleep(0.02)


async def test_a_terminal_nobody_reads_blocks_nothing(terminal: SimulatorPort) -> None:
    """What it leaves lying around is little."""
    terminal.site.faults.noise_per_s = 20_000
    start = asyncio.get_running_loop().time()
    await asyncio.sleep(0.3)
    assert asyncio.get_running_loop().time() - start < 1
    terminal.site.faults.noise_per_s = 0
    await asyncio.sleep(0.3)
    client = open_terminal(terminal)
    try:
        assert len(os.read(client, 65536)) < 4096
        assert (await ask_terminal(client)).unit_id == 0x1234
    finally:
        os.close(client)


async def test_a_terminal_that_vanishes_fails_pending_reads(
    site: SimulatedSite, tmp_path: Path
) -> None:
    """It comes back under the same link, the units having lived on."""
    link = tmp_path / "port"
    async with SimulatorPort(site, link=link) as port:
        assert port.url == str(link)
        client = os.open(link, os.O_RDWR | os.O_NOCTTY)
        reading = asyncio.create_task(asyncio.to_thread(read_until_it_fails, client))
        await asyncio.sleep(0.05)
        assert not reading.done()
        await port.vanish()
        assert port.gone
        assert not link.is_symlink()
        async with asyncio.timeout(2):
            assert await reading in (None, errno.EIO)
        os.close(client)
        await asyncio.sleep(0.3)
        assert site.now > asyncio.get_running_loop().time() - 0.3
        await port.come_back()
        await port.come_back()
        assert not port.gone
        client = open_terminal(port)
        assert (await ask_terminal(client)).unit_id == 0x1234
        os.close(client)
    assert not link.is_symlink()
    await port.vanish()


def read_until_it_fails(client: int) -> int | None:
    """Return the error number, None for the end of the file."""
    try:
        while os.read(client, 256):
            pass
    except OSError as error:
        return error.errno
    return None


async def test_a_link_replaces_an_old_link_only(
    site: SimulatedSite, tmp_path: Path
) -> None:
    """A file of someone else's is not touched."""
    link = tmp_path / "port"
    link.symlink_to("/dev/gone")
    async with SimulatorPort(site, link=link):
        assert link.exists()
    link.write_text("precious")
    port = SimulatorPort(site, link=link)
    with pytest.raises(FileExistsError):
        await port.open()
    assert port.gone
    assert link.read_text() == "precious"


async def test_a_server_speaks_to_one_client_at_a_time(server: SimulatorPort) -> None:
    """As network gateways have it."""
    streams = await connect(server)
    assert (await ask_server(streams)).limit_a == 16
    reader, writer = await connect(server)
    assert await is_cut(reader)
    writer.close()
    assert (await ask_server(streams)).limit_a == 16
    streams[1].close()
    await asyncio.sleep(0.05)
    streams = await connect(server)
    assert (await ask_server(streams)).limit_a == 16
    streams[1].close()


async def test_a_server_that_vanishes_drops_its_client(server: SimulatorPort) -> None:
    """And listens at the same port afterwards."""
    url = server.url
    reader, writer = await connect(server)
    await ask_server((reader, writer))
    await server.vanish()
    await server.vanish()
    assert await is_cut(reader)
    writer.close()
    with pytest.raises(ConnectionError):
        await connect(server)
    await server.come_back()
    assert server.url == url
    streams = await connect(server)
    await ask_server(streams)
    streams[1].close()


async def test_a_server_whose_client_does_not_read_blocks_nothing(
    server: SimulatorPort,
) -> None:
    """What does not fit is lost."""
    streams = await connect(server)
    server.site.faults.noise_per_s = 50_000
    await asyncio.sleep(0.3)
    server.site.faults.noise_per_s = 0
    await asyncio.sleep(0.05)
    streams[1].close()


def open_files() -> int:
    """Return how many files this process holds open."""
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


async def test_nothing_is_left_behind(site: SimulatedSite) -> None:
    """No tasks, no open files, no timers that go on."""
    tasks, files = len(asyncio.all_tasks()), open_files()
    async with SimulatorPort(site):
        await asyncio.sleep(0.05)
        assert len(asyncio.all_tasks()) == tasks
    assert open_files() == files
    now = site.now
    await asyncio.sleep(0.4)
    assert site.now == now
