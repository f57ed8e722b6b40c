"""The table of messages, byte for byte, and the allow-list of what may be sent."""

from itertools import product
from math import inf, nan
from typing import Any, Literal, get_args

from hypothesis import given, strategies as st
import pytest

from custom_components.twcmanager.bus.codec import decode, encode_master, encode_slave
from custom_components.twcmanager.bus.frame import FrameDecoder
from custom_components.twcmanager.bus.messages import (
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
    UnitState,
    VinReply,
)

V1, V2 = Protocol.V1, Protocol.V2
M, S = 0x7777, 0x1234

MASTER_TABLE: list[tuple[MasterMessage, Protocol, str]] = [
    (
        MasterLinkReady(1, M, 0x77, 32.0),
        V1,
        "C0 FC E1 77 77 77 0C 80 00 00 00 00 00 00 D2 C0",
    ),
    (
        MasterLinkReady(1, M, 0x77, 32.0),
        V2,
        "C0 FC E1 77 77 77 0C 80 00 00 00 00 00 00 00 00 D2 C0",
    ),
    (
        MasterLinkReady(2, M, 0x77, 32.0),
        V1,
        "C0 FB E2 77 77 77 0C 80 00 00 00 00 00 00 D3 C0",
    ),
    (
        MasterLinkReady(2, M, 0x77, 32.0),
        V2,
        "C0 FB E2 77 77 77 0C 80 00 00 00 00 00 00 00 00 D3 C0",
    ),
    (
        MasterHeartbeat(M, S, Command.NO_CHANGE),
        V1,
        "C0 FB E0 77 77 12 34 00 00 00 00 00 00 00 14 C0",
    ),
    (
        MasterHeartbeat(M, S, Command.NO_CHANGE),
        V2,
        "C0 FB E0 77 77 12 34 00 00 00 00 00 00 00 00 00 14 C0",
    ),
    (
        MasterHeartbeat(M, S, Command.LIMIT, 16.0),
        V1,
        "C0 FB E0 77 77 12 34 05 06 40 00 00 00 00 5F C0",
    ),
    (
        MasterHeartbeat(M, S, Command.LIMIT, 16.0),
        V2,
        "C0 FB E0 77 77 12 34 05 06 40 00 00 00 00 00 00 5F C0",
    ),
    (
        MasterHeartbeat(M, S, Command.LIMIT_CHARGING, 16.0),
        V2,
        "C0 FB E0 77 77 12 34 09 06 40 00 00 00 00 00 00 63 C0",
    ),
    (
        MasterHeartbeat(M, S, Command.LIMIT_CHARGING, 0.0),
        V2,
        "C0 FB E0 77 77 12 34 09 00 00 00 00 00 00 00 00 1D C0",
    ),
    (
        Ask(Question.METER, M, S),
        V1,
        "C0 FB EB 77 77 12 34 00 00 00 00 00 00 00 1F C0",
    ),
    (
        Ask(Question.METER, M, S),
        V2,
        "C0 FB EB 77 77 12 34 00 00 00 00 00 00 00 00 00 1F C0",
    ),
    (
        Ask(Question.PLUG_STATE, M, S),
        V2,
        "C0 FB B4 77 77 12 34 00 00 00 00 00 00 00 00 00 E8 C0",
    ),
    (
        Ask(Question.FIRMWARE, M, S),
        V2,
        "C0 FB EC 77 77 12 34 00 00 00 00 00 00 00 00 00 20 C0",
    ),
    (
        Ask(Question.FIRMWARE_OLD, M, S),
        V1,
        "C0 FB 1B 77 77 12 34 00 00 00 00 00 00 00 4F C0",
    ),
    (
        Ask(Question.SERIAL_NUMBER, M, S),
        V2,
        "C0 FB ED 77 77 12 34 00 00 00 00 00 00 00 00 00 21 C0",
    ),
    (
        Ask(Question.VIN_START, M, S),
        V2,
        "C0 FB EE 77 77 12 34 00 00 00 00 00 00 00 00 00 22 C0",
    ),
    (
        Ask(Question.VIN_MIDDLE, M, S),
        V2,
        "C0 FB EF 77 77 12 34 00 00 00 00 00 00 00 00 00 23 C0",
    ),
    (
        Ask(Question.VIN_END, M, S),
        V2,
        "C0 FB F1 77 77 12 34 00 00 00 00 00 00 00 00 00 25 C0",
    ),
    (
        MoveContactor(ContactorAction.CLOSE, M, S),
        V1,
        "C0 FC B1 77 77 12 34 00 00 00 00 00 00 00 E5 C0",
    ),
    (
        MoveContactor(ContactorAction.CLOSE, M, S),
        V2,
        "C0 FC B1 77 77 12 34 00 00 00 00 00 00 00 00 00 E5 C0",
    ),
    (
        MoveContactor(ContactorAction.OPEN, M, S),
        V2,
        "C0 FC B2 77 77 12 34 00 00 00 00 00 00 00 00 00 E6 C0",
    ),
]

