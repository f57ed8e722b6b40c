"""Stopping a car that does not heed an offer of 0 A, by the means its owner chose."""

from enum import StrEnum
from typing import Final

from .messages import ContactorAction
from .status import DRAWING_A

# How long an offer of 0 A may go unheeded before a stronger means is taken.
_HEED_STOP_S: Final = 10.0
_CONTACTOR_RETRY_S: Final = 5.0


class StopMethod(StrEnum):
    """What stops a car that does not heed an offer of 0 A, each with its price."""

    OFFER = "offer"
    """Nothing more than 0 A on every heartbeat."""
    CONTACTOR = "contactor"
    """A hard cut by the contactor; Tesla cars may show a fault until replugged."""
    SILENCE = "silence"
    """No heartbeats: the unit stops its car with an error after 20 to 30 s."""


class Stopping:
    """Whether a unit's car goes on in spite of 0 A, and what is done about it."""

    def __init__(self) -> None:
        """Begin with a car that has not been told to stop."""
        self.method = StopMethod.OFFER
        self._silenced = False
        self._unheeded_since: float | None = None
        self._contactor_open: bool | None = None
        self._contactor_told_at = float("-inf")

    def watch(self, *, told_to_stop: bool, draw_a: float, now: float) -> None:
        """Note since when the car has been going on in spite of an offer of 0 A."""
        if draw_a >= DRAWING_A and self._contactor_open is None:
            self._contactor_open = False
        if not told_to_stop or draw_a < DRAWING_A:
            self._unheeded_since = None
        elif self._unheeded_since is None:
            self._unheeded_since = now

    def contactor_moved(self, action: ContactorAction) -> None:
        """Take the acknowledgement of a contactor command."""
        self._contactor_open = action is ContactorAction.OPEN

    @property
    def may_move_contactor(self) -> bool:
        """Return whether it is worth asking for a contactor action at all."""
        return self.method is StopMethod.CONTACTOR or self._contactor_open is True

    def next_contactor_action(
        self, *, offers: bool, car_seen: bool, now: float
    ) -> ContactorAction | None:
        """Return what to do with the contactor if the owner chose that and it is due."""
        if now - self._contactor_told_at < _CONTACTOR_RETRY_S:
            return None
        chosen = self.method is StopMethod.CONTACTOR
        # Nobody has told yet how a former master left it: once more does no harm.
        may_be_open = self._contactor_open or (
            self._contactor_open is None and chosen and car_seen
        )
        if may_be_open and (offers or not chosen):
            action = ContactorAction.CLOSE
        elif chosen and not self._contactor_open and self._unheeded(now):
            action = ContactorAction.OPEN
        else:
            return None
        self._contactor_told_at = now
        return action

    def silent(self, *, offers: bool, now: float) -> bool:
        """Return whether to leave the unit in silence, as its owner chose.

        It lasts until there is something to offer again: a unit that ignores 0 A would
        otherwise start its car anew with every heartbeat that reaches it.
        """
        if self.method is not StopMethod.SILENCE or offers:
            self._silenced = False
        elif self._unheeded(now):
            self._silenced = True
        return self._silenced

    def _unheeded(self, now: float) -> bool:
        """Return whether the car goes on though 0 A has been offered for a while."""
        since = self._unheeded_since
        return since is not None and now - since >= _HEED_STOP_S
