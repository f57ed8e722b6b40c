"""One Wall Connector as the master knows it: what it said, what it is told."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from .messages import (
    Command,
    ContactorAction,
    ContactorMoved,
    FirmwareReply,
    MasterHeartbeat,
    MeterReply,
    MoveContactor,
    PlugReply,
    PlugState,
    Protocol,
    Question,
    SerialReply,
    SlaveHeartbeat,
    SlaveLinkReady,
    UnitId,
    UnitState,
    VinReply,
)
from .questions import Questions
from .readings import LifetimeEnergy, VinReader

# A limit is not raised again sooner; lowering is always at once.
RAISE_INTERVAL_S: Final = 5.0

# A unit that hears nothing stops its car after 20 to 30 s.
SILENCE_STOPS_S: Final = 30.0

# Below this a car draws for its electronics at most.
DRAWING_A: Final = 0.5

# So many heartbeats answered in a row, late or not, are no coincidence on a bad line.
_STEADY_AFTER: Final = 5

_SECOND_READING_S: Final = 5.0

# How long an offer of 0 A may go unheeded before a stronger means is taken.
_HEED_STOP_S: Final = 10.0
_CONTACTOR_RETRY_S: Final = 5.0

_LARGEST_VOLTAGE_KV: Final = 0.25
_PHASES: Final = 3

_CHARGING_STATES: Final = frozenset(
    {
        UnitState.CHARGING,
        UnitState.RAISING,
        UnitState.LOWERING,
        UnitState.LIMIT_BEING_SET,
        UnitState.LIMIT_SET,
    }
)
_PLUGGED_STATES: Final = _CHARGING_STATES | {
    UnitState.STOPPED,
    UnitState.WAITING,
    UnitState.STARTING,
}
# States that say nothing; the one before goes on.
_PASSING_STATES: Final = frozenset({UnitState.BUSY, UnitState.UNKNOWN})


class StopMethod(StrEnum):
    """What stops a car that does not heed an offer of 0 A, each with its price."""

    OFFER = "offer"
    """Nothing more than 0 A on every heartbeat."""
    CONTACTOR = "contactor"
    """A hard cut by the contactor; Tesla cars may show a fault until replugged."""
    SILENCE = "silence"
    """No heartbeats: the unit stops its car with an error after 20 to 30 s."""


@dataclass(frozen=True, slots=True)
class KnownUnit:
    """What to remember of a unit so that it is taken back at once after a restart."""

    unit_id: UnitId
    rating_a: float
    protocol: Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """A unit's own meter: V, and A per phase if its firmware tells. Taken at ``at`` (s)."""

    volts: tuple[int, int, int]
    currents_a: tuple[float, float, float] | None
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitStatus:
    """All there is to know about a unit at one moment. Times in s of the master's clock."""

    unit_id: UnitId
    protocol: Protocol
    rating_a: float
    online: bool
    """False once it was silent for too long, until its next link-ready."""
    heard_at: float | None
    """When it last said anything, None if never."""
    told_at: float | None
    """When it was last told its limit, None if never."""
    state: UnitState | None
    limit_a: float
    """The limit it last echoed."""
    at_most_a: float
    """The highest limit it may hold: what it echoed, or was told and has not answered."""
    draw_a: float
    offer_a: float
    """The limit heartbeats carry."""
    charging: bool
    plugged_in: bool | None
    """None if the unit does not tell."""
    meter: Meter | None
    lifetime_kwh: float | None
    serial_number: str | None
    firmware: str | None
    vin: str | None
    identified: bool
    """Whether the serial number is known, or known to be untold."""

    @property
    def drawing(self) -> bool:
        """Return whether its car draws more than for its electronics."""
        return self.draw_a >= DRAWING_A


