"""Run a simulated site until Ctrl-C: ``python -m custom_components.twcmanager.simulator``."""

import argparse
import asyncio
from contextlib import suppress
import signal

from ..bus.messages import Protocol
from .car import SimulatedCar
from .demo import demo_site
from .home import SimulatedHome, Sun
from .port import SimulatorPort
from .site import Faults, SimulatedSite
from .unit import EU_1_PHASE, EU_3_PHASE, US, SimulatedUnit

_NORTH_AMERICAN_A = 40.0


def arguments() -> argparse.Namespace:
    """Return what was asked for on the command line."""
    parser = argparse.ArgumentParser(
        prog="simulator", description="Simulated Wall Connectors on a real port."
    )
    port = parser.add_mutually_exclusive_group()
    port.add_argument("--pty", metavar="LINK", help="make LINK point to the port")
    port.add_argument("--tcp", metavar="PORT", type=int, help="listen on a TCP port")
    parser.add_argument(
        "--demo", action="store_true", help="the simulated home of the integration"
    )
    parser.add_argument("--units", type=int, default=1, choices=range(1, 5))
    parser.add_argument("--protocol", type=int, default=2, choices=(1, 2))
    parser.add_argument("--rating", type=float, default=32, metavar="A")
    parser.add_argument("--phases", type=int, default=3, choices=(1, 3))
    parser.add_argument("--wildness", type=float, default=1, help="clouds: 0, 1, 2")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--noise", type=float, default=0, help="bursts per second")
    parser.add_argument("--echo", action="store_true", help="as two-wire adapters do")
    parser.add_argument("--every", type=float, default=5, help="seconds between lines")
    return parser.parse_args()


def _site(options: argparse.Namespace, now: float) -> SimulatedSite:
    if options.demo:
        return demo_site(now, options.seed)
    if options.phases == 3:
        volts = EU_3_PHASE
    else:
        volts = US if options.rating >= _NORTH_AMERICAN_A else EU_1_PHASE
    units = [
        SimulatedUnit(
            unit_id=0x1111 * (index + 1),
            serial_number=f"A17D000000{index + 1}",
            protocol=Protocol(options.protocol),
            rating_a=options.rating,
            volts=volts,
            car=SimulatedCar(phases=options.phases),
            seed=options.seed,
        )
        for index in range(options.units)
    ]
    # It is half past ten in the morning.
    sun = Sun(
        midnight_at=now - 10.5 * 3600, wildness=options.wildness, seed=options.seed
    )
    return SimulatedSite(
        units=units, home=SimulatedHome(sun=sun), now=now, seed=options.seed
    )


def _status(site: SimulatedSite) -> str:
    parts = [
        f"sun {site.solar_w:5.0f} W",
        f"house {site.house_w:5.0f} W",
        f"cars {site.cars_w:5.0f} W",
        f"grid {site.grid_w:+6.0f} W",
    ]
    parts += [
        f"{unit.unit_id:04X} {unit.state.name.lower()}"
        f" {unit.draw_a:.1f} of {unit.limit_a:.2f} A"
        for unit in site.units
    ]
    return " | ".join(parts)


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


async def run(options: argparse.Namespace) -> None:
    """Run the site, for ever."""
    site = _site(options, asyncio.get_running_loop().time())
    site.faults = Faults(noise_per_s=options.noise, echo=options.echo)
    async with SimulatorPort(site, link=options.pty, tcp_port=options.tcp) as port:
        _say(port.url)
        while True:
            await asyncio.sleep(options.every)
            _say(_status(site))


def main() -> None:
    """Run until Ctrl-C, or until someone ends the process, and take the port away."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        asyncio.run(run(arguments()))


if __name__ == "__main__":
    main()
