"""Cars that have to be ready: what each still needs until it leaves, and the plan for that.

Plans are made anew every minute, and at once when something of what they are made from
changes. They look only at what is known: whoever follows them sees the next one in time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from .charging.model import MINIMUM_A
from .charging.need import Battery, Reading, Target, needed_kwh, read
from .charging.plan import SLOT_S, Panel, Plan, Price, Sun, Trip, plan
from .charging.when import Due
from .conductor import Moment
from .departure_times import DepartureTimes, Leaving, Says
from .session_log import Charged
from .store import UnitRecord
from .units import Units
from .vehicles import Vehicle

_EVERY_S: Final = 60.0
_NOTHING_A: Final = 0.05


class Concern(StrEnum):
    """What somebody should know of cars that have to be ready."""

    UNAVAILABLE = "departure_unavailable"
    """An entity does not tell when a car leaves."""
    ABOVE_LIMIT = "target_above_limit"
    """A car does not let itself be charged so far."""
    NOT_TOLD = "charge_not_told"
    """A car does not tell that it charges."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """When a car has to be ready, what it still needs, and how it gets that."""

    says: Says
    """What says when that is, or why nothing does."""
    ready_at: float | None = None
    """None if it need not be ready, as far as is known."""
    need_kwh: float = 0.0
    soc: float | None = None
    """How full it is, in percent: what it said, and what it was given since."""
    plan: Plan = field(default_factory=Plan)
    prices_until: float | None = None
    """How far prices are known. If they are not, it starts as late as it can."""
    knows_sun: bool = False
    """Whether somebody forecasts the sun."""

    def due(self, at: float) -> Due | None:
        """Return what its plan says for a time, None if there is none to follow."""
        if self.ready_at is None:
            # Who is back early has time, and who may have to be ready waits to hear when.
            return Due() if self.says in {Says.AWAY, Says.UNKNOWN} else None
        now = self.plan.at(at)
        needed = self.need_kwh > 0
        # What is to be sun comes from the sun or, in a later plan, from somewhere else.
        from_grid = now is not None and now.amps - now.sun_a > _NOTHING_A
        return Due(
            amps=now.amps if now and from_grid and needed else 0.0, needed=needed
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """What the car at a unit is to have when it leaves, and what it has."""

    record: UnitRecord
    leaving: Leaving
    vehicle: Vehicle | None
    charged_kwh: float
    at_most_a: float
    watts_per_a: float

    @property
    def target(self) -> Target:
        """Return what is wanted just this once, or always."""
        once = self.record.ready_once
        return self.record.settings.target if once is None else once.target

    @property
    def battery(self) -> Battery:
        """Return what is known of the car's battery."""
        if self.vehicle is None:
            return Battery()
        return Battery(
            size_kwh=self.vehicle.battery_kwh,
            reading=self.record.reading,
            limit_soc=self.vehicle.charge_limit_soc,
        )

    def trip(self, ready_at: float) -> Trip:
        """Return what is to be planned."""
        return Trip(
            id=self.record.identity,
            need_kwh=needed_kwh(self.target, self.charged_kwh, self.battery),
            ready_at=ready_at,
            at_most_a=self.at_most_a,
            watts_per_a=self.watts_per_a,
        )


