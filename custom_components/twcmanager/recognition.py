"""Which car is on which Wall Connector's cable, over time and over restarts."""

from collections.abc import Mapping, Sequence

from .bus.status import UnitStatus
from .charging.presence import Cable, Car, Evidence, PlugWatch, Presence, recognise
from .store import Records, UnitRecord
from .vehicles import Vehicle


class Recognition:
    """Watches plugs and VINs, and keeps who was recognised in the records."""

    def __init__(self, records: Records, now: float) -> None:
        """Take what was kept."""
        self._cables = PlugWatch(
            (who for who, each in records.units.items() if _was_there(each)), now
        )
        self._cars = PlugWatch()
        self._readers: set[str] = set()
        self.vins: set[str] = set()
        """Those that were read since the start."""
        self.plugged_in: dict[str, bool] = {}
        """Whether a car is on each cable, as far as was heard or may be believed."""
        self._gone: set[str] = set()
        self.presences: dict[str, Presence] = {
            identity: Presence(record.vehicle, Evidence.REMEMBERED)
            for identity, record in records.units.items()
            if record.vehicle
        }
        """Who is on each cable, by who the units are: those of whom it is known."""

    def watch(
        self,
        known: Sequence[tuple[UnitStatus, UnitRecord]],
        vehicles: Mapping[str, Vehicle],
        now: float,
    ) -> bool:
        """Look again. Return whether anything has to be kept."""
        cables, silent = {}, set(self.presences)
        self.plugged_in = {}
        for status, record in known:
            if not status.online:
                continue
            identity = record.identity
            silent.discard(identity)
            self._gone.discard(identity)
            if status.plugged_in is False:
                self._gone.add(identity)
            if status.vin:
                self.vins.add(status.vin)
                self._readers.add(identity)
            plugged = self._cables.watch(identity, plugged=status.plugged_in, now=now)
            self.plugged_in[identity] = plugged is not None
            if plugged:
                since, came = plugged
                cables[identity] = Cable(
                    since=since,
                    came=came,
                    vin=status.vin,
                    reads_vins=identity in self._readers,
                )
        cars = {who: self._car(each, now) for who, each in vehicles.items()}
        before = self.presences
        self.presences = recognise(cables, cars, before, now) | {
            # Of whom nothing is heard nothing is news.
            each: before[each]
            for each in silent
        }
        changed = False
        for _, record in known:
            presence = self.presences.get(record.identity, Presence())
            vehicle = presence.car if presence.known else None
            changed = changed or vehicle != record.vehicle
            record.vehicle = vehicle
        return changed

    def gone(self, identity: str) -> bool:
        """Return whether a unit says that no car is there."""
        return identity in self._gone

    def car_phases(self, vehicles: Mapping[str, Vehicle]) -> dict[str, int]:
        """Return on how many phases recognised cars charge, as far as that was told."""
        return {
            identity: phases
            for identity, presence in self.presences.items()
            if presence.known
            and (vehicle := vehicles.get(presence.car or ""))
            and (phases := vehicle.phases)
        }

    def _car(self, vehicle: Vehicle, now: float) -> Car:
        plugged = self._cars.watch(vehicle.id, plugged=vehicle.plugged, now=now)
        since, came = plugged or (None, False)
        return Car(
            vin=vehicle.vin,
            told_vin=vehicle.vin in self.vins,
            plugged=vehicle.plugged,
            plugged_at=since if came else None,
            home=vehicle.home,
        )


def _was_there(record: UnitRecord) -> bool:
    """Return whether a car was on a unit's cable that is not to be forgotten."""
    return bool(record.vehicle or (record.permit and record.permit.car_seen))
