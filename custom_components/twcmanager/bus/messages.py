"""What is said on the bus: typed messages of masters and of Wall Connectors.

All currents are in A with a resolution of 0.01 A. How these look on the wire is the codec's.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Literal

UnitId = int
"""Two bytes that name a participant of the bus, written as four hex digits."""


class Protocol(IntEnum):
    """How long a participant's messages are: 14 bytes (older firmware) or 16."""

    V1 = 1
    V2 = 2


class Command(IntEnum):
    """What a heartbeat of the master asks for. 02, 06 and 07 are never sent."""

    NO_CHANGE = 0x00
    LIMIT = 0x05
    """The limit is now this. On protocol 2 only heard before the car charges."""
    LIMIT_CHARGING = 0x09
    """The limit is now this, for a protocol 2 unit whose car charges."""


class UnitState(IntEnum):
    """What a Wall Connector says in its heartbeat."""

    READY = 0x00
    CHARGING = 0x01
    ERROR = 0x02
    STOPPED = 0x03
    WAITING = 0x04
    BUSY = 0x05
    RAISING = 0x06
    LOWERING = 0x07
    STARTING = 0x08
    LIMIT_BEING_SET = 0x09
    LIMIT_SET = 0x0A
    UNKNOWN = 0x0F

    @classmethod
    def _missing_(cls, value: object) -> UnitState:
        """Take states nobody has described as unknown: a unit is never lost over one."""
        return cls.UNKNOWN


class PlugState(IntEnum):
    """Answer to the plug state question."""

    UNPLUGGED = 0
    CHARGING = 1
    UNKNOWN = 2
    PLUGGED_IN = 3

    @classmethod
    def _missing_(cls, value: object) -> PlugState:
        return cls.UNKNOWN


class Question(StrEnum):
    """The optional questions, asked when nothing else needs the line."""

    METER = "meter"
    PLUG_STATE = "plug_state"
    FIRMWARE = "firmware"
    FIRMWARE_OLD = "firmware_old"
    SERIAL_NUMBER = "serial_number"
    VIN_START = "vin_start"
    VIN_MIDDLE = "vin_middle"
    VIN_END = "vin_end"


class ContactorAction(StrEnum):
    """What to do with a unit's contactor, past its car's charging logic."""

    CLOSE = "close"
    OPEN = "open"


# --- what a master says ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MasterLinkReady:
    """A master announces itself: five of step 1, then five of step 2."""

    step: Literal[1, 2]
    master_id: UnitId
    sign: int
    max_a: float


@dataclass(frozen=True, slots=True)
class MasterHeartbeat:
    """The master's word to one unit, about once a second."""

    master_id: UnitId
    unit_id: UnitId
    command: Command
    limit_a: float = 0.0


@dataclass(frozen=True, slots=True)
class Ask:
    """An optional question to one unit."""

    question: Question
    master_id: UnitId
    unit_id: UnitId


@dataclass(frozen=True, slots=True)
class MoveContactor:
    """Open or close a unit's contactor: a hard cut some cars report as a fault."""

    action: ContactorAction
    master_id: UnitId
    unit_id: UnitId


type MasterMessage = MasterLinkReady | MasterHeartbeat | Ask | MoveContactor
"""The allow-list: all that can be sent."""


@dataclass(frozen=True, slots=True)
class ForeignCommand:
    """A heartbeat of some master with a command this integration never sends, or an idle."""

    master_id: UnitId | None
    command: int | None


# --- what a Wall Connector says -------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SlaveLinkReady:
    """A unit looks for a master and tells its rating."""

    unit_id: UnitId
    sign: int
    rating_a: float
    protocol: Protocol


@dataclass(frozen=True, slots=True)
class SlaveHeartbeat:
    """A unit answers a heartbeat: state, the limit it was given, what its car draws."""

    unit_id: UnitId
    master_id: UnitId
    state: UnitState
    limit_a: float
    draw_a: float
    protocol: Protocol


@dataclass(frozen=True, slots=True)
class MeterReply:
    """Lifetime energy as counted, voltages in V, phase currents in A or None if not told."""

    unit_id: UnitId
    energy_count: int
    volts: tuple[int, int, int]
    currents_a: tuple[float, float, float] | None


@dataclass(frozen=True, slots=True)
class FirmwareReply:
    """Firmware version in dotted form. The old form does not say whose: unit_id is None."""

    unit_id: UnitId | None
    version: str


@dataclass(frozen=True, slots=True)
class SerialReply:
    """Serial number, up to 11 characters, empty if the unit has none."""

    unit_id: UnitId
    serial_number: str


@dataclass(frozen=True, slots=True)
class VinReply:
    """One of three parts of the car's VIN, empty if there is no Tesla to ask."""

    unit_id: UnitId
    part: Question
    text: str


@dataclass(frozen=True, slots=True)
class PlugReply:
    """Whether a car is plugged in."""

    unit_id: UnitId
    state: PlugState


@dataclass(frozen=True, slots=True)
class ContactorMoved:
    """A unit acknowledges that it opened or closed its contactor."""

    unit_id: UnitId
    action: ContactorAction


type SlaveMessage = (
    SlaveLinkReady
    | SlaveHeartbeat
    | MeterReply
    | FirmwareReply
    | SerialReply
    | VinReply
    | PlugReply
    | ContactorMoved
)
type Message = MasterMessage | ForeignCommand | SlaveMessage
