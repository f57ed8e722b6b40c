"""One bus conducted: who is there, what is decided for them, what they are told.

Joins master and decisions without anything of Home Assistant, so that a simulated day and
the live system run the same code.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .bus.master import SILENCE_LIMIT_S, Master
from .bus.status import UnitStatus
from .charging.car import Means
from .charging.commitment import SILENT_STOPPED_S
from .charging.controller import Controller
from .charging.model import (
    Circuit,
    Connector,
    ConnectorId,
    Decision,
    GridReading,
    MainFuse,
    PowerLimits,
    Preferences,
    Site,
)
from .charging.when import Order
from .store import UnitRecord
from .units import Units, latest


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What is known of the home beside the bus."""

    grid: GridReading | None = None
    fuse: MainFuse | None = None
    limits: PowerLimits = field(default_factory=PowerLimits)
    preferences: Preferences = field(default_factory=Preferences)
    orders: Mapping[str, Order] = field(default_factory=dict)
    """What units are to charge with at present, if not with their mode."""
    means: Mapping[str, Means] = field(default_factory=dict)
    """What can be achieved through the cars on their cables."""
    car_phases: Mapping[str, int] = field(default_factory=dict)
    """On how many phases the cars charge of which that was told, by who their units are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What came of one tick."""

    known: Sequence[tuple[UnitStatus, UnitRecord]]
    """Every unit that is recognised, once."""
    news: Sequence[UnitRecord]
    """Of whom something was learned that is worth keeping."""
    connectors: Mapping[ConnectorId, Connector]
    site: Site
    decision: Decision

    def power_w(self, status: UnitStatus) -> float:
        """Return what the car at a unit draws to charge."""
        return self.connectors[status.unit_id].draw_w if status.drawing else 0.0


class Conductor:
    """Ticks: once a second, and at once when something that matters changes."""

    def __init__(self, master: Master, units: Units, *, settled_at: float) -> None:
        """Begin. Until ``settled_at`` units not heard yet may charge on old offers."""
        self._master = master
        self._units = units
        self._settled_at = settled_at
        self._controller = Controller()

    def tick(self, surroundings: Surroundings, now: float) -> Moment:
        """Sense, decide, act."""
        master, units = self._master, self._units
        everyone = master.units
        self._watch_settling(everyone, now)
        # Units that have not answered yet may not exist.
        statuses = [each for each in everyone if each.state is not None]
        records = {each.unit_id: units.recognise(each) for each in statuses}
        known = latest((each, records[each.unit_id]) for each in statuses)
        told = [record for status, record in known if record.learn(status)]
        for record in told:
            # What stops a car is the unit's, not its id's.
            master.set_stop_method(
                record.unit_id, record.settings.stop_method, record.lessons
            )
        connectors = {
            each.unit_id: units.connector(
                each,
                records[each.unit_id],
                now,
                online=_online(each, now),
                orders=surroundings.orders,
                means=surroundings.means,
                car_phases=surroundings.car_phases,
            )
            for each in statuses
        }
        seen = [
            record
            for status, record in known
            if record.learn_phases(units.phases_used(status, record))
        ]
        site = Site(
            connectors=tuple(connectors.values()),
            circuit_limit_a=units.circuit_limit_a,
            circuits=self._circuits(records),
            fuse=surroundings.fuse,
            limits=surroundings.limits,
            preferences=surroundings.preferences,
            grid=surroundings.grid,
            settled=now >= self._settled_at,
        )
        decision = self._controller.tick(site, now)
        switched = []
        for unit_id, offer in decision.offers.items():
            # Nothing is decided for a unit before it is clear who it is.
            if (its_record := records[unit_id]) is not None:
                master.offer(unit_id, offer.limit_a, now)
                if its_record.learn_stopped(offer.limit_a == 0):
                    switched.append(its_record)
        return Moment(
            known=known,
            news=[*told, *seen, *switched],
            connectors=connectors,
            site=site,
            decision=decision,
        )

    def _watch_settling(self, everyone: Sequence[UnitStatus], now: float) -> None:
        """Note until when somebody may charge on an old offer without having been heard."""
        if self._master.foreign_master(now):
            # What that one told the units only shows once they have been heard again.
            self._settled_at = now + SILENT_STOPPED_S
        for each in everyone:
            # Told to go on, it may do so though its answers are lost.
            if each.state is None and each.told_at is not None:
                told_until = each.told_at + SILENT_STOPPED_S
                self._settled_at = max(self._settled_at, told_until)

    def _circuits(
        self, records: Mapping[ConnectorId, UnitRecord | None]
    ) -> tuple[Circuit, ...]:
        """Return the circuits with who is behind each; a stranger may be behind any."""
        return tuple(
            Circuit(
                limit_a,
                frozenset(
                    unit_id
                    for unit_id, record in records.items()
                    if record is None or record.wired_as in keys
                ),
            )
            for limit_a, keys in self._units.wiring.circuits
        )


def _online(status: UnitStatus, now: float) -> bool:
    """Return whether a unit counts as there; a port that is soon back lost none."""
    return (
        status.online
        and status.heard_at is not None
        and now - status.heard_at < SILENCE_LIMIT_S
    )
