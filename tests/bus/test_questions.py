"""When a unit is asked what, and when it is left alone."""

from collections.abc import Iterator
import itertools

import pytest

from custom_components.twcmanager.bus.messages import Question
from custom_components.twcmanager.bus.questions import Questions

METER, PLUG = Question.METER, Question.PLUG_STATE
SERIAL, FIRMWARE, OLD = (
    Question.SERIAL_NUMBER,
    Question.FIRMWARE,
    Question.FIRMWARE_OLD,
)
VIN = Question.VIN_START


class Unit:
    """A unit that answers some questions, asked one at a time, twice a second."""

    def __init__(self, *answers: Question) -> None:
        """Prepare a unit that answers these and no others."""
        self.questions = Questions()
        self.answers = answers
        self.charging = False
        self.plugged = False
        self.vin_part: Question | None = VIN
        self.now = 0.0

    def ask(self, seconds: float) -> list[Question]:
        """Return what it is asked within some time."""
        return [question for _, question in self._ask(seconds)]

    def times(self, question: Question, seconds: float) -> list[float]:
        """Return when it is asked something within some time."""
        return [at for at, asked in self._ask(seconds) if asked is question]

    def _ask(self, seconds: float) -> Iterator[tuple[float, Question]]:
        end = self.now + seconds
        while self.now < end:
            open_questions = self.questions.open(
                charging=self.charging, plugged=self.plugged, vin_part=self.vin_part
            )
            due = [question for at, question in open_questions if self.now >= at]
            for question in due[:1]:
                self.questions.asked(question, self.now)
                if question in self.answers:
                    self.questions.answered(question, self.now, charging=self.charging)
                else:
                    self.questions.unanswered(question)
                yield self.now, question
            self.now += 0.5


def test_who_it_is_comes_first() -> None:
    """Then what it measures, then what can wait."""
    unit = Unit(*Question)
    assert unit.ask(3) == [SERIAL, METER, PLUG, FIRMWARE]


def test_what_does_not_change_is_asked_once() -> None:
    """Serial number and firmware."""
    unit = Unit(*Question)
    asked = unit.ask(3600)
    assert asked.count(SERIAL) == 1
    assert asked.count(FIRMWARE) == 1
    assert OLD not in asked


@pytest.mark.parametrize(
    ("charging", "interval_s"), [(False, 30.0), (True, 5.0)], ids=["idle", "charging"]
)
def test_the_meter_is_worth_more_while_a_car_charges(
    charging: bool, interval_s: float
) -> None:
    """Only it tells which phases the car uses."""
    unit = Unit(*Question)
    unit.charging = charging
    times = unit.times(METER, 600)
    gaps = {later - earlier for earlier, later in itertools.pairwise(times)}
    assert gaps == {interval_s}


def test_the_meter_is_asked_as_soon_as_a_car_begins_to_charge() -> None:
    """Not when the idle interval is over."""
    unit = Unit(*Question)
    unit.ask(3)
    unit.charging = True
    unit.questions.want_meter(unit.now)
    assert unit.ask(0.5) == [METER]


def test_the_plug_is_asked_every_few_seconds() -> None:
    """A car that comes is noticed soon."""
    times = Unit(*Question).times(PLUG, 600)
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert sum(gaps) / len(gaps) == pytest.approx(5.0, abs=0.2)


def test_a_charging_car_is_plugged_in() -> None:
    """No need to ask."""
    unit = Unit(*Question)
    assert PLUG in unit.ask(60)
    unit.charging = True
    assert PLUG not in unit.ask(60)


def test_what_is_not_answered_is_not_asked_for_ever() -> None:
    """Older firmware does not know some questions; the very old one knows another."""
    unit = Unit(OLD)
    asked = unit.ask(3600)
    assert {question: asked.count(question) for question in set(asked)} == {
        SERIAL: 3,
        METER: 3,
        PLUG: 3,
        FIRMWARE: 3,
        OLD: 1,
    }
    assert unit.questions.gave_up(METER)
    assert not unit.questions.gave_up(OLD)


def test_a_question_is_repeated_after_a_while_not_at_once() -> None:
    """The line may have been disturbed."""
    times = Unit().times(SERIAL, 60)
    assert len(times) == 3
    assert all(later - earlier >= 2 for earlier, later in itertools.pairwise(times))


def test_who_answered_once_is_not_given_up() -> None:
    """It knows the question: the line was bad."""
    unit = Unit(*Question)
    unit.ask(60)
    unit.answers = ()
    assert len(unit.times(METER, 3600)) > 10
    assert not unit.questions.gave_up(METER)


def test_a_late_answer_counts() -> None:
    """It came after the master had stopped waiting for it."""
    unit = Unit()
    unit.ask(60)
    assert unit.questions.gave_up(METER)
    unit.questions.answered(METER, unit.now, charging=False)
    assert not unit.questions.gave_up(METER)
    assert METER in unit.ask(60)


def test_settled_means_nothing_more_to_learn() -> None:
    """Answered, or never will be."""
    questions = Questions()
    assert not questions.settled(SERIAL)
    for _ in range(3):
        assert not questions.settled(SERIAL)
        questions.unanswered(SERIAL)
    assert questions.settled(SERIAL)
    questions = Questions()
    questions.answered(SERIAL, 0.0, charging=False)
    assert questions.settled(SERIAL)


# --- VIN ------------------------------------------------------------------------------


def test_no_car_no_vin_question() -> None:
    """Nor when it is known already."""
    unit = Unit(*Question)
    assert VIN not in unit.ask(60)
    unit.plugged = True
    unit.vin_part = None
    assert VIN not in unit.ask(60)


def test_a_car_without_vin_is_asked_a_few_times() -> None:
    """Once a minute: it may be asleep. Then no more, until another car comes."""
    unit = Unit(*Question)
    unit.plugged = True
    asked_at = []
    for _ in range(7200):
        if unit.ask(0.5) == [VIN]:
            unit.questions.vin_fruitless(unit.now)
            asked_at.append(unit.now)
    assert len(asked_at) == 5
    assert all(later - earlier >= 60 for earlier, later in itertools.pairwise(asked_at))
    unit.questions.car_changed(unit.now)
    assert VIN in unit.ask(5)
