"""What is wrong on a bus right now, gathered from all who know, as repair issues."""

from .bus.master import Master
from .conductor import Moment
from .const import unit_key
from .departures import Departures
from .issues import Issues
from .orders import Orders
from .price_list import PriceList
from .prices import Prices
from .schedules import Schedules
from .sources import ISSUES, CheckedSources
from .units import Units
from .vehicle_control import VehicleControl
from .vehicles import Vehicles


class Problems:
    """Asks all who know, once a second."""

    def __init__(
        self,
        issues: Issues,
        *,
        schedules: Schedules,
        vehicles: Vehicles,
        control: VehicleControl,
        departures: Departures,
        price_list: PriceList,
        prices: Prices,
        orders: Orders,
    ) -> None:
        """Take whom to ask, and where to say it."""
        self._issues = issues
        self._schedules = schedules
        self._vehicles = vehicles
        self._control = control
        self._departures = departures
        self._price_list = price_list
        self._prices = prices
        self._orders = orders

    def watch(
        self,
        moment: Moment,
        master: Master,
        units: Units,
        sources: CheckedSources,
        now: float,
        at: float,
    ) -> None:
        """Keep the repair issues in step. ``now`` in s of the loop, ``at`` of the calendar."""
        issues = self._issues
        issues.update("other_master", active=master.foreign_master(now))
        refused = ", ".join(unit_key(each) for each in master.refused(now))
        issues.update("too_many_units", active=bool(refused), units=refused)
        unlimited = ", ".join(
            record.wired_as for _, record in moment.known if not units.has_limit(record)
        )
        issues.update("unit_without_limit", active=bool(unlimited), units=unlimited)
        silent = ", ".join(self._schedules.silent(now))
        issues.update("schedule_unavailable", active=bool(silent), entities=silent)
        gone = ", ".join(self._vehicles.missing(now))
        issues.update("vehicle_entity_missing", active=bool(gone), entities=gone)
        rivals = ", ".join(self._vehicles.rivals())
        issues.update("vehicle_rival", active=bool(rivals), entities=rivals)
        hurt = ", ".join(
            record.wired_as
            for _, record in moment.known
            if record.lessons.taken_ill(record.settings.stop_method)
        )
        issues.update("stop_taken_ill", active=bool(hurt), units=hurt)
        idle = ", ".join(self._control.disobedient)
        issues.update("vehicle_disobedient", active=bool(idle), vehicles=idle)
        silent = ", ".join(self._price_list.silent(now))
        issues.update("price_unavailable", active=bool(silent), entities=silent)
        silent = ", ".join(self._orders.silent(now))
        issues.update("charge_now_blind", active=bool(silent), entities=silent)
        foreign = ", ".join(self._price_list.foreign)
        issues.update("prices_not_ours", active=bool(foreign), entities=foreign)
        wrong = sources.issues(now)
        for key in ISSUES:
            issues.update(key, active=key in wrong, entities=wrong.get(key, ""))
        for problem, sensors in self._prices.problems(now).items():
            issues.update(problem, active=bool(sensors), entities=", ".join(sensors))
        for concern, whom in self._departures.concerns(at).items():
            issues.update(concern, active=bool(whom), entities=", ".join(whom))
