"""How soon a change at the meter is an offer on the wire, in a running Home Assistant.

A Wall Connector on a pseudo terminal, a meter that is read about every second, and a sun that
goes up and down in steps.
"""

import argparse
import asyncio
from collections.abc import Callable
from dataclasses import asdict
import time
from typing import Any, Final

from .lived_in import Home, add_entry, lived_in, until_all_charge
from .results import Spread, Table, publish, say

_CARS_CHARGE_S: Final = 180.0
_HIGH_W: Final = 3600.0
_LOW_W: Final = 2200.0
# Whoever changed nothing for so long is held by no rule.
_CALM_S: Final = 15.0
# So soon after it was lowered an offer may not be raised.
_SOON_S: Final = 2.0
_PATIENCE_S: Final = 30.0
# Smaller changes are the car's own draw coming round through the meter.
_LEAST_A: Final = 1.0
_LEAST_W: Final = 500.0

FALLS: Final = "sun falls"
RISES: Final = "sun rises after a calm"
RISES_SOON: Final = "sun rises 2 s after the offer was lowered"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what can be asked for."""
    parser.add_argument(
        "--rounds", type=int, default=10, help="of four steps each (default: 10)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Measure, print and keep."""
    took_s = asyncio.run(_measure(arguments.rounds))
    spreads = {key: Spread.of(each) for key, each in took_s.items()}
    rows = [(key, *each.cells()) for key, each in spreads.items()]
    data: dict[str, Any] = {
        "rounds": arguments.rounds,
        "took_s": took_s,
        **{key: asdict(each) for key, each in spreads.items()},
    }
    table = Table("From the meter to the wire", ("step", *Spread.COLUMNS), rows)
    say()
    publish("step", "Step response", [table], _NOTES, data)
    return 0


_NOTES = """\
One Wall Connector, one phase, on a pseudo terminal; the sensor of grid power is set through
Home Assistant's own interface every 1.03 s. The time is that from the first new value until
the unit hears a heartbeat with another offer. Steps come 15 s after anything changed, but for
the last kind: an offer is not raised sooner than 5 s after its last change, so as not to
fidget the car."""


async def _measure(rounds: int) -> dict[str, list[float]]:
    took_s: dict[str, list[float]] = {FALLS: [], RISES: [], RISES_SOON: []}
    async with lived_in(1, busy=False) as (home_assistant, home):
        home.sun.watts = _HIGH_W
        await add_entry(home_assistant, home)
        say("Waiting for the car ...")
        await until_all_charge(home, _CARS_CHARGE_S)
        await asyncio.sleep(_CALM_S)
        for number in range(rounds):
            # Never in step with the meter.
            await asyncio.sleep(_CALM_S + number * 0.13)
            took_s[FALLS].append(await _step(home, _LOW_W))
            await asyncio.sleep(_CALM_S)
            took_s[RISES].append(await _step(home, _HIGH_W))
            await asyncio.sleep(_CALM_S)
            took_s[FALLS].append(await _step(home, _LOW_W))
            await asyncio.sleep(_SOON_S)
            took_s[RISES_SOON].append(await _step(home, _HIGH_W))
            say(", ".join(f"{key}: {each[-1]:.2f} s" for key, each in took_s.items()))
    return took_s


async def _step(home: Home, watts: float) -> float:
    """Let the sun go up or down, and return how long it took from meter to wire."""
    unit = home.units[0]
    before_w, before_a = home.told[-1][1], unit.limit_a
    rises = watts > (home.sun.watts or 0)
    home.told.clear()
    unit.heard.clear()
    home.sun.watts = watts

    def is_new(power_w: float) -> bool:
        return (before_w - power_w if rises else power_w - before_w) > _LEAST_W

    def is_answer(limit_a: float) -> bool:
        return (limit_a - before_a if rises else before_a - limit_a) > _LEAST_A

    told_at = await _first(home.told, is_new)
    return await _first(unit.heard, is_answer) - told_at


async def _first(
    events: list[tuple[float, float]], matches: Callable[[float], bool]
) -> float:
    """Return when the first event came that matches."""
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        for at, value in events:
            if matches(value):
                return at
        await asyncio.sleep(0.01)
    raise ValueError("the step was not answered")
