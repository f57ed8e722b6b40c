"""A line on which a test plays everyone but the master, and sees what is sent when."""

from collections.abc import Collection
from dataclasses import dataclass
from heapq import heappop, heappush
import itertools

from custom_components.twcmanager.bus.codec import decode, encode_master, encode_slave
from custom_components.twcmanager.bus.frame import FrameDecoder
from custom_components.twcmanager.bus.master import Master
from custom_components.twcmanager.bus.messages import (
    Ask,
    Command,
    ContactorMoved,
    FirmwareReply,
    MasterHeartbeat,
    MasterLinkReady,
    MasterMessage,
    Message,
    MeterReply,
    MoveContactor,
    PlugReply,
    PlugState,
    Protocol,
    Question,
    SerialReply,
    SlaveHeartbeat,
    SlaveLinkReady,
    SlaveMessage,
    UnitState,
    VinReply,
)
from custom_components.twcmanager.bus.status import UnitStatus

MASTER_ID = 0x7777
BYTE_S = 10 / 9600
# As long as a master leaves the line to whom it asked.
PATIENCE_S = 0.3
# So long after an answer the line is not free: one more byte, and the driver turns round.
TURNAROUND_S = 5 * BYTE_S


@dataclass
class ScriptedUnit:
    """Says what it is told to say."""

    unit_id: int
    rating_a: float = 32.0
    protocol: Protocol = Protocol.V2
    state: UnitState = UnitState.READY
    limit_a: float = 0.0
    draw_a: float = 0.0
    answers: Collection[Question] = frozenset(Question)
    reply_s: float = 0.03
    deaf: bool = False

    @property
    def link_ready(self) -> SlaveLinkReady:
        """Return how it looks for a master."""
        return SlaveLinkReady(self.unit_id, 0x5A, self.rating_a, self.protocol)

    def hear(self, message: Message) -> SlaveMessage | None:
        """Return its answer."""
        if self.deaf:
            return None
        match message:
            case MasterHeartbeat(master_id, self.unit_id, command, limit_a):
                if command is not Command.NO_CHANGE:
                    self.limit_a = limit_a
                return SlaveHeartbeat(
                    self.unit_id,
                    master_id,
                    self.state,
                    self.limit_a,
                    self.draw_a,
                    self.protocol,
                )
            case Ask(question, _, self.unit_id) if question in self.answers:
                return self._answer(question)
            case MoveContactor(action, _, self.unit_id):
                return ContactorMoved(self.unit_id, action)
        return None

    def _answer(self, question: Question) -> SlaveMessage:
        match question:
            case Question.METER:
                return MeterReply(self.unit_id, 56, (230, 230, 230), (0.0, 0.0, 0.0))
            case Question.PLUG_STATE:
                return PlugReply(self.unit_id, PlugState.UNPLUGGED)
            case Question.FIRMWARE:
                return FirmwareReply(self.unit_id, "4.5.3.0")
            case Question.FIRMWARE_OLD:
                return FirmwareReply(None, "4.0.1")
            case Question.SERIAL_NUMBER:
                return SerialReply(self.unit_id, f"A16B000{self.unit_id:04X}")
            case _:
                return VinReply(self.unit_id, question, "")


