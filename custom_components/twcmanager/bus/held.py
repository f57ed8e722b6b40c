"""The highest limit a unit may hold, as far as words and answers can prove.

An answer does not say which heartbeat it answers. On a good line it is always the last one; on
a bad one it may be some seconds late, and tell of a limit that has been replaced since. Words
to the unit and its answers may be lost or late, but neither overtakes another.
"""

from collections import deque
from typing import Final

# Later than this nothing arrives any more: a line that is silent for as long is given up.
LATEST_ANSWER_S: Final = 10.0


class HeldLimit:
    """What a unit may hold: what it said last, and all it was told that may still count."""

    def __init__(self) -> None:
        """Begin with a unit that holds nothing."""
        self.at_most_a = 0.0
        self._words: deque[tuple[float, float]] = deque()
        """What it may hold and when it was last told that, in the order it was told."""
        self._has_answered = False

    def clear(self) -> None:
        """Take note that it has forgotten all it was told."""
        self._words.clear()
        self._has_answered = False
        self.at_most_a = 0.0

    def told(self, limit_a: float, now: float) -> None:
        """Take note of a limit on its way to the unit."""
        if self._words and self._words[-1][1] == limit_a:
            self._words.pop()
        self._words.append((now, limit_a))
        self.at_most_a = max(self.at_most_a, limit_a)

    def echoed(self, limit_a: float, now: float) -> None:
        """Take note of the limit the unit said it had.

        It proves that the unit got that far: what it was told before counts no more. Told the
        same several times with something else in between, it may have got no further than to
        the first of them. What was told long ago has arrived or been lost by now.
        """
        words = self._words
        # Mostly there is nothing to weigh.
        if self._has_answered and len(words) == 1 and words[0][1] == limit_a:
            return
        # What it held before the first word is only known once it has answered.
        if self._has_answered and any(told_a == limit_a for _, told_a in words):
            while words[0][1] != limit_a:
                words.popleft()
        while words and words[0][0] < now - LATEST_ANSWER_S:
            words.popleft()
        self._has_answered = True
        if not words or words[0][1] != limit_a:
            words.appendleft((float("-inf"), limit_a))
        self.at_most_a = max(told_a for _, told_a in words)
