"""What units are to charge with at present: all their owner has said, and the time.

Nothing of Home Assistant in it; who needs to know what entities tell gives a way to ask.
"""

from collections.abc import Callable
from typing import Final

from .charging.schedule import Rule
from .charging.when import Due, Order, order
from .conductor import Moment
from .silence import Silence
from .store import Records, UnitRecord

# A car that has just been plugged in may have to wake up before it tells anything.
_PATIENCE_S: Final = 600.0


class Orders:
    """Puts the orders for every unit together, and sees when they are carried out."""

    def __init__(
        self,
        records: Records,
        *,
        rule_of: Callable[[str], Rule],
        due_of: Callable[[UnitRecord, float], Due | None],
        price: Callable[[], float | None],
        export_price: Callable[[], float | None],
        has_sun: bool,
        soc_of: Callable[[str], float | None],
        admit: Callable[[UnitRecord, Order], Order],
    ) -> None:
        """Take what was kept, and whom to ask.

        That is which rule of a schedule applies to a unit, by what it is wired as; what the
        plan of a car says for a time; what a kWh from the grid costs now, and what one fed
        in earns; and how full a car is, by the entity that tells it. ``has_sun`` is whether anybody tells how much
        sun there is. ``admit`` is who knows what is left of an order for whoever is there.
        """
        self._records = records
        self._rule_of = rule_of
        self._due_of = due_of
        self._price = price
        self._export_price = export_price
        self._has_sun = has_sun
        self._soc_of = soc_of
        self._admit = admit
        self._watched_at: float | None = None
        self._silence = Silence(_PATIENCE_S)

    def at(self, at: float) -> dict[str, Order]:
        """Return what applies at a time, by who the units are."""
        cheap = self._cheap()
        return {
            identity: self._admit(
                record,
                order(
                    record.settings.mode,
                    charge_now=record.charge_now,
                    due=self._due_of(record, at),
                    rule=self._rule_of(record.wired_as),
                    cheap=cheap,
                    has_sun=self._has_sun,
                ),
            )
            for identity, record in self._records.units.items()
        }

    def _cheap(self) -> bool:
        """Return whether the grid costs little; a price that nobody tells is not low."""
        records = self._records
        price = self._price() if records.charge_when_cheap else None
        return price is not None and price <= records.cheap_price

    @property
    def avoid_export(self) -> bool:
        """Return whether a kWh fed in earns too little to be worth it at present."""
        records = self._records
        price = self._export_price() if records.avoid_cheap_export else None
        return price is not None and price < records.least_export_price

    @property
    def count_energy(self) -> bool:
        """Return whether it matters what is charged: somebody asked for so much."""
        return any(
            record.charge_now is not None and record.charge_now.energy_kwh is not None
            for record in self._records.units.values()
        )

    def silent(self, now: float) -> list[str]:
        """Return who does not tell how full a car is that is to charge up to that."""
        asked = (record.charge_now for record in self._records.units.values())
        silent = {
            each.soc_entity
            for each in asked
            if each is not None
            and each.soc_entity is not None
            and each.car_seen
            and self._soc_of(each.soc_entity) is None
        }
        return self._silence.lasting(silent, now)

    def watch(self, moment: Moment, at: float, now: float) -> bool:
        """Take note of what came of the orders. Return whether that has to be kept soon.

        ``at`` is the calendar's time, ``now`` the monotonic one.
        """
        passed_h = 0.0 if self._watched_at is None else (now - self._watched_at) / 3600
        self._watched_at = now
        heard = {record.identity: status for status, record in moment.known}
        changed = False
        for identity, record in self._records.units.items():
            if (before := record.charge_now) is None:
                continue
            status = heard.get(identity)
            after = before.after(
                at,
                # A unit that is silent says nothing of its car.
                plugged_in=status.plugged_in if status and status.online else None,
                charged_kwh=moment.power_w(status) * passed_h / 1000 if status else 0.0,
                soc=self._soc_of(before.soc_entity) if before.soc_entity else None,
            )
            record.charge_now = after
            changed = changed or after is None or after.car_seen != before.car_seen
        return changed
