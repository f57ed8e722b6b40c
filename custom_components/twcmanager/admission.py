"""Who may charge at each Wall Connector, as its owner has set it, and permits for just once."""

from collections.abc import Mapping

from .charging.authorization import for_others, may_charge
from .charging.presence import Presence
from .charging.when import Order
from .recognition import Recognition
from .store import UnitRecord
from .vehicles import Vehicle


class Admissions:
    """Stands between what units are to charge with and whoever is on their cables."""

    def __init__(self, recognition: Recognition) -> None:
        """Take who knows who is there."""
        self._recognition = recognition
        self._vehicles: Mapping[str, Vehicle] = {}

    def watch(
        self, records: Mapping[str, UnitRecord], vehicles: Mapping[str, Vehicle]
    ) -> bool:
        """Look who is there. Return whether a permit was used, or is used up."""
        self._vehicles = vehicles
        changed = False
        for identity, record in records.items():
            plugged_in = self._recognition.plugged_in.get(identity)
            # A unit that is silent says nothing of its car.
            if record.permit is None or plugged_in is None:
                continue
            permit = record.permit.after(plugged_in=plugged_in)
            changed = changed or permit != record.permit
            record.permit = permit
        return changed

    def order(self, record: UnitRecord, order: Order) -> Order:
        """Return what a unit may charge with, of what it is to charge with."""
        presence = self._recognition.presences.get(record.identity)
        who = presence or Presence()
        vehicle = self._vehicles.get(who.car) if who.car else None
        settings = record.settings
        if self._recognition.gone(record.identity) or may_charge(
            settings.admission,
            known=vehicle is not None and who.known,
            chosen=vehicle is not None and record.wired_as in vehicle.units,
            permit=record.permit,
        ):
            return order
        return for_others(order, settings.others, settled=presence is not None)
