"""Joins the bus, the decisions and HA: owns the tasks, publishes the snapshot."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_PORT
from homeassistant.core import HassJob, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryNotReady
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator

from . import clock
from .admission import Admissions
from .bus.connection import LINE_ERRORS, Connection, port_problem
from .bus.master import Master
from .charging.commitment import SILENT_STOPPED_S
from .charging.model import MINIMUM_A, Mode
from .conductor import Conductor, Moment, Surroundings
from .const import (
    CONF_FEED_IN,
    CONF_KEEP_DAYS,
    CONF_LIMITS,
    CONF_MAIN_FUSE,
    CONF_PRICES,
    CONF_SOURCES,
    DOMAIN,
    LOGGER,
    SIMULATOR_PORT,
)
from .departure_times import DepartureTimes
from .departures import Departures
from .forecast import SolarForecast
from .issues import Issues
from .orders import Orders
from .price_list import PriceList
from .prices import Prices
from .problems import Problems
from .recognition import Recognition
from .schedules import Schedules
from .session_log import SessionLog
from .settings import Settings
from .simulator.demo import demo_site
from .simulator.port import SimulatorPort
from .snapshot import Snapshot, fuse_room, home_snapshot, unit_snapshots
from .sources import CheckedSources
from .sources.values import Problem, Quantity, value_of
from .store import RecordStore, UnitRecord
from .units import Units, latest
from .vehicle_control import VehicleControl
from .vehicles import Vehicle, Vehicles

type TwcConfigEntry = ConfigEntry[TwcCoordinator]

_TICK: Final = timedelta(seconds=1)


class TwcCoordinator(DataUpdateCoordinator[Snapshot]):
    """Runs one bus: once a second, and at once when something that matters changes."""

    config_entry: TwcConfigEntry

    def __init__(self, hass: HomeAssistant, entry: TwcConfigEntry) -> None:
        """Prepare; nothing is opened before ``async_start``."""
        super().__init__(hass, LOGGER, config_entry=entry, name=entry.title)
        self.data = Snapshot()
        self.bus_device_id = ""
        self.simulator: SimulatorPort | None = None
        self._store = RecordStore(hass, entry.entry_id)
        self._issues = Issues(hass, entry)
        self.sources = CheckedSources(hass, entry, {}, on_reading=self._tick_soon)
        self._connection: Connection
        self._conductor: Conductor
        self.units: Units
        self.settings: Settings
        self._orders: Orders
        self._schedules = Schedules(hass, entry.options)
        self._vehicles = Vehicles(hass, entry)
        self._price_list = PriceList(hass, entry.options)
        self.forecast = SolarForecast(hass)
        self.departures: Departures
        self._recognition: Recognition
        self._admissions: Admissions
        self.vehicle_control: VehicleControl
        self._problems: Problems
        self._task: asyncio.Task[None] | None = None
        self.prices = Prices(hass, entry.options.get(CONF_PRICES))
        self.session_log = SessionLog(hass, entry, entry.options.get(CONF_KEEP_DAYS))
        self._told: object = None
        self._tick_planned = False
        limits = entry.options.get(CONF_LIMITS) or {}
        self._feed_in_limit_w: float | None = limits.get(CONF_FEED_IN)

    # --- life -------------------------------------------------------------------------

    async def async_start(self) -> None:
        """Open the port and begin the conversation.

        Raises ConfigEntryNotReady if the port cannot be opened.
        """
        entry = self.config_entry
        loop = self.hass.loop
        # Whatever fails from here on, the port is released: two masters corrupt the bus.
        entry.async_on_unload(self.async_stop)
        await self._store.async_load()
        await self.session_log.async_load()
        records = self._store.records
        follows_sun = CONF_SOURCES in entry.options
        url = entry.data[CONF_PORT]
        if url == SIMULATOR_PORT:
            self.simulator = SimulatorPort(demo_site(loop.time()))
            await self.simulator.open()
            url = self.simulator.url
            follows_sun = True
        self.units = Units(
            # Who can see the sun starts with it.
            records,
            entry.data,
            Mode.SOLAR if follows_sun else Mode.FAST,
        )
        self.departures = Departures(
            self.units, DepartureTimes(self.hass, entry.options)
        )
        self._recognition = Recognition(records, loop.time())
        self._admissions = Admissions(self._recognition)
        self.vehicle_control = VehicleControl(self.hass, records.cars)
        self._orders = Orders(
            records,
            rule_of=self._schedules.rule,
            due_of=self.departures.due,
            price=self.prices.told,
            export_price=self.prices.export_told,
            has_sun=follows_sun,
            soc_of=self._soc_of,
            admit=self._admissions.order,
        )
        self._problems = Problems(
            self._issues,
            schedules=self._schedules,
            vehicles=self._vehicles,
            control=self.vehicle_control,
            departures=self.departures,
            price_list=self._price_list,
            prices=self.prices,
            orders=self._orders,
        )
        master = Master(
            loop.time(),
            known=[record.known for record in records.units.values()],
            announced_a=self.units.circuit_limit_a,
        )
        for record in records.units.values():
            master.set_stop_method(
                record.unit_id, record.settings.stop_method, record.lessons
            )
            if record.stopped:
                # Hearing *no change* first it would close its relay, and open it again.
                master.offer(record.unit_id, 0.0, loop.time())
        self.settings = Settings(self._store, self.units, master, self._tick)
        # The last is what the port of an ESPHome device raises while that is not loaded.
        self._connection = Connection(
            url, master, self._heard, errors=(*LINE_ERRORS, ConfigEntryNotReady)
        )
        try:
            await self._connection.check()
        except LINE_ERRORS as err:
            raise ConfigEntryNotReady(
                translation_domain=DOMAIN,
                translation_key=port_problem(err),
                translation_placeholders={"port": url},
            ) from err
        self._conductor = Conductor(
            master, self.units, settled_at=loop.time() + SILENT_STOPPED_S
        )
        # Not the entry's task: that would be cancelled before the farewell was said.
        self._task = self.hass.async_create_background_task(
            self._connection.run(), f"{DOMAIN} bus"
        )
        self._task.add_done_callback(self._bus_ended)
        entry.async_on_unload(
            async_track_time_interval(
                self.hass, self._tick_at, _TICK, cancel_on_shutdown=True
            )
        )
        entry.async_on_unload(
            # The event of the stop would be too late: tasks have been cancelled by then.
            self.hass.async_add_shutdown_job(HassJob(self.async_stop))
        )
        self._tick()

    @callback
    def _bus_ended(self, task: asyncio.Task[None]) -> None:
        """Begin anew should the conversation ever end by itself: cars wait for our word."""
        if not task.cancelled() and (err := task.exception()):
            LOGGER.error("The conversation with the bus failed", exc_info=err)
            self.hass.config_entries.async_schedule_reload(self.config_entry.entry_id)

    @callback
    def follow_sources(self, options: Mapping[str, Any]) -> None:
        """Begin to follow the sensors that are named in some options."""
        self.sources = CheckedSources(
            self.hass, self.config_entry, options, on_reading=self._tick_soon
        )
        self.config_entry.async_on_unload(self.sources.start())
        self.config_entry.async_on_unload(self.forecast.start())

    async def async_stop(self) -> None:
        """Leave the units with a safe offer and release the port. Idempotent."""
        if task := self._task:
            self._task = None
            # Both at once: a car's cloud may take its time, and nobody watches the fuse.
            await asyncio.gather(
                self._connection.say_farewell(MINIMUM_A),
                self.vehicle_control.async_give_back(),
            )
            task.cancel()
            await asyncio.wait([task])
            await self._store.async_save_now()
            await self.session_log.store.async_save_now()
        if self.simulator:
            await self.simulator.close()
            self.simulator = None
        self._issues.clear()

    # --- one tick ---------------------------------------------------------------------

    @callback
    def _tick_at(self, now: datetime) -> None:
        self._tick()

    @callback
    def _heard(self) -> None:
        """Tick at once if what was heard matters to anyone."""
        matters = (
            self._connection.connected,
            [(each.state, each.online) for each in self._connection.master.units],
        )
        if matters != self._told:
            self._told = matters
            self._tick_soon()

    @callback
    def _tick_soon(self) -> None:
        """Tick next, but not inside of whoever has news: neither may harm the other."""
        if not self._tick_planned:
            self._tick_planned = True
            self.hass.loop.call_soon(self._tick)

    @callback
    def _tick(self) -> None:
        """Sense, decide, act, show."""
        self._tick_planned = False
        if self._task is None:
            return
        now, at = self.hass.loop.time(), clock.calendar_s()
        sources = self.sources
        vehicles = self._vehicles.now()
        # Before the decision, which may depend on whose car it is.
        known = latest(
            (each, self.units.recognise(each))
            for each in self._connection.master.units
            if each.state is not None
        )
        recognised = self._recognition.watch(known, vehicles, now)
        if self._admissions.watch(self._store.records.units, vehicles) or recognised:
            self._store.save()
        wanted = self._store.records.preferences
        surroundings = Surroundings(
            grid=sources.grid,
            fuse=sources.fuse,
            limits=sources.limits,
            preferences=replace(
                wanted.without_export if self._orders.avoid_export else wanted,
                meter_sees_cars=sources.meter_sees_cars,
                feed_in_limit_w=self._feed_in_limit_w,
            ),
            orders=self._orders.at(at),
            means=self.vehicle_control.means(vehicles, self._recognition.presences),
            car_phases=self._recognition.car_phases(vehicles),
        )
        moment = self._conductor.tick(surroundings, now)
        self._connection.poke()
        if self.vehicle_control.act(moment, vehicles, self._recognition.presences, now):
            self._store.save()
        for record in moment.news:
            self._store.save()
            self._update_device(record)
        if self._orders.watch(moment, at, now):
            self._store.save()
        elif self._orders.count_energy:
            self._store.save_energy()
        sources.watch(moment.connectors.values(), now)
        self.session_log.count(moment, self.prices.tariff(now), now, at)
        charged = self.session_log.charged()
        if self.departures.plan(
            moment,
            charged,
            vehicles,
            self._price_list.prices,
            self.forecast.sun,
            at,
            sun_price=self.prices.tariff(now).export_price or 0.0,
        ):
            self._store.save()
        self._problems.watch(
            moment, self._connection.master, self.units, sources, now, at
        )
        self.async_set_updated_data(self._snapshot(moment, vehicles))
        self.session_log.announce()

    def _soc_of(self, entity_id: str) -> float | None:
        """Return how full a car is, None if its entity does not tell."""
        soc = value_of(self.hass.states.get(entity_id), Quantity.CHARGE)
        return None if isinstance(soc, Problem) else soc

    def _update_device(self, record: UnitRecord) -> None:
        """Show what a unit told about itself after its device was made."""
        registry = dr.async_get(self.hass)
        for device in dr.async_entries_for_config_entry(
            registry, self.config_entry.entry_id
        ):
            if (DOMAIN, self.device_key(record.identity)) in device.identifiers:
                registry.async_update_device(
                    device.id,
                    serial_number=record.serial_number,
                    sw_version=record.firmware,
                )

    def _snapshot(self, moment: Moment, vehicles: Mapping[str, Vehicle]) -> Snapshot:
        connected = self._connection.connected
        charged = self.session_log.charged()
        units = unit_snapshots(
            moment,
            self.units,
            charged,
            self.departures,
            self._recognition.presences,
            vehicles,
            connected=connected,
        )
        for identity, unit in units.items():
            self._log_availability(identity, unit.available)
        return Snapshot(
            connected=connected,
            reconnects=self._connection.reconnects,
            health=replace(self._connection.master.health),
            circuit_limit_a=self.units.circuit_limit_a,
            surplus_w=moment.decision.surplus_w,
            meter_delay_s=moment.decision.meter_delay_s,
            fuse_room_a=fuse_room(moment.site.fuse),
            units=units,
            vehicles=self.session_log.store.vehicles,
            avoids_export=self._orders.avoid_export,
            home=home_snapshot(self.simulator.site) if self.simulator else None,
        )

    def _log_availability(self, identity: str, available: bool) -> None:
        before = self.data.units.get(identity)
        if before is not None and before.available != available:
            LOGGER.info(
                "Wall Connector %s %s",
                identity,
                "is back" if available else "is silent",
            )

    # --- what entities read and set ---------------------------------------------------

    @override
    async def _async_update_data(self) -> Snapshot:
        """Return what is known: nobody needs to be asked, units speak once a second."""
        return self.data

    def device_key(self, identity: str) -> str:
        """Return what identifies a unit's device: ids may repeat on another bus."""
        return f"{self.config_entry.entry_id}_{identity}"

    @property
    def identities(self) -> tuple[str, ...]:
        """Return who has been met on this bus, heard since the start or not."""
        return tuple(self._store.records.units)

    @property
    def known_units(self) -> dict[str, float]:
        """Return the rating in A of every unit met on this bus, by what it is wired as."""
        return {
            record.wired_as: record.rating_a
            for record in self._store.records.units.values()
        }

    @property
    def vins_read(self) -> frozenset[str]:
        """Return the VINs that units have read since the start."""
        return frozenset(self._recognition.vins)

    @property
    def vehicle_names(self) -> list[str]:
        """Return what the owner calls the cars."""
        return [each.name for each in self._vehicles.now().values()]

    @property
    def has_battery(self) -> bool:
        """Return whether the home has a battery that is known."""
        sources = self.config_entry.options.get(CONF_SOURCES) or {}
        named = sources.get("battery") or sources.get("battery_soc")
        return bool(named) or self.sources.has_battery

    @property
    def fuse_lines(self) -> int:
        """Return on how many lines the main fuse is watched."""
        fuse = self.config_entry.options.get(CONF_MAIN_FUSE)
        return len(fuse["entities"]) if fuse else 0

    @callback
    def forget_unit(self, identity: str) -> None:
        """Forget a unit that is no longer there."""
        for unit_id in self.units.forget(identity):
            self._connection.master.forget(unit_id)
        self.session_log.forget(identity)
        self._store.save()
        self._tick()