SLAVE_TABLE: list[tuple[SlaveMessage, Protocol, str]] = [
    (
        SlaveLinkReady(S, 0x5A, 32.0, V1),
        V1,
        "C0 FD E2 12 34 5A 0C 80 00 00 00 00 00 00 0E C0",
    ),
    (
        SlaveLinkReady(0xABCD, 0x5A, 80.0, V2),
        V2,
        "C0 FD E2 AB CD 5A 1F 40 00 00 00 00 00 00 00 00 13 C0",
    ),
    (
        SlaveHeartbeat(S, M, UnitState.CHARGING, 16.0, 15.7, V1),
        V1,
        "C0 FD E0 12 34 77 77 01 06 40 06 22 00 00 83 C0",
    ),
    (
        SlaveHeartbeat(S, M, UnitState.CHARGING, 16.0, 15.7, V2),
        V2,
        "C0 FD E0 12 34 77 77 01 06 40 06 22 00 00 00 00 83 C0",
    ),
    (
        MeterReply(S, 56, (230, 231, 229), (16.0, 15.5, 0.5)),
        V2,
        "C0 FD EB 12 34 00 00 00 38 00 E6 00 E7 00 E5 20 1F 01 00 00 5B C0",
    ),
    (
        MeterReply(S, 10_690_796, (240, 0, 0), None),
        V2,
        "C0 FD EB 12 34 00 A3 20 EC 00 F0 00 00 00 00 00 D0 C0",
    ),
    (
        FirmwareReply(S, "4.5.3.0"),
        V2,
        "C0 FD EC 12 34 04 05 03 00 00 00 00 00 00 00 00 3E C0",
    ),
    (
        FirmwareReply(None, "4.0.1"),
        V1,
        "C0 FD 1B 04 00 01 00 00 00 00 00 00 00 00 20 C0",
    ),
    (
        FirmwareReply(None, "4.0.1"),
        V2,
        "C0 FD 1B 04 00 01 00 00 00 00 00 00 00 00 00 00 20 C0",
    ),
    (
        SerialReply(S, "A16B0012345"),
        V2,
        "C0 FD ED 12 34 41 31 36 42 30 30 31 32 33 34 35 00 00 00 00 7C C0",
    ),
    (
        VinReply(S, Question.VIN_START, "5YJ3E1E"),
        V2,
        "C0 FD EE 12 34 35 59 4A 33 45 31 45 00 00 00 00 00 00 00 00 FA C0",
    ),
    (
        VinReply(S, Question.VIN_MIDDLE, "A7KF317"),
        V2,
        "C0 FD EF 12 34 41 37 4B 46 33 31 37 00 00 00 00 00 00 00 00 D9 C0",
    ),
    (
        VinReply(S, Question.VIN_END, "123"),
        V2,
        "C0 FD F1 12 34 31 32 33 00 00 00 00 00 00 00 00 00 00 00 00 CD C0",
    ),
    (
        VinReply(S, Question.VIN_START, ""),
        V2,
        "C0 FD EE 12 34 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 34 C0",
    ),
    (
        PlugReply(S, PlugState.PLUGGED_IN),
        V1,
        "C0 FD B4 12 34 03 00 00 00 00 00 00 00 00 FD C0",
    ),
    (
        PlugReply(S, PlugState.PLUGGED_IN),
        V2,
        "C0 FD B4 12 34 03 00 00 00 00 00 00 00 00 00 00 FD C0",
    ),
    (
        ContactorMoved(S, ContactorAction.CLOSE),
        V2,
        "C0 FD B1 12 34 00 00 00 00 00 00 00 00 00 00 00 F7 C0",
    ),
    (
        ContactorMoved(S, ContactorAction.OPEN),
        V1,
        "C0 FD B2 12 34 00 00 00 00 00 00 00 00 00 F8 C0",
    ),
]


