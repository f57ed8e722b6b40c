"""A garage: simulated Wall Connectors on a port, Home Assistant as their master.

Everything in it is real, from the entities down to the bytes on a pseudo terminal. Only time
is not: it flies, and what takes a minute is over in a few seconds.
"""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, cast

from homeassistant.config_entries import ConfigEntryState, ConfigSubentry
from homeassistant.const import ATTR_ENTITY_ID, CONF_PORT
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.twcmanager.const import (
    CONF_CIRCUIT_LIMIT,
    CONF_PHASES,
    CONF_UNIT_LIMITS,
    DOMAIN,
    SUBENTRY_VEHICLE,
)
from custom_components.twcmanager.coordinator import TwcCoordinator
from custom_components.twcmanager.simulator import (
    EU_1_PHASE,
    SimulatedCar,
    SimulatedHome,
    SimulatedSite,
    SimulatedUnit,
    SimulatorPort,
    Trace,
)
from custom_components.twcmanager.snapshot import UnitSnapshot

SPEED: Final = 50
"""How many seconds pass in one of waiting."""

FIRST: Final = "A17D0004711"
SECOND: Final = "A17D0004712"
"""Who the two Wall Connectors are."""

GRID: Final = "sensor.grid"

NO_VEHICLE_DATA: Final[Mapping[str, Any]] = {
    "vin": None,
    "battery_kwh": None,
    "phases": None,
    "entities": {},
}
"""What is kept of a car that is nothing but a name."""

_LOOK_S: Final = 0.2
_PATIENCE_S: Final = 240.0


def let_time_fly(loop: asyncio.AbstractEventLoop) -> None:
    """Make the time of a loop fly while it waits, till its end.

    While it works, time goes its usual way: what takes long on a busy machine is not late.
    """
    inner = cast(Any, loop)
    selector = vars(loop)["_selector"]
    real_time: Callable[[], float] = inner.time
    real_select: Callable[[float | None], list[Any]] = selector.select
    ahead_s = 0.0

    def time() -> float:
        return real_time() + ahead_s

    def select(timeout: float | None = None) -> list[Any]:
        nonlocal ahead_s
        began_at = real_time()
        events = real_select(timeout / SPEED if timeout else timeout)
        waited_s = real_time() - began_at
        flown_s = waited_s * SPEED
        if timeout is not None:
            flown_s = min(flown_s, timeout)
        ahead_s += max(0.0, flown_s - waited_s)
        return events

    inner.time = time
    selector.select = select


def unit(number: int = 1, **settings: Any) -> SimulatedUnit:
    """Return a Wall Connector for one phase and 32 A, with a car that starts soon."""
    return SimulatedUnit(
        **{
            "unit_id": 0x1110 + number,
            "serial_number": f"A17D000471{number}",
            "volts": EU_1_PHASE,
            "energy_wh": 1_234_000.0,
            "car": SimulatedCar(start_delay_s=2, ramp_up_a_per_s=10, battery_kwh=1000),
            **settings,
        }
    )


def grid_sources(entity_id: str = GRID, *, inverted: bool = False) -> dict[str, Any]:
    """Return options of sources that are one sensor of grid power."""
    grid = {"kind": "signed", "entities": [entity_id], "inverted": inverted}
    return {"grid": grid}


