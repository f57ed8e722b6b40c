"""Bytes to frame bodies and back.

A frame is ``C0 body checksum C0`` with SLIP escapes inside. The checksum is the sum of all
bytes after the first, modulo 256. What follows a closing C0 (real units send one more byte,
mostly FC) and the noise of an unterminated line are told apart from frames here, so that the
layers above only ever see bodies whose length and checksum are right.
"""

from dataclasses import dataclass
from functools import lru_cache

END = b"\xc0"
_ESCAPED_END = b"\xdb\xdc"
_ESC = b"\xdb"
_ESCAPED_ESC = b"\xdb\xdd"

# Lengths with checksum: protocol 1, protocol 2, and some replies since firmware 4.5.3.
FRAME_LENGTHS = frozenset({14, 16, 20})

# The first byte is not covered by the checksum, so it is held against the known ones.
FRAME_TYPES = frozenset({0xFB, 0xFC, 0xFD})

# Write the serial and the model number: these destroy a unit for good.
# FB E8 crashes it.
_DESTRUCTIVE = frozenset({b"\xfc\x19", b"\xfc\x1a", b"\xfb\xe8"})
_HEARTBEAT = b"\xfb\xe0"
_COMMAND_ERROR = 0x02

# Every byte of the longest frame escaped. A longer run without C0 cannot be a frame.
_LONGEST_CHUNK = 2 * max(FRAME_LENGTHS)


def encode(body: bytes) -> bytes:
    """Wrap a body (first byte to last, without checksum) for the wire.

    Raises ValueError for a body that could harm a unit, whoever asks: the last line behind
    the message types, which cannot express these at all.
    """
    if body[:2] in _DESTRUCTIVE or (
        body[:2] == _HEARTBEAT and body[6:7] == bytes([_COMMAND_ERROR])
    ):
        raise ValueError(f"refusing to encode a harmful message: {body.hex(' ')}")
    raw = body + bytes([sum(body[1:]) & 0xFF])
    return END + raw.replace(_ESC, _ESCAPED_ESC).replace(END, _ESCAPED_END) + END


@lru_cache(maxsize=1024)
def _body_of(chunk: bytes) -> bytes | None:
    """Return the body of what stood between two C0s, or None if it is no frame.

    Cached because a quiet bus repeats the same few messages every second for hours.
    """
    if _ESC in chunk:
        # A DB that starts neither escape was not sent by anyone who speaks this.
        if chunk.count(_ESC) != chunk.count(_ESCAPED_END) + chunk.count(_ESCAPED_ESC):
            return None
        chunk = chunk.replace(_ESCAPED_END, END).replace(_ESCAPED_ESC, _ESC)
    if len(chunk) not in FRAME_LENGTHS or chunk[0] not in FRAME_TYPES:
        return None
    if sum(chunk[1:-1]) & 0xFF != chunk[-1]:
        return None
    return chunk[:-1]


@dataclass(slots=True)
class DecoderStats:
    """What the decoder has seen since it was made."""

    frames: int = 0
    checksum_errors: int = 0
    noise_bytes: int = 0


class FrameDecoder:
    """Turns any bytes, in any slices, into frame bodies. Never raises.

    Holds at most 40 bytes between calls. The result does not depend on how the bytes were
    sliced, which the tests search for counterexamples of.
    """

    def __init__(self) -> None:
        """Start in the middle of nowhere, as one does on a live bus."""
        self.stats = DecoderStats()
        self._pending = b""
        self._overflowed = False
        self._after_frame = False

    @property
    def mid_frame(self) -> bool:
        """Return whether the bytes held may be the start of a frame."""
        return len(self._pending) > 1

    def feed(self, data: bytes) -> list[bytes]:
        """Take what arrived and return the bodies it completed, oldest first."""
        *chunks, self._pending = (self._pending + data).split(END)
        bodies = []
        for chunk in chunks:
            if not chunk and not self._overflowed:
                continue
            body = None if self._overflowed else self._take(chunk)
            if body is not None:
                bodies.append(body)
            elif self._overflowed:
                self.stats.noise_bytes += len(chunk)
            self._overflowed = False
        if self._overflowed or len(self._pending) > _LONGEST_CHUNK:
            self.stats.noise_bytes += len(self._pending)
            self._pending = b""
            self._overflowed = True
            self._after_frame = False
        return bodies

    def _take(self, chunk: bytes) -> bytes | None:
        """Judge one chunk between two C0s and keep the books."""
        # The cache must not be filled by noise of arbitrary size.
        body = _body_of(chunk) if len(chunk) <= _LONGEST_CHUNK else None
        if body is not None:
            self.stats.frames += 1
        elif len(chunk) in FRAME_LENGTHS:
            self.stats.checksum_errors += 1
        elif len(chunk) > 1 or not self._after_frame:
            self.stats.noise_bytes += len(chunk)
        self._after_frame = body is not None
        return body
