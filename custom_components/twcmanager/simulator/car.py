"""A car on the plug of a simulated Wall Connector.

It knows what any car knows: the current offered on the control pilot and whether it wants to
charge. Defaults are those of a Tesla without quirks; every quirk is an argument.
"""

from dataclasses import dataclass, field
from math import floor, inf
from typing import Final

# While the current ramps, physics looks this often.
RAMP_STEP_S: Final = 0.5
# While nothing ramps, a battery fills slowly enough for this.
_STEADY_STEP_S: Final = 30.0
# The share of the battery above which the current tapers off, down to this much.
_TAPER_FROM_SOC: Final = 0.95
_TAPER_TO_A: Final = 2.0
# Power that reaches the battery, the rest warms the garage.
_EFFICIENCY: Final = 0.92
# An offer up to this leaves a car with the 6 A stick stuck.
_STICK_AT_A: Final = 6.5
# What frees it: an offer of at least this, for at least this long.
_UNSTICK_A: Final = 16.0
_UNSTICK_S: Final = 3.0


@dataclass(slots=True, kw_only=True)
class SimulatedCar:
    """One car. Currents are per phase.

    Attributes may be changed while it runs; a change counts from the next step on.
    """

    vin: str = ""
    """17 characters, or empty for a car that tells none."""
    phases: int = 1
    """How many phases the onboard charger uses if the supply has them, 1 or 3."""
    onboard_a: float = 32.0
    """What the onboard charger takes at most."""
    own_limit_a: float | None = None
    """What its driver has set in the car, None for no such limit."""
    battery_kwh: float = 75.0
    soc: float = 0.4
    """State of charge, 0 to 1."""
    charge_limit: float = 1.0
    """State of charge at which the car calls it a day, 0 to 1."""
    minimum_a: float = 6.0
    """Least offer it charges with: IEC 61851 says 6 A, some Teslas take 5 A."""
    start_delay_s: float = 15.0
    """From the first offer to the first current."""
    switch_delay_s: float = 3.0
    """From a change of `enabled` until the car acts on it."""
    below_offer_a: float = 0.3
    """How far it draws below the offer."""
    ramp_up_a_per_s: float = 1.0
    ramp_down_a_per_s: float = 5.0
    asleep: bool = False
    wake_s: float = 600.0
    """How long a sleeping car takes to notice an offer: up to 15 minutes."""
    sleeps_after_s: float = inf
    """How long it stays awake without an offer."""
    sticks_at_6a: bool = False
    """Once offered about 6 A it stays there until a spike of 16 A (Teslas since 2017)."""
    dislikes_hard_cut: bool = False
    """Cut off under load it shows a fault and refuses until plugged in again."""

    plugged: bool = True
    enabled: bool = True
    """The car's own switch, as its app has it."""

    draw_a: float = field(default=0.0, init=False)
    """What it draws now."""
    starts: int = field(default=0, init=False)
    """How often it began to draw."""
    faulted: bool = field(default=False, init=False)

    _starts_at: float = field(default=inf, init=False)
    _enabled_was: bool = field(default=True, init=False)
    _willing: bool = field(default=True, init=False)
    _acts_at: float = field(default=inf, init=False)
    _idle_since: float | None = field(default=None, init=False)
    _stuck_a: float | None = field(default=None, init=False)
    _spike_since: float | None = field(default=None, init=False)
    _ramping: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        """Begin with the switch where it was put."""
        self._enabled_was = self._willing = self.enabled

    @property
    def full(self) -> bool:
        """Return whether the battery is as full as its driver wants it."""
        return self.soc >= self.charge_limit

    @property
    def willing(self) -> bool:
        """Return whether it would charge if offered enough."""
        return self.plugged and self._willing and not self.full and not self.faulted

    @property
    def drawing(self) -> bool:
        """Return whether current flows."""
        return self.draw_a > 0

    def plug_in(self) -> None:
        """Put the plug in."""
        self.plugged = True

    def unplug(self) -> None:
        """Pull the plug. Forgets faults, the 6 A stick and what was offered."""
        self.lose_supply()
        self.plugged = self.faulted = False
        self._starts_at = inf
        self._stuck_a = self._spike_since = None

    def seconds_to_start(self, now: float) -> float:
        """Return how soon current flows, infinity if nothing suggests it will."""
        return inf if self.drawing else self._starts_at - now

    def next_change_at(self, now: float) -> float:
        """Return until when its draw is steady enough for a single step."""
        if self._ramping:
            return now + RAMP_STEP_S
        change = now + _STEADY_STEP_S if self.draw_a > 0 else self._starts_at
        change = min(change, self._acts_at)
        return change if change > now else now + RAMP_STEP_S

    def advance(self, start: float, end: float, offer_a: float) -> float:
        """Live from start to end with this offer, and return the mean current drawn in A.

        An offer of 0 A is no offer: the plug is dead. The step must not be longer than
        `next_change_at` allows.
        """
        self._heed_switch(start)
        target_a = self._target_a(offer_a, start, end)
        if target_a == self.draw_a:
            self._ramping = False
            if target_a == 0:
                self._doze(end)
            return target_a
        self._doze(None)
        return self._ramp(target_a, end - start)

    def charge(self, energy_wh: float) -> None:
        """Take energy from the plug."""
        self.soc += energy_wh * _EFFICIENCY / 1000 / self.battery_kwh

    def lose_supply(self, *, hard: bool = False) -> None:
        """Be without power at once; hard: not even the pilot told it before."""
        if hard and self.draw_a > 0 and self.dislikes_hard_cut:
            self.faulted = True
        self.draw_a = 0.0
        self._ramping = False

    def _heed_switch(self, now: float) -> None:
        if self.enabled != self._enabled_was:
            self._enabled_was = self.enabled
            self._acts_at = now + self.switch_delay_s
        if now >= self._acts_at:
            self._acts_at = inf
            self._willing = self.enabled

    def _target_a(self, offer_a: float, start: float, end: float) -> float:
        """Return the current it is heading for."""
        if offer_a < self.minimum_a or not self.willing:
            self._starts_at = inf
            self._stuck_a = self._spike_since = None
            return 0.0
        if self.draw_a == 0:
            if self._starts_at == inf:
                delay_s = self.wake_s if self.asleep else self.start_delay_s
                self._starts_at = start + delay_s
            if start < self._starts_at:
                return 0.0
        self.asleep = False
        if self.sticks_at_6a:
            offer_a = self._stuck_offer_a(offer_a, end)
        limit_a = min(floor(offer_a * 2) / 2 - self.below_offer_a, self.onboard_a)
        if self.own_limit_a is not None:
            limit_a = min(limit_a, self.own_limit_a)
        if self.soc > _TAPER_FROM_SOC:
            share = max(0.0, 1 - self.soc) / (1 - _TAPER_FROM_SOC)
            limit_a = min(limit_a, max(_TAPER_TO_A, self.onboard_a * share))
        return limit_a

    def _stuck_offer_a(self, offer_a: float, now: float) -> float:
        """Return the offer as a car with the 6 A stick takes it."""
        if offer_a <= _STICK_AT_A:
            self._stuck_a, self._spike_since = offer_a, None
        if self._stuck_a is None:
            return offer_a
        if offer_a < _UNSTICK_A:
            self._spike_since = None
            return self._stuck_a
        if self._spike_since is None:
            self._spike_since = now
        if now - self._spike_since < _UNSTICK_S:
            return self._stuck_a
        self._stuck_a = None
        return offer_a

    def _ramp(self, target_a: float, step_s: float) -> float:
        """Move the draw towards the target and return its mean on the way."""
        before_a = self.draw_a
        if before_a == 0:
            self.starts += 1
            self._starts_at = inf
        rising = target_a > before_a
        rate = self.ramp_up_a_per_s if rising else self.ramp_down_a_per_s
        ramp_s = abs(target_a - before_a) / rate
        self._ramping = ramp_s > step_s
        if not self._ramping:
            self.draw_a = target_a
            on_the_way = (before_a + target_a) / 2 * ramp_s
            return (on_the_way + target_a * (step_s - ramp_s)) / step_s
        self.draw_a += rate * step_s if rising else -rate * step_s
        return (before_a + self.draw_a) / 2

    def _doze(self, now: float | None) -> None:
        """Fall asleep when nothing has happened for long; None: something did."""
        if now is None:
            self._idle_since = None
        elif self._idle_since is None or self._starts_at != inf:
            self._idle_since = now
        elif now - self._idle_since >= self.sleeps_after_s:
            self.asleep = True
