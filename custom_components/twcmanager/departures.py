"""Cars that have to be ready: what each still needs until it leaves, and the plan for that.

Plans are made anew every minute, and at once when something of what they are made from
changes. They look only at what is known: whoever follows them sees the next one in time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from homeassistant.util import dt as dt_util

from .charging.model import MINIMUM_A
from .charging.need import Battery, Target, needed_kwh
from .charging.plan import SLOT_S, Panel, Plan, Price, Sun, Trip, plan
from .charging.when import Due
from .conductor import Moment
from .session_log import Charged
from .store import UnitRecord
from .units import Units
from .vehicles import Vehicle

_EVERY_S: Final = 60.0
_NOTHING_A: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """When a car has to be ready, what it still needs, and how it gets that."""

    ready_at: float
    need_kwh: float
    plan: Plan
    knows_prices: bool
    """If not, it starts as late as it can."""
    knows_sun: bool = False
    """Whether somebody forecasts the sun."""

    def due(self, at: float) -> Due:
        """Return what its plan says for a time."""
        now = self.plan.at(at)
        needed = self.need_kwh > 0
        # What is to be sun comes from the sun or, in a later plan, from somewhere else.
        from_grid = now is not None and now.amps - now.sun_a > _NOTHING_A
        return Due(
            amps=now.amps if now and from_grid and needed else 0.0, needed=needed
        )


class Departures:
    """Makes the plans of all cars that have to be ready."""

    def __init__(self, units: Units) -> None:
        """Take the units, which know their limits."""
        self._units = units
        self._made_at = float("-inf")
        self._made_from: object = None
        self._departures: dict[str, Departure] = {}

    def __getitem__(self, identity: str) -> Departure | None:
        """Return when a unit's car leaves and how it will be ready, if it has to be."""
        return self._departures.get(identity)

    def due(self, record: UnitRecord, at: float) -> Due | None:
        """Return what a unit's plan says for a time, None if its car need not be ready."""
        if not record.settings.ready_by:
            return None
        departure = self._departures.get(record.identity)
        # Whoever has no plan yet gets one in a moment, and does not start until then.
        return departure.due(at) if departure else Due()

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
    ) -> None:
        """Plan anew if it is time to, or if something is not as it was."""
        units = self._units
        trips: list[Trip] = []
        for status, record in moment.known:
            settings = record.settings
            # A unit that is silent, or whose car is gone, has nothing to plan.
            if not settings.ready_by or not status.online or status.plugged_in is False:
                continue
            trips.append(
                Trip(
                    id=record.identity,
                    need_kwh=_need_kwh(
                        record,
                        charged.get(record.identity),
                        vehicles.get(record.vehicle or ""),
                    ),
                    ready_at=next_time(settings.ready_by_minute, at),
                    at_most_a=units.charge_limit_a(record),
                    watts_per_a=moment.connectors[status.unit_id].watts_per_a,
                )
            )
        made_from = (
            [
                (each.id, each.ready_at, each.at_most_a, each.need_kwh > 0)
                for each in trips
            ],
            [
                (record.settings.ready_by_kwh, record.settings.ready_by_soc)
                for _, record in moment.known
            ],
            units.circuit_limit_a,
            prices,
            sun,
        )
        if made_from == self._made_from and 0 <= at - self._made_at < _EVERY_S:
            return
        self._made_from, self._made_at = made_from, at
        plans = plan(
            trips,
            now=at,
            circuit_a=units.circuit_limit_a,
            panels=self._panels(moment),
            prices=prices,
            sun=_usable(sun, trips, moment, at),
            sun_price=sun_price,
        )
        self._departures = {
            str(each.id): Departure(
                ready_at=each.ready_at,
                need_kwh=each.need_kwh,
                plan=plans[each.id],
                knows_prices=any(price.end > at for price in prices),
                knows_sun=any(each.end > at for each in sun),
            )
            for each in trips
        }

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


def _need_kwh(
    record: UnitRecord, charged: Charged | None, vehicle: Vehicle | None
) -> float:
    """Return what a car still needs until it leaves."""
    settings = record.settings
    target = Target(energy_kwh=settings.ready_by_kwh, soc=settings.ready_by_soc)
    battery = Battery()
    if vehicle:
        battery = Battery(
            size_kwh=vehicle.battery_kwh,
            soc=vehicle.soc,
            limit_soc=vehicle.charge_limit_soc,
        )
    return needed_kwh(target, charged.session_kwh if charged else 0.0, battery)


def next_time(minute: int, at: float) -> float:
    """Return when it is next so many minutes after midnight, by the clocks of the home."""
    here = dt_util.as_local(dt_util.utc_from_timestamp(at))
    hour, minute = divmod(minute, 60)
    today = here.replace(hour=hour, minute=minute, second=0, microsecond=0, fold=0)
    # By the clock on the wall, which now and then takes 23 or 25 hours.
    if today.timestamp() <= at:
        today += timedelta(days=1)
    return today.timestamp()
