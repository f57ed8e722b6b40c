"""Units at a wall, and what is recorded of them."""

from dataclasses import dataclass, field
import json
from typing import Any, Final

from custom_components.twcmanager.charging.model import GridReading, Reason
from custom_components.twcmanager.charging.origin import Tariff
from custom_components.twcmanager.charging.session import (
    Event,
    Happening,
    Session,
    Sessions,
    Sight,
)

UNIT: Final = "A17D0004711"
OTHER: Final = "A17D0004712"
VIN: Final = "LRW3E7FS1PC000417"
OTHER_VIN: Final = "5YJ3E1EA7JF000001"

FREE: Final = Tariff()
MORNING: Final = 1_790_000_000.0
"""When everything begins, in s since 1970."""

KW_PER_A: Final = 0.23


def grid(power_w: float, battery_w: float = 0.0) -> GridReading:
    """Return a reading that never ages."""
    return GridReading(
        power_w=power_w, battery_w=battery_w, at=0, stale_at=1e12, dead_at=1e12
    )


@dataclass
class Wall:
    """Units at a wall, counted once a second. One phase at 230 V: 1 A is 230 W."""

    sessions: Sessions = field(default_factory=Sessions)
    now: float = 1000.0
    at: float = MORNING
    events: list[Event] = field(default_factory=list)
    seen: dict[str, dict[str, Any]] = field(default_factory=dict)

    def show(self, unit: str = UNIT, **changes: Any) -> None:
        """Let a unit show something else from now on."""
        self.seen[unit] = self.seen.get(unit, {}) | changes

    def sights(self) -> list[Sight]:
        """Return what all units show."""
        sights = []
        for unit, shown in self.seen.items():
            draw_a = shown.get("draw_a", 0.0)
            usual: dict[str, Any] = {
                "online": True,
                "plugged_in": True,
                "charging": draw_a > 0,
                "power_w": draw_a * KW_PER_A * 1000,
                "reason": Reason.FAST,
                "read_at": self.now,
            }
            given = {"draw_a": draw_a} | usual | shown
            sights.append(Sight(unit=unit, **given))
        return sights

    def pass_by(
        self,
        seconds: int,
        reading: GridReading | None = None,
        tariff: Tariff = FREE,
        step_s: float = 1.0,
        **given: Any,
    ) -> None:
        """Let time pass."""
        for _ in range(round(seconds / step_s)):
            self.now += step_s
            self.at += step_s
            self.events += self.sessions.count(
                self.sights(), reading, tariff, now=self.now, at=self.at, **given
            )

    def restart(self, away_s: float) -> None:
        """Start anew from what is kept, some time later."""
        kept = json.loads(json.dumps(self.sessions.checkpoint(self.at)))
        self.sessions = Sessions()
        assert self.sessions.resume(kept) == []
        # The clock that runs evenly begins anew with the machine.
        self.now = 50.0
        self.at += away_s

    def open(self, unit: str = UNIT) -> Session:
        """Return the session that is going on."""
        session = self.sessions.accounts[unit].open
        assert session is not None
        return session

    def ended(self) -> list[Session]:
        """Return all sessions that have ended."""
        return [each for what, each in self.events if what is Happening.ENDED]


def priced(import_price: float | None, export_price: float | None = None) -> Tariff:
    """Return what a kWh costs and earns, in EUR."""
    return Tariff(import_price=import_price, export_price=export_price, currency="EUR")


def charge(wall: Wall, seconds: int, draw_a: float = 10.0, **given: Any) -> None:
    """Let a car charge from the next second on."""
    wall.show(draw_a=draw_a, plugged_in=True)
    wall.pass_by(seconds, **given)
