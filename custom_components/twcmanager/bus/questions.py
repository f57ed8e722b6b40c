"""When to ask a unit an optional question, and when to leave it alone.

Heartbeats keep cars charging; questions only serve curiosity. VIN questions in a flood have
broken links elsewhere, and older firmware does not answer some questions at all: such a unit
is asked a few times and then left alone until it links anew.
"""

from dataclasses import dataclass
from typing import Final

from .messages import Question

_GIVE_UP_AFTER: Final = 3
_RETRY_S: Final = 3.0

# Real masters ask every question every 11.8 s. The meter is worth more often while a car
# charges, as only it tells which phases the car uses.
_METER_CHARGING_S: Final = 5.0
_METER_IDLE_S: Final = 30.0
_PLUG_STATE_S: Final = 5.0

# An all-zero VIN means no Tesla or a car still asleep. A few tries per plug-in find out.
_VIN_TRIES: Final = 5
_VIN_RETRY_S: Final = 60.0

_VIN_PARTS: Final = (Question.VIN_START, Question.VIN_MIDDLE, Question.VIN_END)
_ONCE: Final = (Question.SERIAL_NUMBER, Question.FIRMWARE, Question.FIRMWARE_OLD)


@dataclass(slots=True)
class _Subject:
    """What became of one question so far."""

    due_at: float = 0.0
    unanswered: int = 0
    answered: bool = False

    @property
    def given_up(self) -> bool:
        return self.unanswered >= _GIVE_UP_AFTER


class Questions:
    """One unit's optional questions: which is due, which are not worth asking."""

    def __init__(self) -> None:
        """Start with every question open."""
        self._subjects = {question: _Subject() for question in Question}
        self._vin_tries = 0

    def gave_up(self, question: Question) -> bool:
        """Return whether the unit has shown that it does not answer this."""
        return self._subjects[question].given_up

    def settled(self, question: Question) -> bool:
        """Return whether nothing more is to be learned: answered, or never will be."""
        subject = self._subjects[question]
        return subject.answered or subject.given_up

    def car_changed(self, now: float) -> None:
        """Ask about plug and VIN again: a car came or went."""
        self._vin_tries = 0
        for question in (*_VIN_PARTS, Question.PLUG_STATE):
            self._subjects[question].due_at = now

    def want_meter(self, at: float) -> None:
        """Ask for the meter by then: there is something to be learned from it."""
        meter = self._subjects[Question.METER]
        meter.due_at = min(meter.due_at, at)

    def open(
        self, *, charging: bool, plugged: bool, vin_part: Question | None
    ) -> list[tuple[float, Question]]:
        """Return what is worth asking and from when on, the most important first.

        ``charging`` and ``plugged`` are about the car, ``vin_part`` is the part of its VIN
        that is missing.
        """
        wanted = [Question.SERIAL_NUMBER, Question.METER]
        if not charging:
            wanted.append(Question.PLUG_STATE)
        if plugged and vin_part and self._vin_tries < _VIN_TRIES:
            wanted.append(vin_part)
        wanted.append(Question.FIRMWARE)
        if self.gave_up(Question.FIRMWARE):
            wanted.append(Question.FIRMWARE_OLD)
        subjects = [(self._subjects[question], question) for question in wanted]
        return [
            (subject.due_at, question)
            for subject, question in subjects
            if not subject.given_up
        ]

    def asked(self, question: Question, now: float) -> None:
        """Note that a question went out: it is not asked again before the retry time."""
        self._subjects[question].due_at = now + _RETRY_S

    def answered(self, question: Question, now: float, *, charging: bool) -> None:
        """Note an answer, late ones too."""
        subject = self._subjects[question]
        subject.answered = True
        subject.unanswered = 0
        subject.due_at = now
        if question is Question.METER:
            subject.due_at += _METER_CHARGING_S if charging else _METER_IDLE_S
        elif question is Question.PLUG_STATE:
            subject.due_at += _PLUG_STATE_S
        elif question in _ONCE:
            subject.due_at = float("inf")

    def vin_fruitless(self, now: float) -> None:
        """Note a round of VIN questions that brought none: wait before the next."""
        self._vin_tries += 1
        for question in _VIN_PARTS:
            self._subjects[question].due_at = now + _VIN_RETRY_S

    def unanswered(self, question: Question) -> None:
        """Note that a unit which reliably answers heartbeats did not answer this."""
        subject = self._subjects[question]
        if not subject.answered:
            subject.unanswered += 1
