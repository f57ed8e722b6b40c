"""One tick: what is there, what is wanted, what is allowed.

Puts the rules together and keeps what they have to remember of each connector. Everything
else is worked out anew every time.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from .allocation import Pool, Request, divide, spare_a
from .demand import Demand, demand
from .guard import Guard
from .memory import Memory, Wish
from .model import (
    DRAWING_A,
    Connector,
    ConnectorId,
    Decision,
    Offer,
    Preferences,
    Reason,
    Sharing,
    Site,
)
from .solar import Solar
from .surplus import DrawHistory

# How long to believe that no car is there once a unit was seen to ignore an offer.
EMPTY_S: Final = 300.0

# Smaller changes of an offer are not worth a message and a ramp.
DEAD_BAND_A: Final = 0.1

# How long a decision stays in calm weather.
CALM_S: Final = 3.0

# Cars stay below their offer by half a step more than they do by design: not in whole amps.
_HALF_STEP_A: Final = 0.25

# More than the guard's tolerance, so that the minimum is never rounded to less.
_ROUNDING: Final = 1e-3

_STARTING: Final = (Reason.ABOUT_TO_START, Reason.SPARING_CONTACTOR)


class Controller:
    """Decides for all connectors of a circuit."""

    def __init__(self) -> None:
        """Begin with no memory of anything."""
        self._guard = Guard()
        self._history = DrawHistory()
        self._solar = Solar(self._history)
        self._memories: dict[ConnectorId, Memory] = {}
        self._site: Site | None = None
        self._decision = Decision()
        self._calm_until = float("-inf")

    def tick(self, site: Site, now: float) -> Decision:
        """Decide what every connector is offered from now on."""
        # A moment like the one before needs no new decision.
        if now >= self._calm_until or site != self._site:
            before = self._decision
            self._site = site
            self._decision = self._decide(site, now)
            calm = self._decision == before and self._is_calm()
            self._calm_until = _next_look_at(site, now) if calm else now
        return self._decision

    def _is_calm(self) -> bool:
        """Return whether nothing is under way that time alone would change."""
        return self._guard.calm and all(
            each.patience.calm and not each.unstick.busy and not each.soft_stop.busy
            for each in self._memories.values()
        )

    def _decide(self, site: Site, now: float) -> Decision:
        self._guard.watch(site, now)
        self._remember(site, now)
        demands = self._demands(site, now)
        sunny, sun = self._solar.wishes(demands, self._memories, site, now)
        by_id = {each.demand.connector.id: each for each in sunny}
        wishes = [by_id.get(each.connector.id) or self._fast(each) for each in demands]
        self._stop_softly(wishes, now)
        pools = self._guard.pools(site, now)
        offers = self._divide(wishes, pools, sun, site.preferences, now)
        self._unstick(site, offers, pools, now)
        counts = site.grid is not None and site.grid.counts(now)
        return Decision(
            self._grant(site, offers, now),
            self._solar.sun.surplus_w if counts else None,
            self._solar.sun.delay.delay_s,
        )

    # --- what is there, and wanted ----------------------------------------------------

    def _remember(self, site: Site, now: float) -> None:
        """Keep a memory for exactly the connectors there are."""
        memories: dict[ConnectorId, Memory] = {}
        drawn_w = 0.0
        for each in site.connectors:
            memory = self._memories.get(each.id)
            if memory is None:
                memory = Memory()
                self._history.found(each.draw_w)
            memories[each.id] = memory
            drawn_w += each.draw_w
            memory.appetite.watch(each, memory.offer_a, now)
            if not each.lowered:
                memory.offset.watch(each, memory.offer_a, now)
            if each.plugged_in is not None:
                memory.empty_until = now if each.plugged_in else now + EMPTY_S
        self._memories = memories
        self._history.add(now, drawn_w)

    def _demands(self, site: Site, now: float) -> list[Demand]:
        """Return what all connectors ask for, in the order in which they are served."""
        demands = []
        for each in site.connectors:
            memory = self._memories[each.id]
            if each.plugged_in is None and now < memory.empty_until:
                each = replace(each, plugged_in=False)
            wanted = demand(each)
            demands.append(wanted)
            if not wanted.by_sun:
                memory.patience.forget()
            elif memory.patience.running is None:
                # A car found charging goes on: it has been started for some reason. One that
                # has been told to stop only takes its time.
                found = each.charging and each.draw_a >= DRAWING_A and each.echo_a > 0
                memory.patience.running = found
        if len(demands) > 1:
            waited = [
                (each.connector, waited_s)
                for each in demands
                if (waited_s := self._memories[each.connector.id].turn.waited_s(now))
            ]
            demands.sort(key=lambda each: self._place(each.connector, waited, now))
        return demands

    def _place(
        self,
        connector: Connector,
        waited: Sequence[tuple[Connector, float]],
        now: float,
    ) -> tuple[object, ...]:
        """Return a key that sorts by whose turn it is."""
        memory = self._memories[connector.id]
        others_waited_s = [
            waited_s
            for other, waited_s in waited
            if other.priority == connector.priority and other.id != connector.id
        ]
        return memory.turn.place(
            connector,
            now,
            refused=memory.appetite.takes_nothing(now),
            others_waited_s=max(others_waited_s, default=0.0),
        )

    def _fast(self, wanted: Demand) -> Wish:
        memory = self._memories[wanted.connector.id]
        return Wish(wanted, memory, wanted.most_a, wanted.reason)

    @staticmethod
    def _stop_softly(wishes: Sequence[Wish], now: float) -> None:
        """Leave their minimum to cars that are being stopped by their own switch."""
        for wish in wishes:
            connector, memory = wish.demand.connector, wish.memory
            if memory.soft_stop.lingers(
                connector, offered_a=memory.offer_a, wanted_a=wish.most_a, now=now
            ):
                wish.most_a = connector.minimum_a
                wish.reason = Reason.STOPPING_VEHICLE

    # --- what there is room for -------------------------------------------------------

    def _divide(
        self,
        wishes: Sequence[Wish],
        pools: Sequence[Pool],
        sun: Sequence[Pool],
        preferences: Preferences,
        now: float,
    ) -> dict[ConnectorId, Offer]:
        """Divide wires and sun among those who want something."""
        several = sum(wish.most_a > 0 for wish in wishes) > 1
        one_by_one = preferences.sharing is Sharing.IN_TURN
        requests = []
        for place, wish in enumerate(wishes):
            memory = wish.memory
            if not wish.most_a:
                memory.gave_up_place = False
                continue
            connector, appetite = wish.demand.connector, memory.appetite
            if several:
                wish.most_a = min(wish.most_a, appetite.at_most_a(connector, now))
            takes_nothing = appetite.takes_nothing(now)
            idle = several and takes_nothing
            memory.gave_up_place &= idle
            if takes_nothing:
                wish.reason = Reason.VEHICLE_NOT_CHARGING
            # With every cloud its place would come and go.
            if memory.gave_up_place:
                continue
            # Who asked for all there is comes before those that take what the sun gives.
            turn = (2 * wish.follows_sun - 4 * connector.priority) * len(wishes)
            if wish.follows_sun and one_by_one:
                turn += place
            requests.append(
                Request(
                    connector.id,
                    connector.minimum_a,
                    wish.most_a,
                    turn,
                    leftover=idle,
                )
            )
        parts = divide(requests, pools, sun) if requests else {}
        offers = {}
        for wish in wishes:
            connector, memory = wish.demand.connector, wish.memory
            part = parts.get(connector.id)
            if part and not part.limit_a and wish.reason is Reason.VEHICLE_NOT_CHARGING:
                memory.gave_up_place, part = True, None
            offer = Offer(0.0, wish.reason, wish.missing_w)
            if part is not None:
                offer = self._offer(wish, part.limit_a, part.cut_by, preferences)
            memory.offer_a = offer.limit_a
            memory.shut_out = part is not None and not part.limit_a
            waits = memory.shut_out or wish.reason is Reason.WAITING_FOR_TURN
            # Whose turn has come waits on until it has started.
            waits |= memory.turn.waits and wish.reason in _STARTING
            memory.turn.watch(charges=offer.limit_a > 0, waits=waits, now=now)
            offers[connector.id] = offer
        return offers

    @staticmethod
    def _offer(
        wish: Wish, limit_a: float, cut_by: Reason | None, preferences: Preferences
    ) -> Offer:
        """Return what to offer of a share, and why it is not more."""
        reason = wish.reason
        minimum_a = wish.demand.connector.minimum_a
        if not limit_a:
            waits = cut_by is Reason.CIRCUIT_LIMIT
            return Offer(0.0, Reason.WAITING_FOR_CIRCUIT if waits else cut_by or reason)
        by_sun = cut_by is None or cut_by is Reason.FOLLOWING_SUN
        if cut_by and not by_sun and limit_a < wish.most_a - DEAD_BAND_A:
            reason = cut_by
        elif reason is Reason.MINIMUM and limit_a > minimum_a:
            reason = Reason.FOLLOWING_SUN
        before_a = wish.memory.offer_a
        if preferences.whole_amps:
            step_a = _HALF_STEP_A if cut_by is Reason.FOLLOWING_SUN else 0.0
            limit_a = max(minimum_a, int(limit_a + step_a + _ROUNDING))
        # Within the band it stays, but for the minimum, and for wires.
        elif by_sun and minimum_a < limit_a and abs(limit_a - before_a) < DEAD_BAND_A:
            limit_a = min(before_a, wish.most_a)
        return Offer(
            limit_a, reason, car_a=wish.car_a if limit_a <= minimum_a else None
        )

    def _unstick(
        self,
        site: Site,
        offers: dict[ConnectorId, Offer],
        pools: Sequence[Pool],
        now: float,
    ) -> None:
        """Put in a short spike for a stuck car, from what nobody else was given."""
        for each in site.connectors:
            # What it lets itself draw is not what it is stuck at.
            if not each.unstick or each.lowered:
                continue
            limit_a = offers[each.id].limit_a
            limits_a = {id_: offer.limit_a for id_, offer in offers.items()}
            most_a = min(each.most_a, limit_a + spare_a(each.id, limits_a, pools))
            unstick = self._memories[each.id].unstick
            spike_a = unstick.instead_of(each, limit_a, most_a, now)
            if spike_a != limit_a:
                offers[each.id] = Offer(spike_a, Reason.FREEING_STUCK_VEHICLE)

    def _grant(
        self, site: Site, offers: dict[ConnectorId, Offer], now: float
    ) -> dict[ConnectorId, Offer]:
        """Let the guard have the last word."""
        grants = self._guard.grant(
            site, {id_: offer.limit_a for id_, offer in offers.items()}, now
        )
        granted = {}
        for id_, grant in grants.items():
            reason = offers[id_].reason
            if grant.held:
                reason = Reason.OTHERS_LOWERING if site.settled else Reason.SETTLING
            # Rounded down: the sum of what is offered must not exceed what was granted.
            limit_a = int(grant.limit_a * 100 + _ROUNDING) / 100
            granted[id_] = replace(offers[id_], limit_a=limit_a, reason=reason)
            memory = self._memories[id_]
            memory.offer_a = min(memory.offer_a, limit_a)
        return granted


def _next_look_at(site: Site, now: float) -> float:
    """Return until when a decision stays as it is if nothing changes."""
    if site.grid is None or not site.grid.counts(now):
        return now
    ages = (site.grid.stale_at, site.grid.dead_at)
    return min(now + CALM_S, *(at for at in ages if at > now))
