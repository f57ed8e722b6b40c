"""One tick: what is there, what is wanted, what is allowed.

Keeps the little memory that decisions need: who runs on sun, since when there has been enough
or too little of it, what was offered. Everything else is worked out anew every time.
"""

from dataclasses import dataclass, field
from typing import Final

from .allocation import Share, divide
from .demand import Appetite, Demand, demand
from .guard import Guard
from .model import DRAWING_A, ConnectorId, Decision, Offer, Reason, Site
from .surplus import DrawHistory, surplus_w
from .unstick import Unstick

# Clouds come and go; contactors wear. Start after a minute of sun, stop after three without.
START_AFTER_S: Final = 60.0
STOP_AFTER_S: Final = 180.0

# Sensors need a while to come up after a restart; until then cars go on as they are.
FIRST_READING_S: Final = 60.0

# Smaller changes of an offer are not worth a message and a ramp.
_DEAD_BAND_A: Final = 0.25


@dataclass(slots=True)
class _Memory:
    """What to remember of one connector."""

    running: bool
    """Whether it was decided that there is sun enough for it."""
    doubt_since: float | None = None
    """Since when the sun has said otherwise."""
    offer_a: float = 0.0
    appetite: Appetite = field(default_factory=Appetite)
    unstick: Unstick = field(default_factory=Unstick)


