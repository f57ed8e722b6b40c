"""A simulated site on a real port: a pseudo terminal or a TCP port, in real time."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
import fcntl
import os
from pathlib import Path
import struct
import termios
import tty
from types import TracebackType
from typing import Final, Self

from .site import SimulatedSite

# How often at least the site's time goes on.
_TICK_S: Final = 0.25
# A reader that leaves this much lying around is none: what it would find one day is stale.
_MOST_UNREAD: Final = 512
_READ_SIZE: Final = 4096

type _OnData = Callable[[bytes], None]


class SimulatorPort:
    """Runs a site while it is open. One client at a time, which may come and go.

        async with SimulatorPort(site, link="/tmp/wall-connectors") as port:
            ... open port.url ...

    With `tcp_port` it is a TCP server (0: any free port), else a pseudo terminal, to which
    `link` is made to point. The site's time is that of the event loop: make it with
    `now=asyncio.get_running_loop().time()`. It starts no tasks and no threads, and never
    blocks the loop.
    """

    def __init__(
        self,
        site: SimulatedSite,
        *,
        link: str | Path | None = None,
        tcp_port: int | None = None,
        host: str = "127.0.0.1",
    ) -> None:
        """Prepare; the port appears with `open`."""
        self.site = site
        self._line: _Terminal | _Server
        if tcp_port is None:
            self._line = _Terminal(self._on_data, Path(link) if link else None)
        else:
            self._line = _Server(self._on_data, host, tcp_port)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def url(self) -> str:
        """Return what to give to a client: a path, or ``socket://host:port``.

        A pseudo terminal without a link may have another path after `come_back`.
        """
        return self._line.url

    @property
    def gone(self) -> bool:
        """Return whether there is no port at the moment."""
        return not self._line.is_open

    async def open(self) -> None:
        """Make the port and let the site live.

        Raises OSError if the link's place or the TCP port is taken.
        """
        self._loop = asyncio.get_running_loop()
        await self._line.open()
        self._run()

    async def close(self) -> None:
        """Remove the port and stop the site's time."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        await self._line.close()

    async def vanish(self) -> None:
        """Pull the adapter out: the client's reads fail, the units live on without it."""
        await self._line.close()

    async def come_back(self) -> None:
        """Put the adapter in again."""
        await self._line.open()

    async def __aenter__(self) -> Self:
        """Open."""
        await self.open()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close."""
        await self.close()

    def _on_data(self, data: bytes) -> None:
        assert self._loop is not None
        self.site.receive(data, self._loop.time())
        self._run()

    def _run(self) -> None:
        """Bring the site up to date and come back when there is something to do."""
        assert self._loop is not None
        if self._timer is not None:
            self._timer.cancel()
        now = self._loop.time()
        self.site.advance(now)
        data = self.site.transmit(now)
        if data and self._line.is_open:
            self._line.write(data)
        due = min(self.site.next_event_at(now), now + _TICK_S)
        self._timer = self._loop.call_at(max(due, now + 0.001), self._run)


class _Terminal:
    """A pseudo terminal whose far end looks like a serial port."""

    def __init__(self, on_data: _OnData, link: Path | None) -> None:
        self._on_data = on_data
        self._link = link
        self._near = -1
        self._far = -1
        self._path = ""

    @property
    def is_open(self) -> bool:
        return self._near >= 0

    @property
    def url(self) -> str:
        return str(self._link or self._path)

    async def open(self) -> None:
        if self.is_open:
            return
        # The far end stays open here too. Else a client that closes it would end the
        # terminal, and with it the raw mode.
        self._near, self._far = os.openpty()
        tty.setraw(self._far)
        os.set_blocking(self._near, False)
        self._path = os.ttyname(self._far)
        try:
            self._point_link()
        except OSError:
            await self.close()
            raise
        asyncio.get_running_loop().add_reader(self._near, self._read)

    async def close(self) -> None:
        if not self.is_open:
            return
        asyncio.get_running_loop().remove_reader(self._near)
        with suppress(OSError):
            if self._link and str(self._link.readlink()) == self._path:
                self._link.unlink()
        # Closing the near end hangs up: whoever reads the far end gets an error.
        os.close(self._near)
        os.close(self._far)
        self._near = self._far = -1

    def write(self, data: bytes) -> None:
        """Write what fits; a port nobody reads loses its bytes."""
        if self._unread() > _MOST_UNREAD:
            termios.tcflush(self._far, termios.TCIFLUSH)
        with suppress(BlockingIOError):
            os.write(self._near, data)

    def _unread(self) -> int:
        answer = fcntl.ioctl(self._far, termios.FIONREAD, b"\0" * 4)
        return int(struct.unpack("i", answer)[0])

    def _read(self) -> None:
        try:
            data = os.read(self._near, _READ_SIZE)
        except BlockingIOError:
            return
        self._on_data(data)

    def _point_link(self) -> None:
        """Make the link point here; replaces an old link, but nothing else."""
        if self._link is None:
            return
        if self._link.is_symlink():
            self._link.unlink()
        self._link.symlink_to(self._path)


class _Server:
    """A TCP port with at most one client, as network gateways have it."""

    def __init__(self, on_data: _OnData, host: str, tcp_port: int) -> None:
        self._on_data = on_data
        self._host = host
        self._tcp_port = tcp_port
        self._server: asyncio.Server | None = None
        self._client: asyncio.Transport | None = None

    @property
    def is_open(self) -> bool:
        return self._server is not None

    @property
    def url(self) -> str:
        return f"socket://{self._host}:{self._tcp_port}"

    async def open(self) -> None:
        if self._server is not None:
            return
        self._server = await asyncio.get_running_loop().create_server(
            lambda: _Client(self), self._host, self._tcp_port
        )
        # The same port again when it comes back.
        self._tcp_port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        if self._server is None:
            return
        server, self._server = self._server, None
        server.close()
        if self._client is not None:
            self._client.abort()
            self._client = None
        await server.wait_closed()

    def write(self, data: bytes) -> None:
        """Hand to the client, unless there is none or it does not read."""
        if self._client and self._client.get_write_buffer_size() <= _MOST_UNREAD:
            self._client.write(data)

    def connected(self, transport: asyncio.Transport) -> bool:
        """Take a client, or turn it away if there is one already."""
        if self._server is None or self._client is not None:
            return False
        self._client = transport
        return True

    def lost(self, transport: asyncio.Transport) -> None:
        """Forget a client."""
        if self._client is transport:
            self._client = None

    def received(self, data: bytes) -> None:
        """Pass on what the client sent."""
        self._on_data(data)


class _Client(asyncio.Protocol):
    """One TCP connection."""

    def __init__(self, server: _Server) -> None:
        self._server = server
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        if self._server.connected(transport):
            self._transport = transport
        else:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._transport is not None:
            self._server.lost(self._transport)

    def data_received(self, data: bytes) -> None:
        if self._transport is not None:
            self._server.received(data)
