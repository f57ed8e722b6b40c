"""What a unit tells about energy and its car, freed of the nonsense units are known to tell."""

from typing import Final

from .messages import Question

# More than a unit can have delivered: 500 000 kWh is 80 A for seven years without a break,
# so a larger count must be in Wh (a busy unit was captured with 10 690 796).
_LARGEST_KWH: Final = 500_000

# So many readings in a row that agree with each other but not with ours: ours was the wrong one.
_OVERRULED_AFTER: Final = 20


class LifetimeEnergy:
    """A unit's lifetime counter in kWh: never falls, never jumps by more than time allows.

    Implausible counts (4 194 484, 8 732 946) turn up now and then on real units. The first
    reading counts once a second one agrees with it.
    """

    def __init__(self, largest_power_kw: float) -> None:
        """Take the most the unit can deliver, which bounds how fast the counter rises."""
        self.kwh: float | None = None
        self._largest_power_kw = largest_power_kw
        self._trusted: tuple[int, float] | None = None
        self._candidate: tuple[int, float] | None = None
        self._agreeing = 0

    def take(self, count: int, now: float) -> None:
        """Take one reading of the counter."""
        if self._trusted and self._follows(self._trusted, count, now):
            self._trust(count, now)
            return
        if self._candidate and self._follows(self._candidate, count, now):
            self._agreeing += 1
        else:
            self._agreeing = 1
        self._candidate = (count, now)
        if self._agreeing >= (_OVERRULED_AFTER if self._trusted else 2):
            self._trust(count, now)

    def _trust(self, count: int, now: float) -> None:
        self._trusted = (count, now)
        self._candidate = None
        self._agreeing = 0
        self.kwh = _kwh(count)

    def _follows(self, before: tuple[int, float], count: int, now: float) -> bool:
        """Return whether a count can come after another one, in the same unit of energy."""
        earlier, at = before
        if (count > _LARGEST_KWH) != (earlier > _LARGEST_KWH):
            return False
        # One count more than the power explains: the counter's own step.
        step_kwh = 1.0 if count <= _LARGEST_KWH else 0.001
        largest_rise_kwh = self._largest_power_kw * (now - at) / 3600 + step_kwh
        return 0 <= _kwh(count) - _kwh(earlier) <= largest_rise_kwh


def _kwh(count: int) -> float:
    return float(count) if count <= _LARGEST_KWH else count / 1000


_VIN_LENGTH: Final = 17
_VIN_PARTS: Final = (Question.VIN_START, Question.VIN_MIDDLE, Question.VIN_END)
_VIN_VALUES: Final = {
    **{str(digit): digit for digit in range(10)},
    **dict(zip("ABCDEFGH", range(1, 9), strict=True)),
    **dict(zip("JKLMN", range(1, 6), strict=True)),
    "P": 7,
    "R": 9,
    **dict(zip("STUVWXYZ", range(2, 10), strict=True)),
}
_VIN_WEIGHTS: Final = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_VIN_CHECK_POSITION: Final = 8


def vin_is_valid(vin: str) -> bool:
    """Return whether length, characters and check digit (ISO 3779, position 9) are right."""
    if len(vin) != _VIN_LENGTH or any(char not in _VIN_VALUES for char in vin):
        return False
    total = sum(
        _VIN_VALUES[char] * weight
        for char, weight in zip(vin, _VIN_WEIGHTS, strict=True)
    )
    return vin[_VIN_CHECK_POSITION] == "0123456789X"[total % 11]


class VinReader:
    """Puts a VIN together from the three parts a unit tells one by one.

    The check digit tells parts of two cars apart. A VIN that fails it is believed only once
    the same one was read twice in a row: the digit is not compulsory everywhere.
    """

    def __init__(self) -> None:
        """Start without a car."""
        self.vin: str | None = None
        self._parts: dict[Question, str] = {}
        self._doubtful: str | None = None

    def clear(self) -> None:
        """Forget the car: it was unplugged."""
        self.vin = None
        self._parts.clear()
        self._doubtful = None

    @property
    def missing(self) -> Question | None:
        """Return the part to ask for next, None when the VIN is known."""
        if self.vin is not None:
            return None
        return next((part for part in _VIN_PARTS if part not in self._parts), None)

    def take(self, part: Question, text: str) -> bool:
        """Take one part. Return False if a round of questions ended without a VIN.

        An empty part says that there is no Tesla to ask, or that it sleeps.
        """
        if not text:
            self._parts.clear()
            return False
        self._parts[part] = text
        if len(self._parts) < len(_VIN_PARTS):
            return True
        vin = "".join(self._parts[each] for each in _VIN_PARTS)
        self._parts.clear()
        well_formed = len(vin) == _VIN_LENGTH and all(c in _VIN_VALUES for c in vin)
        if vin_is_valid(vin) or (well_formed and vin == self._doubtful):
            self.vin = vin
        self._doubtful = vin
        return self.vin is not None