class Controller:
    """Decides for all connectors of a circuit."""

    def __init__(self) -> None:
        """Begin with no memory of anything."""
        self._began_at: float | None = None
        self._guard = Guard()
        self._history = DrawHistory()
        self._memory: dict[ConnectorId, _Memory] = {}

    def tick(self, site: Site, now: float) -> Decision:
        """Decide what every connector is offered from now on."""
        if self._began_at is None:
            self._began_at = now
        self._history.add(now, sum(each.draw_w for each in site.connectors))
        self._remember(site, now)
        # Who charges goes on charging; who may not be there at all comes last.
        demands = sorted(
            (demand(each) for each in site.connectors),
            key=lambda each: (
                not each.connector.charging,
                each.connector.plugged_in is None,
                each.connector.id,
            ),
        )
        wishes = {
            each.connector.id: Offer(each.most_a, each.reason) for each in demands
        }
        by_sun = [each for each in demands if each.by_sun and each.most_a]
        surplus = None
        if site.grid is not None and now < site.grid.dead_at:
            surplus = surplus_w(site.grid, self._history)
        if surplus is None or site.grid is None:
            self._without_reading(by_sun, wishes, now)
        elif now >= site.grid.stale_at:
            self._hold(by_sun, wishes)
        else:
            fast_w = sum(each.connector.draw_w for each in demands if not each.by_sun)
            self._follow_sun(by_sun, wishes, surplus - fast_w, now)
        self._share_circuit(demands, wishes, site.circuit_limit_a, now)
        return Decision(self._grant(site, wishes, now), surplus)

    def _remember(self, site: Site, now: float) -> None:
        """Keep a memory for exactly the connectors there are."""
        self._memory = {
            each.id: self._memory.get(each.id)
            # A car found charging goes on: it has been started for some reason.
            or _Memory(running=each.charging and each.draw_a >= DRAWING_A)
            for each in site.connectors
        }
        for each in site.connectors:
            memory = self._memory[each.id]
            memory.appetite.watch(each, memory.offer_a, now)

    # --- sun --------------------------------------------------------------------------

    def _without_reading(
        self, by_sun: list[Demand], wishes: dict[ConnectorId, Offer], now: float
    ) -> None:
        """Decide without knowing the surplus: from the grid if allowed, else nothing."""
        if self._began_at is not None and now - self._began_at < FIRST_READING_S:
            self._hold(by_sun, wishes)
            return
        for each in by_sun:
            limit_a = 0.0 if each.needs_sun else each.connector.minimum_a
            wishes[each.connector.id] = Offer(limit_a, Reason.NO_GRID_READING)
            memory = self._memory[each.connector.id]
            memory.running = False
            memory.doubt_since = None

    def _hold(self, by_sun: list[Demand], wishes: dict[ConnectorId, Offer]) -> None:
        """Leave the offers as they are while the reading is too old to act on."""
        for each in by_sun:
            memory = self._memory[each.connector.id]
            limit_a = min(memory.offer_a or each.connector.echo_a, each.most_a)
            if each.needs_sun and not memory.running:
                limit_a = 0.0
            elif limit_a < each.connector.minimum_a:
                limit_a = each.connector.minimum_a
            wishes[each.connector.id] = Offer(limit_a, Reason.HOLDING)

    def _follow_sun(
        self,
        by_sun: list[Demand],
        wishes: dict[ConnectorId, Offer],
        budget_w: float,
        now: float,
    ) -> None:
        """Let as many cars run as their minima fit, and share the rest among them."""
        left_w = budget_w - sum(
            self._least_w(each, now) for each in by_sun if not each.needs_sun
        )
        running = []
        for each in by_sun:
            id_ = each.connector.id
            memory = self._memory[id_]
            if not each.needs_sun:
                memory.running = True
                running.append(each)
                continue
            least_w = self._least_w(each, now)
            reason = self._decide(memory, enough=least_w <= left_w, now=now)
            wishes[id_] = Offer(0.0, reason)
            if memory.running or least_w <= left_w:
                left_w -= least_w
            if memory.running:
                running.append(each)
        extra_w = divide(
            max(0.0, left_w),
            [
                Share(
                    each.connector.id,
                    0.0,
                    self._extra_w(each, len(by_sun) > 1, now),
                )
                for each in running
            ],
        )
        for each in running:
            id_, connector = each.connector.id, each.connector
            extra_a = extra_w[id_] / connector.watts_per_a
            reason = wishes[id_].reason
            if extra_a > 0 and reason is Reason.MINIMUM:
                reason = Reason.FOLLOWING_SUN
            if self._memory[id_].appetite.takes_nothing(now):
                reason = Reason.VEHICLE_NOT_CHARGING
            wishes[id_] = Offer(connector.minimum_a + extra_a, reason)

    @staticmethod
    def _decide(memory: _Memory, *, enough: bool, now: float) -> Reason:
        """Start and stop with patience. Return why it runs or not."""
        if enough == memory.running:
            memory.doubt_since = None
        elif memory.doubt_since is None:
            memory.doubt_since = now
        patience_s = STOP_AFTER_S if memory.running else START_AFTER_S
        if memory.doubt_since is not None and now - memory.doubt_since >= patience_s:
            memory.running = enough
            memory.doubt_since = None
        if memory.running:
            return Reason.FOLLOWING_SUN if enough else Reason.ABOUT_TO_STOP
        return Reason.ABOUT_TO_START if enough else Reason.WAITING_FOR_SUN

    def _least_w(self, each: Demand, now: float) -> float:
        """Return what the minimum costs; nothing for a car that does not take it."""
        if self._memory[each.connector.id].appetite.takes_nothing(now):
            return 0.0
        return each.connector.minimum_a * each.connector.watts_per_a

    def _extra_w(self, each: Demand, shared: bool, now: float) -> float:
        """Return the most above the minimum that is worth offering."""
        most_a = each.most_a
        appetite = self._memory[each.connector.id].appetite
        if shared:
            if appetite.takes_nothing(now):
                return 0.0
            most_a = min(most_a, appetite.at_most_a(each.connector, now))
        return (most_a - each.connector.minimum_a) * each.connector.watts_per_a

    # --- wires ------------------------------------------------------------------------

    def _share_circuit(
        self,
        demands: list[Demand],
        wishes: dict[ConnectorId, Offer],
        circuit_limit_a: float,
        now: float,
    ) -> None:
        """Cut the wishes to what the circuit carries."""
        wanting = [each for each in demands if wishes[each.connector.id].limit_a]
        shares = []
        for each in wanting:
            most_a = wishes[each.connector.id].limit_a
            if len(wanting) > 1:
                appetite = self._memory[each.connector.id].appetite
                most_a = min(most_a, appetite.at_most_a(each.connector, now))
            shares.append(Share(each.connector.id, each.connector.minimum_a, most_a))
        for id_, part_a in divide(circuit_limit_a, shares).items():
            wish = wishes[id_]
            if part_a == 0:
                wishes[id_] = Offer(0.0, Reason.WAITING_FOR_CIRCUIT)
            elif part_a < wish.limit_a - _DEAD_BAND_A:
                wishes[id_] = Offer(part_a, Reason.CIRCUIT_LIMIT)
            else:
                wishes[id_] = Offer(part_a, wish.reason)

    def _grant(
        self, site: Site, wishes: dict[ConnectorId, Offer], now: float
    ) -> dict[ConnectorId, Offer]:
        """Let the guard have the last word."""
        for each in site.connectors:
            memory = self._memory[each.id]
            wish = wishes[each.id]
            limit_a = wish.limit_a
            if memory.offer_a and 0 <= limit_a - memory.offer_a < _DEAD_BAND_A:
                limit_a = memory.offer_a
            unstuck_a = memory.unstick.instead_of(each, limit_a, now)
            reason = wish.reason
            if unstuck_a != limit_a:
                reason = Reason.FREEING_STUCK_VEHICLE
            wishes[each.id] = Offer(unstuck_a, reason)
        grants = self._guard.grant(
            site, {id_: wish.limit_a for id_, wish in wishes.items()}, now
        )
        offers = {}
        for id_, grant in grants.items():
            reason = wishes[id_].reason
            if grant.held:
                reason = Reason.OTHERS_LOWERING if site.settled else Reason.SETTLING
            # Rounded down: the sum of what is offered must not exceed what was granted.
            limit_a = int(grant.limit_a * 100 + 1e-6) / 100
            offers[id_] = Offer(limit_a, reason)
            self._memory[id_].offer_a = limit_a
        return offers
