"""The record of charging: one session per plug-in, with where its energy came from and its cost.

Everything that is counted can be kept as a checkpoint of plain values and taken up again from
it. What was counted after the last checkpoint is then counted by the unit's lifetime counter if
it has one that tells, else lost; nothing is ever counted twice.

Two clocks: ``now`` in s runs evenly and measures how long something took, ``at`` is the time of
day in s since 1970 and says when it was.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from .credit import Got, whose
from .ledger import CounterWatch, Ledger
from .model import DRAWING_A, GridReading, Reason
from .origin import Origin, Tariff, origin
from .plain import revive

# A unit that hears nothing stops its car by then: that long at most it drew what it drew.
_LONGEST_STEP_S: Final = 30.0
# Old firmware does not tell whether a car is there that is offered nothing. Clouds pass.
_PATIENCE_S: Final = 3600.0
# A counter is believed once two readings agree, and asked every 30 s while no car charges.
_COUNTER_WAIT_S: Final = 90.0


@dataclass(slots=True, kw_only=True)
class Session:
    """From plug to plug at one unit. What energy it got is what it came from, added up."""

    unit: str
    began_at: float
    seen_at: float
    """When it was last counted."""
    ended_at: float | None = None
    vin: str | None = None
    vehicle: str | None = None
    """Whose car it is, as far as that was recognised."""
    solar_kwh: float = 0.0
    battery_kwh: float = 0.0
    import_kwh: float = 0.0
    unmeasured_kwh: float = 0.0
    """While nothing told where it came from."""
    currency: str | None = None
    """None as long as nothing had a price."""
    import_cost: float = 0.0
    priced_kwh: float = 0.0
    """How much of what was imported, or may have been, had a price."""
    feed_in_cost: float = 0.0
    """What sun and battery would have earned."""
    highest_a: float = 0.0
    drawing_s: float = 0.0
    drawn_as: float = 0.0
    """Current times time, in As per phase."""
    starts: int = 0
    stops: int = 0
    """How often the contactor closed and opened."""
    reasons_s: dict[str, float] = field(default_factory=dict)
    """How long each reason held for what it was offered."""
    credited: Got = field(default_factory=Got)
    """How much of it is on somebody's account."""
    imported: bool = False
    """Whether it was not counted here, but taken over from another program's log."""

    @property
    def energy_kwh(self) -> float:
        """Return all the energy that it got."""
        return self.solar_kwh + self.battery_kwh + self.import_kwh + self.unmeasured_kwh

    @property
    def duration_s(self) -> float:
        """Return how long it has lasted."""
        until = self.seen_at if self.ended_at is None else self.ended_at
        return max(0.0, until - self.began_at)

    @property
    def solar_share(self) -> float | None:
        """Return how much of it was sun, 0 to 1, as far as that is known."""
        measured_kwh = self.energy_kwh - self.unmeasured_kwh
        return self.solar_kwh / measured_kwh if measured_kwh > 0 else None

    @property
    def cost(self) -> float | None:
        """Return what it cost as far as there were prices, None without any."""
        return self.import_cost + self.feed_in_cost if self.currency else None

    @property
    def import_price(self) -> float | None:
        """Return what a kWh from the grid cost in the mean."""
        return self.import_cost / self.priced_kwh if self.priced_kwh else None

    @property
    def unpriced_kwh(self) -> float:
        """Return how much was imported, or may have been, while nobody knew the price."""
        return max(0.0, self.import_kwh + self.unmeasured_kwh - self.priced_kwh)

    @property
    def mean_a(self) -> float | None:
        """Return the mean current while it drew any."""
        return self.drawn_as / self.drawing_s if self.drawing_s else None

    @property
    def limited_by(self) -> Reason | None:
        """Return the reason that held for the longest time."""
        longest = max(self.reasons_s, key=self.reasons_s.__getitem__, default=None)
        return Reason(longest) if longest in set(Reason) else None

    def add(self, energy_kwh: float, origin: Origin | None, tariff: Tariff) -> None:
        """Take energy, from where it came and for what it cost at that moment."""
        solar = origin.solar if origin else 0.0
        battery = origin.battery if origin else 0.0
        bought_kwh = energy_kwh * (1.0 - solar - battery)
        self.solar_kwh += energy_kwh * solar
        self.battery_kwh += energy_kwh * battery
        if origin:
            self.import_kwh += bought_kwh
        else:
            self.unmeasured_kwh += bought_kwh
        if tariff.import_price is not None:
            self.import_cost += bought_kwh * tariff.import_price
            self.priced_kwh += bought_kwh
        if tariff.export_price is not None:
            self.feed_in_cost += (energy_kwh - bought_kwh) * tariff.export_price

    def spend(self, passed_s: float, draw_a: float, reason: Reason) -> None:
        """Take how time was spent."""
        self.reasons_s[reason] = self.reasons_s.get(reason, 0.0) + passed_s
        self.highest_a = max(self.highest_a, draw_a)
        if draw_a >= DRAWING_A:
            self.drawing_s += passed_s
            self.drawn_as += draw_a * passed_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What a unit shows at one moment, as far as it is counted."""

    unit: str
    online: bool
    plugged_in: bool | None
    """None if it does not tell."""
    vin: str | None = None
    vehicle: str | None = None
    charging: bool
    """Whether it says that its car charges: the contactor is closed."""
    draw_a: float
    power_w: float
    counter_kwh: float | None = None
    """Its lifetime counter, and when that was read."""
    read_at: float = float("-inf")
    reason: Reason


@dataclass(slots=True, kw_only=True)
class Account:
    """All that is counted of one unit. Kept over restarts as it is."""

    ledger: Ledger = field(default_factory=Ledger)
    solar_kwh: float = 0.0
    """Of all its sessions."""
    contactor_cycles: int = 0
    charging: bool = False
    open: Session | None = None
    last: Session | None = None


class Happening(StrEnum):
    """What happens to sessions."""

    STARTED = "session_started"
    ENDED = "session_ended"


type Event = tuple[Happening, Session]


class Sessions:
    """Counts every unit, from what it shows at every tick."""

    def __init__(self) -> None:
        """Begin without having seen anyone."""
        self.accounts: dict[str, Account] = {}
        self.vehicles: dict[str, Got] = {}
        """What each vehicle has got, and all others together."""
        self._watched: dict[str, _Watch] = {}
        self._counted_at: float | None = None

    # --- kept over restarts -----------------------------------------------------------

    def checkpoint(self, at: float) -> dict[str, Any]:
        """Return all that has been counted until now, as plain values."""
        accounts = {unit: asdict(each) for unit, each in self.accounts.items()}
        vehicles = {who: asdict(each) for who, each in self.vehicles.items()}
        return {"at": at, "accounts": accounts, "vehicles": vehicles}

    def resume(self, checkpoint: object) -> list[Any]:
        """Go on from a checkpoint. Return what could not be made sense of."""
        match checkpoint:
            case {"at": int() | float() as at, "accounts": {**accounts}, **more}:
                pass
            case _:
                return [checkpoint]
        unread = []
        for unit, kept in accounts.items():
            try:
                account = revive(Account, kept)
            except TypeError, ValueError:
                unread.append({unit: kept})
                continue
            account.ledger.miss(at)
            self.accounts[str(unit)] = account
        vehicles: Any = more.get("vehicles", {})
        try:
            self.vehicles = {who: revive(Got, got) for who, got in vehicles.items()}
        except AttributeError, TypeError, ValueError:
            unread.append({"vehicles": vehicles})
        return unread

    def end_as(self, session: Session) -> None:
        """Take it that a session which goes on has ended: only the checkpoint came too late."""
        account = self.accounts[session.unit]
        if account.open:
            account.solar_kwh += session.solar_kwh - account.open.solar_kwh
            session.credited = account.open.credited
            self._credit(session)
            account.open = None

    def forget(self, unit: str) -> Session | None:
        """Forget a unit that is no longer there. Return the session that ends with it."""
        account = self.accounts.pop(unit, None)
        self._watched.pop(unit, None)
        if account is None or account.open is None:
            return None
        account.open.ended_at = account.open.seen_at
        self._credit(account.open)
        return account.open

    def _credit(self, session: Session) -> None:
        """Put what is not on anybody's account yet on that of whose car it is."""
        ended = session.ended_at is not None
        if who := whose(session.vehicle, session.duration_s, ended=ended):
            got = Got(session.energy_kwh, session.solar_kwh)
            more = got - session.credited
            self.vehicles[who] = self.vehicles.get(who, Got()) + more
            session.credited = got

    # --- counting ---------------------------------------------------------------------

    def count(
        self,
        sights: Sequence[Sight],
        grid: GridReading | None,
        tariff: Tariff,
        *,
        meter_sees_cars: bool = True,
        now: float,
        at: float,
    ) -> list[Event]:
        """Count what has passed since the last time. Return which sessions came and went."""
        passed_s = 0.0 if self._counted_at is None else now - self._counted_at
        self._counted_at = now
        passed_s = min(max(0.0, passed_s), _LONGEST_STEP_S)
        self._watched = {
            sight.unit: self._watched.get(sight.unit) or _Watch(first_at=now)
            for sight in sights
        }
        drawn_w = {each.unit: self._watched[each.unit].draw(each) for each in sights}
        source = origin(
            sum(drawn_w.values()), grid, now, meter_sees_cars=meter_sees_cars
        )
        events: list[Event] = []
        for sight in sights:
            account = self.accounts.setdefault(sight.unit, Account())
            watch = self._watched[sight.unit]
            events += _begin(account, sight, at)
            drawn_kwh = drawn_w[sight.unit] / 1000 * passed_s / 3600
            energy_kwh = account.ledger.draw(drawn_kwh)
            missed_kwh = _missed(account.ledger, watch, sight, at)
            closed, opened = _contactor(account, sight)
            if session := account.open:
                solar_kwh = session.solar_kwh
                session.add(energy_kwh, source, tariff)
                session.add(missed_kwh, None, tariff)
                account.solar_kwh += session.solar_kwh - solar_kwh
                session.spend(passed_s, sight.draw_a, sight.reason)
                session.starts += closed
                session.stops += opened
                session.vin = session.vin or sight.vin
                # What is recognised later is known better.
                session.vehicle = sight.vehicle or session.vehicle
                session.currency = tariff.currency or session.currency
                session.seen_at = at
                self._credit(session)
            events += _end(account, watch, sight, now, at)
        for what, session in events:
            if what is Happening.ENDED:
                self._credit(session)
        return events