def read(data: bytes) -> Message | None:
    """Return what the one frame in some bytes says."""
    [body] = FrameDecoder().feed(data)
    return decode(body)


def body_of(start: str, length: int = 15) -> bytes:
    """Return a body that begins like this and goes on with zeros."""
    return bytes.fromhex(start).ljust(length, b"\0")


# --- the table ------------------------------------------------------------------------


@pytest.mark.parametrize(("message", "protocol", "capture"), MASTER_TABLE)
def test_what_a_master_says(
    message: MasterMessage, protocol: Protocol, capture: str
) -> None:
    """Byte for byte, both ways."""
    assert encode_master(message, protocol) == bytes.fromhex(capture)
    assert read(bytes.fromhex(capture)) == message


@pytest.mark.parametrize(("message", "protocol", "capture"), SLAVE_TABLE)
def test_what_a_unit_says(
    message: SlaveMessage, protocol: Protocol, capture: str
) -> None:
    """Byte for byte, both ways."""
    assert encode_slave(message, protocol) == bytes.fromhex(capture)
    assert read(bytes.fromhex(capture)) == message


@pytest.mark.parametrize("length", [15, 19])
def test_replies_come_in_two_lengths(length: int) -> None:
    """Since firmware 4.5.3 some are longer: they say the same."""
    serial = body_of("FD ED 12 34 41 31 36 42 30 30 31 32 33 34 35", length)
    assert decode(serial) == SerialReply(S, "A16B0012345")
    vin = body_of("FD EE 12 34 35 59 4A 33 45 31 45", length)
    assert decode(vin) == VinReply(S, Question.VIN_START, "5YJ3E1E")


def test_only_the_longer_meter_reply_has_currents() -> None:
    """And the shortest message has no room for a meter at all."""
    start = "FD EB 12 34 00 00 00 38 00 E6 00 E6 00 E6"
    short, long = decode(body_of(start)), decode(body_of(start, 19))
    assert short == MeterReply(S, 56, (230, 230, 230), None)
    assert long == MeterReply(S, 56, (230, 230, 230), (0.0, 0.0, 0.0))
    assert decode(body_of("FD EB 12 34 00 00 00 38", 13)) is None


# --- what others may say --------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "state"),
    [
        (0x00, UnitState.READY),
        (0x04, UnitState.WAITING),
        (0x08, UnitState.STARTING),
        (0x0A, UnitState.LIMIT_SET),
        (0x0B, UnitState.UNKNOWN),
        (0x0F, UnitState.UNKNOWN),
        (0xFF, UnitState.UNKNOWN),
    ],
)
def test_a_unit_is_not_lost_over_its_state(code: int, state: UnitState) -> None:
    """Nobody knows all of them."""
    message = decode(body_of(f"FD E0 12 34 77 77 {code:02X}"))
    assert message == SlaveHeartbeat(S, M, state, 0.0, 0.0, V2)


@pytest.mark.parametrize(
    ("code", "state"),
    [
        (0, PlugState.UNPLUGGED),
        (1, PlugState.CHARGING),
        (2, PlugState.UNKNOWN),
        (3, PlugState.PLUGGED_IN),
        (200, PlugState.UNKNOWN),
    ],
)
def test_plug_states(code: int, state: PlugState) -> None:
    """The same for these."""
    assert decode(body_of(f"FD B4 12 34 {code:02X}")) == PlugReply(S, state)


@pytest.mark.parametrize("command", [0x02, 0x06, 0x07, 0x08, 0xFF])
def test_commands_this_master_never_gives(command: int) -> None:
    """Another master's are recognised as such."""
    message = decode(body_of(f"FB E0 99 99 12 34 {command:02X}"))
    assert message == ForeignCommand(0x9999, command)


