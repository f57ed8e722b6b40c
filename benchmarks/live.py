"""How even heartbeats are on a busy Home Assistant, and what the integration costs it.

Home Assistant is started for real, twice: once without and once with three Wall Connectors on
a pseudo terminal, both times under the same load.
"""

import argparse
import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass, field
from itertools import pairwise
import os
from pathlib import Path
import sqlite3
from statistics import mean
from tempfile import TemporaryDirectory
import time
from typing import Any, Final, override

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

from .results import Table, publish, say

_UNITS: Final = 3
_UNIT_LIMIT_A: Final = 16.0
_CIRCUIT_A: Final = 48.0
_GRID_SENSOR: Final = "sensor.grid_power"
# Never in step with heartbeats for long.
_METER_INTERVAL_S: Final = 1.03
# After a start the guard waits 35 s, the sun a minute, and a car some seconds.
_CARS_CHARGE_S: Final = 130.0
_STEPS: Final = 8
_STEP_EVERY_S: Final = 10.0
_STEP_W: Final = 3000.0

# Twenty sensors that change ten times per second.
_TEMPLATES: Final = 20
_CONFIGURATION: Final = """\
energy:
frontend:
history:
logbook:
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


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what can be asked for."""
    parser.add_argument(
        "--minutes", type=float, default=5.0, help="to measure, twice (default: 5)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Measure, print and keep."""
    result = asyncio.run(_measure(arguments.minutes * 60))
    say()
    publish(
        "live",
        "A running Home Assistant",
        _tables(result),
        _NOTES,
        {"minutes": arguments.minutes, **result},
    )
    return 0


_NOTES = """\
Three Wall Connectors with cars that follow the sun, on a pseudo terminal; a meter that is read
every second. The load are twenty template sensors that change ten times per second and go to
the database. Heartbeat intervals are those the simulated units hear; how evenly the program
that measures does something every second tells what the machine is good for. The step response
is the time from the meter's new value to the first heartbeat that carries another offer."""


async def _measure(seconds: float) -> dict[str, Any]:
    async with _home() as (home_assistant, home):
        say("Home Assistant without the integration ...")
        # As long after the start as with it.
        await asyncio.sleep(_CARS_CHARGE_S)
        without = await _usage(home_assistant, seconds)
    async with _home() as (home_assistant, home):
        say("Home Assistant with the integration ...")
        charging_at = time.monotonic() + _CARS_CHARGE_S
        entry_id = await _add_entry(home_assistant, home)
        await _until_all_charge(home)
        await asyncio.sleep(max(0.0, charging_at - time.monotonic()))
        for unit in home.units:
            unit.heard.clear()
        began_at = time.time()
        control = asyncio.create_task(_own_intervals_s(seconds))
        usage = await _usage(home_assistant, seconds)
        intervals = [unit.intervals_s() for unit in home.units]
        rows = await _rows_per_hour(home_assistant, home, entry_id, began_at)
        say("Step response ...")
        steps = await _step_response(home)
    return {
        "heartbeats": [asdict(Spread.of(each)) for each in intervals],
        "control": asdict(Spread.of(await control)),
        "step_response": {key: asdict(Spread.of(each)) for key, each in steps.items()},
        "without": asdict(without),
        "with": asdict(usage),
        "cpu_share_added": usage.cpu_share - without.cpu_share,
        "memory_mb_added": usage.memory_mb - without.memory_mb,
        "rows_per_hour": rows,
    }


def _tables(result: dict[str, Any]) -> list[Table]:
    heartbeats = [
        (f"unit {number}", *_spread(each))
        for number, each in enumerate(result["heartbeats"], 1)
    ]
    heartbeats.append(("this program's own", *_spread(result["control"])))
    steps = [(key, *_spread(each)) for key, each in result["step_response"].items()]
    usages = [
        (label, f"{100 * each['cpu_share']:.2f}", f"{each['memory_mb']:.1f}")
        for label, each in (("without", result["without"]), ("with", result["with"]))
    ]
    usages.append(
        (
            "added",
            f"{100 * result['cpu_share_added']:.2f}",
            f"{result['memory_mb_added']:.1f}",
        )
    )
    rows = [(key, f"{count:.0f}") for key, count in result["rows_per_hour"].items()]
    spread = ("count", "mean s", "p99 s", "most s")
    return [
        Table("Heartbeat interval", ("of", *spread), heartbeats),
        Table("Step response", ("of", *spread), steps),
        Table(
            "Home Assistant", ("integration", "CPU % of one core", "memory MB"), usages
        ),
        Table("Database", ("entities of", "rows per hour"), rows),
    ]


def _spread(values: dict[str, float]) -> tuple[str, ...]:
    return (
        f"{values['count']}",
        f"{values['mean']:.3f}",
        f"{values['p99']:.3f}",
        f"{values['most']:.3f}",
    )


@dataclass(frozen=True, slots=True)
class Spread:
    """How much some values differ."""

    count: int
    mean: float
    p99: float
    most: float

    @staticmethod
    def of(values: Sequence[float]) -> Spread:
        """Look at them."""
        if not values:
            nothing = float("nan")
            return Spread(0, nothing, nothing, nothing)
        ordered = sorted(values)
        p99 = ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]
        return Spread(len(ordered), mean(ordered), p99, ordered[-1])