@dataclass(slots=True)
class _Watch:
    """What of a unit is not worth keeping: it shows itself again."""

    first_at: float
    power_w: float | None = None
    counter: CounterWatch = field(default_factory=CounterWatch)
    uncertain_since: tuple[float, float] | None = None
    """Since when (``now`` and ``at``) it has not told whether a car is there."""

    def draw(self, sight: Sight) -> float:
        """Return the mean power since the last time; before the first one nobody knows."""
        before_w, self.power_w = self.power_w, sight.power_w
        return 0.0 if before_w is None else (before_w + sight.power_w) / 2


def _missed(ledger: Ledger, watch: _Watch, sight: Sight, at: float) -> float:
    """Return what the counter says that nobody has seen."""
    if not sight.online:
        ledger.miss(at)
    elif sight.counter_kwh is not None:
        moved = watch.counter.moved(sight.counter_kwh, sight.read_at)
        if moved is not None:
            return ledger.read(sight.counter_kwh, at, moved=moved)
    return 0.0


def _contactor(account: Account, sight: Sight) -> tuple[bool, bool]:
    """Return whether the contactor has closed, and whether it has opened."""
    if not sight.online or sight.charging == account.charging:
        return False, False
    account.charging = sight.charging
    account.contactor_cycles += sight.charging
    return sight.charging, not sight.charging


