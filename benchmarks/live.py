"""How even heartbeats are on a busy Home Assistant, and what the integration costs it.

Home Assistant is started for real, twice: once without and once with three Wall Connectors on
a pseudo terminal, both times under the same load.
"""

import argparse
import asyncio
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import pairwise
import os
from pathlib import Path
import sqlite3
from statistics import mean
import time
from typing import Any, Final

from tests.e2e.home_assistant import HomeAssistant

from .lived_in import Home, add_entry, lived_in, until_all_charge
from .results import Spread, Table, publish, say

# After a start the guard waits 35 s, the sun a minute, and a car some seconds.
_CARS_CHARGE_S: Final = 130.0
_UNITS: Final = 3


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
that measures does something every second tells what the machine is good for."""


async def _measure(seconds: float) -> dict[str, Any]:
    async with lived_in(_UNITS, busy=True) as (home_assistant, home):
        say("Home Assistant without the integration ...")
        # As long after the start as with it.
        await asyncio.sleep(_CARS_CHARGE_S)
        without = await _usage(home_assistant, seconds)
    async with lived_in(_UNITS, busy=True) as (home_assistant, home):
        say("Home Assistant with the integration ...")
        charging_at = time.monotonic() + _CARS_CHARGE_S
        entry_id = await add_entry(home_assistant, home)
        await until_all_charge(home, 2 * _CARS_CHARGE_S)
        await asyncio.sleep(max(0.0, charging_at - time.monotonic()))
        for unit in home.units:
            unit.heard.clear()
        began_at = time.time()
        control = asyncio.create_task(_own_intervals_s(seconds))
        usage = await _usage(home_assistant, seconds)
        intervals = [unit.intervals_s() for unit in home.units]
        rows = await _rows_per_hour(home_assistant, home, entry_id, began_at)
    return {
        "heartbeats": [asdict(Spread.of(each)) for each in intervals],
        "control": asdict(Spread.of(await control)),
        "without": asdict(without),
        "with": asdict(usage),
        "cpu_share_added": usage.cpu_share - without.cpu_share,
        "memory_mb_added": usage.memory_mb - without.memory_mb,
        "rows_per_hour": rows,
    }


def _tables(result: dict[str, Any]) -> list[Table]:
    heartbeats = [
        (f"unit {number}", *Spread(**each).cells())
        for number, each in enumerate(result["heartbeats"], 1)
    ]
    heartbeats.append(("this program's own", *Spread(**result["control"]).cells()))
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
    return [
        Table("Heartbeat interval", ("of", *Spread.COLUMNS), heartbeats),
        Table(
            "Home Assistant", ("integration", "CPU % of one core", "memory MB"), usages
        ),
        Table("Database", ("entities of", "rows per hour"), rows),
    ]


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
    home_assistant: HomeAssistant, home: Home, entry_id: str, began_at: float
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
