"""A Home Assistant that is started for real, in a home with Wall Connectors on a port."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
import time
from typing import Final, override

import aiohttp

from custom_components.twcmanager.bus.messages import MasterHeartbeat, Message
from custom_components.twcmanager.simulator import (
    EU_1_PHASE,
    GridMeter,
    SimulatedCar,
    SimulatedHome,
    SimulatedSite,
    SimulatedUnit,
    SimulatorPort,
    Sun,
)
from tests.e2e.home_assistant import ApiError, HomeAssistant, free_port, until

UNIT_LIMIT_A: Final = 16.0
GRID_SENSOR: Final = "sensor.grid_power"
# Never in step with heartbeats for long.
METER_INTERVAL_S: Final = 1.03

_QUIET_CONFIGURATION: Final = """\
energy:
frontend:
history:
logbook:
"""

# Twenty sensors that change ten times per second.
_TEMPLATES: Final = 20
_LOAD: Final = """\
input_number:
  load:
    min: 0
    max: 1000
    step: 0.1
automation:
  - alias: Load
    mode: parallel
    triggers:
      - trigger: time_pattern
        seconds: "/1"
    actions:
      - repeat:
          count: 10
          sequence:
            - action: input_number.set_value
              target:
                entity_id: input_number.load
              data:
                value: "{{ (now().timestamp() * 10 % 1000) | round(1) }}"
            - delay:
                milliseconds: 95
template:
  - sensor:
"""
_TEMPLATE: Final = """\
      - name: Load {number}
        unit_of_measurement: W
        state: "{{{{ (states('input_number.load') | float(0) * {number}) | round(2) }}}}"
"""


class HeardUnit(SimulatedUnit):
    """A Wall Connector that remembers when its master spoke to it and what it was offered."""

    def __init__(self, number: int) -> None:
        """Be the first, second or third on the bus."""
        super().__init__(
            unit_id=0x1111 * number,
            serial_number=f"A17D000000{number}",
            volts=EU_1_PHASE,
            car=SimulatedCar(battery_kwh=1000, start_delay_s=3),
        )
        self.heard: list[tuple[float, float]] = []

    @override
    def hear(self, message: Message) -> bytes | None:
        reply = super().hear(message)
        if isinstance(message, MasterHeartbeat) and message.unit_id == self.unit_id:
            self.heard.append((time.monotonic(), self.limit_a))
        return reply

    def intervals_s(self) -> list[float]:
        """Return the times between heartbeats."""
        times = [at for at, _ in self.heard]
        return [after - before for before, after in pairwise(times)]


@dataclass(slots=True)
class Steps:
    """A sun that goes up and down when it is told to, and shines as told before that."""

    sun: Sun
    watts: float | None = None

    def power_w(self, now: float) -> float:
        """Return what it delivers."""
        return self.sun.power_w(now) if self.watts is None else self.watts


@dataclass(slots=True)
class Home:
    """Wall Connectors, and a meter that tells Home Assistant what it reads."""

    link: Path
    units: list[HeardUnit]
    told: list[tuple[float, float]] = field(default_factory=list)
    """When Home Assistant was told which grid power."""
    sun: Steps = field(init=False)
    site: SimulatedSite = field(init=False)
    port: SimulatorPort = field(init=False)

    def __post_init__(self) -> None:
        """Wire it all up."""
        now = asyncio.get_running_loop().time()
        # It is eleven in the morning.
        self.sun = Steps(Sun(peak_w=10000, midnight_at=now - 11 * 3600, wildness=0.5))
        meter = GridMeter(interval_s=METER_INTERVAL_S, delay_s=0.0)
        home = SimulatedHome(sun=self.sun, meter=meter)
        self.site = SimulatedSite(units=[*self.units], home=home, now=now)
        self.port = SimulatorPort(self.site, link=self.link)

    async def tell_grid_power(self, home_assistant: HomeAssistant) -> None:
        """Keep the sensor of grid power up to date until cancelled."""
        attributes = {
            "device_class": "power",
            "state_class": "measurement",
            "unit_of_measurement": "W",
        }
        reading = None
        while True:
            if (seen := self.site.meter) is not None and seen is not reading:
                reading = seen
                self.told.append((time.monotonic(), seen.power_w))
                # It may not be up yet.
                with suppress(aiohttp.ClientError, TimeoutError, ApiError):
                    await home_assistant.post(
                        f"/api/states/{GRID_SENSOR}",
                        {"state": f"{seen.power_w:.0f}", "attributes": attributes},
                    )
            await asyncio.sleep(0.01)


@asynccontextmanager
async def lived_in(
    units: int, *, busy: bool
) -> AsyncIterator[tuple[HomeAssistant, Home]]:
    """Start Home Assistant, new and perhaps busy, in a home."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "config"
        path.mkdir()
        templates = [
            _TEMPLATE.format(number=number) for number in range(1, _TEMPLATES + 1)
        ]
        load = _LOAD + "".join(templates) if busy else ""
        configuration = path / "configuration.yaml"
        configuration.write_text(_QUIET_CONFIGURATION + load)
        link = Path(folder) / "ttyUSB0"
        home = Home(link, [HeardUnit(number) for number in range(1, units + 1)])
        server = HomeAssistant(path, port=free_port("127.0.0.1"))
        async with server as home_assistant, home.port:
            await home_assistant.start()
            meter = asyncio.create_task(home.tell_grid_power(home_assistant))
            try:
                yield home_assistant, home
            finally:
                meter.cancel()
                with suppress(asyncio.CancelledError):
                    await meter
            # All is measured by now, however long it takes to stop.
            with suppress(TimeoutError):
                await home_assistant.stop()


async def add_entry(home_assistant: HomeAssistant, home: Home) -> str:
    """Go through the config flow."""
    go_on = home_assistant.go_on
    step = await home_assistant.start_flow()
    step = await go_on(step, next_step_id="serial")
    step = await go_on(step, port=home.port.url)
    step = await go_on(step)
    limits = {f"unit_{number}": UNIT_LIMIT_A for number, _ in enumerate(home.units, 1)}
    circuit_a = sum(limits.values())
    step = await go_on(step, circuit_limit=circuit_a, phases="1", **limits)
    step = await go_on(step, source="by_hand")
    step = await go_on(step, next_step_id="signed")
    step = await go_on(step, entities=[GRID_SENSOR])
    step = await go_on(step)
    step = await go_on(step, next_step_id="accept")
    if step["type"] != "create_entry":
        raise ValueError(f"the config flow ended with {step}")
    entry_id = str(step["result"]["entry_id"])
    await _share_equally(home_assistant, entry_id)
    return entry_id


async def _share_equally(home_assistant: HomeAssistant, entry_id: str) -> None:
    """Have all cars charge as soon as there is sun for more than one."""
    sharing = None

    async def found() -> bool:
        nonlocal sharing
        sharing = (await home_assistant.entities(entry_id)).get("sharing")
        return sharing is not None

    await until(found, "the bus has its entities")
    await home_assistant.act("select.select_option", sharing or "", option="equal")


async def until_all_charge(home: Home, patience_s: float) -> None:
    """Wait until every car draws current."""

    async def charge() -> bool:
        return all(unit.draw_a > 5 for unit in home.units)

    await until(charge, "all cars charge", timeout_s=patience_s)