# --- the home -------------------------------------------------------------------------


class _HeardUnit(SimulatedUnit):
    """A Wall Connector that remembers when its master spoke to it and what it was offered."""

    def __init__(self, number: int) -> None:
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
class _Steps:
    """A sun that goes up and down when it is told to, and shines as told before that."""

    sun: Sun
    watts: float | None = None

    def power_w(self, now: float) -> float:
        return self.sun.power_w(now) if self.watts is None else self.watts


@dataclass(slots=True)
class _Home:
    """Three Wall Connectors, and a meter that tells Home Assistant what it reads."""

    link: Path
    units: list[_HeardUnit] = field(
        default_factory=lambda: [_HeardUnit(number) for number in range(1, _UNITS + 1)]
    )
    told: list[tuple[float, float]] = field(default_factory=list)
    """When Home Assistant was told which grid power."""
    sun: _Steps = field(init=False)
    site: SimulatedSite = field(init=False)
    port: SimulatorPort = field(init=False)

    def __post_init__(self) -> None:
        now = asyncio.get_running_loop().time()
        # It is eleven in the morning.
        self.sun = _Steps(Sun(peak_w=10000, midnight_at=now - 11 * 3600, wildness=0.5))
        meter = GridMeter(interval_s=_METER_INTERVAL_S, delay_s=0.0)
        home = SimulatedHome(sun=self.sun, meter=meter)
        self.site = SimulatedSite(units=[*self.units], home=home, now=now)
        self.port = SimulatorPort(self.site, link=self.link)

    async def tell_grid_power(self, home_assistant: HomeAssistant) -> None:
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
                        f"/api/states/{_GRID_SENSOR}",
                        {"state": f"{seen.power_w:.0f}", "attributes": attributes},
                    )
            await asyncio.sleep(0.01)


