"""A Wall Connector that plays the slave: what it hears, what it says, what its car gets.

Behaves as the protocol's public descriptions say. Where they contradict each other the
behaviour is an argument, so that a master can be tried against both.
"""

from collections import deque
from dataclasses import dataclass, field
from math import inf
import random
from typing import Final

from ..bus.codec import encode_slave
from ..bus.messages import (
    Ask,
    Command,
    ContactorAction,
    ContactorMoved,
    MasterHeartbeat,
    MasterLinkReady,
    Message,
    MoveContactor,
    Protocol,
    Question,
    SlaveHeartbeat,
    SlaveLinkReady,
    UnitId,
    UnitState,
)
from .car import SimulatedCar
from .replies import answer

EU_3_PHASE: Final = (230, 230, 230)
EU_1_PHASE: Final = (230, 0, 0)
US: Final = (240, 0, 0)

ALL_QUESTIONS: Final = frozenset(Question)
OLD_QUESTIONS: Final = frozenset({Question.FIRMWARE_OLD})

# What a unit takes for a current; anything less means stop, or this (see zero_opens_relay).
_MINIMUM_A: Final = {Protocol.V1: 5.0, Protocol.V2: 6.0}

_LINK_READY_INTERVAL_S: Final = 10.0
_LINK_LOST_S: Final = 10.0
# Five link-readys within 0.2 s.
_BURST_S: Final = (0.04, 0.08, 0.12, 0.16, 0.2)
# How long before the first current a unit says that it is starting.
_STARTING_S: Final = 3.0
# States 09 and 0A after a new limit, each as long.
_ADJUSTING_S: Final = 2.0


