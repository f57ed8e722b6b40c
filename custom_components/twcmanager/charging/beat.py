"""How long to trust a source that does not say when it will speak next."""

from collections import deque
from typing import Final

# A source may miss one beat; after a second one its reading is no longer trusted to show
# what is going on, and after some more nothing is decided with it.
STALE_BEATS: Final = 2.5
DEAD_BEATS: Final = 5.0
SHORTEST_STALE_S: Final = 30.0
SHORTEST_DEAD_S: Final = 120.0
# Cloud sources come every 15 minutes; what is older than this is dead however slow it was.
LONGEST_DEAD_S: Final = 2700.0
# Until its rhythm has been seen a source is taken for one that comes once a minute.
FIRST_BEAT_S: Final = 60.0
_BEATS: Final = 8


class Beat:
    """The rhythm of one source, learned from when it spoke."""

    def __init__(self) -> None:
        """Begin with a rhythm that is not known."""
        self._beats: deque[float] = deque(maxlen=_BEATS)
        self._at: float | None = None
        self._interrupted = False

    def note(self, at: float) -> None:
        """Take note that it spoke."""
        # How long it was out of order tells nothing about its rhythm.
        if self._at is not None and at > self._at and not self._interrupted:
            self._beats.append(at - self._at)
        self._interrupted = False
        self._at = at

    def interrupt(self) -> None:
        """Take note that it has nothing to say."""
        self._interrupted = True

    @property
    def interval_s(self) -> float:
        """Return the slowest beat of late: sources that report changes only pause at times."""
        return max(self._beats, default=FIRST_BEAT_S)

    @property
    def dead_after_s(self) -> float:
        """Return from which age on nothing may be decided with what it said."""
        return min(max(DEAD_BEATS * self.interval_s, SHORTEST_DEAD_S), LONGEST_DEAD_S)

    @property
    def stale_after_s(self) -> float:
        """Return from which age on it no longer says what is going on now."""
        stale_s = max(STALE_BEATS * self.interval_s, SHORTEST_STALE_S)
        return min(stale_s, self.dead_after_s)
