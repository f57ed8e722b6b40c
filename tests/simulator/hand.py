"""A master moved by hand."""

from dataclasses import replace

from custom_components.twcmanager.bus.codec import decode, encode_master
from custom_components.twcmanager.bus.frame import FrameDecoder
from custom_components.twcmanager.bus.messages import (
    Ask,
    Command,
    ContactorAction,
    MasterHeartbeat,
    MasterLinkReady,
    MasterMessage,
    Message,
    MoveContactor,
    Protocol,
    Question,
    SlaveHeartbeat,
    SlaveLinkReady,
    UnitState,
)
from custom_components.twcmanager.simulator import (
    SimulatedCar,
    SimulatedSite,
    SimulatedUnit,
)

MASTER_ID = 0x7777
LIMIT = Command.LIMIT
LIMIT_CHARGING = Command.LIMIT_CHARGING


class Hand:
    """Says one thing at a time on a site's line and reads what comes back."""

    def __init__(self, site: SimulatedSite) -> None:
        """Take the line over."""
        self.site = site
        self.now = site.now
        self.decoder = FrameDecoder()
        self.raw = b""

    @property
    def unit(self) -> SimulatedUnit:
        """Return the first unit."""
        return self.site.units[0]

    @property
    def car(self) -> SimulatedCar:
        """Return the first unit's car."""
        return self.unit.car

    def wait(self, seconds: float) -> list[Message]:
        """Let time pass and return what was heard."""
        return [message for _, message in self.wait_timed(seconds)]

    def wait_timed(self, seconds: float) -> list[tuple[float, Message]]:
        """Let time pass from event to event and return what was heard when."""
        end = self.now + seconds
        heard: list[tuple[float, Message]] = []
        while True:
            heard += [(self.now, message) for message in self._read()]
            due = self.site.next_event_at(self.now)
            if due > end:
                break
            self.now = max(self.now, due)
        self.now = end
        return heard + [(self.now, message) for message in self._read()]

    def say(self, message: MasterMessage, wait_s: float = 0.1) -> list[Message]:
        """Say something and return what was heard within some time."""
        self.site.receive(encode_master(message, Protocol.V2), self.now)
        return self.wait(wait_s)

    def ask(self, question: Question) -> Message | None:
        """Ask the first unit, and return its answer."""
        heard = self.say(Ask(question, MASTER_ID, self.unit.unit_id))
        answers = [
            message for message in heard if not isinstance(message, SlaveLinkReady)
        ]
        assert len(answers) <= 1
        return answers[0] if answers else None

    def contactor(self, action: ContactorAction) -> list[Message]:
        """Move the first unit's contactor."""
        return self.say(MoveContactor(action, MASTER_ID, self.unit.unit_id))

    def link_ready(self, master_id: int = MASTER_ID) -> list[tuple[float, Message]]:
        """Announce a master: five of step 1, five of step 2, 0.1 s apart."""
        heard: list[tuple[float, Message]] = []
        first = MasterLinkReady(1, master_id, 0x77, 32.0)
        for message in [first] * 5 + [replace(first, step=2)] * 5:
            self.site.receive(encode_master(message, Protocol.V2), self.now)
            heard += self.wait_timed(0.1)
        return heard

    def beat(
        self,
        limit_a: float | None = None,
        command: Command | None = None,
        unit: int = 0,
    ) -> SlaveHeartbeat:
        """Send one heartbeat, by default with the command that fits, and let 1 s pass."""
        if command is None:
            command = self._fitting(unit) if limit_a is not None else Command.NO_CHANGE
        unit_id = self.site.units[unit].unit_id
        heard = self.say(MasterHeartbeat(MASTER_ID, unit_id, command, limit_a or 0.0))
        answers = [message for message in heard if isinstance(message, SlaveHeartbeat)]
        assert len(answers) == 1
        self.wait(0.9)
        return answers[0]

    def beats(
        self, count: int, limit_a: float | None = None, command: Command | None = None
    ) -> list[SlaveHeartbeat]:
        """Send heartbeats for some seconds, and return the answers."""
        return [self.beat(limit_a, command) for _ in range(count)]

    def charge(self, limit_a: float = 16.0) -> None:
        """Have the first unit's car charge steadily."""
        deadline = self.now + 60
        self.beat(limit_a, LIMIT)
        while self.beat().state is not UnitState.CHARGING:
            assert self.now < deadline
        self.beats(40)

    def _fitting(self, unit: int) -> Command:
        connector = self.site.units[unit]
        starts = connector.protocol is Protocol.V1 or not connector.limit_a
        return LIMIT if starts else LIMIT_CHARGING

    def _read(self) -> list[Message]:
        self.site.advance(self.now)
        data = self.site.transmit(self.now)
        self.raw += data
        messages = [decode(body) for body in self.decoder.feed(data)]
        return [message for message in messages if message is not None]


def hand(**unit: object) -> Hand:
    """Return a hand at a site of one unit, by default with an awake car plugged in."""
    settings: dict[str, object] = {"unit_id": 0x1234, "car": SimulatedCar()} | unit
    return Hand(SimulatedSite([SimulatedUnit(**settings)]))  # type: ignore[arg-type]
