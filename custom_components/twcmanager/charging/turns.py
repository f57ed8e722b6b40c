"""Who comes first, and for how long, when there is not enough for all."""

from typing import Final

from .model import Connector

# How long a car may charge while another of the same priority waits.
TURN_S: Final = 1800.0

_GOES_ON, _BEGINS, _GIVES_WAY = range(3)


class Turn:
    """One connector's place in the order."""

    def __init__(self) -> None:
        """Begin without a turn."""
        self._charges: bool | None = None
        """Whether it was decided that it charges; None before the first decision."""
        self._began_at = 0.0
        self._ended_at = float("-inf")
        self._gave_way = False
        """Whether it had to let another one begin since it began itself."""
        self.waits = False
        """Whether it would charge if it came first."""

    def watch(self, *, charges: bool, waits: bool, now: float) -> None:
        """Take note of how the last decision went for it."""
        if charges and not self._charges:
            self._began_at = now
            self._gave_way = False
        elif self._charges and not charges:
            self._ended_at = now
        self._charges = charges
        self.waits = waits

    def waited_s(self, now: float) -> float:
        """Return for how long it has been waiting since its last turn, 0 if it does not."""
        return now - self._ended_at if self.waits else 0.0

    def place(
        self, connector: Connector, now: float, *, refused: bool, others_waited_s: float
    ) -> tuple[bool, int, int, bool, bool, float, bool, int]:
        """Return a key to sort by.

        A car that takes nothing comes last. The higher priority comes first. Of equals, who
        charges goes on until its time is up and another has waited as long; who has waited
        longest comes next; who may not be there comes late. ``others_waited_s`` says for how
        long one of the same priority has waited.
        """
        # Until the first decision counts what a car is found doing, later what was decided:
        # one that was told to stop still charges for some seconds.
        charges = connector.charging if self._charges is None else self._charges
        group, since = _BEGINS, self._ended_at
        if charges:
            group, since = _GOES_ON, self._began_at
            if min(now - self._began_at, others_waited_s) >= TURN_S:
                # Of several, who began last goes on if only one has to give way.
                group, since = _GIVES_WAY, -self._began_at
                self._gave_way = True
        return (
            refused,
            -connector.priority,
            group,
            charges and self._gave_way,
            connector.plugged_in is None,
            since,
            not connector.charging,
            connector.id,
        )
