"""A whole site on one line: what a master's serial port would be connected to."""

from collections import deque
from dataclasses import dataclass, field
from math import inf
import random
from typing import Final, Literal

from ..bus.codec import decode, encode_master
from ..bus.frame import FrameDecoder
from ..bus.messages import (
    Command,
    MasterHeartbeat,
    MasterLinkReady,
    MasterMessage,
    Protocol,
    UnitId,
)
from .home import MeterReading, SimulatedHome
from .unit import SimulatedUnit

# 9600 baud, 8N1.
BYTE_S: Final = 10 / 9600
# While someone watches the mean power, it is taken this often.
_HOME_STEP_S: Final = 1.0
_OTHER_MASTER_INTERVAL_S: Final = 1.0
_OTHER_MASTER_SIGN: Final = 0x33
_MOST_NOISE_BYTES: Final = 6


@dataclass(slots=True, kw_only=True)
class Faults:
    """What is wrong with the line. May be changed while it runs."""

    noise_per_s: float = 0.0
    """Bursts of one to six random bytes per second, between the frames."""
    lost_bytes: float = 0.0
    """Probability that a byte is lost, in either direction."""
    corrupt_bytes: float = 0.0
    """Probability that a byte arrives as another, in either direction."""
    silent_units: frozenset[int] = frozenset()
    """Units cut off from the line, by their place on the site: deaf and mute."""
    all_silent: bool = False
    echo: bool = False
    """The line returns the master's own bytes, as two-wire adapters do."""
    other_master_id: UnitId | None = None
    """A second master on the line, which speaks to the first unit."""