def _begin(account: Account, sight: Sight, at: float) -> list[Event]:
    """Begin a session when a car is plugged in, also where it is another car by now."""
    if not sight.plugged_in:
        return []
    events: list[Event] = []
    session = account.open
    if session and session.vin and sight.vin and sight.vin != session.vin:
        # Nobody has seen when they changed.
        events.append(_close(account, session, session.seen_at))
    if account.open is None:
        account.open = Session(unit=sight.unit, began_at=at, seen_at=at, vin=sight.vin)
        # What was missed before was another car's.
        account.ledger.settle()
        events.append((Happening.STARTED, account.open))
    return events


def _end(
    account: Account, watch: _Watch, sight: Sight, now: float, at: float
) -> list[Event]:
    """End a session when its car has gone, as far as anyone can tell."""
    session = account.open
    if session is None or sight.plugged_in:
        watch.uncertain_since = None
        return []
    if watch.uncertain_since is None:
        watch.uncertain_since = now, at
    since, since_at = watch.uncertain_since
    if sight.plugged_in is None and now - since < _PATIENCE_S:
        return []
    ledger = account.ledger
    if (
        ledger.missed_since is not None
        and ledger.anchor_kwh is not None
        and sight.counter_kwh is None
        and now - watch.first_at < _COUNTER_WAIT_S
    ):
        # It left while nobody looked. The counter is about to tell what it took.
        return []
    return [_close(account, session, since_at)]


def _close(account: Account, session: Session, ended_at: float) -> Event:
    session.ended_at = ended_at
    account.last, account.open = session, None
    return Happening.ENDED, session


def frozen(session: Session) -> Session:
    """Return a session as it is now, which goes on changing."""
    return replace(session, reasons_s=dict(session.reasons_s))