class Departures:
    """Makes the plans of all cars that have to be ready."""

    def __init__(self, units: Units, times: DepartureTimes) -> None:
        """Take the units, which know their limits, and who knows when cars leave."""
        self._units = units
        self._times = times
        self._made_at = float("-inf")
        self._made_from: object = None
        self._departures: dict[str, Departure] = {}
        self._wishes: list[_Wish] = []

    def __getitem__(self, identity: str) -> Departure | None:
        """Return when a unit's car leaves and how it will be ready, if it has to be."""
        return self._departures.get(identity)

    def due(self, record: UnitRecord, at: float) -> Due | None:
        """Return what a unit's plan says for a time, None if its car need not be ready."""
        if not record.settings.ready_by and record.ready_once is None:
            return None
        departure = self._departures.get(record.identity)
        # Whoever has no plan yet gets one in a moment, and does not start until then.
        return departure.due(at) if departure else Due()

    def concerns(self, at: float) -> dict[Concern, list[str]]:
        """Return what somebody should know, and whom or what it is about."""
        over, stuck = [], []
        for each in self._wishes:
            if each.vehicle is None:
                continue
            if not each.battery.allows(each.target):
                over.append(each.vehicle.name)
            if each.battery.stuck(each.charged_kwh):
                stuck.append(each.vehicle.name)
        return {
            Concern.UNAVAILABLE: self._times.silent(at),
            Concern.ABOVE_LIMIT: over,
            Concern.NOT_TOLD: stuck,
        }

    def plan(
        self,
        moment: Moment,
        charged: Mapping[str, Charged],
        vehicles: Mapping[str, Vehicle],
        prices: Sequence[Price],
        sun: Sequence[Sun],
        at: float,
        *,
        sun_price: float = 0.0,
    ) -> bool:
        """Plan anew if it is time to, or if something is not as it was.

        Return whether a car said something new of its battery: that has to be kept.
        """
        said = False
        for status, record in moment.known:
            vehicle = vehicles.get(record.vehicle or "")
            charged_kwh = _charged_kwh(charged, record)
            reading = None if status.plugged_in is False else record.reading
            # Who it is may have to be found out again after a restart.
            if vehicle is not None and status.plugged_in is not False:
                reading = _read(record, vehicle, charged_kwh)
            said = said or reading != record.reading
            record.reading = reading
        self._wishes = self._wanted(moment, charged, vehicles, at)
        trips = [each.trip(each.leaving.at) for each in self._wishes if each.leaving.at]
        made_from = (
            [(each.id, each.at_most_a, each.need_kwh > 0) for each in trips],
            [
                (each.record.identity, each.leaving, each.target, each.battery)
                for each in self._wishes
            ],
            self._units.circuit_limit_a,
            prices,
            sun,
        )
        if made_from == self._made_from and 0 <= at - self._made_at < _EVERY_S:
            return said
        self._made_from, self._made_at = made_from, at
        plans = plan(
            trips,
            now=at,
            circuit_a=self._units.circuit_limit_a,
            panels=self._panels(moment),
            prices=prices,
            sun=_usable(sun, trips, moment, at),
            sun_price=sun_price,
        )
        needs_kwh = {each.id: each.need_kwh for each in trips}
        before, self._departures = self._departures, {}
        for wish in self._wishes:
            identity, leaving = wish.record.identity, wish.leaving
            departure = Departure(
                says=leaving.says,
                ready_at=leaving.at,
                need_kwh=needs_kwh.get(identity, 0.0),
                soc=wish.battery.soc(wish.charged_kwh),
                plan=plans.get(identity, Plan()),
                prices_until=max(
                    (each.end for each in prices if each.end > at), default=None
                ),
                knows_sun=any(each.end > at for each in sun),
            )
            # What cannot be asked for a moment has not changed its mind.
            if leaving.says is Says.UNKNOWN:
                departure = before.get(identity, departure)
            self._departures[identity] = departure
        return said

    def _wanted(
        self,
        moment: Moment,
        charged: Mapping[str, Charged],
        vehicles: Mapping[str, Vehicle],
        at: float,
    ) -> list[_Wish]:
        """Return what is wanted of all cars that have to be ready."""
        records = [record for _, record in moment.known]
        leaving = self._times.now(records, vehicles, at)
        return [
            _Wish(
                record=record,
                leaving=leaving[record.identity],
                vehicle=vehicles.get(record.vehicle or ""),
                charged_kwh=_charged_kwh(charged, record),
                at_most_a=self._units.charge_limit_a(record),
                watts_per_a=moment.connectors[status.unit_id].watts_per_a,
            )
            for status, record in moment.known
            # A unit that is silent, or whose car is gone, has nothing to plan.
            if record.identity in leaving
            and status.online
            and status.plugged_in is not False
        ]

    def _panels(self, moment: Moment) -> list[Panel]:
        """Return the parts of the circuit that carry less, with who is behind each."""
        return [
            Panel(
                limit_a,
                frozenset(
                    record.identity
                    for _, record in moment.known
                    if record.wired_as in keys
                ),
            )
            for limit_a, keys in self._units.wiring.circuits
        ]


def _charged_kwh(charged: Mapping[str, Charged], record: UnitRecord) -> float:
    """Return what a car was given since it was plugged in."""
    session = charged.get(record.identity)
    return session.session_kwh if session else 0.0


def _read(record: UnitRecord, vehicle: Vehicle, charged_kwh: float) -> Reading | None:
    return read(
        record.reading,
        vehicle.id,
        charged_kwh,
        soc=vehicle.soc,
        range_km=vehicle.range_km,
    )


def _usable(
    sun: Sequence[Sun], trips: Sequence[Trip], moment: Moment, at: float
) -> list[Sun]:
    """Return the sun that cars can charge with; at this moment it is what is measured."""
    if not sun:
        return []
    watts_per_a = max((each.watts_per_a for each in trips), default=0.0)
    share = moment.site.preferences.least_solar_share
    least_w = share * MINIMUM_A * watts_per_a
    now = Sun(at, at - at % SLOT_S + SLOT_S, moment.decision.surplus_w or 0.0)
    forecast = [each for each in sun if each.watts >= least_w]
    return [*forecast, now]