class Line:
    """Plays time from event to event, as the connection does.

    It holds the master to good manners all the time: never to be woken for nothing, never to
    speak while someone speaks, never to ask before the last answer came or took too long.
    """

    def __init__(self, *units: ScriptedUnit, master: Master | None = None) -> None:
        """Begin with units that have not spoken yet."""
        self.now = 0.0
        self.master = master or Master(0.0)
        self.units = list(units)
        self.said: list[tuple[float, MasterMessage]] = []
        self.echo = False
        self.late_s = 0.0
        """How late the master is called: a busy computer."""
        self.manners = True
        """Whether to insist on them; slow answers and noise make them impossible."""
        self._arriving: list[tuple[float, int, bytes]] = []
        self._count = 0
        self._asked_at: float | None = None
        self._free_at = 0.0

    # --- what others do ---------------------------------------------------------------

    def bring(self, data: bytes, at: float | None = None) -> None:
        """Let bytes arrive, now or at some time."""
        self._count += 1
        heappush(self._arriving, (self.now if at is None else at, self._count, data))

    def speak(self, message: SlaveMessage, at: float | None = None) -> None:
        """Let a unit say something."""
        self.bring(encode_slave(message, Protocol.V2), at)

    def speak_as_master(self, message: MasterMessage, at: float | None = None) -> None:
        """Let another master say something."""
        self.bring(encode_master(message, Protocol.V2), at)

    def link_up(self) -> None:
        """Let every unit look for a master, one after the other, and find it."""
        self.run(3.0)
        for unit in self.units:
            self.speak(unit.link_ready)
            self.run(1.0)
        self.run(3.0)
        self.said.clear()

    # --- time -------------------------------------------------------------------------

    def run(self, seconds: float) -> None:
        """Let time pass."""
        end = self.now + seconds
        while self.now < end:
            if data := self.master.poll(self.now):
                self._carry(data)
            wake_at = self.master.wake_at(self.now)
            assert wake_at > self.now, "it would spin"
            arrives_at = self._arriving[0][0] if self._arriving else end
            self.now = max(self.now, min(wake_at + self.late_s, arrives_at, end))
            while self._arriving and self._arriving[0][0] <= self.now:
                self._deliver(heappop(self._arriving)[2])

    def cut(self, seconds: float) -> None:
        """Lose the port for some time."""
        self.now += seconds
        self._arriving.clear()
        self._asked_at = None
        self.master.restart(self.now)

    def _deliver(self, data: bytes) -> None:
        self.master.receive(data, self.now)
        for body in FrameDecoder().feed(data):
            message = decode(body)
            # Read by its name: some answers do not say whose they are.
            if type(message).__name__ in _ANSWERS:
                self._asked_at = None
                self._free_at = self.now + TURNAROUND_S

    def _carry(self, data: bytes) -> None:
        [body] = FrameDecoder().feed(data)
        message = decode(body)
        assert isinstance(
            message, MasterLinkReady | MasterHeartbeat | Ask | MoveContactor
        )
        self.said.append((self.now, message))
        heard_at = self.now + len(data) * BYTE_S
        if self.manners:
            self._insist_on_manners()
        self._free_at = heard_at
        asks = isinstance(message, MasterHeartbeat | Ask)
        self._asked_at = self.now if asks else None
        if self.echo:
            self.bring(data, heard_at)
        for unit in self.units:
            reply = unit.hear(message)
            if reply is not None:
                answer = encode_slave(reply, unit.protocol) + b"\xfc"
                self.bring(answer, heard_at + unit.reply_s + len(answer) * BYTE_S)

    def _insist_on_manners(self) -> None:
        assert self.now >= self._free_at, "it spoke while someone spoke"
        if self._asked_at is not None:
            answer_is_overdue = self.now >= self._asked_at + PATIENCE_S
            assert answer_is_overdue, "it asked before the answer came"

    # --- what was said ----------------------------------------------------------------

    @property
    def status(self) -> UnitStatus:
        """Return what the master knows of the only unit it knows."""
        [status] = self.master.units
        return status

    @property
    def online(self) -> set[int]:
        """Return who the master thinks is there."""
        return {unit.unit_id for unit in self.master.units if unit.online}

    def bursts(self) -> list[tuple[float, MasterLinkReady]]:
        """Return the master's link-readys and when it said them."""
        return [
            (at, message)
            for at, message in self.said
            if isinstance(message, MasterLinkReady)
        ]

    def heartbeats(self, unit_id: int) -> list[tuple[float, MasterHeartbeat]]:
        """Return the heartbeats to a unit and when they were said."""
        return [
            (at, message)
            for at, message in self.said
            if isinstance(message, MasterHeartbeat) and message.unit_id == unit_id
        ]

    def gaps(self, unit_id: int) -> list[float]:
        """Return the times between heartbeats to a unit."""
        times = [at for at, _ in self.heartbeats(unit_id)]
        return [later - earlier for earlier, later in itertools.pairwise(times)]

    def asked(self, unit_id: int) -> list[Question]:
        """Return the questions to a unit."""
        return [
            message.question
            for _, message in self.said
            if isinstance(message, Ask) and message.unit_id == unit_id
        ]


_ANSWERS = {
    each.__name__
    for each in (
        SlaveHeartbeat,
        MeterReply,
        PlugReply,
        FirmwareReply,
        SerialReply,
        VinReply,
    )
}
