"""Whether the grid meter tells the truth, as far as the cars can witness it.

What the cars draw is known. When they start, stop or clearly change, a meter with the right
sign and unit that sees them moves by as much. Houses and clouds move it too, so a step counts
only if all was calm before and after it, nothing is said before several steps agree, and a
single one that was answered as it should be clears the meter.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import mean, median
from typing import Final

from .model import GridReading
from .repetition import Repetition

# A change of the cars' draw that a meter cannot miss.
_STEP_W: Final = 700.0
_LARGE_STEP_W: Final = 1000.0
# How long after the fact a meter may tell it; a mean tells it an interval later still.
_LONGEST_DELAY_S: Final = 60.0
_LONGEST_INTERVAL_S: Final = 900.0
# How far a steady draw may vary, in W and as a share of it.
_STEADY_W: Final = 200.0
_STEADY_SHARE: Final = 0.15
# How many readings make up the state before or after a step, and for how long at least.
_LEAST_READINGS: Final = 3
_CALM_S: Final = 30.0
# A car starts and stops within this time; what takes longer follows the sun.
_LONGEST_RAMP_S: Final = 30.0
# How far house and sun may move the meter meanwhile, as a share of the step.
_CALM_SHARE: Final = 0.3
# A battery that answers in the meter's place leaves nothing to see.
_BATTERY_SHARE: Final = 0.2
# So does whoever holds the meter at zero: a water heater on the sun, or we with the cars.
_HELD_W: Final = 500.0
_HELD_SHARE: Final = 0.25

# A step's answer as a share of it, and what that says of the meter.
_RIGHT: Final = 0.6, 1.6
_WRONG: Final = 0.7, 1.4
_BLIND: Final = 0.2
_BLIND_MEAN: Final = 0.1
_KILO: Final = 1000.0

_STEPS: Final = 4
_AGREEING: Final = 3
# The larger a step, the less can a house have made the answer to it: it counts for several.
_WEIGHT_W: Final = 2000.0
# What was witnessed a day ago may have been mended.
_WITNESSED_S: Final = 86400.0

_DRAWS_S: Final = _LONGEST_DELAY_S + _LONGEST_INTERVAL_S


class Verdict(StrEnum):
    """What the cars say about the meter."""

    UNKNOWN = "unknown"
    RIGHT = "right"
    INVERTED = "meter_inverted"
    BLIND = "meter_blind"
    """It does not see the cars."""
    TOO_SMALL = "meter_too_small"
    """It tells kW for W."""
    TOO_LARGE = "meter_too_large"
    """It tells W for kW."""
    FROZEN = "meter_frozen"
    """It repeats its last word."""


@dataclass(frozen=True, slots=True)
class _Sample:
    """One reading while the cars drew steadily for as long as it may reach back."""

    at: float
    draw_w: float
    power_w: float
    battery_w: float


@dataclass(frozen=True, slots=True)
class _Step:
    """What a step of the cars was answered with."""

    at: float
    answer: float
    weight: int
    vote: Verdict


class MeterCheck:
    """Watches the cars' draw and the meter side by side."""

    def __init__(self) -> None:
        """Begin with no opinion."""
        self._draws: deque[tuple[float, float]] = deque()
        self._before: list[_Sample] = []
        self._after: list[_Sample] = []
        self._read: GridReading | None = None
        self._interval_s = _LONGEST_DELAY_S
        self._steps: deque[_Step] = deque(maxlen=_STEPS)
        self._frozen_at_w: float | None = None
        self._repetition = Repetition()

    def watch(
        self, draw_w: float | None, reading: GridReading | None, now: float
    ) -> None:
        """Look on; ``draw_w`` is None while somebody's draw is not known."""
        if draw_w is None:
            self._draws.clear()
            self._before.clear()
            self._after.clear()
            return
        self._note_draw(draw_w, now)
        while self._steps and now - self._steps[0].at > _WITNESSED_S:
            self._steps.popleft()
        if reading is None or self._is_old(reading):
            return
        if reading.power_w != self._frozen_at_w:
            self._frozen_at_w = None
        self._repetition.watch(draw_w, reading)
        sample = self._sample(reading)
        if sample is not None:
            self._take(sample)

    @property
    def verdict(self) -> Verdict:
        """Return what most of the latest steps say, as long as none clears the meter."""
        if self._frozen_at_w is not None or self._repetition.frozen:
            return Verdict.FROZEN
        votes = {each.vote for each in self._steps} - {Verdict.UNKNOWN}
        if Verdict.RIGHT in votes:
            votes = {Verdict.RIGHT}
        for vote in votes:
            if self._agrees([each for each in self._steps if each.vote is vote], vote):
                return vote
        return Verdict.UNKNOWN

    def _agrees(self, steps: Sequence[_Step], vote: Verdict) -> bool:
        """Return whether enough steps say the same."""
        if vote is Verdict.BLIND:
            # A car on fewer phases than it is taken for looks like a fainter answer, and
            # the sun may make up for any start.
            faint = abs(mean(each.answer for each in steps)) <= _BLIND_MEAN
            return len(steps) == _STEPS and faint
        most = 2 * len(steps) > len(self._steps)
        return most and sum(each.weight for each in steps) >= _AGREEING

    # --- looking on -------------------------------------------------------------------

    def _note_draw(self, draw_w: float, now: float) -> None:
        draws = self._draws
        if not draws or draws[-1][1] != draw_w:
            draws.append((now, draw_w))
        while len(draws) > 1 and draws[1][0] < now - _DRAWS_S:
            draws.popleft()

    def _is_old(self, reading: GridReading) -> bool:
        """Return whether a reading was seen before, and learn the meter's interval."""
        read = self._read
        if read is not None:
            if (reading.at, reading.power_w) == (read.at, read.power_w):
                return True
            # Its battery or its sun may tell more often than the meter.
            if reading.at > read.at:
                self._interval_s = min(reading.at - read.at, _LONGEST_INTERVAL_S)
        self._read = reading
        return False

    def _sample(self, reading: GridReading) -> _Sample | None:
        """Return a reading with the draw it shows, None if that was not steady."""
        since = reading.at - _LONGEST_DELAY_S - self._interval_s
        if self._draws[0][0] > since:
            return None
        least_w = most_w = self._draws[-1][1]
        for at, draw_w in reversed(self._draws):
            least_w, most_w = min(least_w, draw_w), max(most_w, draw_w)
            if at <= since:
                break
        if most_w - least_w > max(_STEADY_W, _STEADY_SHARE * most_w):
            return None
        return _Sample(
            reading.at, (least_w + most_w) / 2, reading.power_w, reading.battery_w
        )

    def _take(self, sample: _Sample) -> None:
        """Sort a sample into the state before or after a step, and judge the step."""
        if self._after and not _same_draw(self._after[0], sample):
            # It did not last: the cars are still on their way.
            self._after.clear()
        if not self._before or (
            not self._after and _same_draw(self._before[-1], sample)
        ):
            self._before.append(sample)
            while len(self._before) > _LEAST_READINGS and self._lasts(self._before[1:]):
                self._before.pop(0)
            return
        self._after.append(sample)
        if len(self._after) >= _LEAST_READINGS and self._lasts(self._after):
            self._judge(self._before, self._after)
            self._before, self._after = self._after, []

    @staticmethod
    def _lasts(samples: Sequence[_Sample]) -> bool:
        return samples[-1].at - samples[0].at >= _CALM_S

    # --- judging ----------------------------------------------------------------------

    def _judge(self, before: Sequence[_Sample], after: Sequence[_Sample]) -> None:
        """Take a step for what it says, if it says anything."""
        step_w = median([each.draw_w for each in after]) - median(
            [each.draw_w for each in before]
        )
        longest_s = _LONGEST_DELAY_S + 3 * self._interval_s + _LONGEST_RAMP_S
        if (
            abs(step_w) < _STEP_W
            or len(before) < _LEAST_READINGS
            or after[0].at - before[-1].at > longest_s
        ):
            return
        powers_w = [each.power_w for each in (*before, *after)]
        if len(set(powers_w)) == 1 and abs(step_w) >= _LARGE_STEP_W:
            self._frozen_at_w = powers_w[0]
            return
        before_w, after_w = (
            [each.power_w for each in side] for side in (before, after)
        )
        answer_w = median(after_w) - median(before_w)
        batteries_w = [each.battery_w for each in (*before, *after)]
        wobble_w = max(map(_wobble, (before_w, after_w)))
        answer = answer_w / step_w
        vote = _vote(answer)
        if vote is Verdict.TOO_SMALL and wobble_w > _CALM_SHARE * abs(answer_w):
            # The wrong unit would have made house and clouds as small.
            vote = Verdict.BLIND
        calm_w = abs(answer_w if vote is Verdict.TOO_LARGE else step_w)
        if wobble_w > _CALM_SHARE * calm_w or _wobble(
            batteries_w
        ) > _BATTERY_SHARE * abs(step_w):
            return
        away_w = max(abs(median(before_w)), abs(median(after_w)))
        held = away_w < max(_HELD_W, _HELD_SHARE * abs(step_w))
        if vote is not Verdict.BLIND or not held:
            weight = max(1, int(abs(step_w) / _WEIGHT_W))
            if vote is Verdict.INVERTED and weight >= _AGREEING:
                # However right it was: somebody has turned it round, and cars run away.
                self._steps.clear()
            self._steps.append(_Step(after[-1].at, answer, weight, vote))


def _same_draw(one: _Sample, other: _Sample) -> bool:
    most_w = max(one.draw_w, other.draw_w)
    return abs(one.draw_w - other.draw_w) <= max(_STEADY_W, _STEADY_SHARE * most_w)


def _vote(answer: float) -> Verdict:
    """Return what a single answer says of the meter: it is sooner cleared than accused."""
    least, most = _RIGHT
    if least <= answer <= most:
        return Verdict.RIGHT
    least, most = _WRONG
    size = abs(answer)
    if least <= -answer <= most:
        return Verdict.INVERTED
    if least <= size * _KILO <= most:
        return Verdict.TOO_SMALL
    if least <= size / _KILO <= most:
        return Verdict.TOO_LARGE
    return Verdict.BLIND if size <= _BLIND else Verdict.UNKNOWN


def _wobble(values: Sequence[float]) -> float:
    return max(values) - min(values)
