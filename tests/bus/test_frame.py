"""Bytes to frames and back: whatever the line brings, frames come out whole or not at all."""

from collections.abc import Iterable
from itertools import pairwise
import tracemalloc

from hypothesis import assume, given, settings, strategies as st
import pytest

from custom_components.twcmanager.bus.frame import DecoderStats, FrameDecoder, encode

# A unit 1234 with 32 A looks for a master, first in the longer form, then in the shorter.
LINK_READY = "C0 FD E2 12 34 5A 0C 80 00 00 00 00 00 00 00 00 0E C0"
LINK_READY_SHORT = "C0 FD E2 12 34 5A 0C 80 00 00 00 00 00 00 0E C0"
# It answers a heartbeat: it charges, limit 16.00 A, draw 15.70 A.
HEARTBEAT = "C0 FD E0 12 34 77 77 01 06 40 06 22 00 00 00 00 83 C0"
METER = "C0 FD EB 12 34 00 00 00 38 00 E6 00 E7 00 E5 20 1F 01 00 00 5B C0"
VALID = [LINK_READY, LINK_READY_SHORT, HEARTBEAT, METER]


def raw(*captures: str) -> bytes:
    """Return the bytes of captures written in hex, one after the other."""
    return b"".join(bytes.fromhex(capture) for capture in captures)


def body(capture: str) -> bytes:
    """Return what stands in a capture without escapes, checksum and C0s aside."""
    return bytes.fromhex(capture)[1:-2]


def decoded(data: bytes) -> tuple[list[bytes], DecoderStats]:
    """Return the bodies in some bytes, and what the decoder thinks of the bytes."""
    decoder = FrameDecoder()
    return decoder.feed(data), decoder.stats


# --- one frame ------------------------------------------------------------------------


@pytest.mark.parametrize("capture", VALID)
def test_a_frame_is_its_body_and_a_checksum_between_two_c0(capture: str) -> None:
    """The same both ways."""
    assert encode(body(capture)) == raw(capture)
    assert decoded(raw(capture)) == ([body(capture)], DecoderStats(frames=1))


@pytest.mark.parametrize(
    ("plain", "capture"),
    [
        pytest.param(
            "FD E2 C0 DB 5A 0C 80 00 00 00 00 00 00 00 00",
            "C0 FD E2 DB DC DB DD 5A 0C 80 00 00 00 00 00 00 00 00 63 C0",
            id="C0 and DB in an id",
        ),
        pytest.param(
            "FD E2 12 34 0C 0C 80 00 00 00 00 00 00 00 00",
            "C0 FD E2 12 34 0C 0C 80 00 00 00 00 00 00 00 00 DB DC C0",
            id="checksum C0",
        ),
        pytest.param(
            "FD E2 12 34 27 0C 80 00 00 00 00 00 00 00 00",
            "C0 FD E2 12 34 27 0C 80 00 00 00 00 00 00 00 00 DB DD C0",
            id="checksum DB",
        ),
        pytest.param(
            "FD E2 DB DC DB 0C 80 00 00 00 00 00 00 00 00",
            "C0 FD E2 DB DD DC DB DD 0C 80 00 00 00 00 00 00 00 00 00 C0",
            id="what looks like an escape",
        ),
    ],
)
def test_c0_and_db_are_escaped(plain: str, capture: str) -> None:
    """In the payload and in the checksum."""
    assert encode(bytes.fromhex(plain)) == raw(capture)
    assert decoded(raw(capture)) == ([bytes.fromhex(plain)], DecoderStats(frames=1))


@pytest.mark.parametrize("escape", ["DB 00", "DB DB", "DB C0"])
def test_a_db_that_escapes_nothing_makes_a_frame_worthless(escape: str) -> None:
    """Nobody who speaks this has sent it."""
    capture = f"C0 FD E2 12 34 {escape} 0C 80 00 00 00 00 00 00 00 00 0E C0"
    assert decoded(raw(capture))[0] == []