@asynccontextmanager
async def _home() -> AsyncIterator[tuple[HomeAssistant, _Home]]:
    """Start Home Assistant, new and busy, in a home."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "config"
        path.mkdir()
        templates = [
            _TEMPLATE.format(number=number) for number in range(1, _TEMPLATES + 1)
        ]
        configuration = path / "configuration.yaml"
        configuration.write_text(_CONFIGURATION + "".join(templates))
        home = _Home(Path(folder) / "ttyUSB0")
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


async def _add_entry(home_assistant: HomeAssistant, home: _Home) -> str:
    """Go through the config flow."""
    go_on = home_assistant.go_on
    step = await home_assistant.start_flow()
    step = await go_on(step, next_step_id="serial")
    step = await go_on(step, port=home.port.url)
    step = await go_on(step)
    limits = {f"unit_{number}": _UNIT_LIMIT_A for number in range(1, _UNITS + 1)}
    step = await go_on(step, circuit_limit=_CIRCUIT_A, phases="1", **limits)
    step = await go_on(step, source="by_hand")
    step = await go_on(step, next_step_id="signed")
    step = await go_on(step, entities=[_GRID_SENSOR])
    step = await go_on(step)
    step = await go_on(step, next_step_id="accept")
    if step["type"] != "create_entry":
        raise ValueError(f"the config flow ended with {step}")
    return str(step["result"]["entry_id"])


async def _until_all_charge(home: _Home) -> None:
    async def charge() -> bool:
        return all(unit.draw_a > 5 for unit in home.units)

    await until(charge, "all cars charge", timeout_s=2 * _CARS_CHARGE_S)


# --- what is measured -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Usage:
    """What Home Assistant takes of the machine."""

    cpu_share: float
    """Of one core."""
    memory_mb: float


async def _own_intervals_s(seconds: float) -> list[float]:
    """Do something every second as well as the machine lets, and return how well that is."""
    loop = asyncio.get_running_loop()
    began_at = loop.time()
    times = []
    while (now := loop.time()) < began_at + seconds:
        times.append(now)
        await asyncio.sleep(began_at + len(times) - now)
    return [after - before for before, after in pairwise(times)]


async def _usage(home_assistant: HomeAssistant, seconds: float) -> Usage:
    """Look at Home Assistant's process for a while."""
    pid = _pid(home_assistant.folder)
    cpu_s, at = _cpu_s(pid), time.monotonic()
    memory_mb = []
    while (passed_s := time.monotonic() - at) < seconds:
        await asyncio.sleep(min(5.0, seconds - passed_s))
        memory_mb.append(_memory_mb(pid))
    used_s = _cpu_s(pid) - cpu_s
    return Usage(used_s / (time.monotonic() - at), mean(memory_mb))


def _pid(folder: Path) -> int:
    """Return the process that runs with a folder."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            arguments = path.read_bytes().split(b"\0")
            if b"homeassistant" in arguments and os.fsencode(folder) in arguments:
                return int(path.parent.name)
    raise ValueError("Home Assistant does not run")


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


async def _rows_per_hour(
    home_assistant: HomeAssistant, home: _Home, entry_id: str, began_at: float
) -> dict[str, float]:
    """Return how many states of the integration's entities went to the database."""
    hours = (time.time() - began_at) / 3600
    database = home_assistant.folder / "home-assistant_v2.db"
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        rows = dict(
            connection.execute(
                "SELECT meta.entity_id, count(*)"
                " FROM states JOIN states_meta AS meta USING (metadata_id)"
                " WHERE last_updated_ts > ? GROUP BY meta.entity_id",
                (began_at,),
            ).fetchall()
        )
    entities = await home_assistant.entities(entry_id)
    per_hour: dict[str, float] = {}
    for unique_id, entity_id in entities.items():
        owner = "the bus"
        for number, unit in enumerate(home.units, 1):
            if unit.serial_number in unique_id:
                owner = f"unit {number}"
        per_hour[owner] = per_hour.get(owner, 0.0) + rows.get(entity_id, 0) / hours
    return dict(sorted(per_hour.items()))


async def _step_response(home: _Home) -> dict[str, list[float]]:
    """Return how long it takes from the meter to the wire when the sun changes."""
    took_s: dict[str, list[float]] = {"sun falls": [], "sun rises": []}
    high_w = 9000.0
    home.sun.watts = high_w
    await asyncio.sleep(2 * _STEP_EVERY_S)
    for step in range(2 * _STEPS):
        falls = step % 2 == 0
        home.sun.watts = high_w - _STEP_W if falls else high_w
        for unit in home.units:
            unit.heard.clear()
        home.told.clear()
        limits_a = [unit.limit_a for unit in home.units]
        # Never in step with the meter.
        await asyncio.sleep(_STEP_EVERY_S + step * 0.13)
        heard_at = [
            at
            for unit, before_a in zip(home.units, limits_a, strict=True)
            for at, limit_a in unit.heard
            if (limit_a < before_a - 1 if falls else limit_a > before_a + 1)
        ]
        if home.told and heard_at:
            told_at, _ = home.told[0]
            took_s["sun falls" if falls else "sun rises"].append(
                min(heard_at) - told_at
            )
    return took_s