def test_the_idle_of_a_master_alone_on_its_bus() -> None:
    """All zeros: it does not even say who."""
    assert decode(body_of("FC 1D")) == ForeignCommand(None, None)


@pytest.mark.parametrize("code", ["FB 19", "FB 1A", "FC 19", "FB E8", "FD 19", "FD AA"])
def test_messages_nobody_here_speaks(code: str) -> None:
    """They are heard and left alone."""
    assert decode(body_of(code)) is None


@pytest.mark.parametrize(
    "garbled",
    [
        pytest.param("FF FE 36 42 30 30 31 32 33 34 35", id="not ASCII"),
        pytest.param("41 07 36 42 30 30 31 32 33 34 35", id="not printable"),
        pytest.param("41 00 36 42 30 30 31 32 33 34 35", id="a gap"),
    ],
)
def test_garbled_text_is_no_text(garbled: str) -> None:
    """Better no serial number than half of one."""
    assert decode(body_of(f"FD ED 12 34 {garbled}")) == SerialReply(S, "")


@given(
    st.sampled_from([0xFB, 0xFC, 0xFD]),
    st.one_of(
        st.integers(0, 0xFF),
        st.sampled_from([int(row[2][6:8], 16) for row in MASTER_TABLE + SLAVE_TABLE]),
    ),
    st.sampled_from([13, 15, 19]),
    st.data(),
)
def test_decoding_never_fails(
    kind: int, code: int, length: int, data: st.DataObject
) -> None:
    """Whatever a body of a frame's length holds."""
    rest = data.draw(st.binary(min_size=length - 2, max_size=length - 2))
    decode(bytes([kind, code]) + rest)


# --- round trips ----------------------------------------------------------------------

ids = st.integers(0, 0xFFFF)
bytes_ = st.integers(0, 0xFF)
amps = st.integers(0, 0xFFFF).map(lambda hundredths: hundredths / 100)
protocols = st.sampled_from(Protocol)
vin_parts = st.sampled_from([Question.VIN_START, Question.VIN_MIDDLE, Question.VIN_END])


def printable(longest: int) -> st.SearchStrategy[str]:
    """Return ASCII texts that do not end in what counts as padding."""
    texts = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E))
    return texts.map(lambda text: text[:longest].rstrip(" "))


steps: st.SearchStrategy[Literal[1, 2]] = st.sampled_from([1, 2])
master_messages: st.SearchStrategy[MasterMessage] = st.one_of(
    st.builds(MasterLinkReady, steps, ids, bytes_, amps),
    st.builds(MasterHeartbeat, ids, ids, st.sampled_from(Command), amps),
    st.builds(Ask, st.sampled_from(Question), ids, ids),
    st.builds(MoveContactor, st.sampled_from(ContactorAction), ids, ids),
)
half_amps = st.integers(0, 0xFF).map(lambda halves: halves / 2)
slave_messages: st.SearchStrategy[SlaveMessage] = st.one_of(
    st.builds(SlaveLinkReady, ids, bytes_, amps, protocols),
    st.builds(
        SlaveHeartbeat, ids, ids, st.sampled_from(UnitState), amps, amps, protocols
    ),
    st.builds(
        MeterReply,
        ids,
        st.integers(0, 0xFFFFFFFF),
        st.tuples(ids, ids, ids),
        st.none() | st.tuples(half_amps, half_amps, half_amps),
    ),
    st.builds(
        FirmwareReply,
        ids,
        st.tuples(bytes_, bytes_, bytes_, bytes_).map(
            "{0[0]}.{0[1]}.{0[2]}.{0[3]}".format
        ),
    ),
    st.builds(
        FirmwareReply,
        st.none(),
        st.tuples(bytes_, bytes_, bytes_).map("{0[0]}.{0[1]}.{0[2]}".format),
    ),
    st.builds(SerialReply, ids, printable(11)),
    st.builds(VinReply, ids, vin_parts, printable(3)),
    st.builds(PlugReply, ids, st.sampled_from(PlugState)),
    st.builds(ContactorMoved, ids, st.sampled_from(ContactorAction)),
)


@given(master_messages, protocols)
def test_a_masters_words_survive_the_wire(
    message: MasterMessage, protocol: Protocol
) -> None:
    """What is said is what is heard."""
    assert read(encode_master(message, protocol)) == message


