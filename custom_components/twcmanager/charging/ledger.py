"""The energy that went through one unit: what was drawn, second by second, held to its counter.

Integrating amps and volts is fine-grained but blind while nobody looks, and a little off: meter
currents have steps, voltages are whole volts. The unit's own lifetime counter is right and never
sleeps, but mostly counts whole kWh. So energy is integrated, scaled by what the counter said of
earlier kWh, and where something may have been missed the counter tells how much.
"""

from dataclasses import dataclass, field
from typing import Final

# A counter seen to move is exact at that moment: the unit is asked every 5 s while it charges.
_LIVE_S: Final = 15.0
# Shorter stretches say more about when the counter was read than about the meter.
_LEAST_LEARNED_KWH: Final = 1.0
# As if the scale had been seen to be 1 for so many kWh: it is learned slowly...
_PRIOR_KWH: Final = 20.0
# ... and never stops learning.
_MEMORY_KWH: Final = 200.0
# Further off is no matter of scale: phases nobody knows of, or another counter.
_LEAST_SCALE: Final = 0.8
_LARGEST_SCALE: Final = 1.25
# No unit gives more (32 A on three phases, 80 A on one), so nobody can have missed more.
LARGEST_KW: Final = 25.0
SLACK_KWH: Final = 2.0


@dataclass(slots=True, kw_only=True)
class Ledger:
    """Counts the energy of one unit. Kept over restarts as it is.

    ``anchor`` is the counter when it was last seen to move, which is what the energy since then
    can be held to.
    """

    anchor_kwh: float | None = None
    drawn_kwh: float = 0.0
    """Since the anchor, as drawn."""
    energy_kwh: float = 0.0
    """Since the anchor, as counted."""
    learned_drawn_kwh: float = 0.0
    learned_counter_kwh: float = 0.0
    """What was drawn and what the counter said of it, where both are beyond doubt."""
    missed_since: float | None = None
    """Since when energy may have gone unseen; None if none has."""

    @property
    def scale(self) -> float:
        """Return what to multiply drawn energy with."""
        return (self.learned_counter_kwh + _PRIOR_KWH) / (
            self.learned_drawn_kwh + _PRIOR_KWH
        )

    def draw(self, drawn_kwh: float) -> float:
        """Take what was drawn. Return what it amounts to."""
        energy_kwh = drawn_kwh * self.scale
        self.drawn_kwh += drawn_kwh
        self.energy_kwh += energy_kwh
        return energy_kwh

    def miss(self, at: float) -> None:
        """Note that from a time on energy may go unseen."""
        if self.missed_since is None:
            self.missed_since = at

    def settle(self) -> None:
        """Ask no more for what was missed: from here on it would be another car's."""
        if self.missed_since is not None:
            self._drop_anchor()

    def read(self, counter_kwh: float, at: float, *, moved: bool) -> float:
        """Take a reading of the counter, which may have been seen to move just now.

        Return how much must have gone unseen.
        """
        if self.anchor_kwh is None:
            if moved:
                self._anchor(counter_kwh)
            return 0.0
        rise_kwh = counter_kwh - self.anchor_kwh
        missed_kwh = 0.0
        if self.missed_since is not None:
            missed_kwh = max(0.0, rise_kwh - self.energy_kwh)
            passed_h = max(0.0, at - self.missed_since) / 3600
            if rise_kwh < 0 or missed_kwh > LARGEST_KW * passed_h + SLACK_KWH:
                self._drop_anchor()
                return 0.0
            self.energy_kwh += missed_kwh
            if moved:
                self._anchor(counter_kwh)
        elif moved and not 0 <= rise_kwh < _LEAST_LEARNED_KWH:
            self._learn(rise_kwh)
            self._anchor(counter_kwh)
        return missed_kwh

    def _learn(self, rise_kwh: float) -> None:
        if not (
            _LEAST_SCALE * self.drawn_kwh <= rise_kwh <= _LARGEST_SCALE * self.drawn_kwh
        ):
            return
        self.learned_drawn_kwh += self.drawn_kwh
        self.learned_counter_kwh += rise_kwh
        if self.learned_drawn_kwh > _MEMORY_KWH:
            self.learned_drawn_kwh /= 2
            self.learned_counter_kwh /= 2

    def _anchor(self, counter_kwh: float) -> None:
        self.anchor_kwh = counter_kwh
        self.drawn_kwh = self.energy_kwh = 0.0
        self.missed_since = None

    def _drop_anchor(self) -> None:
        self.anchor_kwh = None
        self.missed_since = None


@dataclass(slots=True)
class CounterWatch:
    """Sees a counter move. Begins anew with every start: what moved before is not seen."""

    _counter_kwh: float | None = None
    _read_at: float = field(default=float("-inf"))

    def moved(self, counter_kwh: float, read_at: float) -> bool | None:
        """Return whether a reading is news of a counter that moves; None if it is no news."""
        before_kwh, before_at = self._counter_kwh, self._read_at
        if read_at <= before_at:
            return None
        self._counter_kwh, self._read_at = counter_kwh, read_at
        return (
            before_kwh is not None
            and counter_kwh > before_kwh
            and read_at - before_at <= _LIVE_S
        )
