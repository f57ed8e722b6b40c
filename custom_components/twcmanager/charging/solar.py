"""What cars should get that charge with sun: all of it, and not much else."""

from collections.abc import Mapping, Sequence
from typing import Final

from .allocation import Pool
from .demand import Demand
from .memory import Memory, Wish
from .model import ALL_LINES, ConnectorId, Reason, Site
from .sharing import SunCar, share
from .sun import Sun
from .surplus import DrawHistory
from .wiring import wires

# Sensors need a while to come up after a restart; until then cars go on as they are.
FIRST_READING_S: Final = 60.0

# What cars draw less than their offer when that is the minimum.
_BELOW_MINIMUM_A: Final = 0.3

type Memories = Mapping[ConnectorId, Memory]


class Solar:
    """Decides what cars should get from the sun, reading by reading."""

    def __init__(self, history: DrawHistory) -> None:
        """Begin before the first reading."""
        self.sun = Sun(history)
        self._began_at: float | None = None

    def wishes(
        self, demands: Sequence[Demand], memories: Memories, site: Site, now: float
    ) -> tuple[list[Wish], list[Pool]]:
        """Return what those by sun should get, and the sun that what exceeds minima is from.

        ``demands`` are those of all connectors, in the order in which they are served.
        """
        if self._began_at is None:
            self._began_at = now
        by_sun = [each for each in demands if each.by_sun]
        reading = site.grid
        if reading is None or not reading.counts(now):
            if now - self._began_at < FIRST_READING_S:
                return _held(by_sun, memories), []
            return _without_reading(by_sun, memories), []
        charging = any(each.charging for each in site.connectors)
        self.sun.take(reading, site.preferences, charging=charging)
        if now >= reading.stale_at:
            return _held(by_sun, memories), []
        if not by_sun:
            return [], []
        return self._following(by_sun, demands, memories, site, now)

    def _following(
        self,
        by_sun: Sequence[Demand],
        demands: Sequence[Demand],
        memories: Memories,
        site: Site,
        now: float,
    ) -> tuple[list[Wish], list[Pool]]:
        preferences = site.preferences
        taken_w = preferences.reserve_w
        for each in demands:
            if not each.by_sun:
                taken_w += each.connector.draw_w
        shared = len(by_sun) > 1
        cars = [self._car(each, memories, now, shared=shared) for each in by_sun]
        surplus_w = self.sun.surplus_w - taken_w
        verdicts = share(
            cars,
            surplus_w,
            self.sun.withheld_w,
            preferences,
            now,
            wires=_wires(site) if shared else (),
        )
        expected_w = self.sun.expected_w - taken_w
        wishes, costs_w, at_minimum = [], {}, []
        for car, verdict in zip(cars, verdicts, strict=True):
            wanted, id_ = car.demand, car.demand.connector.id
            memory = memories[id_]
            running = bool(memory.patience.running)
            wishes.append(
                Wish(
                    wanted,
                    memory,
                    car.most_a if running else 0.0,
                    verdict.reason,
                    follows_sun=True,
                    missing_w=verdict.missing_w,
                )
            )
            if not running:
                expected_w -= wanted.connector.draw_w
            elif not memory.shut_out:
                costs_w[id_] = wanted.connector.watts_per_a
                if car.least_w:
                    least_a = wanted.connector.minimum_a - memory.offset.below_a
                    expected_w -= least_a * costs_w[id_]
                    at_minimum.append(wishes[-1])
        _lower(at_minimum, -expected_w)
        return wishes, [Pool(max(expected_w, 0.0), costs_w, Reason.FOLLOWING_SUN)]

    @staticmethod
    def _car(wanted: Demand, memories: Memories, now: float, *, shared: bool) -> SunCar:
        """Return a car as the sharing sees it; one alone gets what it does not take."""
        connector, memory = wanted.connector, memories[wanted.connector.id]
        most_a = wanted.most_a
        if shared:
            most_a = min(most_a, memory.appetite.at_most_a(connector, now))
        idle = shared and memory.appetite.takes_nothing(now)
        watts_per_a = 0.0 if idle else connector.watts_per_a
        least_a = min(connector.minimum_a - _BELOW_MINIMUM_A, connector.least_a)
        return SunCar(
            wanted,
            memory.patience,
            most_a,
            least_a * watts_per_a,
            watts_per_a,
            _BELOW_MINIMUM_A,
            memory.shut_out,
        )


def _wires(site: Site) -> Sequence[Pool]:
    lines = tuple((each.id, each.lines or ALL_LINES) for each in site.connectors)
    return wires(site.circuit_limit_a, site.circuits, lines)


def _lower(wishes: Sequence[Wish], short_w: float) -> None:
    """Have cars draw less than their minimum, by what there is too little of the sun.

    Those that are served last come first, and only those that need the sun at all.
    """
    for wish in reversed(wishes):
        connector = wish.demand.connector
        full_a = connector.minimum_a - wish.memory.offset.below_a
        less_a = 0.0
        if wish.demand.needs_sun:
            least_a = min(full_a, connector.least_a)
            less_a = min(max(0.0, short_w / connector.watts_per_a), full_a - least_a)
        short_w -= less_a * connector.watts_per_a
        wish.car_a = full_a - less_a if less_a else None
        wish.memory.car_a = wish.car_a


def _held(by_sun: Sequence[Demand], memories: Memories) -> list[Wish]:
    """Leave the offers as they are while there is no reading to act on."""
    wishes = []
    for each in by_sun:
        connector, memory = each.connector, memories[each.connector.id]
        memory.patience.pause()
        limit_a = min(memory.offer_a or connector.echo_a, each.most_a)
        if each.needs_sun and not memory.patience.running:
            limit_a = 0.0
        else:
            limit_a = max(limit_a, connector.minimum_a)
        wishes.append(Wish(each, memory, limit_a, Reason.HOLDING, car_a=memory.car_a))
    return wishes


def _without_reading(by_sun: Sequence[Demand], memories: Memories) -> list[Wish]:
    """Decide without knowing the surplus: from the grid if allowed, else nothing."""
    wishes = []
    for each in by_sun:
        memory = memories[each.connector.id]
        memory.patience.stop()
        limit_a = 0.0 if each.needs_sun else each.connector.minimum_a
        wishes.append(Wish(each, memory, limit_a, Reason.NO_GRID_READING))
    return wishes
