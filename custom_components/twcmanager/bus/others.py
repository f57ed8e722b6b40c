"""Other masters: heard, and told from the echo of our own words.

Two-wire adapters return every byte that is sent. What comes back and was not sent by us, or was
sent but came back before, is someone else's: two masters on a bus corrupt each other.
"""

from collections import deque
from typing import Final

from .messages import Message

_ECHO_WINDOW_S: Final = 1.0
# A single message may be a corrupted one of ours: one more is a master.
_SUSPICION_S: Final = 10.0
FOREIGN_QUIET_S: Final = 30.0


class OtherMasters:
    """Whether somebody else plays the master."""

    def __init__(self) -> None:
        """Begin alone."""
        self.gone_at = float("-inf")
        """When the other one has been silent for long enough to be gone."""
        self._suspected_at = float("-inf")
        self._sent: deque[tuple[float, Message]] = deque(maxlen=16)

    def there(self, now: float) -> bool:
        """Return whether there is another one."""
        return now < self.gone_at

    def sent(self, message: Message, now: float) -> None:
        """Take note of our own words, which may come back."""
        self._sent.append((now, message))

    def no_more_echoes(self) -> None:
        """Take note that what comes from now on is somebody else's."""
        self._sent.clear()

    def is_echo(self, message: Message, now: float) -> bool:
        """Return whether these words are our own; each of them comes back once."""
        for entry in self._sent:
            sent_at, sent = entry
            if now - sent_at <= _ECHO_WINDOW_S and sent == message:
                self._sent.remove(entry)
                return True
        return False

    def heard(self, now: float) -> None:
        """Take note of words that are not ours."""
        if now - self._suspected_at <= _SUSPICION_S:
            self.gone_at = now + FOREIGN_QUIET_S
        self._suspected_at = now