@given(slave_messages)
def test_a_units_words_survive_the_wire(message: SlaveMessage) -> None:
    """What is said is what is heard."""
    assert read(encode_slave(message, V2)) == message


# --- what may be sent -----------------------------------------------------------------

ALLOWED_CODES = {
    "FC E1", "FB E2", "FB E0", "FC B1", "FC B2",
    "FB EB", "FB B4", "FB EC", "FB 1B", "FB ED", "FB EE", "FB EF", "FB F1",
}  # fmt: skip


def test_nothing_but_the_allow_list_can_be_sent() -> None:
    """Every message a master has words for, with every value of every choice in it."""
    steps: tuple[Literal[1, 2], ...] = (1, 2)
    messages: list[MasterMessage] = [
        *(MasterLinkReady(step, M, 0x77, 32.0) for step in steps),
        *(MasterHeartbeat(M, S, command, 16.0) for command in Command),
        *(Ask(question, M, S) for question in Question),
        *(MoveContactor(action, M, S) for action in ContactorAction),
    ]
    # A new kind of message must be looked at here.
    assert {type(message) for message in messages} == set(
        get_args(MasterMessage.__value__)
    )
    codes = set()
    for message, protocol in product(messages, Protocol):
        [body] = FrameDecoder().feed(encode_master(message, protocol))
        codes.add(body[:2].hex(" ").upper())
        if body[:2] == b"\xfb\xe0":
            assert body[6] in (0x00, 0x05, 0x09)
    assert codes == ALLOWED_CODES


@pytest.mark.parametrize("command", [1, 2, 3, 4, 6, 7, 8, 10, 0xF0])
def test_a_heartbeat_cannot_carry_another_command(command: Any) -> None:
    """Not even if a type checker is talked round."""
    with pytest.raises(ValueError):
        encode_master(MasterHeartbeat(M, S, command, 16.0), V2)


@pytest.mark.parametrize(
    "message",
    [
        SlaveLinkReady(S, 0x5A, 32.0, V2),
        ForeignCommand(M, 2),
        b"\xfc\x19",
        None,
    ],
)
def test_only_a_masters_messages_can_be_sent(message: Any) -> None:
    """Nothing else has a way onto the wire."""
    with pytest.raises(TypeError):
        encode_master(message, V2)


@pytest.mark.parametrize("limit_a", [nan, inf, -inf, -0.01, -16.0, 655.36, 1e9])
def test_currents_the_wire_cannot_carry_are_refused(limit_a: float) -> None:
    """They do not wrap around to something else."""
    with pytest.raises(ValueError, match="current"):
        encode_master(MasterHeartbeat(M, S, Command.LIMIT, limit_a), V2)
    with pytest.raises(ValueError, match="current"):
        encode_master(MasterLinkReady(1, M, 0x77, limit_a), V2)


@pytest.mark.parametrize(
    ("limit_a", "wire"),
    [
        (0.0, "00 00"),
        (6.0, "02 58"),
        (16.01, "06 41"),
        (19.99, "07 CF"),
        (655.35, "FF FF"),
    ],
)
def test_currents_are_hundredths_of_an_ampere(limit_a: float, wire: str) -> None:
    """To the last of them."""
    message = MasterHeartbeat(M, S, Command.LIMIT, limit_a)
    [body] = FrameDecoder().feed(encode_master(message, V2))
    assert body[7:9] == bytes.fromhex(wire)
    assert decode(body) == message


def test_text_that_is_too_long_is_cut() -> None:
    """A simulated unit's serial number has no more room than a real one's."""
    long = encode_slave(SerialReply(S, "A16B0012345678"), V2)
    assert read(long) == SerialReply(S, "A16B0012345")


def test_a_table_without_gaps() -> None:
    """The table above has every code there is, so none goes untested."""
    table = {row[2][3:8] for row in MASTER_TABLE}
    assert table == ALLOWED_CODES
    heard = {row[2][3:8] for row in SLAVE_TABLE}
    for code in range(0x100):
        start = f"FD {code:02X}"
        known = decode(body_of(start)) is not None
        assert known is (start in heard), start
