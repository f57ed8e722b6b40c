"""One tick: what is there, what is wanted, what is allowed.

Keeps the little memory that decisions need: who runs on sun, since when there has been enough
or too little of it, what was offered. Everything else is worked out anew every time.
"""

from dataclasses import dataclass, field, replace
from typing import Final

from .allocation import Pool, Request, divide
from .demand import Appetite, Demand, demand
from .guard import Guard
from .model import DRAWING_A, Connector, ConnectorId, Decision, Offer, Reason, Site
from .surplus import DrawHistory, surplus_w
from .unstick import Unstick

# Clouds come and go; contactors wear. Start after a minute of sun, stop after three without.
START_AFTER_S: Final = 60.0
STOP_AFTER_S: Final = 180.0

# Sensors need a while to come up after a restart; until then cars go on as they are.
FIRST_READING_S: Final = 60.0

# How long to believe that no car is there once a unit was seen to ignore an offer.
EMPTY_S: Final = 300.0

# Smaller changes of an offer are not worth a message and a ramp.
_DEAD_BAND_A: Final = 0.25

# More than the guard's tolerance, so that the minimum is never rounded to less.
_ROUNDING: Final = 1e-3


@dataclass(slots=True)
class _Memory:
    """What to remember of one connector."""

    running: bool | None = None
    """Whether it was decided that there is sun enough for it; None while the sun has no say."""
    doubt_since: float | None = None
    """Since when the sun has said otherwise."""
    offer_a: float = 0.0
    """What it was offered, but for a short spike."""
    in_turn: bool = False
    """Whether it had a share of the circuit."""
    shut_out: bool = False
    """Whether the circuit had none left for it."""
    empty_until: float = float("-inf")
    """Until when to believe that no car is there, as seen by an offer that nobody took."""
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
        self._guard.watch(site, now)
        self._remember(site, now)
        demands = self._demands(site, now)
        wishes = {
            each.connector.id: Offer(each.most_a, each.reason) for each in demands
        }
        by_sun = [each for each in demands if each.by_sun]
        surplus = None
        if site.grid is not None and site.grid.counts(now):
            surplus = surplus_w(site.grid, self._history)
        if surplus is None or site.grid is None:
            self._without_reading(by_sun, wishes, now)
        elif now >= site.grid.stale_at:
            self._hold(by_sun, wishes)
        else:
            fast_w = sum(each.connector.draw_w for each in demands if not each.by_sun)
            self._follow_sun(by_sun, wishes, surplus - fast_w, now)
        pools = self._guard.pools(site, now)
        self._share_pools(demands, wishes, pools, now)
        self._leave_be(wishes)
        self._unstick(site, wishes, pools, now)
        return Decision(self._grant(site, wishes, now), surplus)

    def _remember(self, site: Site, now: float) -> None:
        """Keep a memory for exactly the connectors there are."""
        for each in site.connectors:
            if each.id not in self._memory:
                self._history.found(each.draw_w)
        self._history.add(now, sum(each.draw_w for each in site.connectors))
        self._memory = {
            each.id: self._memory.get(each.id) or _Memory() for each in site.connectors
        }
        for each in site.connectors:
            memory = self._memory[each.id]
            memory.appetite.watch(each, memory.offer_a, now)
            if each.plugged_in is False:
                memory.empty_until = now + EMPTY_S
            elif each.plugged_in:
                memory.empty_until = now

    def _demands(self, site: Site, now: float) -> list[Demand]:
        """Return what all connectors ask for, in the order in which they are served."""
        demands = []
        for each in site.connectors:
            memory = self._memory[each.id]
            if each.plugged_in is None and now < memory.empty_until:
                each = replace(each, plugged_in=False)
            wanted = demand(each)
            demands.append(wanted)
            if not wanted.by_sun:
                memory.running = memory.doubt_since = None
            elif memory.running is None:
                # A car found charging goes on: it has been started for some reason.
                memory.running = each.charging and each.draw_a >= DRAWING_A
        return sorted(demands, key=lambda each: self._turn(each.connector, now))

    def _turn(
        self, connector: Connector, now: float
    ) -> tuple[bool, bool, bool, bool, ConnectorId]:
        """Return a key to sort by: who charges goes on, who may not be there comes late.

        Of the others whose turn it is keeps it. A car that takes nothing comes last.
        """
        memory = self._memory[connector.id]
        return (
            memory.appetite.takes_nothing(now),
            not connector.charging,
            connector.plugged_in is None,
            not memory.in_turn,
            connector.id,
        )

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
        shared = len(by_sun) > 1
        left_w = budget_w - sum(
            self._least_w(each, shared, now) for each in by_sun if not each.needs_sun
        )
        running = []
        for each in by_sun:
            id_ = each.connector.id
            memory = self._memory[id_]
            if not each.needs_sun:
                memory.running = True
                running.append(each)
                continue
            least_w = self._least_w(each, shared, now)
            reason = self._decide(memory, enough=least_w <= left_w, now=now)
            wishes[id_] = Offer(0.0, reason)
            about_to_start = least_w <= left_w and each.connector.plugged_in
            if (memory.running or about_to_start) and not memory.shut_out:
                left_w -= least_w
            else:
                # What a car takes that was told to stop is not there for others.
                left_w -= each.connector.draw_w
            if memory.running:
                running.append(each)
        costs_w = {each.connector.id: each.connector.watts_per_a for each in running}
        extras = divide(
            [
                Request(each.connector.id, 0.0, self._extra_a(each, shared, now))
                for each in running
            ],
            [Pool(max(0.0, left_w), costs_w, Reason.WAITING_FOR_SUN)],
        )
        for each in running:
            id_, connector = each.connector.id, each.connector
            extra_a = extras[id_].limit_a
            reason = wishes[id_].reason
            if extra_a > 0 and reason is Reason.MINIMUM:
                reason = Reason.FOLLOWING_SUN
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

    def _least_w(self, each: Demand, shared: bool, now: float) -> float:
        """Return what the minimum costs; others may have it if the car does not take it."""
        if shared and self._memory[each.connector.id].appetite.takes_nothing(now):
            return 0.0
        return each.connector.minimum_a * each.connector.watts_per_a

    def _extra_a(self, each: Demand, shared: bool, now: float) -> float:
        """Return the most above the minimum that is worth offering."""
        most_a = each.most_a
        memory = self._memory[each.connector.id]
        if memory.shut_out:
            return 0.0
        if shared:
            most_a = min(most_a, memory.appetite.at_most_a(each.connector, now))
        return most_a - each.connector.minimum_a

    # --- wires ------------------------------------------------------------------------

    def _share_pools(
        self,
        demands: list[Demand],
        wishes: dict[ConnectorId, Offer],
        pools: list[Pool],
        now: float,
    ) -> None:
        """Cut the wishes to what wiring, fuse and limits leave."""
        wanting = [each for each in demands if wishes[each.connector.id].limit_a]
        requests = []
        for each in wanting:
            id_, appetite = each.connector.id, self._memory[each.connector.id].appetite
            wish = wishes[id_]
            most_a = wish.limit_a
            if len(wanting) > 1:
                most_a = min(most_a, appetite.at_most_a(each.connector, now))
            reason = wish.reason
            if appetite.takes_nothing(now):
                reason = Reason.VEHICLE_NOT_CHARGING
            wishes[id_] = Offer(most_a, reason)
            requests.append(Request(id_, each.connector.minimum_a, most_a))
        parts = divide(requests, pools)
        for id_, part in parts.items():
            part_a = part.limit_a
            wish = wishes[id_]
            if part_a == 0:
                wishes[id_] = Offer(0.0, Reason.WAITING_FOR_CIRCUIT)
            elif part_a < wish.limit_a - _DEAD_BAND_A:
                wishes[id_] = Offer(part_a, part.cut_by or Reason.CIRCUIT_LIMIT)
            else:
                wishes[id_] = Offer(part_a, wish.reason)
        for id_, memory in self._memory.items():
            memory.in_turn = id_ in parts and parts[id_].limit_a > 0
            memory.shut_out = id_ in parts and not memory.in_turn

    def _leave_be(self, wishes: dict[ConnectorId, Offer]) -> None:
        """Leave out changes that are too small to matter."""
        for id_, wish in wishes.items():
            memory = self._memory[id_]
            if memory.offer_a and 0 <= wish.limit_a - memory.offer_a < _DEAD_BAND_A:
                wishes[id_] = Offer(memory.offer_a, wish.reason)
            memory.offer_a = wishes[id_].limit_a

    def _unstick(
        self,
        site: Site,
        wishes: dict[ConnectorId, Offer],
        pools: list[Pool],
        now: float,
    ) -> None:
        """Put in a short spike for a stuck car, from what nobody else was given."""
        rooms_a = (each.room for each in pools if each.reason is Reason.CIRCUIT_LIMIT)
        spare_a = min(rooms_a, default=0.0) - sum(
            wish.limit_a for wish in wishes.values()
        )
        for each in site.connectors:
            wish = wishes[each.id]
            most_a = min(each.most_a, wish.limit_a + max(spare_a, 0.0))
            unstick = self._memory[each.id].unstick
            limit_a = unstick.instead_of(each, wish.limit_a, most_a, now)
            if limit_a != wish.limit_a:
                wishes[each.id] = Offer(limit_a, Reason.FREEING_STUCK_VEHICLE)
                spare_a -= limit_a - wish.limit_a

    def _grant(
        self, site: Site, wishes: dict[ConnectorId, Offer], now: float
    ) -> dict[ConnectorId, Offer]:
        """Let the guard have the last word."""
        grants = self._guard.grant(
            site, {id_: wish.limit_a for id_, wish in wishes.items()}, now
        )
        offers = {}
        for id_, grant in grants.items():
            reason = wishes[id_].reason
            if grant.held:
                reason = Reason.OTHERS_LOWERING if site.settled else Reason.SETTLING
            # Rounded down: the sum of what is offered must not exceed what was granted.
            limit_a = int(grant.limit_a * 100 + _ROUNDING) / 100
            offers[id_] = Offer(limit_a, reason)
            memory = self._memory[id_]
            memory.offer_a = min(memory.offer_a, limit_a)
        return offers
