"""A house on a real port: two Wall Connectors with cars, and a meter Home Assistant reads."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, override

import aiohttp

from custom_components.twcmanager.bus.messages import MasterHeartbeat, Message, Protocol
from custom_components.twcmanager.simulator import (
    EU_1_PHASE,
    GridMeter,
    SimulatedCar,
    SimulatedHome,
    SimulatedSite,
    SimulatedUnit,
    SimulatorPort,
)

from .home_assistant import ApiError, HomeAssistant, Json, until

GRID_SENSOR: Final = "sensor.grid_power"
VOLTS: Final = EU_1_PHASE[0]
# Wall Connectors without a master stop their car after 20 to 30 s.
GIVES_UP_AFTER_S: Final = 26.0
_METER_INTERVAL_S: Final = 1.0


@dataclass
class Steady:
    """Sun or house whose power is what a test says."""

    watts: float

    def power_w(self, now: float) -> float:
        """Return it."""
        return self.watts


class WatchedUnit(SimulatedUnit):
    """A Wall Connector that remembers how long its master left it alone."""

    heartbeats = 0
    longest_silence_s = 0.0
    least_draw_a = 0.0
    _alone_since = 0.0

    def watch(self) -> None:
        """Begin to watch anew."""
        self.longest_silence_s = 0.0
        self.least_draw_a = self.draw_a
        self._alone_since = self.now

    @override
    def advance(self, now: float) -> None:
        """Let time pass."""
        super().advance(now)
        self.least_draw_a = min(self.least_draw_a, self.draw_a)
        silence_s = self.now - self._alone_since
        self.longest_silence_s = max(self.longest_silence_s, silence_s)

    @override
    def hear(self, message: Message) -> bytes | None:
        """Take a master's message."""
        if isinstance(message, MasterHeartbeat) and message.unit_id == self.unit_id:
            self.heartbeats += 1
            self._alone_since = self.now
        return super().hear(message)


class House:
    """Two Wall Connectors, one that speaks protocol 2 and one that speaks protocol 1."""

    def __init__(self, link: Path, now: float) -> None:
        """Prepare; the port appears with ``port.open``."""
        self.sun = Steady(0)
        self.modern = WatchedUnit(
            unit_id=0x1A2B,
            serial_number="A17D0001234",
            volts=EU_1_PHASE,
            gives_up_after_s=GIVES_UP_AFTER_S,
            energy_wh=1_234_000,
            car=_car(vin="LRW3E7FS1PC000417"),
        )
        self.old = WatchedUnit(
            unit_id=0x7CDE,
            protocol=Protocol.V1,
            volts=EU_1_PHASE,
            gives_up_after_s=GIVES_UP_AFTER_S,
            car=_car(),
        )
        self.units = (self.modern, self.old)
        self.site = SimulatedSite(
            units=[*self.units],
            home=SimulatedHome(
                sun=self.sun,
                house=Steady(300),
                meter=GridMeter(interval_s=_METER_INTERVAL_S, delay_s=0.5),
            ),
            now=now,
        )
        self.port = SimulatorPort(self.site, link=link)

    @property
    def draw_a(self) -> float:
        """Return what all cars draw."""
        return sum(unit.draw_a for unit in self.units)

    @property
    def limit_a(self) -> float:
        """Return what all cars may draw."""
        return sum(unit.limit_a for unit in self.units)

    @property
    def surplus_a(self) -> float:
        """Return what the cars could draw without any import."""
        return (self.site.solar_w - self.site.house_w) / VOLTS

    def watch(self) -> None:
        """Begin to watch all Wall Connectors anew."""
        for unit in self.units:
            unit.watch()

    def __str__(self) -> str:
        """Tell how things are."""
        units = ", ".join(
            f"{unit.draw_a:.1f} of {unit.limit_a:.1f} A" for unit in self.units
        )
        return f"the cars draw {units}, the sun has {self.surplus_a:.1f} A for them"

    async def until(
        self, look: Callable[[], bool], what: str, *, timeout_s: float = 30
    ) -> None:
        """Wait until something in the house is true."""

        async def looks() -> bool:
            return look()

        try:
            await until(looks, what, timeout_s=timeout_s)
        except AssertionError as err:
            raise AssertionError(f"{err}; {self}") from None

    async def until_cars_take(self, watts: float) -> None:
        """Let the sun have so much power, and wait until that is what the cars draw."""
        self.sun.watts = watts
        # Cars draw a bit less than they may, and the offer leaves some room for that.
        await self.until(
            lambda: (
                self.surplus_a - 4 < self.draw_a <= self.surplus_a + 1
                and self.limit_a <= self.surplus_a + 2
            ),
            f"the cars take {watts} W",
            timeout_s=45,
        )

    async def longest_silence_s(self) -> float:
        """Wait until all are spoken to, and return how long one was left alone."""
        before = [unit.heartbeats for unit in self.units]
        await self.until(
            lambda: all(
                unit.heartbeats > heartbeats
                for unit, heartbeats in zip(self.units, before, strict=True)
            ),
            "all Wall Connectors are spoken to",
        )
        return max(unit.longest_silence_s for unit in self.units)

    async def tell_grid_power(self, home_assistant: HomeAssistant) -> None:
        """Keep the sensor of grid power up to date until cancelled."""
        attributes = {
            "device_class": "power",
            "state_class": "measurement",
            "unit_of_measurement": "W",
        }
        while True:
            # It may not be there at the moment.
            with suppress(aiohttp.ClientError, TimeoutError, ApiError):
                if meter := self.site.meter:
                    await home_assistant.post(
                        f"/api/states/{GRID_SENSOR}",
                        {"state": f"{meter.power_w:.0f}", "attributes": attributes},
                    )
            await asyncio.sleep(_METER_INTERVAL_S)


def _car(vin: str = "") -> SimulatedCar:
    return SimulatedCar(vin=vin, battery_kwh=1000, start_delay_s=3, ramp_up_a_per_s=3)


def grid_power(**sensors: str) -> Json:
    """Return a grid connection as the Energy dashboard keeps it."""
    return {"type": "grid", "cost_adjustment_day": 0.0, "power_config": sensors}
