"""A Wall Connector on its wall: which limit it truly has, and what its car truly draws.

The least there is to know for safety. What it says of itself is for the wire; what it does is
for the test.
"""

from dataclasses import dataclass, field
from math import inf
from typing import Final

from custom_components.twcmanager.bus.messages import (
    Command,
    MasterHeartbeat,
    Protocol,
    SlaveHeartbeat,
    SlaveLinkReady,
    UnitId,
    UnitState,
)

MINIMUM_A: Final = {Protocol.V1: 5.0, Protocol.V2: 6.0}
RISES_A_PER_S: Final = 2.0
LINK_LOST_S: Final = 10.0


@dataclass(slots=True, kw_only=True)
class Wall:
    """One unit and its car."""

    unit_id: UnitId = 0
    protocol: Protocol
    rating_a: float
    delay_s: float
    """From hearing a limit until the car sees it: 5 s at most."""
    patience_s: float
    """Silence after which it stops its car: 20 to 30 s."""
    zero_is_minimum: bool
    """Whether it takes an offer of 0 A for the minimum once its car charges (protocol 2)."""
    falls_a_per_s: float
    """How fast its car follows a lower limit."""
    reads_high: float
    """What it says its car draws, as a share of what it draws."""

    now: float = 0.0
    limit_a: float = 0.0
    """The limit it was given last, which it echoes."""
    pilot_a: float = 0.0
    """The limit its car sees."""
    draw_a: float = 0.0
    wish_a: float = 0.0
    """What its car would take."""
    plugged: bool = False
    error: bool = False

    heard_at: float = -inf
    linked_at: float = -inf
    offered: bool = False
    coming: list[tuple[float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """See to it that there is such a unit."""
        self.zero_is_minimum &= self.protocol is Protocol.V2

    # --- truth ------------------------------------------------------------------------

    @property
    def charging(self) -> bool:
        """Return whether current flows."""
        return self.draw_a > 0

    @property
    def may_draw_a(self) -> float:
        """Return what its car may be drawing at any moment."""
        if self.ignores_stop and not self.charging:
            return 0.0
        return max(self.pilot_a, self.draw_a)

    @property
    def ignores_stop(self) -> bool:
        """Return whether it has been told to stop, and would go on with the minimum."""
        return (
            self.zero_is_minimum
            and self.limit_a < 6 <= self.pilot_a
            and not self.coming
        )

    def live(self, now: float) -> None:
        """Let time pass."""
        while self.now < now:
            changes = [at for at, _ in self.coming if at > self.now]
            end = min([now, self.now + 1.0, *changes])
            if self.offered and self.heard_at + self.patience_s > self.now:
                end = min(end, self.heard_at + self.patience_s)
            self._step(end)

    def _step(self, end: float) -> None:
        target_a = min(self.wish_a, self.pilot_a)
        if target_a < 3:
            target_a = 0.0
        lived_s = end - self.now
        least_a = self.draw_a - self.falls_a_per_s * lived_s if self.pilot_a else 0.0
        most_a = self.draw_a + RISES_A_PER_S * lived_s
        self.draw_a = min(max(target_a, least_a), most_a)
        self.now = end
        if self.offered and end - self.heard_at >= self.patience_s:
            self.stop()
            self.error = True
        while self.coming and self.coming[0][0] <= end:
            _, self.pilot_a = self.coming.pop(0)
        if self.pilot_a == 0:
            self.draw_a = 0.0

    def stop(self) -> None:
        """Open the relay and forget what was offered."""
        self.limit_a = self.pilot_a = self.draw_a = 0.0
        self.offered = False
        self.coming.clear()

    def plug(self, wish_a: float) -> None:
        """Plug a car in that would take this much."""
        self.plugged = True
        self.wish_a = wish_a

    def unplug(self) -> None:
        """Pull the plug."""
        self.plugged = False
        self.wish_a = 0.0
        self.stop()

    # --- the wire ---------------------------------------------------------------------

    def link_ready(self) -> SlaveLinkReady | None:
        """Look for a master if there is none."""
        if self.now - max(self.heard_at, self.linked_at) < LINK_LOST_S:
            return None
        self.linked_at = self.now
        return SlaveLinkReady(self.unit_id, 0x5A, self.rating_a, self.protocol)

    def hear(self, message: MasterHeartbeat) -> SlaveHeartbeat:
        """Take a heartbeat and answer it."""
        self.heard_at = self.now
        if self.plugged and not self.error and self._heeds(message.command):
            self._take(message.limit_a)
        state = self._state
        self.error = False
        return SlaveHeartbeat(
            self.unit_id,
            message.master_id,
            state,
            self.limit_a,
            round(self.draw_a * self.reads_high, 2),
            self.protocol,
        )

    @property
    def _state(self) -> UnitState:
        if self.error:
            return UnitState.ERROR
        if not self.plugged:
            return UnitState.READY
        if self.charging:
            return UnitState.CHARGING
        return UnitState.STOPPED if self.offered else UnitState.WAITING

    def _heeds(self, command: Command) -> bool:
        if self.protocol is Protocol.V1:
            return command is Command.LIMIT
        if command is Command.LIMIT:
            return not self.charging
        return command is Command.LIMIT_CHARGING and self.offered

    def _take(self, limit_a: float) -> None:
        self.limit_a = limit_a
        pilot_a = limit_a
        if limit_a < MINIMUM_A[self.protocol]:
            pilot_a = 6.0 if self.zero_is_minimum and self.offered else 0.0
        self.offered = self.offered or pilot_a > 0
        latest_a = self.coming[-1][1] if self.coming else self.pilot_a
        if pilot_a != latest_a:
            self.coming.append((self.now + self.delay_s, pilot_a))