class Unit:
    """The master's record of one unit. Time is an argument everywhere, in s."""

    def __init__(self, known: KnownUnit, now: float, *, real: bool = False) -> None:
        """Begin with what a link-ready or the memory of one says.

        ``real`` is whether it is known to exist: a single message may be a corrupted one.
        """
        self.real = real
        self.unit_id = known.unit_id
        self.rating_a = known.rating_a
        self.protocol = known.protocol
        self.online = True
        self.silence_since = now
        self.stop_method = StopMethod.OFFER
        self.questions = Questions()
        self._heard_at: float | None = None
        self._told_at: float | None = None
        self._heard_in_a_row = 0
        self._state: UnitState | None = None
        self._car_seen = False
        self._limit_a = 0.0
        self._told_a = 0.0
        self._at_most_a = 0.0
        self._draw_a = 0.0
        self._decided = False
        self._offer_a = 0.0
        self._offer_changed_at = float("-inf")
        self._wanted_a = 0.0
        self._unechoed = 1
        self._meter: Meter | None = None
        self._energy = LifetimeEnergy(known.rating_a * _LARGEST_VOLTAGE_KV * _PHASES)
        self._serial_number: str | None = None
        self._firmware: str | None = None
        self._vin = VinReader()
        self._plug: PlugState | None = None
        self._silenced = False
        self._unheeded_since: float | None = None
        self._contactor_open: bool | None = None
        self._contactor_told_at = float("-inf")

    # --- what it says -----------------------------------------------------------------

    def link_ready(self, message: SlaveLinkReady, now: float) -> None:
        """Take a link-ready: the unit looks for a master, perhaps after a power cycle."""
        self._heard(now)
        self.rating_a = message.rating_a
        self.protocol = message.protocol
        if self._told_at is not None and now - self._told_at > SILENCE_STOPS_S:
            # It has not heard us for so long that it has stopped its car.
            self._draw_a = self._limit_a = self._told_a = self._at_most_a = 0.0
            self._state = UnitState.ERROR
            self._see_car(False, now)
            self._watch_stop(now)
        if not self.online:
            self.online = True
            self.questions = Questions()
            self._plug = None

    def heartbeat(self, message: SlaveHeartbeat, now: float) -> None:
        """Take the answer to a heartbeat."""
        self._heard(now)
        self.real = True
        self.protocol = message.protocol
        self._limit_a = message.limit_a
        # Never below the last word to it: this may be a late answer to an earlier one.
        self._at_most_a = max(message.limit_a, self._told_a)
        self._draw_a = message.draw_a
        echoed = self._decided and abs(message.limit_a - self._offer_a) < 0.005
        self._unechoed = 0 if echoed else self._unechoed + 1
        if self._contactor_open is None and message.draw_a >= DRAWING_A:
            self._contactor_open = False
        was_charging = self.charging
        if message.state not in _PASSING_STATES or self._state is None:
            self._state = message.state
        if self.charging and not was_charging:
            # It tells which phases the car uses.
            self.questions.want_meter(now)
        # An error says nothing about the car.
        if self._state is not UnitState.ERROR:
            self._see_car(self._state in _PLUGGED_STATES, now)
        self._watch_stop(now)

    def _see_car(self, seen: bool, now: float) -> None:
        """Notice when a car comes or goes: the VIN belongs to the car that left."""
        if seen == self._car_seen:
            return
        self._car_seen = seen
        self._plug = None
        self.questions.car_changed(now)
        if not seen:
            self._vin.clear()

    def meter(self, message: MeterReply, now: float) -> None:
        """Take a meter reading."""
        self._meter = Meter(volts=message.volts, currents_a=message.currents_a, at=now)
        self._energy.take(message.energy_count, now)
        self._answered(Question.METER, now)
        if self._energy.kwh is None:
            # A second reading has to agree before the first one counts.
            self.questions.want_meter(now + _SECOND_READING_S)

    def plug(self, message: PlugReply, now: float) -> None:
        """Take the plug state."""
        if message.state is PlugState.UNPLUGGED and self._plug is not message.state:
            self._vin.clear()
        elif self._plug is PlugState.UNPLUGGED:
            self.questions.car_changed(now)
        self._plug = message.state
        self._answered(Question.PLUG_STATE, now)

    def serial(self, message: SerialReply, now: float) -> None:
        """Take the serial number."""
        self._serial_number = message.serial_number or None
        self._answered(Question.SERIAL_NUMBER, now)

    def firmware(self, message: FirmwareReply, question: Question, now: float) -> None:
        """Take the firmware version."""
        self._firmware = message.version
        self._answered(question, now)

    def vin(self, message: VinReply, now: float) -> None:
        """Take a part of the car's VIN."""
        self._answered(message.part, now)
        if self.plugged_in is not False and not self._vin.take(
            message.part, message.text
        ):
            self.questions.vin_fruitless(now)

    def contactor(self, message: ContactorMoved, now: float) -> None:
        """Take the acknowledgement of a contactor command."""
        self._heard(now)
        self._contactor_open = message.action is ContactorAction.OPEN

    def _answered(self, question: Question, now: float) -> None:
        self._heard(now)
        self.questions.answered(question, now, charging=self.charging)

    def _heard(self, now: float) -> None:
        self._heard_at = now
        self.silence_since = now

    # --- what it is told --------------------------------------------------------------

    def offer(self, limit_a: float, now: float) -> None:
        """Set the limit heartbeats shall carry; anything but 0 to the rating becomes 0.

        Lowering is at once. Raising waits until 5 s after the last change.
        """
        if not 0 <= limit_a <= self.rating_a:
            limit_a = 0.0
        self._decided = True
        self._wanted_a = round(limit_a, 2)
        self._follow_wanted(now)

    def _follow_wanted(self, now: float) -> None:
        if self._wanted_a < self._offer_a or (
            self._wanted_a > self._offer_a
            and now - self._offer_changed_at >= RAISE_INTERVAL_S
        ):
            self._offer_a = self._wanted_a
            self._offer_changed_at = now
            # Tell it until it echoes.
            self._unechoed = 1
        self._watch_stop(now)

    def next_heartbeat(self, master_id: UnitId, now: float) -> MasterHeartbeat | None:
        """Return what to tell the unit now, or None to leave it in silence."""
        self._follow_wanted(now)
        if self._silent(now):
            return None
        answered = self._heard_at is not None and self._heard_at > self.told_at
        self._heard_in_a_row = self._heard_in_a_row + 1 if answered else 0
        self._told_at = now
        # Until somebody has decided, a car that already charges goes on as it does.
        if not self._decided or (
            self._offer_a and self._unechoed == 0 and not self._asks
        ):
            return MasterHeartbeat(master_id, self.unit_id, Command.NO_CHANGE)
        self._told_a = self._offer_a
        self._at_most_a = max(self._at_most_a, self._offer_a)
        return MasterHeartbeat(
            master_id, self.unit_id, self._limit_command, self._offer_a
        )

    @property
    def heard(self) -> bool:
        """Return whether it has ever said anything."""
        return self._heard_at is not None

    @property
    def steady(self) -> bool:
        """Return whether it answers reliably: what it does not answer, it does not know."""
        return self._heard_in_a_row >= _STEADY_AFTER

    @property
    def told_at(self) -> float:
        """Return when it was last told its limit, minus infinity if never."""
        return float("-inf") if self._told_at is None else self._told_at

    @property
    def _asks(self) -> bool:
        """Return whether the unit waits to be told its limit, or has not said otherwise."""
        return self._state in (None, UnitState.WAITING, UnitState.STARTING)

    @property
    def _limit_command(self) -> Command:
        """Return the command that this unit listens to in its present state."""
        if self.protocol is Protocol.V1:
            return Command.LIMIT
        if self._state in _CHARGING_STATES:
            return Command.LIMIT_CHARGING
        if self._state is UnitState.STOPPED:
            # Reports do not say which of the two counts while a started car pauses:
            # take turns if the usual one is not echoed.
            turn = self._unechoed // 2 % 2
            return Command.LIMIT if turn else Command.LIMIT_CHARGING
        return Command.LIMIT

    def next_contactor_command(
        self, master_id: UnitId, now: float
    ) -> MoveContactor | None:
        """Return a contactor command if the owner chose that and it is due."""
        if now - self._contactor_told_at < _CONTACTOR_RETRY_S:
            return None
        chosen = self.stop_method is StopMethod.CONTACTOR
        # Nobody has told yet how a former master left it: once more does no harm.
        may_be_open = self._contactor_open or (
            self._contactor_open is None and chosen and self._car_seen
        )
        if may_be_open and (self._offer_a or not chosen):
            action = ContactorAction.CLOSE
        elif chosen and not self._contactor_open and self._stop_unheeded(now):
            action = ContactorAction.OPEN
        else:
            return None
        self._contactor_told_at = now
        return MoveContactor(action, master_id, self.unit_id)

    def _silent(self, now: float) -> bool:
        """Return whether to leave the unit in silence, as its owner chose.

        It lasts until there is something to offer again: a unit that ignores 0 A would
        otherwise start its car anew with every heartbeat that reaches it.
        """
        if self.stop_method is not StopMethod.SILENCE or self._offer_a:
            self._silenced = False
        elif self._stop_unheeded(now):
            self._silenced = True
        return self._silenced

    def _watch_stop(self, now: float) -> None:
        """Note since when the car has been going on in spite of an offer of 0 A."""
        if not self._decided or self._offer_a or self._draw_a < DRAWING_A:
            self._unheeded_since = None
        elif self._unheeded_since is None:
            self._unheeded_since = now

    def _stop_unheeded(self, now: float) -> bool:
        """Return whether the car goes on though 0 A has been offered for a while."""
        since = self._unheeded_since
        return since is not None and now - since >= _HEED_STOP_S

    # --- what is known ----------------------------------------------------------------

    @property
    def charging(self) -> bool:
        """Return whether the unit says that its car charges."""
        return self._state in _CHARGING_STATES

    @property
    def plugged_in(self) -> bool | None:
        """Return whether a car is there, None if the unit does not tell."""
        if self._car_seen:
            return True
        if self._plug in (PlugState.CHARGING, PlugState.PLUGGED_IN):
            return True
        if self._plug is PlugState.UNPLUGGED:
            return False
        if self._state is UnitState.READY:
            # An unplugged unit echoes 0 A whatever it is told.
            if self._limit_a > 0:
                return True
            if self._offer_a > 0 and self._unechoed >= 3:
                return False
        return None

    def due_question(self, now: float) -> Question | None:
        """Return the optional question most worth asking this unit now."""
        return self.questions.due(
            now,
            charging=self.charging,
            plugged=self.plugged_in is True,
            vin_part=self._vin.missing,
        )

    def status(self) -> UnitStatus:
        """Return all that is known, frozen."""
        return UnitStatus(
            unit_id=self.unit_id,
            protocol=self.protocol,
            rating_a=self.rating_a,
            online=self.online,
            heard_at=self._heard_at,
            told_at=self._told_at,
            state=self._state,
            limit_a=self._limit_a,
            at_most_a=self._at_most_a,
            draw_a=self._draw_a,
            offer_a=self._offer_a,
            charging=self.charging,
            plugged_in=self.plugged_in,
            meter=self._meter,
            lifetime_kwh=self._energy.kwh,
            serial_number=self._serial_number,
            firmware=self._firmware,
            vin=self._vin.vin,
            identified=self.questions.settled(Question.SERIAL_NUMBER),
        )