@pytest.mark.parametrize("end_byte", ["", "FC", "FE", "F8", "FF"])
def test_the_byte_after_a_frame_is_neither_frame_nor_noise(end_byte: str) -> None:
    """Real units send one, mostly FC."""
    data = raw(LINK_READY, end_byte, HEARTBEAT, end_byte, METER, end_byte, LINK_READY)
    bodies = [body(each) for each in (LINK_READY, HEARTBEAT, METER, LINK_READY)]
    assert decoded(data) == (bodies, DecoderStats(frames=4))


def test_neighbours_may_share_a_c0() -> None:
    """The end of one is the beginning of the next."""
    data = raw(LINK_READY) + raw(HEARTBEAT)[1:] + raw(METER)[1:]
    assert decoded(data)[0] == [body(LINK_READY), body(HEARTBEAT), body(METER)]


# --- what is no frame -----------------------------------------------------------------


def test_a_wrong_checksum_is_counted() -> None:
    """A frame damaged on the way."""
    damaged = "C0 FD E0 12 34 77 77 01 06 41 06 22 00 00 00 00 83 C0"
    assert decoded(raw(damaged)) == ([], DecoderStats(checksum_errors=1))


def test_the_type_is_held_against_the_known_ones() -> None:
    """The checksum does not cover it."""
    damaged = "C0 F5 E0 12 34 77 77 01 06 40 06 22 00 00 00 00 83 C0"
    assert decoded(raw(damaged)) == ([], DecoderStats(checksum_errors=1))


@pytest.mark.parametrize("length", [2, 3, 12, 14, 16, 18, 20, 40])
def test_a_length_nobody_sends_is_noise(length: int) -> None:
    """Though the checksum be right."""
    data = encode(b"\xfd\xe2".ljust(length, b"\1"))
    assert decoded(data) == ([], DecoderStats(noise_bytes=length + 1))


@pytest.mark.parametrize(
    ("noise", "counted"),
    [("00", 3), ("FF FE 00 13", 9), ("C0", 0), ("C0 C0 C0", 0), ("C0 17 C0 DB C0", 4)],
)
def test_noise_between_frames_does_no_harm(noise: str, counted: int) -> None:
    """C0s among it."""
    data = raw(noise, LINK_READY, HEARTBEAT, "FC", noise, METER)
    bodies = [body(LINK_READY), body(HEARTBEAT), body(METER)]
    assert decoded(data) == (bodies, DecoderStats(frames=3, noise_bytes=counted))


def test_a_truncated_frame_costs_only_itself() -> None:
    """The C0 of the next one begins anew."""
    data = raw(HEARTBEAT)[:9] + raw(LINK_READY)
    assert decoded(data) == (
        [body(LINK_READY)],
        DecoderStats(frames=1, noise_bytes=8),
    )


def test_a_frame_whose_head_was_lost_costs_only_itself() -> None:
    """As one joins a bus in the middle of a message."""
    data = raw(HEARTBEAT)[9:] + raw(LINK_READY)
    assert decoded(data)[0] == [body(LINK_READY)]


def test_half_a_frame_waits_for_the_other_half() -> None:
    """And says so meanwhile, so that nobody interrupts it."""
    decoder = FrameDecoder()
    assert not decoder.mid_frame
    assert decoder.feed(raw(HEARTBEAT)[:3]) == []
    assert decoder.mid_frame
    assert decoder.feed(raw(HEARTBEAT)[3:]) == [body(HEARTBEAT)]
    assert not decoder.mid_frame
    decoder.feed(b"\xfc")
    assert not decoder.mid_frame


def test_endless_noise_is_not_collected() -> None:
    """A megabyte without a single C0 takes no more room than a frame."""
    decoder = FrameDecoder()
    noise = b"\x55" * 1000
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for _ in range(1000):
        assert decoder.feed(noise) == []
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after - before < 500
    assert not decoder.mid_frame
    assert decoder.stats.noise_bytes == 1_000_000
    assert decoder.feed(raw(LINK_READY)) == [body(LINK_READY)]