class Garage:
    """One bus with its entry. Two units and 40 A, unless a test wants it otherwise."""

    def __init__(self, hass: HomeAssistant, port_path: Path) -> None:
        """Prepare; change what is needed before ``open``."""
        self.hass = hass
        now = hass.loop.time()
        self.home = SimulatedHome(
            sun=Trace(values_w=[0.0], step_s=1, start=now),
            house=Trace(values_w=[0.0], step_s=1, start=now),
        )
        self.site = SimulatedSite(
            units=[unit(1), unit(2)], home=self.home, now=now, reply_delay_s=0.01
        )
        self.port = SimulatorPort(self.site, link=port_path)
        self.entry = MockConfigEntry(
            domain=DOMAIN,
            title="Garage",
            entry_id="garage",
            data={
                CONF_PORT: str(port_path),
                CONF_CIRCUIT_LIMIT: 40.0,
                CONF_UNIT_LIMITS: {"1111": 32.0, "1112": 32.0},
                CONF_PHASES: 1,
            },
        )

    # --- life -------------------------------------------------------------------------

    async def open(self, **data: Any) -> None:
        """Plug the adapter in and set the entry up; ``data`` changes the entry's."""
        for each in self.site.units:
            each.power_up(self.hass.loop.time())
        await self.port.open()
        if self.entry not in self.hass.config_entries.async_entries(DOMAIN):
            self.entry.add_to_hass(self.hass)
        self.change_data(**data)
        await self.set_up()

    async def set_up(self) -> None:
        """Set the entry up."""
        assert await self.hass.config_entries.async_setup(self.entry.entry_id)

    async def unload(self) -> None:
        """Unload the entry."""
        assert await self.hass.config_entries.async_unload(self.entry.entry_id)

    @property
    def loaded(self) -> bool:
        """Return whether the entry is set up."""
        return self.entry.state is ConfigEntryState.LOADED

    async def close(self) -> None:
        """Leave nothing behind."""
        if self.loaded:
            await self.unload()
        await self.port.close()

    def change_data(self, **data: Any) -> None:
        """Change the entry's data as a reconfiguration does."""
        self.hass.config_entries.async_update_entry(
            self.entry, data={**self.entry.data, **data}
        )

    def add_vehicle(self, name: str, **data: Any) -> str:
        """Add a car as its flow does, and return its id."""
        subentry = ConfigSubentry(
            data=MappingProxyType({**NO_VEHICLE_DATA, **data}),
            subentry_type=SUBENTRY_VEHICLE,
            title=name,
            unique_id=None,
        )
        self.hass.config_entries.async_add_subentry(self.entry, subentry)
        return subentry.subentry_id

    def remove_vehicles(self) -> None:
        """Remove all cars."""
        for each in list(self.entry.subentries):
            self.hass.config_entries.async_remove_subentry(self.entry, each)

    def change_options(self, **options: Any) -> None:
        """Change the entry's options."""
        self.hass.config_entries.async_update_entry(self.entry, options=options)

    # --- time -------------------------------------------------------------------------

    async def seconds(self, seconds: float) -> None:
        """Let time pass."""
        await asyncio.sleep(seconds)

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for something to come true."""
        deadline = self.hass.loop.time() + _PATIENCE_S
        while not condition():
            if self.hass.loop.time() > deadline:
                raise AssertionError("It never came true")
            await asyncio.sleep(_LOOK_S)

    async def until_met(self) -> None:
        """Wait until every unit has been heard and recognised."""
        await self.until(lambda: len(self.available) == len(self.site.units))

    async def until_charging(self) -> None:
        """Wait until every car charges."""
        await self.until(lambda: all(each.car.drawing for each in self.site.units))

    # --- what is seen -----------------------------------------------------------------

    @property
    def coordinator(self) -> TwcCoordinator:
        """Return the integration's heart."""
        return cast(TwcCoordinator, self.entry.runtime_data)

    @property
    def snapshots(self) -> Mapping[str, UnitSnapshot]:
        """Return the units as they are at this moment."""
        return self.coordinator.data.units

    @property
    def available(self) -> set[str]:
        """Return who is on the bus."""
        return {name for name, each in self.snapshots.items() if each.available}

    def entity_id(self, key: str, who: str | None = None) -> str:
        """Return the entity of a unit, or of the bus."""
        unique_id = f"garage_{who}_{key}" if who else f"garage_{key}"
        found = [
            entry.entity_id
            for entry in er.async_entries_for_config_entry(
                er.async_get(self.hass), self.entry.entry_id
            )
            if entry.unique_id == unique_id
        ]
        assert len(found) == 1, f"{unique_id}: {found}"
        return found[0]

    def state(self, key: str, who: str | None = None) -> State:
        """Return the state of an entity."""
        state = self.hass.states.get(self.entity_id(key, who))
        assert state is not None
        return state

    def value(self, key: str, who: str | None = None) -> str:
        """Return what an entity shows."""
        return self.state(key, who).state

    def device(self, who: str | None = None) -> dr.DeviceEntry | None:
        """Return the device of a unit, or of the bus."""
        name = f"garage_{who}" if who else "garage"
        return dr.async_get(self.hass).async_get_device_by_identifier(
            (DOMAIN, name), self.entry.entry_id
        )

    def issue(self, key: str) -> ir.IssueEntry | None:
        """Return a repair issue of this bus."""
        return ir.async_get(self.hass).async_get_issue(DOMAIN, f"{key}_garage")

    # --- what is done -----------------------------------------------------------------

    async def call(
        self, service: str, key: str, who: str | None = None, **data: Any
    ) -> None:
        """Call a service on an entity, as ``number.set_value``."""
        domain, name = service.split(".")
        target = {ATTR_ENTITY_ID: self.entity_id(key, who)}
        await self.hass.services.async_call(
            domain, name, {**target, **data}, blocking=True
        )

    def measure(self, power: object, unit_of_measurement: str | None = "W") -> None:
        """Let the grid sensor report."""
        attributes = {"unit_of_measurement": unit_of_measurement}
        self.hass.states.async_set(
            GRID, str(power), attributes if unit_of_measurement else {}
        )
