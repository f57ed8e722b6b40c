"""The house, the Wall Connectors and the cars of the solar benchmark."""

from array import array
from dataclasses import dataclass, field
from math import inf
from typing import Final, override

from custom_components.twcmanager.simulator import (
    GridMeter,
    SimulatedCar,
    SimulatedHome,
    SimulatedSite,
    SimulatedUnit,
)

from .days import Day
from .score import Range

MINIMUM_A: Final = 6.0
_BELOW_OFFER_A: Final = 0.3
STEP_A: Final = 0.5
_STOP_S: Final = 3.0
_FIRST_READING_S: Final = 3.3
_SMALLEST_UNIT_A: Final = 32.0


@dataclass(slots=True, kw_only=True)
class RecordedCar(SimulatedCar):
    """A car that remembers what it drew, as points with straight lines between them."""

    _times: array[float] = field(default_factory=lambda: array("d"), init=False)
    _points_a: array[float] = field(default_factory=lambda: array("d"), init=False)
    _drew_a: float = field(default=0.0, init=False)

    @override
    def advance(self, start: float, end: float, offer_a: float) -> float:
        """Live from start to end, and take note if that changes the draw."""
        before_a = self.draw_a
        mean_a = SimulatedCar.advance(self, start, end, offer_a)
        # It may also have been cut off since.
        if before_a != self._drew_a:
            self._note(start, self._drew_a)
            self._note(start, before_a)
        if self.draw_a != before_a:
            self._note(start, before_a)
            self._note(end, self.draw_a)
        self._drew_a = self.draw_a
        return mean_a

    def _note(self, at: float, draw_a: float) -> None:
        self._times.append(at)
        self._points_a.append(draw_a)

    def draws_a(self, start: float, end: float, step_s: float) -> array[float]:
        """Return the draw in the middle of each step of a time."""
        times = [start, *self._times, inf]
        points_a = [0.0, *self._points_a, self._drew_a]
        draws_a = array("d")
        point = 0
        for step in range(round((end - start) / step_s)):
            at = start + (step + 0.5) * step_s
            while times[point + 1] <= at:
                point += 1
            draw_a, after_a = points_a[point], points_a[point + 1]
            if draw_a != after_a:
                share = (at - times[point]) / (times[point + 1] - times[point])
                draw_a += (after_a - draw_a) * share
            draws_a.append(draw_a)
        return draws_a


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """What is wired to what."""

    connectors: int = 1
    phases: int = 1
    """What the connectors are wired with."""
    car_phases: int | None = None
    """How many of them the cars use, None for all."""
    volts: int = 230
    max_a: float = 32.0
    """What each connector's wiring carries, per phase."""
    circuit_a: float | None = None
    """What all together may draw, per phase; None if they share the wiring of one."""
    meter_interval_s: float = 10.0
    meter_delay_s: float = 2.0
    meter_mean: bool = False
    delay_told: bool = False
    """Whether readings say when they were taken, or only when they became visible."""
    zero_opens_relay: bool = False
    """Whether 0 A on the wire opens the relay. Else the car's own switch stops it."""
    full_after_kwh: float | None = None
    """What the first car takes until it is full, None for cars that never are."""

    @property
    def limit_a(self) -> float:
        """Return what all together may draw, per phase."""
        if self.circuit_a is None:
            return self.max_a
        return min(self.circuit_a, self.connectors * self.max_a)

    @property
    def watts_per_a(self) -> float:
        """Return what 1 A of a car amounts to."""
        phases = min(self.car_phases or self.phases, self.phases)
        return float(phases * self.volts)

    def ranges(self, step_a: float = 0.0) -> list[Range]:
        """Return what one car can draw, two together, and so on, in steps if given."""
        least_w = (MINIMUM_A - _BELOW_OFFER_A) * self.watts_per_a
        ranges = []
        for cars in range(1, self.connectors + 1):
            offered_a = min(cars * self.max_a, self.limit_a)
            if cars * MINIMUM_A <= self.limit_a:
                most_w = (offered_a - cars * _BELOW_OFFER_A) * self.watts_per_a
                step_w = step_a * self.watts_per_a
                ranges.append(Range(cars * least_w, most_w, step_w))
        return ranges

    def cars(self) -> list[RecordedCar]:
        """Return a car for each connector, plugged in all day."""
        return [
            RecordedCar(
                phases=self.car_phases or self.phases,
                onboard_a=self.max_a,
                battery_kwh=inf,
                start_delay_s=15.0,
                below_offer_a=_BELOW_OFFER_A,
                ramp_up_a_per_s=1.0,
                ramp_down_a_per_s=5.0,
            )
            for _ in range(self.connectors)
        ]

    def site(self, day: Day, cars: list[RecordedCar]) -> SimulatedSite:
        """Return it all, ready for a day that starts."""
        volts = (self.volts,) * 3 if self.phases == 3 else (self.volts, 0, 0)
        units = [
            SimulatedUnit(
                unit_id=0x1111 * (index + 1),
                serial_number=f"A17D000000{index + 1}",
                rating_a=max(self.max_a, _SMALLEST_UNIT_A),
                volts=volts,
                zero_opens_relay=self.zero_opens_relay,
                car=car,
                command_delay_s=1.5,
            )
            for index, car in enumerate(cars)
        ]
        meter = GridMeter(
            interval_s=self.meter_interval_s,
            delay_s=self.meter_delay_s,
            mean=self.meter_mean,
            phase_s=_FIRST_READING_S,
        )
        home = SimulatedHome(sun=day.sun, house=day.house, meter=meter)
        return SimulatedSite(units=units, home=home, now=day.start_s)

    def play_cars(self, site: SimulatedSite) -> None:
        """Do what happens in the cars: their own switch, a battery that is full."""
        for unit in site.units:
            wanted = self.zero_opens_relay or unit.limit_a >= MINIMUM_A
            if wanted != unit.car.enabled:
                unit.car.enabled = wanted
                # Whoever switches it on does so with the offer.
                unit.car.switch_delay_s = unit.command_delay_s if wanted else _STOP_S
        if self.full_after_kwh is not None:
            first = site.units[0]
            if first.energy_wh >= self.full_after_kwh * 1000:
                first.car.charge_limit = 0.0
