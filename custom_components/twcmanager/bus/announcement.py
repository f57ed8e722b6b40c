"""How a master announces itself: five link-ready 1, then five link-ready 2."""

from collections import deque
from typing import Final

from .messages import MasterLinkReady

MASTER_ID: Final = 0x7777
SIGN: Final = 0x77

_LENGTH: Final = 5
_INTERVAL_S: Final = 0.1


class Announcement:
    """What is left to say of it."""

    def __init__(self, announced_a: float) -> None:
        """Take the current it tells: some cars only start after one above 0."""
        # As the wire carries it, so that the echo of it is known again.
        max_a = round(announced_a, 2)
        self._messages = [
            MasterLinkReady(step, MASTER_ID, SIGN, max_a)
            for step in (1, 2)
            for _ in range(_LENGTH)
        ]
        self._left: deque[MasterLinkReady] = deque()
        self.at = float("inf")
        """When the next message is due, if there is any left."""

    @property
    def under_way(self) -> bool:
        """Return whether there is anything left to say."""
        return bool(self._left)

    def begin(self, at: float) -> None:
        """Plan to say it all, from some time on."""
        self._left = deque(self._messages)
        self.at = at

    def next(self, now: float) -> MasterLinkReady | None:
        """Return what to say now."""
        if not self._left or now < self.at:
            return None
        self.at = now + _INTERVAL_S
        return self._left.popleft()
