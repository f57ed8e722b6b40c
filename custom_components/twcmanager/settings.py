"""What people set while the bus runs, with entities and actions: kept, and acted on at once."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from homeassistant.core import callback

from .bus.master import Master
from .bus.status import StopLessons
from .charging.authorization import Permit
from .charging.charge_now import ChargeNow
from .charging.model import Mode, Preferences
from .charging.need import Once
from .store import RecordStore
from .units import Units


class Settings:
    """Takes what people set, as far as the wiring carries it."""

    def __init__(
        self, store: RecordStore, units: Units, master: Master, act: Callable[[], None]
    ) -> None:
        """Take where it is kept, whose it is, and what acts on it."""
        self._store = store
        self._records = store.records
        self._units = units
        self._master = master
        self._act = act

    @property
    def preferences(self) -> Preferences:
        """Return how the owner wants the sun used."""
        return self._records.preferences

    @callback
    def prefer(self, **changes: Any) -> None:
        """Change what is given of the preferences. Raises TypeError for what is none."""
        self._records.preferences = replace(self._records.preferences, **changes)
        self._changed()

    @property
    def charge_when_cheap(self) -> bool:
        """Return whether cars charge while the grid costs little."""
        return self._records.charge_when_cheap

    @property
    def cheap_price(self) -> float:
        """Return what counts as little, per kWh in the currency of the home."""
        return self._records.cheap_price

    @callback
    def set_charge_when_cheap(self, on: bool) -> None:
        """Choose whether cars charge while the grid costs little."""
        self._records.charge_when_cheap = on
        self._changed()

    @callback
    def set_cheap_price(self, price: float) -> None:
        """Choose what counts as little, per kWh in the currency of the home."""
        self._records.cheap_price = price
        self._changed()

    @property
    def avoid_cheap_export(self) -> bool:
        """Return whether cars take all sun while a kWh fed in earns little."""
        return self._records.avoid_cheap_export

    @property
    def least_export_price(self) -> float:
        """Return below what a kWh earns little, in the currency of the home."""
        return self._records.least_export_price

    @callback
    def set_avoid_cheap_export(self, on: bool) -> None:
        """Choose whether cars take all sun while a kWh fed in earns little."""
        self._records.avoid_cheap_export = on
        self._changed()

    @callback
    def set_least_export_price(self, price: float) -> None:
        """Choose below what a kWh earns little, in the currency of the home."""
        self._records.least_export_price = price
        self._changed()

    @callback
    def set_circuit_limit(self, limit_a: float) -> None:
        """Set what the cars may draw together, at most what was configured."""
        # All of it stays all of it when more is configured one day.
        most = limit_a >= self._units.configured_circuit_limit_a
        self._records.circuit_limit_a = None if most else limit_a
        self._changed()

    @callback
    def set_charge_limit(self, identity: str, limit_a: float) -> None:
        """Set what a unit may be offered, at most what was configured."""
        most = limit_a >= self._units.unit_limit_a(self._units[identity])
        self.set_unit(identity, charge_limit_a=None if most else limit_a)

    @callback
    def set_unit(self, identity: str, **changes: Any) -> None:
        """Change what is given of a unit's settings. Raises TypeError for what is none."""
        record = self._units[identity]
        record.settings = settings = replace(record.settings, **changes)
        if "mode" in changes and settings.mode is Mode.OFF:
            # Whoever wants it off wants it off now.
            record.charge_now = None
        if "stop_method" in changes:
            # Chosen anew, it gets another chance.
            record.lessons = StopLessons()
        self._master.set_stop_method(
            record.unit_id, settings.stop_method, record.lessons
        )
        self._changed()

    @callback
    def charge_now(self, identity: str, charge_now: ChargeNow | None) -> None:
        """Let a car charge just this once, or no longer."""
        self._units[identity].charge_now = charge_now
        self._changed()

    @callback
    def ready_once(self, identity: str, once: Once | None) -> None:
        """Let a car be ready just this once, or no longer."""
        self._units[identity].ready_once = once
        self._changed()

    @callback
    def allow_vehicle(self, identity: str) -> None:
        """Let the car that is there, or comes next, charge until it goes."""
        self._units[identity].permit = Permit()
        self._changed()

    def _changed(self) -> None:
        self._store.save()
        self._act()
