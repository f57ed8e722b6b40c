"""How fast the wire is read and written, and what a day of three units costs."""

import argparse
from collections.abc import Callable, Iterator, Sequence
import random
from time import process_time
from typing import Any, Final

from custom_components.twcmanager.bus.codec import decode, encode_master
from custom_components.twcmanager.bus.frame import FrameDecoder
from custom_components.twcmanager.bus.master import Master
from custom_components.twcmanager.bus.messages import Command, MasterHeartbeat, Protocol
from custom_components.twcmanager.simulator import (
    SimulatedCar,
    SimulatedHome,
    SimulatedSite,
    SimulatedUnit,
)

from .days import recorded
from .plant import Plant
from .play import play
from .results import Table, publish, say

_UNITS: Final = 3
_HOUR_S: Final = 3600.0
_DAY_S: Final = 24 * _HOUR_S
_OFFERS_EVERY_S: Final = 10.0
_READ_SIZE: Final = 512
_NOISE_BYTES: Final = 1_000_000
_LEAST_S: Final = 1.0
_SHORTEST_S: Final = 1e-4


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what can be asked for."""
    parser.add_argument(
        "--hours", type=float, default=24.0, help="of the simulated day"
    )


def run(arguments: argparse.Namespace) -> int:
    """Measure, print and keep."""
    say("One hour of three units ...")
    hour = _Recording()
    _converse(_site(), _HOUR_S, hour)
    heard = [data for _, data in hour.calls if data]
    noise = random.Random(0).randbytes(_NOISE_BYTES)
    slices = [noise[i : i + _READ_SIZE] for i in range(0, len(noise), _READ_SIZE)]
    say("Decoder and encoder ...")
    data: dict[str, Any] = {
        "decode_traffic": _decoder(heard, messages=False),
        "decode_traffic_to_messages": _decoder(heard, messages=True),
        "decode_noise": _decoder(slices, messages=False),
        "encode_new": {"messages_per_s": _encoder(cached=False)},
        "encode_repeated": {"messages_per_s": _encoder(cached=True)},
    }
    say(f"{arguments.hours:g} hours of three units ...")
    began = process_time()
    _converse(_site(), arguments.hours * _HOUR_S, None)
    whole_s = (process_time() - began) * _DAY_S / (arguments.hours * _HOUR_S)
    master_s = _replay(hour) * _DAY_S / _HOUR_S
    say("A day of three units charging on sun ...")
    solar = play(recorded()[0], Plant(connectors=_UNITS))
    data["day"] = {
        "master_and_simulator_cpu_s": whole_s,
        "master_cpu_s": master_s,
        "solar_17_h_cpu_s": solar.cpu_s,
    }
    say()
    publish("bus", "The bus", _tables(data), _NOTES, data)
    return 0


def _tables(data: dict[str, Any]) -> list[Table]:
    decoding = [
        (label, f"{data[key]['frames_per_s']:,.0f}", f"{data[key]['mb_per_s']:.2f}")
        for label, key in (
            ("traffic of three units to frames", "decode_traffic"),
            ("the same to messages", "decode_traffic_to_messages"),
            ("random noise", "decode_noise"),
        )
    ]
    encoding = [
        (label, f"{data[key]['messages_per_s']:,.0f}")
        for label, key in (
            ("heartbeats never sent before", "encode_new"),
            ("heartbeats sent before", "encode_repeated"),
        )
    ]
    day = data["day"]
    days = [
        ("24 h, master", f"{day['master_cpu_s']:.2f}"),
        ("24 h, master and simulator", f"{day['master_and_simulator_cpu_s']:.2f}"),
        ("17 h of sun, with every decision", f"{day['solar_17_h_cpu_s']:.2f}"),
    ]
    return [
        Table("Decoder", ("bytes", "frames/s", "MB/s"), decoding),
        Table("Encoder", ("messages", "messages/s"), encoding),
        Table("A day of three units", ("what", "CPU s"), days),
    ]


_NOTES = """\
A bus of 9600 baud carries 0.001 MB/s. The days go through bytes in both directions: one
heartbeat per unit and second and all the questions, with three cars that charge and get other
limits every 10 s. The master alone is one hour of that, played again and taken 24 times."""


# --- frames ---------------------------------------------------------------------------


def _decoder(slices: Sequence[bytes], *, messages: bool) -> dict[str, float]:
    """Return how many frames and bytes a decoder takes per second of CPU."""
    frames = 0
    began = process_time()
    rounds = 0
    while (took_s := process_time() - began) < _LEAST_S:
        decoder = FrameDecoder()
        for data in slices:
            bodies = decoder.feed(data)
            if messages:
                for body in bodies:
                    decode(body)
        frames += decoder.stats.frames
        rounds += 1
    size = rounds * sum(len(data) for data in slices)
    return {"frames_per_s": frames / took_s, "mb_per_s": size / took_s / 1e6}


def _heartbeats(*, cached: bool) -> Iterator[list[MasterHeartbeat]]:
    """Yield heartbeats with limits that come again after a while, or soon."""
    rng = random.Random(0)
    for _ in iter(int, 1):
        yield [
            MasterHeartbeat(
                0x7777,
                0x10 if cached else rng.randrange(0x10000),
                Command.LIMIT_CHARGING,
                (600 + number % 20 if cached else rng.randrange(3200)) / 100,
            )
            for number in range(2000)
        ]


def _encoder(*, cached: bool) -> float:
    """Return how many heartbeats are encoded per second of CPU."""
    took_s, count = 0.0, 0
    for heartbeats in _heartbeats(cached=cached):
        began = process_time()
        for heartbeat in heartbeats:
            encode_master(heartbeat, Protocol.V2)
        took_s += process_time() - began
        count += len(heartbeats)
        if took_s >= _LEAST_S:
            break
    return count / took_s


# --- a day ----------------------------------------------------------------------------


class _Recording:
    """What a master was told when: bytes, or nothing when it was only polled."""

    def __init__(self) -> None:
        self.calls: list[tuple[float, bytes]] = []


def _site() -> SimulatedSite:
    units = [
        SimulatedUnit(
            unit_id=0x1111 * (index + 1),
            serial_number=f"A17D000000{index + 1}",
            car=SimulatedCar(vin="LRW3E7FS1PC000417", battery_kwh=1e6),
        )
        for index in range(_UNITS)
    ]
    return SimulatedSite(units, SimulatedHome())


def _offers(master: Master, now: float) -> None:
    """Offer every unit something else, as the sun would."""
    rng = random.Random(now)
    for unit in master.units:
        master.offer(unit.unit_id, rng.randrange(600, 1000) / 100, now)


def _converse(site: SimulatedSite, end: float, recording: _Recording | None) -> None:
    """Let a master and a site talk from event to event."""
    master = Master(0.0, announced_a=32.0)
    note: Callable[[tuple[float, bytes]], None] | None = None
    if recording is not None:
        note = recording.calls.append
    now = due = wake = 0.0
    next_offers = _OFFERS_EVERY_S
    while now < end:
        if now >= due:
            data = site.transmit(now)
            due = site.next_event_at(now)
            if data:
                master.receive(data, now)
                wake = now
                if note is not None:
                    note((now, data))
        if now >= next_offers:
            next_offers += _OFFERS_EVERY_S
            _offers(master, now)
        if now >= wake:
            if said := master.poll(now):
                site.receive(said, now)
                due = site.next_event_at(now)
            wake = master.wake_at(now)
            if note is not None:
                note((now, b""))
        now = max(now + _SHORTEST_S, min(due, wake, next_offers))


def _replay(recording: _Recording) -> float:
    """Return how much CPU the master takes of a conversation."""
    master = Master(0.0, announced_a=32.0)
    next_offers = _OFFERS_EVERY_S
    began = process_time()
    for now, data in recording.calls:
        if now >= next_offers:
            next_offers += _OFFERS_EVERY_S
            _offers(master, now)
        if data:
            master.receive(data, now)
        else:
            master.poll(now)
            master.wake_at(now)
    return process_time() - began
