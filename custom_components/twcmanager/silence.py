"""Who has been silent for so long that somebody should know."""

from collections.abc import Iterable


class Silence:
    """Remembers since when each has had nothing to say."""

    def __init__(self, patience_s: float) -> None:
        """Take for how long nobody is missed."""
        self._patience_s = patience_s
        self._since: dict[str, float] = {}

    def lasting(self, silent: Iterable[str], now: float) -> list[str]:
        """Take who is silent now, and return who has been for long."""
        self._since = {each: self._since.get(each, now) for each in sorted(silent)}
        return [
            each
            for each, since in self._since.items()
            if now - since >= self._patience_s
        ]