@dataclass(slots=True, kw_only=True)
class SimulatedUnit:
    """One Wall Connector Gen 2, rotary switch at F."""

    unit_id: UnitId
    car: SimulatedCar = field(default_factory=lambda: SimulatedCar(plugged=False))
    protocol: Protocol = Protocol.V2
    rating_a: float = 32.0
    """What its hardware carries: 32 A in Europe, 80 A in North America, 40 and 48 A exist."""
    volts: tuple[int, int, int] = EU_3_PHASE
    """Mains voltage of each phase, 0 where there is none."""
    sign: int = 0x5A
    serial_number: str = ""
    firmware: str = "4.5.3.0"
    questions: frozenset[Question] | None = None
    """Which optional questions it answers; None for all, on protocol 1 for very few."""
    can_enabled: bool = True
    """DIP switch 2: without it no car tells its VIN."""
    zero_opens_relay: bool = True
    """Whether an offer below 6 A opens the relay, or is taken as 6 A. Protocol 1: always."""
    reports_floor: bool = False
    """Whether it reports 6 A where it takes less as 6 A, instead of echoing the offer."""
    command_delay_s: float = 1.5
    """From hearing a limit until the car sees it."""
    gives_up_after_s: float | None = None
    """Silence after which it stops its car, 20 to 30 s; None for anything in between."""
    energy_wh: float = 0.0
    """Lifetime energy."""
    energy_count_in_wh: bool = False
    """Whether it tells its lifetime energy in Wh, as one unit was seen to do, not in kWh."""
    reads_high_by: float = 0.0
    """By how much it reports more current than flows, 0.05 for 5 %."""
    busy_share: float = 0.0
    """Share of the heartbeats it answers with state 05."""
    seed: int = 0

    limit_a: float = field(default=0.0, init=False)
    """The limit it was given last, as it reports it."""
    relay_cycles: int = field(default=0, init=False)
    """How often the relay closed: what wears it out."""
    relay_closed: bool = field(default=False, init=False)
    error: bool = field(default=False, init=False)
    """It lost its master and stopped its car."""
    now: float = field(default=0.0, init=False)
    """The time it has come to."""

    _rng: random.Random = field(init=False)
    _patience_s: float = field(init=False)
    _heard_at: float = field(default=-inf, init=False)
    _link_ready_at: list[float] = field(default_factory=list, init=False)
    _step_2_heard: int = field(default=0, init=False)
    _plugged: bool = field(default=False, init=False)
    _offered: bool = field(default=False, init=False)
    _charged: bool = field(default=False, init=False)
    _stopped_by_zero: bool = field(default=False, init=False)
    _contactor_forced_open: bool = field(default=False, init=False)
    _pilot_a: float = field(default=0.0, init=False)
    _on_their_way: deque[tuple[float, float]] = field(default_factory=deque, init=False)
    """Limits that the car does not see yet: from when it does, and what it then sees."""
    _adjusting_since: float = field(default=-inf, init=False)
    _said: tuple[UnitId, UnitState, float, float] | None = field(
        default=None, init=False
    )
    _said_bytes: bytes = field(default=b"", init=False)

    def __post_init__(self) -> None:
        """Settle what was left open, and power up."""
        self._rng = random.Random(f"unit {self.unit_id} {self.seed}")
        self._patience_s = self.gives_up_after_s or self._rng.uniform(20, 30)
        if self.questions is None:
            old = self.protocol is Protocol.V1
            self.questions = OLD_QUESTIONS if old else ALL_QUESTIONS
        self.power_up(0.0)

    # --- what can be seen -------------------------------------------------------------

    @property
    def phases_used(self) -> int:
        """Return on how many phases the car charges."""
        supplied = len(self.volts) - self.volts.count(0)
        return min(self.car.phases, supplied)

    @property
    def draw_a(self) -> float:
        """Return what the car draws on each phase it uses."""
        return self.car.draw_a

    @property
    def power_w(self) -> float:
        """Return the power its car draws."""
        return self.car.draw_a * sum(self.volts[: self.phases_used])

    @property
    def pilot_a(self) -> float:
        """Return the current offered to the car, 0 when there is none to be had."""
        return 0.0 if self._contactor_forced_open else self._pilot_a

    @property
    def blinking(self) -> bool:
        """Return whether it misses its master, which it shows by a red light."""
        return self.now - self._heard_at > _LINK_LOST_S

    @property
    def state(self) -> UnitState:
        """Return what it would say in a heartbeat now."""
        if self.error:
            return UnitState.ERROR
        if not self.car.plugged:
            return UnitState.READY
        if self.car.drawing:
            return self._charging_state()
        if self._stopped_by_zero:
            return UnitState.CHARGING if self.relay_closed else UnitState.STOPPED
        if self.car.seconds_to_start(self.now) <= _STARTING_S:
            return UnitState.STARTING
        if self._charged or self.car.full or self._contactor_forced_open:
            return UnitState.STOPPED
        return UnitState.WAITING

    def _charging_state(self) -> UnitState:
        since_s = self.now - self._adjusting_since
        if since_s >= 2 * _ADJUSTING_S:
            return UnitState.CHARGING
        if since_s >= _ADJUSTING_S:
            return UnitState.LIMIT_SET
        return UnitState.LIMIT_BEING_SET

    # --- physics ----------------------------------------------------------------------

    def power_up(self, now: float) -> None:
        """Get power, for the first time or again: knows of no master and no offer."""
        self.now = now
        self.error = False
        self._heard_at = -inf
        self._step_2_heard = 0
        self._plugged = self.car.plugged
        self._forget_car()
        self._link_ready_at = [now + self._rng.uniform(0.2, _LINK_READY_INTERVAL_S / 2)]

    def advance(self, now: float) -> None:
        """Let time pass."""
        while self.now < now:
            start = self.now
            change = min(self.car.next_change_at(start), self._next_own_change_at())
            self.now = end = change if start < change < now else now
            mean_a = self.car.advance(start, end, self.pilot_a)
            if mean_a > 0:
                volts = sum(self.volts[: self.phases_used])
                energy_wh = mean_a * volts * (end - start) / 3600
                self.energy_wh += energy_wh
                self.car.charge(energy_wh)
            self._settle()

    def _next_own_change_at(self) -> float:
        if not self._offered:
            return inf
        arrives_at = self._on_their_way[0][0] if self._on_their_way else inf
        return min(arrives_at, self._heard_at + self._patience_s)

    def _settle(self) -> None:
        """Do what has become due."""
        if self.car.plugged is not self._plugged:
            self._plugged = self.car.plugged
            self._forget_car()
        if self._offered and self.now - self._heard_at >= self._patience_s:
            self._forget_car()
            self.error = True
        while self._on_their_way and self.now >= self._on_their_way[0][0]:
            self._set_pilot(self._on_their_way.popleft()[1])
        self._follow_car()

    def _forget_car(self) -> None:
        self.limit_a = 0.0
        self._offered = self._charged = self._stopped_by_zero = False
        self._contactor_forced_open = False
        self._on_their_way.clear()
        self._set_pilot(0.0)

    def _set_pilot(self, pilot_a: float) -> None:
        self._pilot_a = pilot_a
        if pilot_a == 0:
            self._cut()
        self._follow_car()

    def _cut(self, *, hard: bool = False) -> None:
        """Open the relay."""
        self.car.lose_supply(hard=hard)
        self._move_relay(False)

    def _follow_car(self) -> None:
        """Close the relay when the car asks for power, open it when it is done."""
        if self.car.drawing:
            self._charged = True
        if self._stopped_by_zero:
            return
        asks = self.car.seconds_to_start(self.now) <= _STARTING_S
        self._move_relay(self.pilot_a > 0 and (self.car.drawing or asks))

    def _move_relay(self, closed: bool) -> None:
        self.relay_cycles += closed and not self.relay_closed
        self.relay_closed = closed

    # --- the line ---------------------------------------------------------------------

    def next_link_ready_at(self) -> float:
        """Return when it next speaks unasked, infinity if it has a master."""
        return min(self._link_ready_at, default=inf)

    def poll(self, now: float) -> bytes | None:
        """Return a link-ready if one is due."""
        due = self.next_link_ready_at()
        if due > now:
            return None
        self._link_ready_at.remove(due)
        if not self._link_ready_at:
            self._link_ready_at.append(due + _LINK_READY_INTERVAL_S)
        rating_a = self.rating_a
        message = SlaveLinkReady(self.unit_id, self.sign, rating_a, self.protocol)
        return encode_slave(message, self.protocol)

    def hear(self, message: Message) -> bytes | None:
        """Take a master's message and return the answer, if it deserves one.

        The time is that of the last `advance`.
        """
        match message:
            case MasterLinkReady():
                self._on_link_ready(message)
            case MasterHeartbeat(unit_id=self.unit_id):
                return self._on_heartbeat(message)
            case Ask(unit_id=self.unit_id):
                return answer(self, message.question)
            case MoveContactor(unit_id=self.unit_id):
                return self._on_contactor(message)
        return None

    def _on_link_ready(self, message: MasterLinkReady) -> None:
        if message.step == 1:
            self._step_2_heard = 0
            return
        self._step_2_heard += 1
        if self._step_2_heard != 2:
            return
        while self.unit_id == message.master_id:
            self._said = None
            self.unit_id = self._rng.randrange(1, 0x10000)
        self._link_ready_at = [self.now + delay_s for delay_s in _BURST_S]

    def _on_heartbeat(self, message: MasterHeartbeat) -> bytes | None:
        if message.master_id == self.unit_id:
            return None
        self._heard_at = self.now
        self._step_2_heard = 0
        # It has a master now, and looks for one again only after missing it for long.
        self._link_ready_at = [self.now + _LINK_LOST_S]
        if not self.error:
            self._take(message)
        reply = self._reply_to(message.master_id)
        self.error = False
        return reply

    def _reply_to(self, master_id: UnitId) -> bytes:
        state = self.state
        if self.busy_share and self._rng.random() < self.busy_share:
            state = UnitState.BUSY
        draw_a = round(self.draw_a * (1 + self.reads_high_by), 2)
        say = (master_id, state, self.limit_a, draw_a)
        # A quiet car says the same for hours.
        if say != self._said:
            message = SlaveHeartbeat(self.unit_id, *say, self.protocol)
            self._said, self._said_bytes = say, encode_slave(message, self.protocol)
        return self._said_bytes

    def _on_contactor(self, message: MoveContactor) -> bytes:
        opens = message.action is ContactorAction.OPEN
        if opens and not self._contactor_forced_open:
            self._cut(hard=True)
        self._contactor_forced_open = opens
        self._follow_car()
        moved = ContactorMoved(self.unit_id, message.action)
        return encode_slave(moved, self.protocol)

    # --- limits -----------------------------------------------------------------------

    def _take(self, message: MasterHeartbeat) -> None:
        """Act on the command of a heartbeat."""
        if self._heeds(message.command):
            self._take_limit(message.limit_a)
        elif message.command is Command.NO_CHANGE and self._stopped_by_zero:
            # 0 A that is not repeated does not last: on and off it goes.
            closes = not self.relay_closed
            self._set_pilot(_MINIMUM_A[self.protocol] if closes else 0.0)
            self._move_relay(closes)

    def _heeds(self, command: Command) -> bool:
        """Return whether a limit sent with this command counts now."""
        if not self.car.plugged or command is Command.NO_CHANGE:
            return False
        if self.protocol is Protocol.V1:
            return command is Command.LIMIT
        if command is Command.LIMIT:
            return not self.car.drawing
        return self._offered

    def _take_limit(self, limit_a: float) -> None:
        minimum_a = _MINIMUM_A[self.protocol]
        pilot_a = min(limit_a, self.rating_a)
        stops = limit_a < minimum_a
        if stops:
            opens = self.zero_opens_relay or self.protocol is Protocol.V1
            # One that asks for its first amps is not started by being told to wait.
            pilot_a = 0.0 if opens or not self._offered else minimum_a
        self._offered = self._offered or pilot_a > 0
        if stops and self.reports_floor:
            limit_a = pilot_a
        if self.car.drawing and limit_a != self.limit_a:
            self._adjusting_since = self.now
        self.limit_a = limit_a
        latest_a = self._on_their_way[-1][1] if self._on_their_way else self._pilot_a
        if pilot_a != latest_a:
            arrives_at = self.now + self.command_delay_s
            self._on_their_way.append((arrives_at, pilot_a))
        self._stopped_by_zero = self._offered and pilot_a == 0
