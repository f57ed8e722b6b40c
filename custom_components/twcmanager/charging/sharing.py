"""Which cars run on the sun: those whose minimum brings more sun than it costs import."""

from collections.abc import Sequence
from dataclasses import dataclass

from .allocation import Pool, Request, divide
from .demand import Demand
from .model import Preferences, Reason, Sharing
from .patience import Patience, import_weight


@dataclass(frozen=True, slots=True)
class SunCar:
    """A car that may use the sun."""

    demand: Demand
    patience: Patience
    most_a: float
    """The most that is worth offering."""
    least_w: float
    """What it draws at the minimum; nothing if it would not take it."""
    watts_per_a: float
    """What 1 A of it amounts to; nothing if it would not take it."""
    below_a: float
    """What it stays below its offer."""
    shut_out: bool
    """Whether the wires have no room for it."""

    @property
    def least_a(self) -> float:
        """Return the least that it can be offered."""
        return self.demand.connector.minimum_a

    @property
    def most_w(self) -> float:
        """Return what it draws when it is offered the most."""
        return self.drawn_w(self.most_a)

    def drawn_w(self, limit_a: float) -> float:
        """Return what it draws of an offer."""
        return (limit_a - self.below_a) * self.watts_per_a if limit_a else 0.0

    @property
    def runs(self) -> bool:
        """Return whether it charges, as far as it is told."""
        return bool(self.patience.running) and not self.shut_out

    @property
    def stray_w(self) -> float:
        """Return what it draws though it is told not to."""
        return 0.0 if self.runs else self.demand.connector.draw_w


def worth_w(surplus_w: float, least_w: float, most_w: float, weight: float) -> float:
    """Return what cars that can draw from least to most are worth: sun less import.

    ``weight`` is how much more a watt of import counts than one of sun.
    """
    drawn_w = min(max(surplus_w, least_w), most_w)
    sun_w = min(max(surplus_w, 0.0), drawn_w)
    return sun_w - weight * (drawn_w - sun_w)


def missing_w(
    surplus_w: float, least_w: float, most_w: float, before_w: float, weight: float
) -> float | None:
    """Return how much more sun has to be there for one more car to be worth it.

    ``least_w`` and ``most_w`` are what the cars draw with it, ``before_w`` is the most they
    draw without it. None if no sun will do: it would draw nothing.
    """
    if most_w <= before_w:
        return None
    # With less sun than the least, what is imported counts against it.
    enough_w = max(before_w, (before_w + weight * least_w) / (1 + weight))
    return max(0.0, enough_w - surplus_w)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a car runs is its patience's; this is why."""

    reason: Reason
    missing_w: float | None = None
    """How much more sun it would take to start it, if it waits for that."""


def share(
    cars: Sequence[SunCar],
    surplus_w: float,
    withheld_w: float,
    preferences: Preferences,
    now: float,
    *,
    wires: Sequence[Pool] = (),
) -> list[Verdict]:
    """Let the patience of each decide with what it brings beyond those before it.

    ``withheld_w`` is what there would be in addition if the home's battery did not come
    first, ``wires`` are what limits what they may be offered together. Return why each
    runs or not.
    """
    in_turn = preferences.sharing is Sharing.IN_TURN
    verdicts = []
    least_w = most_w = 0.0
    running: list[tuple[SunCar, float]] = []
    """Those before it, each with the most it is counted with."""
    # What a car takes that was told to stop is not there for others.
    surplus_w -= sum(car.stray_w for car in cars)
    for car in cars:
        patience = car.patience
        surplus_w += car.stray_w
        least_too_w = least_w + car.least_w
        # Where wires are the limit, one more car brings no more.
        most_too_w = _together_w([*running, (car, car.most_a)], wires)
        most_too_w = max(most_too_w, least_too_w)
        if car.demand.needs_sun:
            weight = import_weight(preferences, running=bool(patience.running))
            before_w = worth_w(surplus_w, least_w, most_w, weight) if least_w else 0.0
            gain_w = worth_w(surplus_w, least_too_w, most_too_w, weight) - before_w
            reason = patience.decide(gain_w, preferences.steadiness, now)
            missing = None
            if not patience.running and gain_w <= 0:
                missing = missing_w(surplus_w, least_too_w, most_too_w, most_w, weight)
            if reason is Reason.WAITING_FOR_SUN and gain_w <= 0:
                alone_w = worth_w(surplus_w, car.least_w, car.most_w, weight)
                unwired_w = max(most_w + car.most_w, least_too_w)
                if not in_turn and alone_w > 0:
                    reason = Reason.WAITING_FOR_TURN
                elif worth_w(surplus_w, least_too_w, unwired_w, weight) > before_w:
                    reason = Reason.WAITING_FOR_CIRCUIT
                elif withheld_w and surplus_w + withheld_w >= least_too_w:
                    reason = Reason.BATTERY_FIRST
        else:
            patience.running = True
            reason, missing = Reason.MINIMUM, None
        verdicts.append(Verdict(reason, missing))
        surplus_w -= car.stray_w
        if car.runs:
            running.append((car, car.most_a if in_turn else car.least_a))
            least_w = least_too_w
            most_w = most_too_w if in_turn else most_w + car.least_w
    return verdicts


def _together_w(cars: Sequence[tuple[SunCar, float]], wires: Sequence[Pool]) -> float:
    """Return what cars draw together, each offered so much or what the wires leave it."""
    takers = [(car, most_a) for car, most_a in cars if car.watts_per_a]
    requests = [
        Request(car.demand.connector.id, car.least_a, most_a, turn)
        for turn, (car, most_a) in enumerate(takers)
    ]
    parts = divide(requests, wires)
    return sum(car.drawn_w(parts[car.demand.connector.id].limit_a) for car, _ in takers)
