"""Which cars run on the sun: those whose minimum brings more sun than it costs import."""

from collections.abc import Sequence
from dataclasses import dataclass

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
    most_w: float
    shut_out: bool
    """Whether the wires have no room for it."""

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


def share(
    cars: Sequence[SunCar],
    surplus_w: float,
    withheld_w: float,
    preferences: Preferences,
    now: float,
) -> list[Reason]:
    """Let the patience of each decide with what it brings beyond those before it.

    ``withheld_w`` is what there would be in addition if the home's battery did not come
    first. Return why each runs or not.
    """
    in_turn = preferences.sharing is Sharing.IN_TURN
    reasons = []
    least_w = most_w = 0.0
    # What a car takes that was told to stop is not there for others.
    surplus_w -= sum(car.stray_w for car in cars)
    for car in cars:
        patience = car.patience
        surplus_w += car.stray_w
        if car.demand.needs_sun:
            weight = import_weight(preferences, running=bool(patience.running))
            least_too_w, most_too_w = least_w + car.least_w, most_w + car.most_w
            gain_w = worth_w(surplus_w, least_too_w, most_too_w, weight)
            if least_w:
                gain_w -= worth_w(surplus_w, least_w, most_w, weight)
            reason = patience.decide(gain_w, preferences.steadiness, now)
            if reason is Reason.WAITING_FOR_SUN and gain_w <= 0:
                alone_w = worth_w(surplus_w, car.least_w, car.most_w, weight)
                if not in_turn and alone_w > 0:
                    reason = Reason.WAITING_FOR_TURN
                elif withheld_w and surplus_w + withheld_w >= least_too_w:
                    reason = Reason.BATTERY_FIRST
        else:
            patience.running = True
            reason = Reason.MINIMUM
        reasons.append(reason)
        surplus_w -= car.stray_w
        if car.runs:
            least_w += car.least_w
            most_w += car.most_w if in_turn else car.least_w
    return reasons
