"""Frame bodies to typed messages and back: the only place that knows byte layouts.

What this integration may send is the type ``MasterMessage``. Nothing else has a way onto the
wire, and the messages that destroy or crash a unit have no representation here at all.

The old questions for serial and model number (FB 19, FB 1A) are left out on purpose: one
corrupted first byte, which no checksum covers, turns them into the commands that overwrite
the serial and the model number (FC 19, FC 1A).
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Final, Literal

from .frame import encode as _encode_frame
from .messages import (
    Ask,
    Command,
    ContactorAction,
    ContactorMoved,
    FirmwareReply,
    ForeignCommand,
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
    UnitId,
    UnitState,
    VinReply,
)

MAX_CURRENT_A: Final = 655.35

_QUESTION_CODES: Final = {
    Question.METER: 0xEB,
    Question.PLUG_STATE: 0xB4,
    Question.FIRMWARE: 0xEC,
    Question.FIRMWARE_OLD: 0x1B,
    Question.SERIAL_NUMBER: 0xED,
    Question.VIN_START: 0xEE,
    Question.VIN_MIDDLE: 0xEF,
    Question.VIN_END: 0xF1,
}
_QUESTIONS: Final = {code: question for question, code in _QUESTION_CODES.items()}


# --- encoding -------------------------------------------------------------------------

_PAYLOAD_LENGTH: Final = {Protocol.V1: 13, Protocol.V2: 15}
_LONG_REPLY_LENGTH: Final = 19


def _u16(value: int) -> bytes:
    return value.to_bytes(2, "big")


def _amps(value_a: float) -> bytes:
    """Encode a current. Raises ValueError outside 0 to 655.35 A, NaN included."""
    if not 0 <= value_a <= MAX_CURRENT_A:
        raise ValueError(f"current out of range: {value_a} A")
    return _u16(round(value_a * 100))


def _ascii(text: str, length: int) -> bytes:
    return text.encode("ascii")[:length].ljust(length, b"\0")


def _pad(body: bytes, protocol: Protocol) -> bytes:
    return body.ljust(_PAYLOAD_LENGTH[protocol], b"\0")


@lru_cache(maxsize=256)
def encode_master(message: MasterMessage, protocol: Protocol) -> bytes:
    """Return the bytes a master sends, C0s included.

    Raises ValueError for currents the wire cannot carry and TypeError for anything that is
    not on the allow-list.
    """
    match message:
        case MasterLinkReady(step, master_id, sign, max_a):
            code = b"\xfc\xe1" if step == 1 else b"\xfb\xe2"
            body = code + _u16(master_id) + bytes([sign]) + _amps(max_a)
        case MasterHeartbeat(master_id, unit_id, command, limit_a):
            body = (
                b"\xfb\xe0"
                + _u16(master_id)
                + _u16(unit_id)
                + bytes([Command(command)])
                + _amps(limit_a)
            )
        case Ask(question, master_id, unit_id):
            code = bytes([0xFB, _QUESTION_CODES[question]])
            body = code + _u16(master_id) + _u16(unit_id)
        case MoveContactor(action, master_id, unit_id):
            code = b"\xfc\xb1" if action is ContactorAction.CLOSE else b"\xfc\xb2"
            body = code + _u16(master_id) + _u16(unit_id)
        case _:
            raise TypeError(f"not a message a master may send: {message!r}")
    return _encode_frame(_pad(body, protocol))


def encode_slave(message: SlaveMessage, protocol: Protocol) -> bytes:
    """Return the bytes a Wall Connector sends: what the simulator speaks with.

    A heartbeat and a link-ready carry their own protocol, which wins over the argument.
    """
    match message:
        case SlaveLinkReady(unit_id, sign, rating_a):
            protocol = message.protocol
            body = b"\xfd\xe2" + _u16(unit_id) + bytes([sign]) + _amps(rating_a)
        case SlaveHeartbeat(unit_id, master_id, state, limit_a, draw_a):
            protocol = message.protocol
            body = (
                b"\xfd\xe0"
                + _u16(unit_id)
                + _u16(master_id)
                + bytes([state])
                + _amps(limit_a)
                + _amps(draw_a)
            )
        case MeterReply(unit_id, energy_count, volts, currents_a):
            body = b"\xfd\xeb" + _u16(unit_id) + energy_count.to_bytes(4, "big")
            body += b"".join(_u16(volt) for volt in volts)
            if currents_a is not None:
                body += bytes(round(current_a * 2) for current_a in currents_a)
                body = body.ljust(_LONG_REPLY_LENGTH, b"\0")
        case FirmwareReply(None, version):
            body = b"\xfd\x1b" + bytes(int(part) for part in version.split("."))
        case FirmwareReply(unit_id, version):
            assert unit_id is not None
            body = b"\xfd\xec" + _u16(unit_id)
            body += bytes(int(part) for part in version.split("."))
        case SerialReply(unit_id, serial_number):
            body = b"\xfd\xed" + _u16(unit_id) + _ascii(serial_number, 11)
            body = body.ljust(_LONG_REPLY_LENGTH, b"\0")
        case VinReply(unit_id, part, text):
            body = bytes([0xFD, _QUESTION_CODES[part]]) + _u16(unit_id)
            body = (body + _ascii(text, 7)).ljust(_LONG_REPLY_LENGTH, b"\0")
        case PlugReply(unit_id, state):
            body = b"\xfd\xb4" + _u16(unit_id) + bytes([state])
        case ContactorMoved(unit_id, action):
            code = b"\xfd\xb1" if action is ContactorAction.CLOSE else b"\xfd\xb2"
            body = code + _u16(unit_id)
    return _encode_frame(_pad(body, protocol))


# --- decoding -------------------------------------------------------------------------


def _id_at(body: bytes, offset: int) -> UnitId:
    return int.from_bytes(body[offset : offset + 2], "big")


def _amps_at(body: bytes, offset: int) -> float:
    return int.from_bytes(body[offset : offset + 2], "big") / 100


def _text_at(body: bytes, offset: int, length: int) -> str:
    """Read ASCII up to the padding; anything unprintable makes the text worthless."""
    raw = body[offset : offset + length].rstrip(b"\0 ")
    text = raw.decode("ascii", errors="replace")
    return text if text.isascii() and text.isprintable() else ""


def _protocol_of(body: bytes) -> Protocol:
    return Protocol.V1 if len(body) == _PAYLOAD_LENGTH[Protocol.V1] else Protocol.V2


def _master_link_ready(body: bytes) -> Message:
    step: Literal[1, 2] = 1 if body[0] == 0xFC else 2
    return MasterLinkReady(step, _id_at(body, 2), body[4], _amps_at(body, 5))


def _master_heartbeat(body: bytes) -> Message:
    try:
        command = Command(body[6])
    except ValueError:
        return ForeignCommand(_id_at(body, 2), body[6])
    return MasterHeartbeat(_id_at(body, 2), _id_at(body, 4), command, _amps_at(body, 7))


def _ask(body: bytes) -> Message:
    return Ask(_QUESTIONS[body[1]], _id_at(body, 2), _id_at(body, 4))


def _move_contactor(body: bytes) -> Message:
    action = ContactorAction.CLOSE if body[1] == 0xB1 else ContactorAction.OPEN
    return MoveContactor(action, _id_at(body, 2), _id_at(body, 4))


def _idle(body: bytes) -> Message:
    return ForeignCommand(None, None)


def _slave_link_ready(body: bytes) -> Message:
    return SlaveLinkReady(
        _id_at(body, 2), body[4], _amps_at(body, 5), _protocol_of(body)
    )


def _slave_heartbeat(body: bytes) -> Message:
    return SlaveHeartbeat(
        _id_at(body, 2),
        _id_at(body, 4),
        UnitState(body[6]),
        _amps_at(body, 7),
        _amps_at(body, 9),
        _protocol_of(body),
    )


def _meter(body: bytes) -> Message | None:
    # Energy and voltages take 14 bytes: a protocol 1 message has no room for them.
    if len(body) < _PAYLOAD_LENGTH[Protocol.V2]:
        return None
    currents_a = None
    if len(body) == _LONG_REPLY_LENGTH:
        currents_a = (body[14] / 2, body[15] / 2, body[16] / 2)
    return MeterReply(
        _id_at(body, 2),
        int.from_bytes(body[4:8], "big"),
        (_id_at(body, 8), _id_at(body, 10), _id_at(body, 12)),
        currents_a,
    )


def _firmware(body: bytes) -> Message:
    return FirmwareReply(_id_at(body, 2), ".".join(str(part) for part in body[4:8]))


def _firmware_old(body: bytes) -> Message:
    return FirmwareReply(None, ".".join(str(part) for part in body[2:5]))


def _serial(body: bytes) -> Message:
    return SerialReply(_id_at(body, 2), _text_at(body, 4, 11))


def _vin(body: bytes) -> Message:
    part = _QUESTIONS[body[1]]
    length = 3 if part is Question.VIN_END else 7
    return VinReply(_id_at(body, 2), part, _text_at(body, 4, length))


def _plug(body: bytes) -> Message:
    return PlugReply(_id_at(body, 2), PlugState(body[4]))


def _contactor_moved(body: bytes) -> Message:
    action = ContactorAction.CLOSE if body[1] == 0xB1 else ContactorAction.OPEN
    return ContactorMoved(_id_at(body, 2), action)


_READERS: Final[dict[bytes, Callable[[bytes], Message | None]]] = {
    b"\xfc\xe1": _master_link_ready,
    b"\xfb\xe2": _master_link_ready,
    b"\xfb\xe0": _master_heartbeat,
    b"\xfc\xb1": _move_contactor,
    b"\xfc\xb2": _move_contactor,
    b"\xfc\x1d": _idle,
    b"\xfd\xe2": _slave_link_ready,
    b"\xfd\xe0": _slave_heartbeat,
    b"\xfd\xeb": _meter,
    b"\xfd\xec": _firmware,
    b"\xfd\x1b": _firmware_old,
    b"\xfd\xed": _serial,
    b"\xfd\xee": _vin,
    b"\xfd\xef": _vin,
    b"\xfd\xf1": _vin,
    b"\xfd\xb4": _plug,
    b"\xfd\xb1": _contactor_moved,
    b"\xfd\xb2": _contactor_moved,
    **{bytes([0xFB, code]): _ask for code in _QUESTIONS},
}


@lru_cache(maxsize=1024)
def decode(body: bytes) -> Message | None:
    """Return what a frame body says, or None for a message nobody has described."""
    reader = _READERS.get(body[:2])
    return reader(body) if reader else None
