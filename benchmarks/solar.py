"""How much of the sun gets into the cars, next to the most there was to get.

Plays days through the real controller, guard and master: bytes on a simulated line, units and
cars with the habits of real ones.
"""

import argparse
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
import csv
from dataclasses import asdict, dataclass
from functools import partial
import json
import os
from pathlib import Path
from typing import Any

from .days import Day, load, recorded, wild
from .plant import MINIMUM_A, Plant
from .play import Played, play
from .results import Table, publish, say

_WILD_DAYS = 12

_FIGURES: dict[str, dict[str, Any]] = {
    "1 phase, 32 A, meter 10 s / 2 s": {},
    "the same, delay told by the meter": {"delay_told": True},
    "meter 1 s / 0.5 s": {"meter_interval_s": 1.0, "meter_delay_s": 0.5},
    "meter 60 s / 5 s": {"meter_interval_s": 60.0, "meter_delay_s": 5.0},
    "meter 5 min mean / 60 s": {
        "meter_interval_s": 300.0,
        "meter_delay_s": 60.0,
        "meter_mean": True,
    },
    "meter 10 s / 0 s": {"meter_delay_s": 0.0},
    "meter 10 s / 15 s": {"meter_delay_s": 15.0},
    "meter 10 s / 15 s, delay told": {"meter_delay_s": 15.0, "delay_told": True},
    "meter 10 s / 30 s": {"meter_delay_s": 30.0},
    "meter 10 s / 30 s, delay told": {"meter_delay_s": 30.0, "delay_told": True},
    "meter 10 s / 60 s": {"meter_delay_s": 60.0},
    "meter 10 s / 60 s, delay told": {"meter_delay_s": 60.0, "delay_told": True},
    "3 phases, 16 A": {"phases": 3, "max_a": 16.0},
    "3 phases, 16 A, a car of 1 phase": {"phases": 3, "car_phases": 1, "max_a": 16.0},
    "240 V, 40 A": {"volts": 240, "max_a": 40.0},
    "0 A opens the relay": {"zero_opens_relay": True},
    "two cars on 32 A": {"connectors": 2},
    "two cars on 32 A, one full after 8 kWh": {"connectors": 2, "full_after_kwh": 8.0},
    "three cars on 32 A": {"connectors": 3},
    "three cars on 32 A, one full after 8 kWh": {
        "connectors": 3,
        "full_after_kwh": 8.0,
    },
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what can be asked for."""
    days = parser.add_argument_group("days (default: all in benchmarks/traces)")
    days.add_argument(
        "--trace",
        type=Path,
        action="append",
        default=[],
        metavar="FILE.csv",
        help="a day with the columns date,seconds,pv_w,house_w; may be repeated",
    )
    days.add_argument(
        "--wild", type=int, metavar="N", help="N made up days of fast broken clouds"
    )
    days.add_argument("--seed", type=int, default=1, help="of the days made up")
    days.add_argument(
        "--wildness",
        type=float,
        nargs=2,
        default=(1.0, 2.0),
        metavar=("LEAST", "MOST"),
        help="of the days made up, the wildest recorded one being 1 (default: 1 2)",
    )
    plant = parser.add_argument_group("plant")
    plant.add_argument("--connectors", type=int, default=1, choices=(1, 2, 3))
    plant.add_argument("--phases", type=int, default=1, choices=(1, 3))
    plant.add_argument(
        "--car-phases",
        type=int,
        choices=(1, 3),
        help="how many the cars use (default: all there are)",
    )
    plant.add_argument("--volts", type=int, default=230)
    plant.add_argument("--max-amps", type=float, default=32.0, metavar="A")
    plant.add_argument(
        "--circuit",
        type=float,
        metavar="A",
        help="for all connectors together (default: as much as for one)",
    )
    plant.add_argument("--meter-interval", type=float, default=10.0, metavar="S")
    plant.add_argument("--meter-delay", type=float, default=2.0, metavar="S")
    plant.add_argument(
        "--meter-mean", action="store_true", help="the meter shows means, not moments"
    )
    plant.add_argument(
        "--delay-told", action="store_true", help="readings tell when they were taken"
    )
    plant.add_argument(
        "--zero-opens-relay", action="store_true", help="0 A stops the car, no switch"
    )
    plant.add_argument(
        "--full-after", type=float, metavar="KWH", help="the first car is full then"
    )
    output = parser.add_argument_group("output")
    output.add_argument("--json", action="store_true", help="for programs")
    output.add_argument(
        "--log", type=Path, metavar="OFFERS.csv", help="every offer and draw"
    )
    output.add_argument(
        "--figures",
        action="store_true",
        help="all plants and meters, on recorded and wild days; keeps the results",
    )
    output.add_argument("--jobs", type=int, default=os.process_cpu_count(), metavar="N")


def run(arguments: argparse.Namespace) -> int:
    """Play the days and tell how they went."""
    if arguments.figures:
        return _figures(arguments)
    plant = _plant(arguments)
    days = [load(path) for path in arguments.trace]
    if arguments.wild:
        days += wild(arguments.wild, arguments.seed, *arguments.wildness)
    if not days:
        days = recorded()
    results = []
    for result in _play_all(days, plant, jobs=arguments.jobs, log=bool(arguments.log)):
        results.append(result)
        if not arguments.json:
            say(f"{result.day.name}: {100 * result.share:.1f} %")
    total = Total.of(results)
    if arguments.log:
        _write_log(arguments.log, results)
    if arguments.json:
        data = {
            "plant": asdict(plant),
            "days": [_data(each) for each in results],
            "total": asdict(total),
        }
        say(json.dumps(data, indent=2))
        return 0
    say()
    for line in _table(results, total).lines():
        say(line)
    return 0


def _plant(arguments: argparse.Namespace) -> Plant:
    plant = Plant(
        connectors=arguments.connectors,
        phases=arguments.phases,
        car_phases=arguments.car_phases,
        volts=arguments.volts,
        max_a=arguments.max_amps,
        circuit_a=arguments.circuit,
        meter_interval_s=arguments.meter_interval,
        meter_delay_s=arguments.meter_delay,
        meter_mean=arguments.meter_mean,
        delay_told=arguments.delay_told,
        zero_opens_relay=arguments.zero_opens_relay,
        full_after_kwh=arguments.full_after,
    )
    if not plant.limit_a >= MINIMUM_A or not MINIMUM_A <= plant.max_a <= 80:
        raise ValueError("limits are 6 A at least, and 80 A at most for a connector")
    if plant.meter_interval_s <= 0 or plant.meter_delay_s < 0:
        raise ValueError("a meter reads again after some time, and shows it not before")
    if plant.full_after_kwh is not None and plant.connectors == 1:
        raise ValueError(
            "with --full-after somebody else must take the sun: --connectors 2"
        )
    return plant


def _play_all(
    days: Sequence[Day], plant: Plant, *, jobs: int, log: bool = False
) -> Iterator[Played]:
    """Play days side by side, and yield how they went in their order."""
    play_one = partial(play, plant=plant, log=log)
    if jobs <= 1 or len(days) == 1:
        yield from map(play_one, days)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(play_one, days)


@dataclass(frozen=True, slots=True)
class Total:
    """Some days added up."""

    available_kwh: float
    sun_kwh: float
    unused_charging_kwh: float
    unused_waiting_kwh: float
    import_kwh: float
    starts: int
    short_cycles: int
    score: float
    optimum: float
    lost_to_steps: float
    lost_to_decisions: float
    lost_to_following: float
    share: float
    overload_ampere_seconds: float
    worst_overload_a: float
    commands_per_day: float
    cpu_s_per_day: float

    @staticmethod
    def of(results: Sequence[Played]) -> Total:
        """Add up. The share is that of the sums, not the mean of the shares."""
        score = sum(each.score.kwh for each in results)
        best = sum(each.best.kwh for each in results)
        stepped = sum(each.stepped.kwh for each in results)
        decided = sum(each.decided.kwh for each in results)
        return Total(
            available_kwh=sum(each.available_kwh for each in results),
            sun_kwh=sum(each.score.sun_kwh for each in results),
            unused_charging_kwh=sum(each.unused.charging_kwh for each in results),
            unused_waiting_kwh=sum(each.unused.waiting_kwh for each in results),
            import_kwh=sum(each.score.import_kwh for each in results),
            starts=sum(each.score.starts for each in results),
            short_cycles=sum(each.short_cycles for each in results),
            score=score,
            optimum=best,
            lost_to_steps=best - stepped,
            lost_to_decisions=stepped - decided,
            lost_to_following=decided - score,
            share=score / best if best > 0 else 0.0,
            overload_ampere_seconds=sum(
                each.overload.ampere_seconds for each in results
            ),
            worst_overload_a=max(each.overload.worst_a for each in results),
            commands_per_day=sum(each.commands for each in results) / len(results),
            cpu_s_per_day=sum(each.cpu_s for each in results) / len(results),
        )


def _data(result: Played) -> dict[str, Any]:
    best = result.best
    return {
        "day": result.day.name,
        "variability_kw": result.day.variability_kw,
        "surplus_kwh": result.available_kwh,
        "sun_kwh": result.score.sun_kwh,
        "unused_charging_kwh": result.unused.charging_kwh,
        "unused_waiting_kwh": result.unused.waiting_kwh,
        "import_kwh": result.score.import_kwh,
        "starts": result.score.starts,
        "short_cycles": result.short_cycles,
        "score": result.score.kwh,
        "optimum": {**asdict(best), "score": best.kwh},
        "optimum_in_steps": result.stepped.kwh,
        "decided": result.decided.kwh,
        "share": result.share,
        "overload": asdict(result.overload),
        "commands": result.commands,
        "cpu_s": result.cpu_s,
    }


_COLUMNS = (
    "day",
    "wild kW",
    "surplus kWh",
    "sun",
    "left on",
    "left off",
    "import",
    "starts",
    "short",
    "score",
    "optimum",
    "its starts",
    "share %",
    "overload As",
    "commands",
    "CPU s",
)


def _table(results: Sequence[Played], total: Total) -> Table:
    rows = [
        (
            each.day.name,
            f"{each.day.variability_kw:.0f}",
            f"{each.available_kwh:.2f}",
            f"{each.score.sun_kwh:.2f}",
            f"{each.unused.charging_kwh:.2f}",
            f"{each.unused.waiting_kwh:.2f}",
            f"{each.score.import_kwh:.2f}",
            f"{each.score.starts}",
            f"{each.short_cycles}",
            f"{each.score.kwh:.2f}",
            f"{each.best.kwh:.2f}",
            f"{each.best.starts}",
            f"{100 * each.share:.1f}",
            f"{each.overload.ampere_seconds:.1f}",
            f"{each.commands}",
            f"{each.cpu_s:.1f}",
        )
        for each in results
    ]
    rows.append(
        (
            "all",
            "",
            f"{total.available_kwh:.2f}",
            f"{total.sun_kwh:.2f}",
            f"{total.unused_charging_kwh:.2f}",
            f"{total.unused_waiting_kwh:.2f}",
            f"{total.import_kwh:.2f}",
            f"{total.starts}",
            f"{total.short_cycles}",
            f"{total.score:.2f}",
            f"{total.optimum:.2f}",
            f"{sum(each.best.starts for each in results)}",
            f"{100 * total.share:.1f}",
            f"{total.overload_ampere_seconds:.1f}",
            f"{total.commands_per_day:.0f}",
            f"{total.cpu_s_per_day:.1f}",
        )
    )
    return Table("Days", _COLUMNS, rows)


def _write_log(path: Path, results: Sequence[Played]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("day", "seconds", "unit", "offer_a", "draw_a"))
        for result in results:
            writer.writerows(
                (result.day.name, f"{at:.2f}", unit, f"{offer_a:.2f}", f"{draw_a:.3f}")
                for at, unit, offer_a, draw_a in result.log
            )


def _figures(arguments: argparse.Namespace) -> int:
    """Play everything that figures are published of."""
    sets = {
        "Recorded days": recorded(),
        "Wild days": wild(_WILD_DAYS, arguments.seed, *arguments.wildness),
    }
    tables = []
    data: dict[str, Any] = {}
    for title, days in sets.items():
        rows = []
        for label, settings in _FIGURES.items():
            total = Total.of(
                list(_play_all(days, Plant(**settings), jobs=arguments.jobs))
            )
            data.setdefault(title, {})[label] = asdict(total)
            rows.append(
                (
                    label,
                    f"{total.sun_kwh:.1f}",
                    f"{total.unused_charging_kwh:.2f}",
                    f"{total.unused_waiting_kwh:.2f}",
                    f"{total.import_kwh:.2f}",
                    f"{total.starts}",
                    f"{total.short_cycles}",
                    f"{total.score:.2f}",
                    f"{total.optimum:.2f}",
                    f"{100 * total.lost_to_steps / total.optimum:.1f}",
                    f"{100 * total.lost_to_decisions / total.optimum:.1f}",
                    f"{100 * total.lost_to_following / total.optimum:.1f}",
                    f"{100 * total.share:.1f}",
                    f"{total.overload_ampere_seconds:.1f}",
                    f"{total.commands_per_day:.0f}",
                    f"{total.cpu_s_per_day:.1f}",
                )
            )
            say(f"{title}, {label}: {100 * total.share:.1f} %")
        columns = (
            "plant",
            "sun kWh",
            "left on",
            "left off",
            "import",
            "starts",
            "short",
            "score",
            "optimum",
            "steps %",
            "decisions %",
            "following %",
            "share %",
            "overload As",
            "commands/day",
            "CPU s/day",
        )
        tables.append(Table(f"{title} ({len(days)})", columns, rows))
    say()
    publish("solar", "Sun into the cars", tables, _NOTES, data)
    return 0


_NOTES = """\
*score* is sun less import less 0.05 kWh for each start; *share* is that of the optimum, which
knows the whole day in advance, has no meter and no ramps. Of it was lost: to *steps*, the half
amps in which cars draw; to *decisions*, charging at other times than the optimum, which knew
what was coming; to *following*, meter, messages and ramps. *left on* and *left off* are the sun
left while charging and while not; *short* counts pauses of less than 5 minutes. A meter of
10 s / 2 s reads every 10 s and shows it 2 s later; unless it tells when a reading was taken,
that has to be found out."""