@dataclass(slots=True)
class SimulatedSite:
    """Wall Connectors with their cars, and the home, on one bus.

    The bytes a master sends go in by `receive`, what it would read comes out of `transmit`.
    Everything else happens by itself as time passes.
    """

    units: list[SimulatedUnit]
    home: SimulatedHome = field(default_factory=SimulatedHome)
    faults: Faults = field(default_factory=Faults)
    now: float = 0.0
    """The time the site has come to; at first, when it got power."""
    seed: int = 0
    reply_delay_s: float = 0.03
    """From the end of a question to the start of the answer."""
    end_byte: bytes = b"\xfc"
    """What units send after each frame: FC, FE, F8, FF or nothing."""

    bytes_heard: int = field(default=0, init=False)
    """Bytes the master has sent."""

    _rng: random.Random = field(init=False)
    _decoder: FrameDecoder = field(default_factory=FrameDecoder, init=False)
    _line: deque[tuple[float, bytes]] = field(default_factory=deque, init=False)
    _line_free_at: float = field(default=-inf, init=False)
    _next_noise_at: float = field(default=inf, init=False)
    _other_master_at: float = field(default=inf, init=False)
    _other_master_step: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        """Switch everything on."""
        self._rng = random.Random(f"site {self.seed}")
        self.home.meter.start(self.now)
        for unit in self.units:
            unit.power_up(self.now)

    # --- what can be measured ---------------------------------------------------------

    @property
    def solar_w(self) -> float:
        """Return what the roof delivers."""
        return self.home.sun.power_w(self.now)

    @property
    def house_w(self) -> float:
        """Return what the house uses without the cars."""
        return self.home.house.power_w(self.now)

    @property
    def cars_w(self) -> float:
        """Return what the cars draw."""
        self._let_cars_live()
        return sum([unit.power_w for unit in self.units])

    @property
    def grid_w(self) -> float:
        """Return the power at the grid connection now: positive is import."""
        return self.house_w + self.cars_w - self.solar_w

    @property
    def meter(self) -> MeterReading | None:
        """Return what the meter shows now, None before its first reading."""
        return self.home.meter.reading(self.now)

    # --- time -------------------------------------------------------------------------

    def advance(self, now: float) -> None:
        """Let time pass for cars, sun, house and meter. Time never goes back."""
        meter = self.home.meter
        while meter.next_sample_at <= now:
            self._pass(meter.next_sample_at)
            meter.sample(self.grid_w)
        self._pass(now)
        self._let_cars_live()

    def _pass(self, now: float) -> None:
        while self.home.meter.mean and now - self.now > _HOME_STEP_S:
            self._step(self.now + _HOME_STEP_S)
        if now > self.now:
            self._step(now)

    def _step(self, now: float) -> None:
        step_s, self.now = now - self.now, now
        if self.home.meter.mean:
            self.home.meter.add(self.grid_w, step_s)

    def _let_cars_live(self) -> None:
        for unit in self.units:
            unit.advance(self.now)

    def next_event_at(self, now: float) -> float:
        """Return when there is something new: bytes to transmit or a meter reading.

        Never infinity: a meter reads for ever.
        """
        self._schedule_faults(now)
        due = min(
            self._line[0][0] if self._line else inf,
            self._next_noise_at,
            self._other_master_at,
            self.home.meter.next_reading_at(now),
        )
        for unit in self.units:
            due = min(due, unit.next_link_ready_at())
        return due

    # --- the line ---------------------------------------------------------------------

    def receive(self, data: bytes, now: float) -> None:
        """Take bytes the master has sent."""
        self.advance(now)
        self.bytes_heard += len(data)
        if self.faults.echo:
            self._put(data, now)
        self._tell_units(self._through_the_line(data))

    def transmit(self, now: float) -> bytes:
        """Return the bytes that have reached the master by now.

        What the cars do meanwhile is only worked out when somebody wants to know: call
        `advance` before looking at them.
        """
        if self.home.meter.mean or self.home.meter.next_sample_at <= now:
            self.advance(now)
        self.now = max(self.now, now)
        self._schedule_faults(now)
        self._let_units_speak(now)
        if self._other_master_at <= now:
            self._let_other_master_speak(now)
        data = b""
        while self._line and self._line[0][0] <= now:
            data += self._line.popleft()[1]
        if self._next_noise_at <= now:
            data += self._noise(now)
        return self._through_the_line(data) if data else data

    def _tell_units(self, data: bytes) -> None:
        for body in self._decoder.feed(data):
            message = decode(body)
            if message is None:
                continue
            for index, unit in enumerate(self.units):
                if self._silent(index):
                    continue
                reply = unit.hear(message)
                if reply is not None:
                    self._put(reply + self.end_byte, self.now + self.reply_delay_s)

    def _put(self, data: bytes, start: float) -> None:
        """Send bytes from some moment on, or when the line is free."""
        start = max(start, self._line_free_at)
        self._line_free_at = start + len(data) * BYTE_S
        self._line.append((self._line_free_at, data))

    def _silent(self, index: int) -> bool:
        return self.faults.all_silent or index in self.faults.silent_units

    def _let_units_speak(self, now: float) -> None:
        """Put the link-readys that are due on the line."""
        for index, unit in enumerate(self.units):
            while (due := unit.next_link_ready_at()) <= now:
                data = unit.poll(now)
                if data is not None and not self._silent(index):
                    self._put(data + self.end_byte, due)

    # --- faults -----------------------------------------------------------------------

    def _schedule_faults(self, now: float) -> None:
        faults = self.faults
        if faults.noise_per_s <= 0:
            self._next_noise_at = inf
        elif self._next_noise_at == inf:
            self._next_noise_at = now + self._rng.expovariate(faults.noise_per_s)
        if faults.other_master_id is None:
            self._other_master_at, self._other_master_step = inf, 0
        elif self._other_master_at == inf:
            self._other_master_at = now

    def _noise(self, now: float) -> bytes:
        noise = b""
        while self._next_noise_at <= now:
            noise += self._rng.randbytes(self._rng.randint(1, _MOST_NOISE_BYTES))
            self._next_noise_at += self._rng.expovariate(self.faults.noise_per_s)
        return noise

    def _through_the_line(self, data: bytes) -> bytes:
        """Lose and change bytes as a bad line does."""
        lost, corrupt = self.faults.lost_bytes, self.faults.corrupt_bytes
        if lost <= 0 and corrupt <= 0:
            return data
        rng = self._rng
        kept = [byte for byte in data if rng.random() >= lost]
        return bytes(
            rng.randrange(256) if rng.random() < corrupt else byte for byte in kept
        )

    def _let_other_master_speak(self, now: float) -> None:
        """Play a second master: ten link-readys, then heartbeats, one each second."""
        while self._other_master_at <= now:
            data = encode_master(self._other_master_says(), Protocol.V2)
            self._put(data + self.end_byte, self._other_master_at)
            self._tell_units(data)
            self._other_master_step += 1
            self._other_master_at += _OTHER_MASTER_INTERVAL_S

    def _other_master_says(self) -> MasterMessage:
        master_id, step = self.faults.other_master_id, self._other_master_step
        assert master_id is not None
        if step < 10 or not self.units:
            which: Literal[1, 2] = 1 if step % 10 < 5 else 2
            return MasterLinkReady(which, master_id, _OTHER_MASTER_SIGN, 32.0)
        return MasterHeartbeat(master_id, self.units[0].unit_id, Command.NO_CHANGE)
