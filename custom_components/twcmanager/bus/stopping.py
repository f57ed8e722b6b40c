"""Stopping a car that does not heed an offer of 0 A, by the means its owner chose."""

from dataclasses import replace
from typing import Final

from .aftermath import Aftermath
from .messages import ContactorAction
from .status import DRAWING_A, StopLessons, StopMethod

# How long an offer of 0 A may go unheeded before a stronger means is taken.
_HEED_STOP_S: Final = 10.0
# If it is known not to be heeded: until the car has come down to what it goes on with.
_COME_DOWN_S: Final = 4.0
_CONTACTOR_RETRY_S: Final = 5.0


class Stopping:
    """Whether a unit's car goes on in spite of 0 A, and what is done about it."""

    def __init__(self) -> None:
        """Begin with a car that has not been told to stop."""
        self.chosen = StopMethod.OFFER
        """What its owner chose."""
        self.lessons = StopLessons()
        """What former stops have taught."""
        self._aftermath = Aftermath()
        self._silenced = False
        self._unheeded_since: float | None = None
        self._contactor_open: bool | None = None
        self._contactor_told_at = float("-inf")

    @property
    def method(self) -> StopMethod:
        """Return what is used beside 0 A: what was chosen, unless the car took it ill."""
        if self.lessons.taken_ill(self.chosen):
            return StopMethod.OFFER
        return self.chosen

    def watch(
        self, *, told_to_stop: bool, car_seen: bool, draw_a: float, now: float
    ) -> None:
        """Note since when the car has been going on in spite of an offer of 0 A."""
        draws = draw_a >= DRAWING_A
        if draws and self._contactor_open is None:
            self._contactor_open = False
        if not told_to_stop or not draws:
            # Whoever was stopped otherwise has not shown that it heeds.
            if told_to_stop and self._unheeded_since is not None and not self._forced:
                self.lessons = replace(self.lessons, heeds_zero=True)
            self._unheeded_since = None
        elif self._unheeded_since is None:
            self._unheeded_since = now
        elif now - self._unheeded_since >= _HEED_STOP_S:
            self.lessons = replace(self.lessons, heeds_zero=False)
        taken_ill = self._aftermath.watch(
            offered=not told_to_stop, car_seen=car_seen, draws=draws, now=now
        )
        if taken_ill is StopMethod.CONTACTOR:
            self.lessons = replace(self.lessons, contactor_taken_ill=True)
        elif taken_ill is StopMethod.SILENCE:
            self.lessons = replace(self.lessons, silence_taken_ill=True)

    @property
    def _forced(self) -> bool:
        """Return whether something stronger than 0 A is used."""
        return self._silenced or self._contactor_open is True

    def contactor_moved(self, action: ContactorAction) -> None:
        """Take the acknowledgement of a contactor command."""
        self._contactor_open = action is ContactorAction.OPEN
        if self._contactor_open:
            self._aftermath.stopped(StopMethod.CONTACTOR)

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
            self._aftermath.stopped(StopMethod.SILENCE)
        return self._silenced

    def _unheeded(self, now: float) -> bool:
        """Return whether the car goes on though 0 A has been offered for a while."""
        since = self._unheeded_since
        patience_s = _COME_DOWN_S if self.lessons.heeds_zero is False else _HEED_STOP_S
        return since is not None and now - since >= patience_s