def test_the_end_of_endless_noise_is_no_frame() -> None:
    """What stands between too much noise and a C0 may look like one, but has no beginning."""
    data = b"\x55" * 100 + raw(LINK_READY)[1:]
    for step in (1, 100, len(data)):
        assert sliced(data, range(step, len(data), step))[0] == []


# --- any bytes, any slices ------------------------------------------------------------


def sliced(data: bytes, cuts: Iterable[int]) -> tuple[list[bytes], DecoderStats]:
    """Return what a decoder makes of bytes that arrive in slices."""
    decoder = FrameDecoder()
    bodies = []
    edges = [0, *sorted(cuts), len(data)]
    for start, end in pairwise(edges):
        bodies += decoder.feed(data[start:end])
    return bodies, decoder.stats


frame_bodies = st.builds(
    lambda kind, rest: bytes([kind]) + rest,
    st.sampled_from([0xFB, 0xFC, 0xFD]),
    st.sampled_from([12, 14, 18]).flatmap(
        lambda length: st.binary(min_size=length, max_size=length)
    ),
)


def is_harmful(each: bytes) -> bool:
    """Return whether a body is one of those that destroy or crash a unit."""
    return each[:2] in (b"\xfc\x19", b"\xfc\x1a", b"\xfb\xe8") or (
        each[:2] == b"\xfb\xe0" and each[6] == 2
    )


line_pieces = st.one_of(
    st.binary(max_size=60),
    st.integers(30, 90).map(lambda length: b"\x55" * length),
    st.sampled_from([b"\xc0", b"\xdb", b"\xdb\xdc", b"\xfc"]),
    st.sampled_from([raw(capture) for capture in VALID]),
    st.sampled_from([raw(capture)[:-3] for capture in VALID]),
    st.sampled_from([raw(capture)[4:] for capture in VALID]),
    frame_bodies.filter(lambda each: not is_harmful(each)).map(encode),
)


@settings(max_examples=500)
@given(st.lists(line_pieces, max_size=12).map(b"".join), st.data())
def test_slices_make_no_difference(data: bytes, draw: st.DataObject) -> None:
    """The same bodies and the same books, however the bytes were cut; and never an error."""
    cuts = draw.draw(st.lists(st.integers(0, len(data)), max_size=20))
    whole = decoded(data)
    assert sliced(data, cuts) == whole
    assert sliced(data, range(len(data))) == whole
    assert whole[1].frames == len(whole[0])


@given(
    st.lists(st.tuples(st.binary(max_size=60), frame_bodies), min_size=1, max_size=5)
)
def test_what_is_encoded_is_decoded_among_any_noise(
    pieces: list[tuple[bytes, bytes]],
) -> None:
    """Every frame that arrived whole is found, whatever stands before it."""
    assume(not any(is_harmful(each) for _, each in pieces))
    data = b"".join(noise + encode(each) for noise, each in pieces)
    found = iter(decoded(data)[0])
    assert all(each in found for _, each in pieces)


# --- what must never be sent ----------------------------------------------------------


@pytest.mark.parametrize(
    "harmful",
    [
        pytest.param("FC 19 77 77 12 34", id="write serial number"),
        pytest.param("FC 1A 77 77 12 34", id="write model number"),
        pytest.param("FB E8 77 77 12 34", id="crash"),
        pytest.param("FB E0 77 77 12 34 02 00 F7", id="error bitmap"),
        pytest.param("FB E0 77 77 12 34 02 00 00", id="any error"),
    ],
)
@pytest.mark.parametrize("length", [13, 15, 19])
def test_harmful_bodies_are_not_encoded(harmful: str, length: int) -> None:
    """Whoever asks for it."""
    with pytest.raises(ValueError, match="harmful"):
        encode(bytes.fromhex(harmful).ljust(length, b"\0"))
