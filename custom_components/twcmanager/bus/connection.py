"""The port: opens it, keeps it open, carries bytes between it and the master.

The only module of the bus that does I/O. serialx takes device paths and URLs (``socket://``,
``rfc2217://``, ``esphome-hass://``) and locks local ports, so that nobody else talks on them.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
import errno
import logging
from typing import Final

import serialx
from serialx.common import UnknownUriScheme

from .master import Master
from .messages import SlaveLinkReady

_LOGGER = logging.getLogger(__name__)

BAUDRATE: Final = 9600

# What an absent, busy, broken or vanished port raises, depending on its kind.
LINE_ERRORS: Final[tuple[type[Exception], ...]] = (
    OSError,
    TimeoutError,
    ValueError,
    serialx.SerialException,
)

_FIRST_RETRY_S: Final = 1.0
_LONGEST_RETRY_S: Final = 30.0
# A heartbeat comes once a second, and a unit whose car just starts may ignore one.
_LONGEST_FAREWELL_S: Final = 3.0
_FAREWELL_STEP_S: Final = 0.1
_READ_SIZE: Final = 512

# Some network gateways stay connected when the other side is dead: dial again. Soon if a
# unit was there a moment ago, as it stops its car after 20 s without a word.
_DEAD_NETWORK_S: Final = 60.0
_LOST_NETWORK_S: Final = 10.0

# Units answer the announcement at once; those that do not, ask every 10 s by themselves.
_SCAN_S: Final = 13.0
_SCAN_ENOUGH_S: Final = 5.0
_SCAN_STEP_S: Final = 0.1


class PortProblem(StrEnum):
    """Why a port could not be opened, in words a form can translate."""

    MISSING = "port_missing"
    BUSY = "port_busy"
    FORBIDDEN = "port_forbidden"
    NOT_SERIAL = "port_not_serial"
    MALFORMED = "port_malformed"
    UNREACHABLE = "port_unreachable"


_ERRNO_PROBLEMS: Final = {
    errno.ENOENT: PortProblem.MISSING,
    errno.ENODEV: PortProblem.MISSING,
    errno.ENOTDIR: PortProblem.MISSING,
    errno.ENXIO: PortProblem.MISSING,
    errno.EBUSY: PortProblem.BUSY,
    errno.EAGAIN: PortProblem.BUSY,
    errno.EACCES: PortProblem.FORBIDDEN,
    errno.EPERM: PortProblem.FORBIDDEN,
    errno.ENOTTY: PortProblem.NOT_SERIAL,
    errno.EINVAL: PortProblem.NOT_SERIAL,
    errno.EISDIR: PortProblem.NOT_SERIAL,
}


def port_problem(err: BaseException) -> PortProblem:
    """Tell what is wrong with a port from the error that opening it raised."""
    if isinstance(err, OSError) and err.errno in _ERRNO_PROBLEMS:
        return _ERRNO_PROBLEMS[err.errno]
    if isinstance(err, ValueError | UnknownUriScheme | serialx.UnsupportedSetting):
        return PortProblem.MALFORMED
    return PortProblem.UNREACHABLE


type _Streams = tuple[
    asyncio.StreamReader, serialx.SerialStreamWriter[serialx.BaseSerialTransport]
]


@asynccontextmanager
async def _open(url: str) -> AsyncGenerator[_Streams]:
    """Open a port and release it whatever happens."""
    reader, writer = await serialx.open_serial_connection(
        url,
        baudrate=BAUDRATE,
        # An adapter that switches its driver with RTS would hold the bus for ever.
        rts_on_open=serialx.PinState.LOW,
    )
    try:
        yield reader, writer
    finally:
        writer.close()
        with suppress(*LINE_ERRORS):
            await writer.wait_closed()


class Connection:
    """Keeps a master in conversation with its bus, whatever happens to the port."""

    def __init__(
        self,
        url: str,
        master: Master,
        on_heard: Callable[[], None] | None = None,
        errors: tuple[type[Exception], ...] = LINE_ERRORS,
    ) -> None:
        """Prepare; ``on_heard`` is called after the master took bytes from the line.

        ``errors`` are what a lost port may raise, where a kind of port has some of its own.
        """
        self.url = url
        self._errors = errors
        self.master = master
        self.connected = False
        self.reconnects = 0
        self._on_heard = on_heard
        self._poked = asyncio.Event()
        self._heard_at = 0.0

    async def check(self) -> None:
        """Open the port once and release it. Raises one of LINE_ERRORS if that fails."""
        async with _open(self.url):
            pass

    async def run(self) -> None:
        """Converse until cancelled, reopening the port with growing patience."""
        loop = asyncio.get_running_loop()
        retry_s = _FIRST_RETRY_S
        reported = False
        while True:
            opened_at = loop.time()
            try:
                async with _open(self.url) as streams:
                    self.connected = True
                    if reported:
                        _LOGGER.info("%s is back", serialx.redact_uri(self.url))
                        reported = False
                    await self.converse(*streams)
                continue
            except self._errors as err:
                if not reported:
                    _LOGGER.info("%s is lost: %s", serialx.redact_uri(self.url), err)
                    reported = True
            finally:
                if self.connected:
                    self.connected = False
                    self.reconnects += 1
                    self._tell()
            if self._heard_at > opened_at:
                retry_s = _FIRST_RETRY_S
            await asyncio.sleep(retry_s)
            retry_s = min(2 * retry_s, _LONGEST_RETRY_S)

    async def converse(
        self,
        reader: asyncio.StreamReader,
        writer: serialx.SerialStreamWriter[serialx.BaseSerialTransport],
    ) -> None:
        """Carry bytes both ways until the port is lost. Raises the error that lost it."""
        self.master.restart(asyncio.get_running_loop().time())
        try:
            async with asyncio.TaskGroup() as group:
                listening = group.create_task(self._listen(reader))
                speaking = group.create_task(self._speak(writer))
                listening.add_done_callback(lambda _: speaking.cancel())
        except* LINE_ERRORS as errors:
            first: BaseException = errors
            while isinstance(first, BaseExceptionGroup):
                first = first.exceptions[0]
            raise first from None

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        """Hand what arrives to the master. Return when a network line seems dead."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                async with asyncio.timeout(self._patience_s):
                    data = await reader.read(_READ_SIZE)
            except TimeoutError:
                _LOGGER.debug("Nothing heard for long, dialling again")
                return
            if not data:
                raise ConnectionResetError("closed by the other side")
            self._heard_at = loop.time()
            self.master.receive(data, self._heard_at)
            self.poke()
            self._tell()

    @property
    def _patience_s(self) -> float | None:
        """Return how long silence is no reason to doubt the line; for a cable for ever."""
        if "://" not in self.url:
            return None
        anyone = any(unit.online for unit in self.master.units)
        return _LOST_NETWORK_S if anyone else _DEAD_NETWORK_S

    def poke(self) -> None:
        """Let the master speak at once if it has something to say: call it after offers."""
        self._poked.set()

    async def say_farewell(self, limit_a: float) -> None:
        """Leave all units with so much at most: nobody will watch them for a while.

        Waits until they say so, but not for long: one whose car just starts may ignore it.
        """
        loop = asyncio.get_running_loop()
        master = self.master
        master.leave_at(limit_a, loop.time())
        self.poke()
        deadline = loop.time() + _LONGEST_FAREWELL_S
        while (
            self.connected
            and loop.time() < deadline
            and any(unit.online and unit.at_most_a > limit_a for unit in master.units)
        ):
            await asyncio.sleep(_FAREWELL_STEP_S)

    async def _speak(
        self, writer: serialx.SerialStreamWriter[serialx.BaseSerialTransport]
    ) -> None:
        """Send what the master has to say, when it has to say it."""
        loop = asyncio.get_running_loop()
        while True:
            now = loop.time()
            if data := self.master.poll(now):
                writer.write(data)
                await writer.drain()
            self._poked.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout_at(self.master.wake_at(now)):
                    await self._poked.wait()

    def _tell(self) -> None:
        if self._on_heard:
            self._on_heard()


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanResult:
    """What a first look at a bus found, and what else was heard if it found nothing."""

    units: tuple[SlaveLinkReady, ...]
    foreign_master: bool
    echo: bool
    garbage: bool


async def scan(url: str, on_progress: Callable[[float], None]) -> ScanResult:
    """Announce a master and listen for units: 5 s if there are any, else 13 s.

    No unit is told to do anything. Progress is a fraction. Raises one of LINE_ERRORS.
    """
    loop = asyncio.get_running_loop()
    began_at = loop.time()
    master = Master(began_at, adopt=False)
    connection = Connection(url, master)
    async with _open(url) as streams:
        conversation = asyncio.create_task(connection.converse(*streams))
        try:
            while not conversation.done():
                passed_s = loop.time() - began_at
                on_progress(min(1.0, passed_s / _SCAN_S))
                if passed_s > (_SCAN_ENOUGH_S if master.seen else _SCAN_S):
                    break
                await asyncio.sleep(_SCAN_STEP_S)
            else:
                conversation.result()
        finally:
            conversation.cancel()
            with suppress(asyncio.CancelledError, *LINE_ERRORS):
                await conversation
    health = master.health
    return ScanResult(
        units=master.seen,
        foreign_master=master.foreign_master(loop.time()),
        echo=health.echoes > 0,
        garbage=health.checksum_errors > 0 or health.noise_bytes > 0,
    )
